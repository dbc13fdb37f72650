import { rowSize, weightCount, type GgufTensor, type TensorType } from '../../gguf/index.js';
import type { RowEncoder } from '../encoder.js';

/** Weights of a tensor that are looked at; a smaller tensor is looked at whole. */
const SAMPLE_WEIGHTS = 64 * 1024;
/** Places in a tensor that they are taken from. */
const PLACES = 16;

export interface SampleOptions {
  readonly encoder: RowEncoder;
  /** Importance of each column, matrix after matrix. */
  readonly importance?: Float32Array | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Rows of one matrix. */
interface Rows {
  readonly first: number;
  readonly count: number;
}

/**
 * How much of a tensor each type loses: the squared difference after rounding as a share of the tensor's own squares,
 * columns weighted by their importance, times the number of its weights. Rows are taken from all over the tensor, always
 * the same ones.
 */
export async function sampleLosses(
  tensor: GgufTensor,
  types: readonly TensorType[],
  options: SampleOptions,
): Promise<ReadonlyMap<TensorType, number>> {
  const sums = new Map(types.map((type) => [type, { lost: 0, whole: 0 }]));
  for (const rows of sampleRows(tensor)) {
    const stored = await readRows(tensor, rows, options.signal);
    const weights = columnWeights(tensor, rows, options.importance);
    const original = await widened(tensor, tensor.type, stored, options);
    for (const [type, sum] of sums) {
      if (type === tensor.type) continue;
      const encoded = await encodedRows(tensor, type, stored, weights, options);
      const rounded = await widened(tensor, type, encoded, options);
      addSquares(sum, original, rounded, weights);
    }
  }
  const count = weightCount(tensor);
  return new Map([...sums].map(([type, { lost, whole }]) => [type, lost === 0 ? 0 : (lost / whole) * count]));
}

/** Rows that stand for the tensor; none of the pieces crosses a matrix. */
function sampleRows(tensor: GgufTensor): readonly Rows[] {
  const rowLength = tensor.dimensions[0] ?? 1;
  const rows = rowLength === 0 ? 0 : weightCount(tensor) / rowLength;
  const inMatrix = tensor.dimensions[1] ?? 1;
  const wanted = Math.max(1, Math.ceil(SAMPLE_WEIGHTS / rowLength));
  if (rows <= wanted) {
    const matrices = rows / inMatrix;
    return Array.from({ length: matrices }, (_, index) => ({ first: index * inMatrix, count: inMatrix }));
  }
  const places = Math.min(PLACES, wanted);
  const each = Math.ceil(wanted / places);
  return Array.from({ length: places }, (_, index) => {
    const first = Math.floor((index * (rows - each)) / Math.max(1, places - 1));
    return { first, count: Math.min(each, inMatrix - (first % inMatrix)) };
  });
}

async function readRows(tensor: GgufTensor, { first, count }: Rows, signal?: AbortSignal): Promise<Uint8Array> {
  const size = rowSize(tensor.type, tensor.dimensions[0] ?? 1);
  const parts: Uint8Array[] = [];
  for await (const part of tensor.read({ start: first * size, end: (first + count) * size }, signal)) parts.push(part);
  return Buffer.concat(parts);
}

/** The importance of the columns of these rows. */
function columnWeights(
  { dimensions }: GgufTensor,
  { first }: Rows,
  importance: Float32Array | undefined,
): Float32Array | undefined {
  const rowLength = dimensions[0] ?? 1;
  const matrix = Math.floor(first / (dimensions[1] ?? 1));
  return importance?.slice(matrix * rowLength, (matrix + 1) * rowLength);
}

async function encodedRows(
  tensor: GgufTensor,
  to: TensorType,
  stored: Uint8Array,
  importance: Float32Array | undefined,
  { encoder, signal }: SampleOptions,
): Promise<Uint8Array> {
  const rowLength = tensor.dimensions[0] ?? 1;
  // The job's memory moves to a worker: each gets a copy.
  const job = { from: tensor.type, to, input: new Uint8Array(stored), rowLength, tensor: tensor.name };
  return encoder.encode({ ...job, ...(importance !== undefined && { importance: importance.slice() }) }, signal);
}

async function widened(
  tensor: GgufTensor,
  type: TensorType,
  rows: Uint8Array,
  { encoder, signal }: SampleOptions,
): Promise<Float32Array> {
  const input = new Uint8Array(rows);
  if (type === 'F32') return new Float32Array(input.buffer);
  const job = { from: type, to: 'F32' as const, input, rowLength: tensor.dimensions[0] ?? 1, tensor: tensor.name };
  return new Float32Array(new Uint8Array(await encoder.encode(job, signal)).buffer);
}

function addSquares(
  sum: { lost: number; whole: number },
  original: Float32Array,
  rounded: Float32Array,
  weights: Float32Array | undefined,
): void {
  let { lost, whole } = sum;
  for (const [index, value] of original.entries()) {
    const weight = weights === undefined ? 1 : (weights[index % weights.length] ?? 0);
    const difference = (rounded[index] ?? 0) - value;
    lost += weight * difference * difference;
    whole += weight * value * value;
  }
  Object.assign(sum, { lost, whole });
}
