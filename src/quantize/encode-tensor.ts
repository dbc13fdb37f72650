import { SlipwayError, throwIfAborted, type ByteRange, type ReadHints } from '../core/index.js';
import { checkedRange } from '../files/index.js';
import { rowSize, tensorSize, tensorType, weightCount, type GgufTensor, type TensorType } from '../gguf/index.js';
import type { EncodeJob, LentRows, RowEncoder } from './encoder.js';
import type { TakenRoom } from './job-room.js';
import { RoundingRecord } from './rounding-record.js';
import { RowSource } from './row-source.js';

/** Weights in a chunk: enough to make the trip to a worker cheap, small enough for many to be in flight. */
const CHUNK_WEIGHTS = 512 * 1024;
/** The same where a worker needs a fraction of a millisecond for that many: the trip should be cheap there, too. */
const QUICK_CHUNK_WEIGHTS = 1024 * 1024;
/** Quick types get smaller chunks when many jobs are in flight, so that these are the weights of all of them. */
const QUICK_WEIGHTS_IN_FLIGHT = 4096 * 1024;
/** What a weight takes while it is encoded, about: as it was stored, and as it becomes. */
const BYTES_OF_WEIGHT = 4;
/** Tensors of quick types with more weights are compared with their blocks in one of so many rows. */
const COMPARED_WHOLE = 256 * 1024;
const COMPARED_STRIDE = 4;
const QUICK: ReadonlySet<TensorType> = new Set<TensorType>([
  ...(['F32', 'F16', 'BF16', 'Q8_0', 'Q4_0', 'Q4_1', 'Q5_0', 'Q5_1'] as const),
  ...(['TQ1_0', 'TQ2_0', 'Q1_0', 'Q2_0', 'MXFP4', 'NVFP4'] as const),
]);

export interface EncodeTensorOptions {
  readonly encoder: RowEncoder;
  /** Importance of each column, one row of it for each matrix (expert) of the tensor. */
  readonly importance?: Float32Array;
  /** Weights in one job, rounded to whole rows (at least one row). */
  readonly chunkWeights?: number;
  readonly signal?: AbortSignal;
}

/** Rows that one job encodes; they belong to one matrix. */
interface Job {
  readonly firstRow: number;
  readonly rows: number;
}

/** A job that was given to the encoder, with the room that it takes there. */
interface InFlight {
  readonly rows: Promise<LentRows>;
  readonly room: TakenRoom | undefined;
}

/** The numbers that a range of output bytes is translated with. */
interface Shape {
  readonly rowLength: number;
  readonly rowsInMatrix: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Where the cost of blocks is counted. */
  readonly rounding: RoundingRecord | undefined;
}

/**
 * The tensor in another type, encoded when it is read. Any range can be read: it is mapped to whole input rows, which
 * go to the encoder in chunks that never cross a matrix, as many at a time as the encoder is wide, and come back in
 * order. A tensor that has the type already is returned as it is.
 * Throws `QUANT_SHAPE` when the rows are not whole blocks of `to`, `IMATRIX_INVALID` when `importance` has another
 * length; reading throws what the source and the encoder throw.
 */
export function encodeTensor(tensor: GgufTensor, to: TensorType, options: EncodeTensorOptions): GgufTensor {
  if (tensor.type === to) return tensor;
  const rowLength = tensor.dimensions[0] ?? 1;
  const rowsInMatrix = tensor.dimensions[1] ?? 1;
  const shape: Shape = {
    rowLength,
    rowsInMatrix,
    bytesIn: rowSize(tensor.type, rowLength),
    bytesOut: rowSize(to, rowLength),
    rounding:
      tensorType(to).blockLength > 1
        ? new RoundingRecord(strideOf(tensor, to), options.importance !== undefined)
        : undefined,
  };
  checkImportance(tensor, options.importance, shape);
  const info = { name: tensor.name, dimensions: tensor.dimensions, type: to };
  const size = tensorSize(info);
  return {
    ...info,
    sources: tensor.sources,
    rounding: shape.rounding === undefined ? undefined : () => shape.rounding?.result(),
    read: (range, signal, hints) =>
      readEncoded(tensor, to, options, shape, checkedRange(tensor.name, size, range), { signal, hints }),
  };
}

