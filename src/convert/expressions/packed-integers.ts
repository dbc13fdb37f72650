import type { ByteRange } from '../../core/index.js';
import type { WeightTensor } from '../../safetensors/index.js';
import { ByteCursor, inUnits } from './byte-cursor.js';
import { transpose } from './permute.js';
import { wrongShape, type TensorExpression } from './tensor-expression.js';
import { bytesOf, readValues } from './values.js';

/** Rows of 32-bit words that hold several integers each, least significant first. */
export interface PackedWords {
  /** `[rows, columns]` of type I32. */
  readonly words: WeightTensor;
  readonly bits: number;
}

/** A GPTQ matrix: words packed along the inputs, zero points along the outputs, one scale a group and output. */
export interface GptqMatrix {
  readonly weights: PackedWords;
  readonly zeros: PackedWords;
  /** `[groups, outputs]`. */
  readonly scales: TensorExpression;
  /** `[inputs]`: the group of each input. */
  readonly groups: TensorExpression;
  /** What is added to every zero point: 1 in the format's first version, which stored them less one. */
  readonly zeroOffset: number;
}

/** The matrix `[outputs, inputs]` in single precision: `scale · (weight − zero)`. Bounded by one tensor. */
export function unpackGptq(matrix: GptqMatrix): TensorExpression {
  const { weights, zeros, scales, groups, zeroOffset } = matrix;
  const [factor, [wordRows = 0, outputs = 0]] = [perWord(weights), weights.words.shape];
  const [inputs = 0, groupCount = 0] = [groups.shape[0], scales.shape[0]];
  const fits =
    groups.shape.length === 1 &&
    wordRows * factor === inputs &&
    scales.shape[1] === outputs &&
    zeros.words.shape[0] === groupCount &&
    (zeros.words.shape[1] ?? 0) * factor === outputs;
  if (!fits) throw wrongShape(weights.words, 'does not fit its groups, scales and zero points');
  const rows: TensorExpression = {
    dtype: 'F32',
    shape: [inputs, outputs],
    read: (range, signal) =>
      inUnits(range, outputs * 4, async function* (aligned) {
        const [scale, group] = [await readValues(scales, signal), await readValues(groups, signal)];
        const zero = await allWords(zeros, signal);
        for await (const { row, words } of wordRowsOf(weights, aligned, outputs, factor, signal)) {
          const at = group[row] ?? 0;
          if (!(at >= 0 && at < groupCount)) throw wrongShape(groups, `names group ${at} of ${groupCount}`);
          const values = new Float32Array(outputs);
          for (let output = 0; output < outputs; output += 1) {
            const zeroWord = zero[Math.floor((at * outputs + output) / factor)] ?? 0;
            const weight = field(words[output] ?? 0, row % factor, weights.bits);
            const center = field(zeroWord, output % factor, zeros.bits) + zeroOffset;
            values[output] = (scale[at * outputs + output] ?? 0) * (weight - center);
          }
          yield bytesOf(values);
        }
      }),
  };
  return transpose(rows);
}

