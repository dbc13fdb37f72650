import { move, transferableSymbol, valueSymbol, workerData } from 'piscina';
import { encodeRows } from './encode-rows.js';
import { createEngines } from './engines.js';
import type { EncodeOutcome, EncodeTask, WorkerSetup } from './messages.js';

const engines = createEngines(workerData as WorkerSetup);

/** A worker's one task. The memory of the result moves to the caller instead of being copied. */
export default function encode(task: EncodeTask): unknown {
  const outcome = encodeRows(engines, task);
  return outcome.kind === 'encoded' ? move(new Moved(outcome, outcome.bytes.buffer as ArrayBuffer)) : outcome;
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
