import { SlipwayError } from '../core/index.js';
import { weightCount, type GgufContent, type GgufTensor, type TensorType } from '../gguf/index.js';
import { encodeTensor, type Imatrix, type RowEncoder } from '../quantize/index.js';
import type { Metric } from './metrics.js';

/** How far the weights of one tensor are from the base's. It says nothing about text: only how much was rounded. */
export interface TensorError {
  readonly name: string;
  readonly type: TensorType;
  readonly baseType: TensorType;
  readonly weights: number;
  /** Root of the mean squared difference. */
  readonly rmse: number;
  /** The same as a share of the base's own root mean square. */
  readonly relative: number;
  /** The largest difference. */
  readonly max: number;
  /** `relative` with each column's squares weighted by its importance, when there is an importance matrix. */
  readonly weighted?: number;
}

export interface WeightError {
  /** Tensors of both models, in the candidate's order; those that are stored alike have no error. */
  readonly tensors: readonly TensorError[];
  readonly rmse: number;
  readonly relative: number;
  readonly max: number;
  readonly weighted?: number;
  /** Tensors that only one of the models has. */
  readonly unmatched: readonly string[];
}

export interface WeightErrorOptions {
  /** Widens rows: our own dequantizers. */
  readonly encoder: RowEncoder;
  readonly imatrix?: Imatrix | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called after each tensor. */
  readonly onTensor?: ((name: string) => void) | undefined;
}

/**
 * Compares the weights of two models tensor by tensor, widened by our own dequantizers: no library is needed. Throws
 * `EVALUATION_FAILED` when they have no tensor in common or one has other dimensions.
 */
export async function measureWeightError(
  candidate: GgufContent,
  base: GgufContent,
  options: WeightErrorOptions,
): Promise<WeightError> {
  const others = new Map(base.tensors.map((tensor) => [tensor.name, tensor]));
  const names = new Set(candidate.tensors.map(({ name }) => name));
  const tensors: TensorError[] = [];
  const total = new Sums();
  const unmatched = base.tensors.filter(({ name }) => !names.has(name)).map(({ name }) => name);
  for (const tensor of candidate.tensors) {
    const other = others.get(tensor.name);
    if (other === undefined) unmatched.push(tensor.name);
    else {
      requireSameShape(tensor, other);
      const sums = await compareTensors(tensor, other, options);
      total.join(sums);
      tensors.push({
        name: tensor.name,
        type: tensor.type,
        baseType: other.type,
        weights: weightCount(tensor),
        ...sums.result(options.imatrix?.entries.has(tensor.name) === true),
      });
    }
    options.onTensor?.(tensor.name);
  }
  if (tensors.length === 0) {
    throw new SlipwayError('EVALUATION_FAILED', 'the models have no tensor in common', {
      got: `${candidate.tensors.length} and ${base.tensors.length} tensors`,
      try: 'a base that the candidate was made from',
    });
  }
  return { tensors, ...total.result(options.imatrix !== undefined), unmatched };
}

/** The numbers of a weight error that a gate can name. */
export function weightMetrics(error: WeightError): readonly Metric[] {
  return [
    { name: 'weight.rmse', value: error.rmse },
    { name: 'weight.relative', value: 100 * error.relative, unit: '%' },
    { name: 'weight.max', value: error.max },
    ...(error.weighted === undefined ? [] : [{ name: 'weight.weighted', value: 100 * error.weighted, unit: '%' }]),
  ];
}

/** Tensors that lost most, by their share of the whole model's squared error. */
export function worstTensors({ tensors }: Pick<WeightError, 'tensors'>, count: number): readonly TensorError[] {
  const loss = ({ rmse, weights }: TensorError): number => rmse * rmse * weights;
  return tensors
    .filter(({ rmse }) => rmse > 0)
    .sort((a, b) => loss(b) - loss(a) || (a.name < b.name ? -1 : 1))
    .slice(0, count);
}

/** Sums over the weights of one tensor, or of all. */
class Sums {
  count = 0;
  squares = 0;
  baseSquares = 0;
  max = 0;
  weightedSquares = 0;
  weightedBase = 0;

  join(other: Sums): void {
    this.count += other.count;
    this.squares += other.squares;
    this.baseSquares += other.baseSquares;
    this.max = other.max > this.max || Number.isNaN(other.max) ? other.max : this.max;
    this.weightedSquares += other.weightedSquares;
    this.weightedBase += other.weightedBase;
  }

  result(weighted: boolean): { rmse: number; relative: number; max: number; weighted?: number } {
    return {
      rmse: Math.sqrt(this.squares / Math.max(this.count, 1)),
      relative: share(this.squares, this.baseSquares),
      max: this.max,
      ...(weighted && { weighted: share(this.weightedSquares, this.weightedBase) }),
    };
  }
}

