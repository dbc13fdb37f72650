import { createHash, type Hash } from 'node:crypto';

const SPACING = 4 * 1024 * 1024;
const MOST_CHECKPOINTS = 256;

interface Checkpoint {
  readonly offset: number;
  readonly hash: Hash;
}

/** A SHA-256 (FIPS 180-4) that can go back: after a drop a registry may stand before what was already hashed. */
export class RunningHash {
  #hash: Hash = createHash('sha256');
  #size = 0;
  #spacing = SPACING;
  /** Ascending; the first is the empty hash. */
  #checkpoints: Checkpoint[] = [{ offset: 0, hash: this.#hash.copy() }];

  /** Bytes hashed so far. */
  get size(): number {
    return this.#size;
  }

  update(chunk: Uint8Array): void {
    this.#hash.update(chunk);
    this.#size += chunk.byteLength;
    const last = this.#checkpoints.at(-1)?.offset ?? 0;
    if (this.#size - last >= this.#spacing) this.#remember();
  }

  /** Goes back to the last remembered state at or before `offset` and says where that is. */
  rewind(offset: number): number {
    if (offset >= this.#size) return this.#size;
    this.#checkpoints = this.#checkpoints.filter((checkpoint) => checkpoint.offset <= offset);
    const last = this.#checkpoints.at(-1);
    this.#hash = last === undefined ? createHash('sha256') : last.hash.copy();
    this.#size = last?.offset ?? 0;
    return this.#size;
  }

  /** In hexadecimal digits. The hash can go on. */
  hex(): string {
    return this.#hash.copy().digest('hex');
  }

  /** Memory stays bounded for any size: when there are many, every second one goes and they come half as often. */
  #remember(): void {
    this.#checkpoints.push({ offset: this.#size, hash: this.#hash.copy() });
    if (this.#checkpoints.length <= MOST_CHECKPOINTS) return;
    this.#checkpoints = this.#checkpoints.filter((_, index) => index % 2 === 0);
    this.#spacing *= 2;
  }
}