async function* readEncoded(
  tensor: GgufTensor,
  to: TensorType,
  options: EncodeTensorOptions,
  shape: Shape,
  range: ByteRange,
  reader: { readonly signal: AbortSignal | undefined; readonly hints: ReadHints | undefined },
): AsyncGenerator<Uint8Array> {
  if (range.end === range.start) return;
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, options.signal, reader.signal].filter((one) => one !== undefined));
  const firstRow = Math.floor(range.start / shape.bytesOut);
  const lastRow = Math.ceil(range.end / shape.bytesOut);
  const split = (): Generator<Job, undefined> =>
    splitRows(firstRow, lastRow, shape, options.chunkWeights ?? chunkWeights(to, options));
  const jobs = split();
  const source = { start: firstRow * shape.bytesIn, end: lastRow * shape.bytesIn };
  const sizes = sizesOf(split(), shape);
  const rows = new RowSource(tensor, source, { sizes, encoder: options.encoder, signal });
  const inFlight: InFlight[] = [];
  const taken = new Set<TakenRoom>();
  const lend = reader.hints?.lend === true;
  const { encoder } = options;
  let at = firstRow * shape.bytesOut;
  let next = jobs.next();
  try {
    for (;;) {
      while (next.done !== true && inFlight.length < Math.max(1, encoder.width)) {
        const bytes = next.value.rows * shape.rowLength * BYTES_OF_WEIGHT;
        const room = inFlight.length === 0 ? encoder.room?.take(bytes) : encoder.room?.tryTake(bytes);
        if (room === undefined && encoder.room !== undefined) break;
        if (room !== undefined) taken.add(room);
        throwIfAborted(signal);
        const input = await rows.next();
        inFlight.push({ rows: startJob(tensor, to, options, shape, next.value, input, lend, signal), room });
        next = jobs.next();
      }
      const oldest = inFlight.shift();
      if (oldest === undefined) break;
      const { bytes: encoded, release } = await oldest.rows;
      const from = Math.max(range.start - at, 0);
      const until = Math.min(range.end - at, encoded.byteLength);
      at += encoded.byteLength;
      yield from === 0 && until === encoded.byteLength ? encoded : encoded.slice(from, until);
      release();
      oldest.room?.release();
      if (oldest.room !== undefined) taken.delete(oldest.room);
    }
    await rows.end();
  } finally {
    // A reader that stops stops the jobs, too: their results have no taker.
    stop.abort();
    for (const job of inFlight) job.rows.catch(() => {});
    for (const room of taken) room.release();
    await rows.close();
  }
}

function startJob(
  tensor: GgufTensor,
  to: TensorType,
  { encoder, importance }: EncodeTensorOptions,
  { rowLength, rowsInMatrix, bytesOut, rounding }: Shape,
  { firstRow, rows }: Job,
  input: Uint8Array,
  lend: boolean,
  signal: AbortSignal,
): Promise<LentRows> {
  const matrix = Math.floor(firstRow / rowsInMatrix);
  const weights = importance?.slice(matrix * rowLength, (matrix + 1) * rowLength);
  const compare = rounding?.comparison(firstRow, rows);
  const plain = { from: tensor.type, to, input, rowLength, tensor: tensor.name, compare };
  const job = weights === undefined ? plain : { ...plain, importance: weights };
  const started = (lend ? encoder.encodeLent?.(job, signal) : undefined) ?? encodeOwned(encoder, job, signal);
  const encoded = started.then((result) => {
    if (result.bytes.byteLength === rows * bytesOut) return result;
    throw new SlipwayError('INTERNAL', `the encoder gave another number of bytes for tensor '${tensor.name}'`, {
      got: `${result.bytes.byteLength} bytes, expected ${rows * bytesOut}`,
    });
  });
  // A failure of a later job must not count as unhandled while an earlier one is awaited.
  encoded.catch(() => {});
  return encoded;
}

/** Of quick types comparing every row of a large tensor would take a share of the time that is felt. */
function strideOf(tensor: GgufTensor, to: TensorType): number {
  return QUICK.has(to) && weightCount(tensor) > COMPARED_WHOLE ? COMPARED_STRIDE : 1;
}

async function encodeOwned(encoder: RowEncoder, job: EncodeJob, signal: AbortSignal): Promise<LentRows> {
  // The consumer keeps it.
  return { bytes: await encoder.encode(job, signal), release() {} };
}

function chunkWeights(to: TensorType, { encoder }: EncodeTensorOptions): number {
  const wanted = QUICK.has(to)
    ? Math.max(CHUNK_WEIGHTS, Math.min(QUICK_CHUNK_WEIGHTS, QUICK_WEIGHTS_IN_FLIGHT / encoder.width))
    : CHUNK_WEIGHTS;
  return Math.min(wanted, encoder.chunkWeights ?? wanted);
}

/** Cuts rows into jobs of about `chunkWeights`, none of which crosses a matrix. */
function* splitRows(firstRow: number, lastRow: number, shape: Shape, chunkWeights: number): Generator<Job, undefined> {
  const most = Math.max(1, Math.floor(chunkWeights / shape.rowLength));
  for (let row = firstRow; row < lastRow;) {
    const leftInMatrix = shape.rowsInMatrix - (row % shape.rowsInMatrix);
    const rows = Math.min(most, leftInMatrix, lastRow - row);
    yield { firstRow: row, rows };
    row += rows;
  }
}

/** Bytes of each job's rows as they are stored. */
function* sizesOf(jobs: Iterable<Job>, { bytesIn }: Shape): Generator<number, undefined> {
  for (const { rows } of jobs) yield rows * bytesIn;
}

function checkImportance(tensor: GgufTensor, importance: Float32Array | undefined, shape: Shape): void {
  if (importance === undefined) return;
  const matrices = weightCount(tensor) / (shape.rowLength * shape.rowsInMatrix);
  const expected = shape.rowLength * matrices;
  if (importance.length === expected) return;
  throw new SlipwayError('IMATRIX_INVALID', `the importance matrix does not fit tensor '${tensor.name}'`, {
    where: tensor.name,
    got: `${importance.length} values, expected ${expected}`,
    context: { tensor: tensor.name, expected, actual: importance.length },
    try: 'compute the importance matrix with the same model',
  });
}
