import {
  BASE_SQUARES,
  COMPARED,
  LARGEST,
  newRoundingSums,
  SQUARES,
  WEIGHTED_BASE,
  WEIGHTED_SQUARES,
  type RoundingSums,
} from '../../workers/rounding.js';
import type { RoundingError } from '../core/index.js';
import type { EncodeJob } from './encoder.js';

/** Collects how far the rows of one tensor are from their blocks while they are encoded. */
export class RoundingRecord {
  readonly #stride: number;
  readonly #weighted: boolean;
  readonly #sums = newRoundingSums();
  /** Rows before this one count already: what is encoded again (an upload that goes on) does not count twice. */
  #next = 0;

  /** `stride`: one of so many rows is compared. `weighted`: there is an importance of columns. */
  constructor(stride: number, weighted: boolean) {
    this.#stride = stride;
    this.#weighted = weighted;
  }

  /** What a job over these rows is asked to compare, unless they were asked for already. Jobs may end in any order. */
  comparison(firstRow: number, rows: number): EncodeJob['compare'] {
    if (firstRow < this.#next) return undefined;
    this.#next = firstRow + rows;
    return { firstRow, stride: this.#stride, add: (sums) => this.#add(sums) };
  }

  #add(sums: RoundingSums): void {
    for (const [index, value] of sums.entries()) {
      const known = this.#sums[index] ?? 0;
      this.#sums[index] = index === LARGEST ? Math.max(known, value) : known + value;
    }
  }

  /** `undefined` when no row was encoded yet. */
  result(): RoundingError | undefined {
    const of = (index: number): number => this.#sums[index] ?? 0;
    const weights = of(COMPARED);
    if (weights === 0) return undefined;
    return {
      rmse: Math.sqrt(of(SQUARES) / weights),
      relative: share(of(SQUARES), of(BASE_SQUARES)),
      max: of(LARGEST),
      ...(this.#weighted && { weighted: share(of(WEIGHTED_SQUARES), of(WEIGHTED_BASE)) }),
      weights,
    };
  }
}

function share(squares: number, base: number): number {
  return squares === 0 ? 0 : Math.sqrt(squares / base);
}
