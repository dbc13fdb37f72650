import { createMemory, rowsIn, type NamedMemory, type RowMemory } from '../../workers/row-memory.js';

/** Memories that rows are written to by this thread and encoded in by others. Used again and again. */
export class RowMemories {
  /** Those that the other threads are to be started with. */
  readonly known: readonly RowMemory[];
  readonly #free: RowMemory[];
  /** Others that were made when all of those were in use, and are free now. */
  readonly #further: RowMemory[] = [];
  readonly #lent = new WeakMap<Uint8Array, RowMemory>();
  #made: number;

  /** `count` of them, and more when more are in use at a time. Untouched, they take no room. */
  constructor(count: number) {
    this.known = Array.from({ length: count }, (_, id) => ({ id, memory: createMemory(0) }));
    this.#free = [...this.known];
    this.#made = count;
  }

  /** Room for so many bytes of rows, with whatever was there before. */
  lend(byteLength: number): Uint8Array {
    const place = this.#free.pop() ?? this.#further.pop() ?? { id: this.#made++, memory: createMemory(byteLength) };
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

  /** Gives back memory that was lent as `rows`, and that no thread has got. */
  drop(rows: Uint8Array): void {
    const place = this.take(rows);
    if (place !== undefined) this.giveBack(place);
  }

  /** To be called when no thread uses the memory any more. */
  giveBack(place: RowMemory): void {
    (this.#isKnown(place) ? this.#free : this.#further).push(place);
  }

  /** How a place is named to another thread: every memory in a message costs it some tenths of a millisecond. */
  named(place: RowMemory): NamedMemory {
    return this.#isKnown(place) ? { id: place.id } : place;
  }

  #isKnown({ id }: RowMemory): boolean {
    return id < this.known.length;
  }
}
