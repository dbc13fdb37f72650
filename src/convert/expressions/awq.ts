import { inUnits } from './byte-cursor.js';
import { columns } from './gptq.js';
import { allWords, wordSources, type PackedWords } from './packed-words.js';
import { wrongShape, type TensorExpression } from './tensor-expression.js';
import { bytesOf, readValues } from './values.js';

/** Integers in a word, and the places in it of eight outputs that stand beside each other. */
const FACTOR = 8;
const PLACES = [0, 4, 1, 5, 2, 6, 3, 7] as const;
/** Bytes of words that are held at once: a larger matrix is read several times. */
const WORDS_HELD = 128 * 1024 * 1024;

/** A matrix of AWQ (gemm, 4 bits): words packed along the outputs, whose integers are interleaved. */
export interface AwqMatrix {
  /** `[inputs, outputs / 8]`. */
  readonly weights: PackedWords;
  /** `[groups, outputs / 8]`. */
  readonly zeros: PackedWords;
  /** `[groups, outputs]`. */
  readonly scales: TensorExpression;
}

/** The matrix `[outputs, inputs]` in single precision: `(weight − zero) · scale`, exact. */
export function unpackAwq({ weights, zeros, scales }: AwqMatrix): TensorExpression {
  const [inputs = 0, wordCount = 0] = weights.words.shape;
  const [groupCount = 0, outputs = 0] = scales.shape;
  const fits =
    wordCount * FACTOR === outputs &&
    groupCount > 0 &&
    inputs % groupCount === 0 &&
    zeros.words.shape.join() === [groupCount, wordCount].join();
  if (!fits) throw wrongShape(weights.words, 'does not fit its scales and zero points');
  const groupSize = inputs / groupCount;
  const width = Math.max(1, Math.floor(WORDS_HELD / 4 / Math.max(1, inputs)));
  return {
    dtype: 'F32',
    shape: [outputs, inputs],
    sources: [...scales.sources, ...wordSources(zeros), ...wordSources(weights)],
    read: (range, signal) =>
      inUnits(range, inputs * 4, async function* (aligned) {
        const [first, last] = [aligned.start / (inputs * 4), aligned.end / (inputs * 4)];
        const [scale, zero] = [await readValues(scales, signal), await allWords(zeros, signal)];
        const lastWord = Math.ceil(last / FACTOR);
        for (let from = Math.floor(first / FACTOR); from < lastWord; from += width) {
          const to = Math.min(from + width, lastWord);
          const words = await columns(weights, from, to, signal);
          const end = Math.min(last, to * FACTOR);
          for (let output = Math.max(first, from * FACTOR); output < end; output += 1) {
            const column = Math.floor(output / FACTOR);
            const shift = (PLACES[output % FACTOR] ?? 0) * 4;
            const values = new Float32Array(inputs);
            for (let input = 0; input < inputs; input += 1) {
              const group = Math.floor(input / groupSize);
              const integer = ((words[input * (to - from) + column - from] ?? 0) >>> shift) & 15;
              const center = ((zero[group * wordCount + column] ?? 0) >>> shift) & 15;
              values[input] = (integer - center) * (scale[group * outputs + output] ?? 0);
            }
            yield bytesOf(values);
          }
        }
      }),
  };
}