/** Rows `row` with the words that hold them; several rows share their words. */
async function* wordRowsOf(
  { words }: PackedWords,
  aligned: ByteRange,
  columns: number,
  factor: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<{ readonly row: number; readonly words: Int32Array }> {
  const [first, last] = [aligned.start / (columns * 4), aligned.end / (columns * 4)];
  const size = columns * 4;
  const from = Math.floor(first / factor);
  const cursor = new ByteCursor(bytesOfWords(words, from * size, Math.ceil(last / factor) * size, signal));
  try {
    let held = -1;
    let values: Int32Array = new Int32Array(0);
    for (let row = first; row < last; row += 1) {
      const wanted = Math.floor(row / factor);
      if (wanted !== held) values = new Int32Array((await cursor.take(size)).buffer);
      held = wanted;
      yield { row, words: values };
    }
  } finally {
    await cursor.close();
  }
}

/** A matrix of compressed-tensors' `pack-quantized`: words packed along the inputs, zero points along the outputs. */
export interface GroupedMatrix {
  /** `[outputs, words]`. */
  readonly weights: PackedWords;
  /** `[outputs, groups]`. */
  readonly scales: TensorExpression;
  /** `[⌈outputs / integers a word⌉, groups]`; half of the range when there are none. */
  readonly zeros: PackedWords | undefined;
  readonly groupSize: number;
  /** Two values: outputs and inputs. */
  readonly shape: TensorExpression;
}

/** The matrix `[outputs, inputs]` in single precision, row by row. */
export function unpackGrouped(matrix: GroupedMatrix): TensorExpression {
  const { weights, scales, zeros, groupSize, shape } = matrix;
  const [factor, [outputs = 0, wordCount = 0]] = [perWord(weights), weights.words.shape];
  const groupCount = scales.shape[1] ?? 0;
  const inputs = groupCount * groupSize;
  const fits = scales.shape.length === 2 && scales.shape[0] === outputs && wordCount === Math.ceil(inputs / factor);
  const zerosFit =
    zeros === undefined ||
    (zeros.words.shape[0] === Math.ceil(outputs / factor) && zeros.words.shape[1] === groupCount);
  if (!fits || !zerosFit) throw wrongShape(weights.words, 'does not fit its scales and zero points');
  return {
    dtype: 'F32',
    shape: [outputs, inputs],
    read: (range, signal) =>
      inUnits(range, inputs * 4, async function* (aligned) {
        const [scale, said] = [await readValues(scales, signal), await readValues(shape, signal)];
        if (said[0] !== outputs || said[1] !== inputs) {
          throw wrongShape({ shape: [outputs, inputs] }, `says that its shape is [${[...said].join(', ')}]`);
        }
        const zero = zeros === undefined ? undefined : await allWords(zeros, signal);
        const [first, last, size] = [aligned.start / (inputs * 4), aligned.end / (inputs * 4), wordCount * 4];
        const cursor = new ByteCursor(bytesOfWords(weights.words, first * size, last * size, signal));
        try {
          for (let row = first; row < last; row += 1) {
            const words = new Int32Array((await cursor.take(size)).buffer);
            yield bytesOf(groupedRow(matrix, row, words, scale, zero));
          }
        } finally {
          await cursor.close();
        }
      }),
  };
}

function groupedRow(
  { weights, scales, groupSize }: GroupedMatrix,
  row: number,
  words: Int32Array,
  scale: Float32Array,
  zero: Int32Array | undefined,
): Float32Array {
  const [factor, groupCount, middle] = [perWord(weights), scales.shape[1] ?? 0, 2 ** (weights.bits - 1)];
  const values = new Float32Array(groupCount * groupSize);
  for (let input = 0; input < values.length; input += 1) {
    const group = Math.floor(input / groupSize);
    const zeroWord = zero?.[Math.floor(row / factor) * groupCount + group];
    const offset = zeroWord === undefined ? middle : field(zeroWord, row % factor, weights.bits);
    const integer = field(words[Math.floor(input / factor)] ?? 0, input % factor, weights.bits);
    values[input] = (integer - offset) * (scale[row * groupCount + group] ?? 0);
  }
  return values;
}

/** Integers in one word. */
function perWord({ words, bits }: PackedWords): number {
  if (words.dtype === 'I32' && words.shape.length === 2 && bits >= 1 && bits <= 16) return Math.floor(32 / bits);
  throw wrongShape(words, `of type ${words.dtype} does not hold packed integers`);
}

function field(word: number, index: number, bits: number): number {
  return (word >>> (index * bits)) & (2 ** bits - 1);
}

function bytesOfWords(
  { file, start }: WeightTensor,
  from: number,
  to: number,
  signal: AbortSignal | undefined,
): AsyncIterable<Uint8Array> {
  return file.read({ start: start + from, end: start + to }, signal);
}

async function allWords({ words }: PackedWords, signal: AbortSignal | undefined): Promise<Int32Array> {
  const size = words.shape.reduce((total, dimension) => total * dimension, 4);
  const cursor = new ByteCursor(bytesOfWords(words, 0, size, signal));
  try {
    return new Int32Array((await cursor.take(size)).buffer);
  } finally {
    await cursor.close();
  }
}
