import { encodeRows } from './encode-rows.js';
import type { Engine } from './engine.js';
import type { EngineMaker } from './engines.js';
import type { EncodeOutcome, PlacedTask } from './messages.js';
import { rowsIn } from './row-memory.js';

/** Memories that a thread keeps engines for: more than a pool has in use at a time. */
const KEPT = 64;

interface Known {
  readonly engines: readonly Engine[];
  readonly memory: WebAssembly.Memory;
}

/** A worker's engines: one set for each memory that rows come in, and one for rows that come without. */
export class EnginesByMemory {
  readonly #make: EngineMaker;
  readonly #known = new Map<number, Known>();
  #own: readonly Engine[] | undefined;

  constructor(make: EngineMaker) {
    this.#make = make;
  }

  /** Engines with a memory of their own. */
  own(): readonly Engine[] {
    this.#own ??= this.#make();
    return this.#own;
  }

  encodePlaced({ place, byteLength, ...task }: PlacedTask): EncodeOutcome {
    const { engines, memory } = this.#enginesFor(place.id, place.memory);
    const input = rowsIn(memory, byteLength);
    const outcome = encodeRows(engines, { ...task, memory, input }, task.inPlace ? input : undefined);
    if (!task.inPlace || outcome.kind !== 'encoded') return outcome;
    return { kind: 'in-place', byteLength: outcome.bytes.byteLength };
  }

  #enginesFor(id: number, memory: WebAssembly.Memory): Known {
    const present = this.#known.get(id);
    if (present !== undefined) return present;
    const made = { memory, engines: this.#make(memory) };
    this.#known.set(id, made);
    const [oldest] = this.#known.keys();
    if (oldest !== undefined && this.#known.size > KEPT) this.#known.delete(oldest);
    return made;
  }
}
