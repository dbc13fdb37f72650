import type { Engine } from './engine.js';
import type { BlockFormat, EncodeOutcome, EncodeTask, NonFinite } from './messages.js';
import { newRoundingSums, type Rounding, type RoundingSums } from './rounding.js';
import { isRefused } from './scales.js';
import { TWINS } from './twins/index.js';

/** Weights that are worked on at a time: what fits the processor's second-level cache with its results. */
const SLAB_WEIGHTS = 131_072;
/** The longest row that fits a worker's memory with room to spare: weights as F32. */
const ROW_LIMIT = 2 ** 30;

/**
 * Encodes the rows of a task with the first engine that knows both types. The result goes to the start of `output`;
 * without it to the input's buffer where it fits there, unless that is shared, or to fresh memory.
 */
export function encodeRows(engines: readonly Engine[], task: EncodeTask, output?: Uint8Array): EncodeOutcome {
  const { from, to, rowLength, input } = task;
  if (from.type === to.type && from.type !== 'F32') return { kind: 'encoded', bytes: copied(input, output) };
  const engine = engines.find((candidate) => candidate.supports(from.type, to.type));
  if (engine === undefined) return { kind: 'no-kernel', type: to.type };
  if (rowLength * 4 > ROW_LIMIT) return { kind: 'row-too-long', bytes: rowLength * 4, limit: ROW_LIMIT };
  const [inputRow, outputRow] = [rowBytes(from, rowLength), rowBytes(to, rowLength)];
  const rows = inputRow === 0 ? 0 : input.length / inputRow;
  const result = output?.subarray(0, rows * outputRow) ?? resultBuffer(input, rows * outputRow);
  const rounding = task.compare === undefined || to.blockLength === 1 ? undefined : newRoundingSums();
  // A result that overwrites its input must never overtake it: it does not when its rows are no longer.
  const step = Math.max(1, Math.floor(SLAB_WEIGHTS / rowLength));
  for (let row = 0; row < rows; row += step) {
    const end = Math.min(rows, row + step);
    const slab = input.subarray(row * inputRow, end * inputRow);
    const into = rounding === undefined ? undefined : roundingOf(task, row, rounding);
    const flaw = engine.encode(task, slab, result.subarray(row * outputRow, end * outputRow), into);
    if (flaw !== undefined) return locate(engine, task, slab, row, flaw);
  }
  return rounding === undefined ? { kind: 'encoded', bytes: result } : { kind: 'encoded', bytes: result, rounding };
}

function roundingOf({ compare }: EncodeTask, row: number, sums: RoundingSums): Rounding {
  return { sums, firstRow: (compare?.firstRow ?? 0) + row, stride: compare?.stride ?? 1 };
}

/** Rows that have the type already. */
function copied(input: Uint8Array, output: Uint8Array | undefined): Uint8Array {
  if (output === undefined) return input.buffer instanceof ArrayBuffer ? input : input.slice();
  output.set(input);
  return output.subarray(0, input.length);
}

/** The input's own buffer when the result fits, so that no memory is allocated for a chunk; fresh memory otherwise. */
function resultBuffer(input: Uint8Array, length: number): Uint8Array<ArrayBuffer> {
  const { buffer, byteOffset } = input;
  return length <= input.length && buffer instanceof ArrayBuffer
    ? new Uint8Array(buffer, byteOffset, length)
    : new Uint8Array(length);
}

function rowBytes(format: BlockFormat, rowLength: number): number {
  return (rowLength / format.blockLength) * format.blockSize;
}

/** Row and column of a flaw in a slab: the slow way, taken once per failure. */
function locate(
  engine: Engine,
  task: EncodeTask,
  slab: Uint8Array,
  first: number,
  flaw: 'input' | 'result',
): NonFinite {
  const { from, to, rowLength } = task;
  const format = flaw === 'input' ? from : to;
  const row = new Uint8Array(rowBytes(to, rowLength));
  const weights = new Float32Array(rowLength);
  const inputRow = rowBytes(from, rowLength);
  for (let index = 0; index * inputRow < slab.length; index++) {
    const stored = slab.subarray(index * inputRow, (index + 1) * inputRow);
    let column = -1;
    if (flaw === 'input') {
      TWINS.get(format.type)?.dequantizeRow(stored, weights);
      column = weights.findIndex((weight) => !Number.isFinite(weight));
    } else {
      engine.encode({ ...task, refuseNonFinite: false }, stored, row);
      column = firstRefused(to, row);
    }
    if (column >= 0) return { kind: 'non-finite', place: flaw, row: first + index, column };
  }
  return { kind: 'non-finite', place: flaw, row: first, column: 0 };
}

function firstRefused(format: BlockFormat, row: Uint8Array): number {
  for (let at = 0; at < row.length; at += format.blockSize)
    if (isRefused(format.type, row, at)) return (at / format.blockSize) * format.blockLength;
  return -1;
}
