import { createMemory, rowsIn, type RowMemory } from '../../workers/row-memory.js';

/** Memories that rows are written to by this thread and encoded in by another one. Used again and again. */
export class RowMemories {
  readonly #kept: number;
  readonly #free: RowMemory[] = [];
  readonly #lent = new WeakMap<Uint8Array, RowMemory>();
  #made = 0;

  /** Keeps at most `kept` memories that nobody uses. */
  constructor(kept: number) {
    this.#kept = kept;
  }

  /** Room for so many bytes of rows, with whatever was there before. */
  lend(byteLength: number): Uint8Array {
    const place = this.#free.pop() ?? { id: this.#made++, memory: createMemory(byteLength) };
    const rows = rowsIn(place.memory, byteLength);
    this.#lent.set(rows, place);
    return rows;
  }

  /** The memory that was lent as `rows`. It can be asked for once. */
  take(rows: Uint8Array): RowMemory | undefined {
    const place = this.#lent.get(rows);
    this.#lent.delete(rows);
    return place;
  }

  /** To be called when no thread uses the memory any more. */
  giveBack(place: RowMemory): void {
    if (this.#free.length < this.#kept) this.#free.push(place);
  }
}
