import { availableParallelism } from 'node:os';
import { RunningHash } from '../../workers/running-hash.js';
import type { Digest } from '../core/index.js';
import { HashThread, type ThreadStream } from './hash-thread.js';

/** Streams from this size on are hashed by another thread: before, starting it costs more than it saves. */
const WORTH_A_THREAD = 16 * 1024 * 1024;

/** Counts and hashes (SHA-256) a stream as it passes. */
export interface Digester {
  /** Bytes so far. */
  readonly size: number;
  /** Takes the next bytes. They may change when it has returned and, if it returned a promise, when that is fulfilled. */
  update(chunk: Uint8Array): Promise<void> | undefined;
  /** As `update`, for bytes of memory that threads share: they need not be copied. Fulfilled when they may change. */
  updateShared(memory: SharedArrayBuffer, start: number, end: number): Promise<void> | undefined;
  /** Goes back to a state that it remembers, at or before `offset`, and says where that is. */
  rewind(offset: number): Promise<number>;
  /** The digest so far; the digester can go on. */
  digest(): Promise<Digest>;
  /** Must be called when it is of no more use. */
  close(): void;
}

/**
 * A digester for about `size` bytes. `known`: the digest that the giver of the stream checks it against, in whose case
 * nothing is hashed again.
 */
export function createDigester(size: number, known?: Digest): Digester {
  if (known !== undefined) return new KnownDigester(known);
  const thread = size >= WORTH_A_THREAD && availableParallelism() > 1 ? HashThread.shared() : undefined;
  return thread === undefined ? new InlineDigester() : new ThreadDigester(thread.open());
}

class InlineDigester implements Digester {
  readonly #hash = new RunningHash();

  get size(): number {
    return this.#hash.size;
  }

  update(chunk: Uint8Array): undefined {
    this.#hash.update(chunk);
  }

  updateShared(memory: SharedArrayBuffer, start: number, end: number): undefined {
    this.#hash.update(new Uint8Array(memory, start, end - start));
  }

  rewind(offset: number): Promise<number> {
    return Promise.resolve(this.#hash.rewind(offset));
  }

  digest(): Promise<Digest> {
    return Promise.resolve<Digest>(`sha256:${this.#hash.hex()}`);
  }

  close(): void {
    // Holds nothing.
  }
}

class ThreadDigester implements Digester {
  readonly #stream: ThreadStream;
  #size = 0;

  constructor(stream: ThreadStream) {
    this.#stream = stream;
  }

  get size(): number {
    return this.#size;
  }

  update(chunk: Uint8Array): Promise<void> | undefined {
    this.#size += chunk.byteLength;
    return this.#stream.update(chunk);
  }

  updateShared(memory: SharedArrayBuffer, start: number, end: number): Promise<void> {
    this.#size += end - start;
    return this.#stream.updateShared(memory, start, end);
  }

  async rewind(offset: number): Promise<number> {
    if (offset >= this.#size) return this.#size;
    this.#size = await this.#stream.rewind(offset);
    return this.#size;
  }

  async digest(): Promise<Digest> {
    return `sha256:${await this.#stream.hex()}`;
  }

  close(): void {
    this.#stream.close();
  }
}

class KnownDigester implements Digester {
  readonly #digest: Digest;
  #size = 0;

  constructor(digest: Digest) {
    this.#digest = digest;
  }

  get size(): number {
    return this.#size;
  }

  update(chunk: Uint8Array): undefined {
    this.#size += chunk.byteLength;
  }

  updateShared(_memory: SharedArrayBuffer, start: number, end: number): undefined {
    this.#size += end - start;
  }

  /** Every place is as good as another: nothing has to be read for a hash. */
  rewind(offset: number): Promise<number> {
    this.#size = offset;
    return Promise.resolve(offset);
  }

  digest(): Promise<Digest> {
    return Promise.resolve(this.#digest);
  }

  close(): void {
    // Holds nothing.
  }
}
