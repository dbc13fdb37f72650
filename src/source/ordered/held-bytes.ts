import type { Spill, SpilledBytes } from './spill.js';

/** Bytes of a file that are kept until they are wanted; they lie in one piece. */
export interface HeldChunk {
  readonly start: number;
  readonly end: number;
  readonly content: Uint8Array | SpilledBytes;
}

/** Counts what all files of a group keep in memory, and puts the rest aside when there is a place for it. */
export interface HeldAccount {
  /** Bytes in memory. */
  held: number;
  readonly room: number;
  readonly spill: Spill | undefined;
}

/** What of one file is kept, by offset. */
export class HeldBytes {
  readonly #account: HeldAccount;
  #chunks: HeldChunk[] = [];

  constructor(account: HeldAccount) {
    this.#account = account;
  }

  /** The chunk that holds a byte. */
  at(offset: number): HeldChunk | undefined {
    const chunk = this.#chunks[this.#after(offset) - 1];
    return chunk !== undefined && offset < chunk.end ? chunk : undefined;
  }

  /** Keeps bytes: the caller gives them away. */
  async keep(start: number, bytes: Uint8Array): Promise<void> {
    const { spill, held, room } = this.#account;
    const aside = spill !== undefined && held + bytes.byteLength > room;
    const content = aside ? await spill.put(bytes) : bytes;
    if (!aside) this.#account.held += bytes.byteLength;
    this.#chunks.splice(this.#after(start), 0, { start, end: start + bytes.byteLength, content });
  }

  /** A chunk's bytes, which stay the keeper's as long as the chunk is kept. */
  async bytesOf({ content }: HeldChunk): Promise<Uint8Array> {
    if (content instanceof Uint8Array) return content;
    return (this.#account.spill as Spill).take(content);
  }

  drop(chunk: HeldChunk): void {
    const index = this.#after(chunk.start) - 1;
    if (this.#chunks[index] !== chunk) return;
    this.#chunks.splice(index, 1);
    this.#forget(chunk);
  }

  /** Drops what lies between two offsets and is not cut off by them. */
  dropBetween(start: number, end: number): void {
    const [from, to] = [this.#after(start - 1), this.#after(end - 1)];
    const within = this.#chunks.slice(from, to).filter((chunk) => chunk.end <= end);
    for (const chunk of within) this.drop(chunk);
  }

  /** Takes everything out. */
  takeAll(): readonly HeldChunk[] {
    const all = this.#chunks;
    this.#chunks = [];
    for (const chunk of all) this.#forget(chunk);
    return all;
  }

  #forget({ content }: HeldChunk): void {
    if (content instanceof Uint8Array) this.#account.held -= content.byteLength;
  }

  /** Index of the first chunk that begins behind `offset`. */
  #after(offset: number): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#chunks[middle]?.start ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
