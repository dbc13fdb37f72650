import { ByteCursor, CHUNK_SIZE, inUnits } from './byte-cursor.js';
import { allWords, bytesOfWords, perWord, wordSources, type PackedWords } from './packed-words.js';
import { wrongShape, type TensorExpression } from './tensor-expression.js';
import { bytesOf, readValues } from './values.js';

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
  const together = Math.max(1, Math.floor(CHUNK_SIZE / Math.max(1, inputs * 4)));
  return {
    dtype: 'F32',
    shape: [outputs, inputs],
    sources: [...scales.sources, ...shape.sources, ...wordSources(zeros), ...wordSources(weights)],
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
          for (let at = first; at < last; at += together) {
            const rows = Math.min(together, last - at);
            const words = new Int32Array((await cursor.take(rows * size)).buffer);
            yield bytesOf(groupedRows(matrix, at, rows, words, scale, zero));
          }
        } finally {
          await cursor.close();
        }
      }),
  };
}

function groupedRows(
  { weights, scales, groupSize }: GroupedMatrix,
  first: number,
  rows: number,
  words: Int32Array,
  scale: Float32Array,
  zero: Int32Array | undefined,
): Float32Array {
  const [factor, groupCount, { bits }] = [perWord(weights), scales.shape[1] ?? 0, weights];
  const [mask, wordCount, inputs] = [2 ** bits - 1, words.length / rows, groupCount * groupSize];
  const values = new Float32Array(rows * inputs);
  for (let index = 0; index < rows; index += 1) {
    const row = first + index;
    for (let group = 0; group < groupCount; group += 1) {
      const zeroWord = zero?.[Math.floor(row / factor) * groupCount + group];
      const center = zeroWord === undefined ? 2 ** (bits - 1) : (zeroWord >>> ((row % factor) * bits)) & mask;
      const factorOfGroup = scale[row * groupCount + group] ?? 0;
      let input = group * groupSize;
      let [at, part] = [index * wordCount + Math.floor(input / factor), input % factor];
      for (const end = input + groupSize; input < end; input += 1) {
        const integer = ((words[at] ?? 0) >>> (part * bits)) & mask;
        values[index * inputs + input] = (integer - center) * factorOfGroup;
        part += 1;
        if (part < factor) continue;
        part = 0;
        at += 1;
      }
    }
  }
  return values;
}
