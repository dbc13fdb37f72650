import type { UploadRules } from './host-rules.js';

const KIB = 1024;
const MIB = 1024 * KIB;

/** What a chunk that is lost with its connection may cost, at the speed that was measured. */
const WORTH_LOSING_S = 30;
/** Before anything was measured, and at the least: every chunk costs a registry a moment of its own. */
const FIRST = 64 * MIB;
const LEAST = 16 * MIB;
/** What proxies before registries are set to, the largest first; `nginx` has 1 MiB where nothing is said. */
const USUAL_LIMITS = [
  100_000_000,
  64 * MIB,
  32 * MIB,
  10_000_000,
  8 * MIB,
  4 * MIB,
  1_000_000,
  512 * KIB,
  256 * KIB,
  100_000,
  64 * KIB,
];

/** Keeps the largest body that got through, from one run to the next. Neither of them rejects. */
export interface SizeMemory {
  largest(): Promise<number | undefined>;
  keep(largest: number): Promise<void>;
}

/**
 * What was learnt about one registry while blobs were sent to it: how fast it is, and the largest body that gets through to it.
 * All uploads of a run share it.
 */
export class ChunkSizes {
  #bytesPerSecond: number | undefined;
  #largest = Number.MAX_SAFE_INTEGER;
  readonly #memory: SizeMemory | undefined;
  #known: Promise<void> | undefined;
  #kept = Promise.resolve();
  /** A request without Content-Length was refused: from now on each announces its length. */
  needsLength = false;

  constructor(memory?: SizeMemory) {
    this.#memory = memory;
  }

  /** Takes over what an earlier run learnt; to be awaited before the first request. */
  async ready(): Promise<void> {
    this.#known ??= this.#takeOver();
    await this.#known;
  }

  async #takeOver(): Promise<void> {
    const largest = await this.#memory?.largest();
    this.#largest = Math.min(this.#largest, largest ?? Number.MAX_SAFE_INTEGER);
  }

  /** Bytes of the next request of a blob, within what its rules allow. */
  next(rules: Pick<UploadRules, 'chunkSize'>, size: number, least: number): number {
    const wanted = rules.chunkSize === 'whole' ? Math.max(size, 1) : Math.min(rules.chunkSize, this.#affordable());
    return Math.min(Math.max(wanted, least), this.#largest);
  }

  /** True when a body of this size may be tried. */
  allows(size: number): boolean {
    return size <= this.#largest;
  }

  measure(bytes: number, ms: number): void {
    if (bytes < 256 * KIB || ms <= 0) return;
    const speed = (bytes / ms) * 1000;
    // The latest counts as much as all before it: networks change.
    this.#bytesPerSecond = this.#bytesPerSecond === undefined ? speed : (this.#bytesPerSecond + speed) / 2;
  }

  /** A body of `size` bytes was too large for something on the way. False when there is nothing smaller to try. */
  shrink(size: number): boolean {
    const smaller = USUAL_LIMITS.find((limit) => limit < size && limit < this.#largest);
    if (smaller === undefined) return false;
    this.#largest = smaller;
    this.#kept = this.#kept.then(async () => this.#memory?.keep(smaller));
    return true;
  }

  /** Ends when what was learnt is there for the next run. */
  async kept(): Promise<void> {
    await this.#kept;
  }

  #affordable(): number {
    if (this.#bytesPerSecond === undefined) return FIRST;
    return Math.max(LEAST, Math.round((this.#bytesPerSecond * WORTH_LOSING_S) / MIB) * MIB);
  }
}
