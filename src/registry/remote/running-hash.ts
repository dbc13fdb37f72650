import { createHash, type Hash } from 'node:crypto';
import type { Digest } from '../../core/index.js';

const SPACING = 4 * 1024 * 1024;
const MOST_CHECKPOINTS = 256;

interface Checkpoint {
  readonly offset: number;
  readonly hash: Hash;
}

/** A SHA-256 that can go back: after a drop the registry may stand before what was already hashed. */
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

  digest(): Digest {
    return `sha256:${this.#hash.copy().digest('hex')}`;
  }

  /** Memory stays bounded for any size: when there are many, every second one goes and they come half as often. */
  #remember(): void {
    this.#checkpoints.push({ offset: this.#size, hash: this.#hash.copy() });
    if (this.#checkpoints.length <= MOST_CHECKPOINTS) return;
    this.#checkpoints = this.#checkpoints.filter((_, index) => index % 2 === 0);
    this.#spacing *= 2;
  }
}

/** In its place for a file whose digest is known: the file checks itself as it is read, and the registry what arrived. */
export class KnownHash {
  readonly #digest: Digest;
  #size = 0;

  constructor(digest: Digest) {
    this.#digest = digest;
  }

  get size(): number {
    return this.#size;
  }

  update(chunk: Uint8Array): void {
    this.#size += chunk.byteLength;
  }

  /** Every place is as good as another: nothing has to be read for a hash. */
  rewind(offset: number): number {
    this.#size = offset;
    return offset;
  }

  digest(): Digest {
    return this.#digest;
  }
}
