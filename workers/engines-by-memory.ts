import { encodeRows } from './encode-rows.js';
import type { Engine } from './engine.js';
import type { EngineMaker } from './engines.js';
import type { EncodeOutcome, PlacedTask } from './messages.js';
import { rowsIn, type NamedMemory, type RowMemory } from './row-memory.js';

/** Memories of messages whose engines are kept. */
const SENT = 64;

interface Known {
  readonly memory: WebAssembly.Memory;
  engines?: readonly Engine[];
}

/** A worker's engines: one set for each memory that rows come in, and one for rows that come without. */
export class EnginesByMemory {
  readonly #make: EngineMaker;
  readonly #known: Map<number, Known>;
  readonly #kept: number;
  #own: readonly Engine[] | undefined;

  /** `memories`: those that will be named without being sent. */
  constructor(make: EngineMaker, memories: readonly RowMemory[] = []) {
    this.#make = make;
    this.#known = new Map(memories.map(({ id, memory }) => [id, { memory }]));
    this.#kept = memories.length + SENT;
  }

  /** Engines with a memory of their own. */
  own(): readonly Engine[] {
    this.#own ??= this.#make();
    return this.#own;
  }

  encodePlaced({ place, byteLength, ...task }: PlacedTask): EncodeOutcome {
    const { engines, memory } = this.#enginesFor(place);
    const input = rowsIn(memory, byteLength);
    const outcome = encodeRows(engines, { ...task, memory, input }, task.inPlace ? input : undefined);
    if (!task.inPlace || outcome.kind !== 'encoded') return outcome;
    const { bytes, rounding } = outcome;
    return { kind: 'in-place', byteLength: bytes.byteLength, rounding };
  }

  #enginesFor({ id, memory: sent }: NamedMemory): Required<Known> {
    const known = this.#known.get(id) ?? this.#learn(id, sent);
    known.engines ??= this.#make(known.memory);
    return { memory: known.memory, engines: known.engines };
  }

  #learn(id: number, memory: WebAssembly.Memory | undefined): Known {
    if (memory === undefined) throw new RangeError(`memory ${id} is not known here`);
    const known: Known = { memory };
    this.#known.set(id, known);
    const oldest = [...this.#known.keys()].at(this.#kept - SENT);
    if (oldest !== undefined && this.#known.size > this.#kept) this.#known.delete(oldest);
    return known;
  }
}
