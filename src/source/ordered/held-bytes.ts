import { HeldMemory, type HeldPart } from './held-memory.js';
import type { Spill, SpilledBytes } from './spill.js';

/** Bytes of a file that are kept until they are wanted; they lie in one piece. */
export interface HeldChunk {
  readonly start: number;
  readonly end: number;
  readonly content: KeptPart | SpilledBytes | Uint8Array;
}

/** Kept memory, by those who look at it: one is the keeper. */
interface KeptPart extends HeldPart {
  users: number;
}

/** A chunk's bytes for one reader. */
export interface UsedBytes {
  readonly bytes: Uint8Array;
  /** To be called once; the bytes hold until then, whatever becomes of the chunk. */
  done(): void;
}

/** How long a reader waits for others to let go of what is kept, ms, before it reads for itself. */
const PATIENCE_MS = 1000;

/** Counts what all files of a group keep in memory, and puts the rest aside when there is a place for it. */
export class HeldAccount {
  readonly memory: HeldMemory;
  readonly spill: Spill | undefined;
  readonly #room: () => number;
  readonly #waiting = new Set<() => void>();
  /** Nothing was let go while a reader waited, and nothing has been since. */
  #isStuck = false;
  #held = 0;

  constructor(room: () => number, spill?: Spill) {
    this.#room = room;
    this.spill = spill;
    this.memory = new HeldMemory(room);
  }

  /** Bytes in memory. */
  get held(): number {
    return this.#held;
  }

  /** Bytes that may be. */
  get room(): number {
    return this.#room();
  }

  add(bytes: number): void {
    this.#held += bytes;
  }

  letGo(bytes: number): void {
    this.#held -= bytes;
    this.#isStuck = false;
    for (const wake of this.#waiting) wake();
  }

  /** Waits until something is let go; false when nothing is for a while. */
  async untilLess(): Promise<boolean> {
    if (this.#isStuck) return false;
    const isLess = await new Promise<boolean>((resolve) => {
      const wake = (): void => end(true);
      const timer = setTimeout(() => end(false), PATIENCE_MS);
      const end = (outcome: boolean): void => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve(outcome);
      };
      this.#waiting.add(wake);
    });
    this.#isStuck = !isLess;
    return isLess;
  }
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

  /** Keeps a copy of some bytes. */
  async keep(start: number, bytes: Uint8Array): Promise<void> {
    const { spill, held, room, memory } = this.#account;
    if (spill !== undefined && held + bytes.byteLength > room) {
      const content = await spill.put(bytes);
      this.#insert([{ start, end: start + bytes.byteLength, content }]);
      return;
    }
    this.#account.add(bytes.byteLength);
    let at = start;
    const kept = memory.put(bytes).map((part) => {
      const content: KeptPart = { bytes: part.bytes, release: () => part.release(), users: 1 };
      return { start: at, end: (at += part.bytes.byteLength), content };
    });
    this.#insert(kept);
  }

  /** A chunk's bytes, of one that is kept or of one that only passed. */
  async use({ content }: HeldChunk): Promise<UsedBytes> {
    if (content instanceof Uint8Array) return { bytes: content, done() {} };
    if (!('bytes' in content)) return { bytes: await (this.#account.spill as Spill).take(content), done() {} };
    content.users += 1;
    return { bytes: content.bytes, done: () => leave(content) };
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

  dropAll(): void {
    for (const chunk of this.#chunks.splice(0)) this.#forget(chunk);
  }

  /** Takes everything out, one chunk after the other, and hands it to `take` meanwhile. */
  async takeAll(take: (start: number, bytes: Uint8Array) => Promise<void>): Promise<void> {
    for (const chunk of this.#chunks.splice(0)) {
      const { bytes, done } = await this.use(chunk);
      await take(chunk.start, bytes);
      done();
      this.#forget(chunk);
    }
  }

  #insert(chunks: readonly HeldChunk[]): void {
    const [first] = chunks;
    if (first !== undefined) this.#chunks.splice(this.#after(first.start), 0, ...chunks);
  }

  #forget({ start, end, content }: HeldChunk): void {
    if (content instanceof Uint8Array || !('bytes' in content)) return;
    this.#account.letGo(end - start);
    leave(content);
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

function leave(part: KeptPart): void {
  part.users -= 1;
  if (part.users === 0) part.release();
}
