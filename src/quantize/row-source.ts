import { copyBytes } from '../../workers/copy-bytes.js';
import { SlipwayError, type ByteRange } from '../core/index.js';
import type { GgufTensor } from '../gguf/index.js';
import type { RowEncoder } from './encoder.js';

export interface RowSourceOptions {
  /** Bytes of each job's rows, which are those of the range together. */
  readonly sizes: Iterator<number, undefined>;
  /** Whose memory rows are put into, where it lends any. */
  readonly encoder: Pick<RowEncoder, 'lendRows' | 'dropRows'>;
  readonly signal: AbortSignal;
}

/**
 * A tensor's bytes, in the memory of the jobs that they go to. A giver that reads from a disk puts them there at once, and the
 * next job's while this one's is encoded; what comes in other memory is copied.
 */
export class RowSource {
  readonly #name: string;
  readonly #range: ByteRange;
  readonly #options: RowSourceOptions;
  readonly #chunks: AsyncIterator<Uint8Array>;
  /** Memory of the jobs to come that the giver has asked for, in their order. */
  readonly #asked: Uint8Array[] = [];
  #rest: Uint8Array = new Uint8Array(0);
  #taken = 0;

  constructor(tensor: GgufTensor, range: ByteRange, options: RowSourceOptions) {
    this.#name = tensor.name;
    this.#range = range;
    this.#options = options;
    const hints = { lend: true, into: (most: number) => this.#ahead(most) };
    this.#chunks = tensor.read(range, options.signal, hints)[Symbol.asyncIterator]();
  }

  /** The rows of the next job. */
  async next(): Promise<Uint8Array> {
    // The giver asks for memory when it is asked for bytes.
    if (this.#asked.length === 0 && this.#rest.byteLength === 0) await this.#refill();
    if (this.#asked.length === 0) this.#ask();
    const [rows] = this.#asked;
    if (rows === undefined) throw this.#wrongSize('more', this.#taken + this.#rest.byteLength);
    for (let filled = 0; filled < rows.byteLength;) {
      if (this.#rest.byteLength === 0) await this.#refill();
      const part = this.#rest.subarray(0, rows.byteLength - filled);
      put(part, rows, filled);
      filled += part.byteLength;
      this.#rest = this.#rest.subarray(part.byteLength);
    }
    this.#asked.shift();
    this.#taken += rows.byteLength;
    return rows;
  }

  /** Fails when the source has more to give than its shape says. */
  async end(): Promise<void> {
    let surplus = this.#rest.byteLength;
    while (surplus === 0) {
      const next = await this.#chunks.next();
      if (next.done === true) return;
      surplus += next.value.byteLength;
    }
    throw this.#wrongSize('more', this.#taken + surplus);
  }

  /** Nothing is written to memory that was lent, after this. */
  async close(): Promise<void> {
    await this.#chunks.return?.();
    for (const rows of this.#asked.splice(0)) this.#options.encoder.dropRows?.(rows);
  }

  /** Memory of the job after those that are in line. */
  #ask(): Uint8Array | undefined {
    const { value: size } = this.#options.sizes.next();
    if (size === undefined) return undefined;
    const rows = this.#options.encoder.lendRows?.(size) ?? new Uint8Array(size);
    this.#asked.push(rows);
    return rows;
  }

  /** Memory for the giver. One that has more to give than it should is found out by its sizes. */
  #ahead(most: number): Uint8Array {
    const rows = this.#ask();
    return rows !== undefined && rows.byteLength <= most ? rows : new Uint8Array(Math.min(most, SURPLUS));
  }

  async #refill(): Promise<void> {
    const next = await this.#chunks.next();
    if (next.done === true) throw this.#wrongSize('fewer', this.#taken);
    this.#rest = next.value;
  }

  #wrongSize(word: 'more' | 'fewer', actual: number): SlipwayError {
    const expected = this.#range.end - this.#range.start;
    return new SlipwayError('SIZE_MISMATCH', `tensor '${this.#name}' gave ${word} bytes than its shape says`, {
      where: `${this.#name} [${this.#range.start}, ${this.#range.end})`,
      got: `${word === 'more' ? 'at least' : 'about'} ${actual} bytes, expected ${expected}`,
      context: { tensor: this.#name, expected, actual },
    });
  }
}

/** Bytes that are taken at a time from a giver that has more than it should. */
const SURPLUS = 64 * 1024;

/** Copies a part to its place in the rows, unless it is there. */
function put(part: Uint8Array, rows: Uint8Array, at: number): void {
  if (part.buffer !== rows.buffer) copyBytes(part, rows, at);
  else if (part.byteOffset !== rows.byteOffset + at) rows.set(part, at);
}