function share(squares: number, base: number): number {
  return squares === 0 ? 0 : Math.sqrt(squares / base);
}

async function compareTensors(
  tensor: GgufTensor,
  other: GgufTensor,
  { encoder, imatrix, signal }: WeightErrorOptions,
): Promise<Sums> {
  const importance = imatrix?.entries.get(tensor.name);
  const rowLength = tensor.dimensions[0] ?? 1;
  const matrix = rowLength * (tensor.dimensions[1] ?? 1);
  const fits = importance !== undefined && (importance.length * matrix) / rowLength === weightCount(tensor);
  const sums = new Sums();
  const [ours, theirs] = [tensor, other].map((each) => floatsOf(widened(each, encoder, signal), signal));
  if (ours === undefined || theirs === undefined) return sums;
  try {
    for (let at = 0; ;) {
      const [one, two] = [await ours.peek(), await theirs.peek()];
      if (one.length === 0 || two.length === 0) return sums;
      const count = Math.min(one.length, two.length);
      add(sums, one, two, count);
      if (fits) {
        addWeighted(sums, one, two, count, (index) => {
          const column = Math.floor((at + index) / matrix) * rowLength + ((at + index) % rowLength);
          return importance[column] ?? 0;
        });
      }
      ours.skip(count);
      theirs.skip(count);
      at += count;
    }
  } finally {
    await ours.close();
    await theirs.close();
  }
}

function add(sums: Sums, one: Float32Array, two: Float32Array, count: number): void {
  let { squares, baseSquares, max } = sums;
  for (let index = 0; index < count; index += 1) {
    const base = two[index] as number;
    const difference = (one[index] as number) - base;
    squares += difference * difference;
    baseSquares += base * base;
    const size = Math.abs(difference);
    // What is no number stays.
    if (size > max || Number.isNaN(size)) max = size;
  }
  Object.assign(sums, { squares, baseSquares, max, count: sums.count + count });
}

function addWeighted(
  sums: Sums,
  one: Float32Array,
  two: Float32Array,
  count: number,
  weight: (index: number) => number,
): void {
  let { weightedSquares, weightedBase } = sums;
  for (let index = 0; index < count; index += 1) {
    const base = two[index] as number;
    const difference = (one[index] as number) - base;
    const importance = weight(index);
    weightedSquares += importance * (difference * difference);
    weightedBase += importance * base * base;
  }
  Object.assign(sums, { weightedSquares, weightedBase });
}

function widened(tensor: GgufTensor, encoder: RowEncoder, signal: AbortSignal | undefined): GgufTensor {
  const types: readonly TensorType[] = ['I8', 'I16', 'I32', 'I64', 'F64'];
  if (types.includes(tensor.type)) {
    throw new SlipwayError('QUANT_UNSUPPORTED', `the weights of '${tensor.name}' cannot be compared`, {
      where: tensor.name,
      got: tensor.type,
    });
  }
  return encodeTensor(tensor, 'F32', { encoder, signal });
}

/** Floats of a tensor as they come, consumed piece by piece. */
function floatsOf(tensor: GgufTensor, signal: AbortSignal | undefined) {
  const stream = tensor.read(undefined, signal)[Symbol.asyncIterator]();
  let left: Float32Array = new Float32Array();
  let rest: Uint8Array = new Uint8Array();
  return {
    async peek(): Promise<Float32Array> {
      while (left.length === 0) {
        const { done, value } = await stream.next();
        if (done === true) break;
        const bytes = rest.length === 0 ? value : Buffer.concat([rest, value]);
        const whole = bytes.length - (bytes.length % 4);
        rest = bytes.slice(whole);
        const aligned = bytes.byteOffset % 4 === 0 && !(bytes.buffer instanceof SharedArrayBuffer);
        left = aligned
          ? new Float32Array(bytes.buffer, bytes.byteOffset, whole / 4)
          : new Float32Array(bytes.slice(0, whole).buffer);
      }
      return left;
    },
    skip(count: number): void {
      left = left.subarray(count);
    },
    async close(): Promise<void> {
      await stream.return?.();
    },
  };
}

function requireSameShape(one: GgufTensor, other: GgufTensor): void {
  if (one.dimensions.join() === other.dimensions.join()) return;
  throw new SlipwayError('EVALUATION_FAILED', `'${one.name}' has other dimensions in the base`, {
    where: one.name,
    got: `${one.dimensions.join(' x ')} and ${other.dimensions.join(' x ')}`,
    try: 'a base that the candidate was made from',
  });
}
