import { move, transferableSymbol, valueSymbol, workerData } from 'piscina';
import { encodeRows } from './encode-rows.js';
import { engineMaker } from './engines.js';
import { EnginesByMemory } from './engines-by-memory.js';
import type { EncodeOutcome, SentTask, WorkerSetup } from './messages.js';
import { stepBack } from './thread-priority.js';

const setup = workerData as WorkerSetup;
if (setup.stepsBack === true) stepBack();
const engines = new EnginesByMemory(engineMaker(setup), setup.memories);

/** A worker's one task. The memory of the result moves to the caller instead of being copied. */
export default function encode(task: SentTask): unknown {
  const outcome = attempt(task);
  return outcome.kind === 'encoded' ? move(new Moved(outcome, outcome.bytes.buffer as ArrayBuffer)) : outcome;
}

/** What is thrown here would look like the death of the worker. */
function attempt(task: SentTask): EncodeOutcome {
  try {
    return 'place' in task ? engines.encodePlaced(task) : encodeRows(engines.own(), task);
  } catch (error) {
    return { kind: 'failed', message: error instanceof Error ? error.message : String(error) };
  }
}

/** An outcome whose bytes change hands (piscina's Transferable). */
class Moved {
  readonly [valueSymbol]: EncodeOutcome;
  readonly [transferableSymbol]: ArrayBuffer;

  constructor(outcome: EncodeOutcome, buffer: ArrayBuffer) {
    this[valueSymbol] = outcome;
    this[transferableSymbol] = buffer;
  }
}
