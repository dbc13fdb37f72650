import { ByteCursor, CHUNK_SIZE, inUnits } from './byte-cursor.js';
import { roundingOf } from './rounding.js';
import { valueSize, wrongShape, type TensorExpression } from './tensor-expression.js';
import { bytesOf, decode, readValues } from './values.js';

/** A dense layer: every row of the input times the matrix, plus the bias, through the activation. */
export interface DenseLayer {
  /** `[outputs, inputs]`. */
  readonly matrix: TensorExpression;
  /** `[outputs]`. */
  readonly bias?: TensorExpression;
  readonly activation?: (value: number) => number;
}

/**
 * Rows `[rows, inputs]` through a dense layer, in single precision (halves where all is F16). Sums are carried in double
 * precision and rounded once: the reference leaves their order, and with it the last bits, to the processor's library.
 */
export function throughLayer(rows: TensorExpression, layer: DenseLayer): TensorExpression {
  const [outputs = 0, inputs = 0] = layer.matrix.shape;
  if (rows.shape.length !== 2 || rows.shape[1] !== inputs || layer.matrix.shape.length !== 2) {
    throw wrongShape(rows, `does not go through a matrix of shape [${layer.matrix.shape.join(', ')}]`);
  }
  const halves = [rows, layer.matrix, layer.bias ?? rows].every(({ dtype }) => dtype === 'F16');
  const round = roundingOf(halves ? 'F16' : 'F32');
  const size = inputs * valueSize(rows.dtype);
  const outSize = outputs * 4;
  const together = Math.max(1, Math.floor(CHUNK_SIZE / (8 * Math.max(outSize, size))));
  let weights: Promise<Weights> | undefined;
  return {
    dtype: 'F32',
    shape: [rows.shape[0] ?? 0, outputs],
    sources: [...layer.matrix.sources, ...(layer.bias?.sources ?? []), ...rows.sources],
    read: (range, signal) =>
      inUnits(range, outSize, async function* (aligned) {
        weights ??= weightsOf(layer, signal);
        const held = await weights.catch((error: unknown) => {
          weights = undefined;
          throw error;
        });
        const [first, last] = [aligned.start / outSize, aligned.end / outSize];
        const cursor = new ByteCursor(rows.read({ start: first * size, end: last * size }, signal, { lend: true }));
        try {
          for (let at = first; at < last; at += together) {
            const count = Math.min(together, last - at);
            const input = decode(await cursor.take(count * size), rows.dtype);
            yield bytesOf(multiplied(input, held, inputs, { round, activation: layer.activation }));
          }
        } finally {
          await cursor.close();
        }
      }),
  };
}

interface Weights {
  readonly matrix: Float32Array;
  readonly bias: Float32Array | undefined;
}

async function weightsOf({ matrix, bias }: DenseLayer, signal: AbortSignal | undefined): Promise<Weights> {
  return {
    matrix: await readValues(matrix, signal),
    bias: bias === undefined ? undefined : await readValues(bias, signal),
  };
}

interface Steps {
  readonly round: (value: number) => number;
  readonly activation: ((value: number) => number) | undefined;
}

function multiplied(input: Float32Array, { matrix, bias }: Weights, inputs: number, steps: Steps): Float32Array {
  const [rows, outputs] = [input.length / inputs, matrix.length / inputs];
  const result = new Float32Array(rows * outputs);
  // A row of the matrix stays in the processor's cache while all rows of the input pass it.
  for (let output = 0; output < outputs; output += 1) {
    const start = output * inputs;
    for (let row = 0; row < rows; row += 1) {
      const value = steps.round(dot(input, row * inputs, matrix, start, inputs) + (bias?.[output] ?? 0));
      result[row * outputs + output] = steps.activation === undefined ? value : steps.round(steps.activation(value));
    }
  }
  return result;
}

/** Four sums side by side, so that the processor need not wait for one of them. */
function dot(a: Float32Array, fromA: number, b: Float32Array, fromB: number, length: number): number {
  let [first, second, third, fourth] = [0, 0, 0, 0];
  let index = 0;
  for (; index + 3 < length; index += 4) {
    first += (a[fromA + index] ?? 0) * (b[fromB + index] ?? 0);
    second += (a[fromA + index + 1] ?? 0) * (b[fromB + index + 1] ?? 0);
    third += (a[fromA + index + 2] ?? 0) * (b[fromB + index + 2] ?? 0);
    fourth += (a[fromA + index + 3] ?? 0) * (b[fromB + index + 3] ?? 0);
  }
  for (; index < length; index += 1) first += (a[fromA + index] ?? 0) * (b[fromB + index] ?? 0);
  return first + second + (third + fourth);
}
