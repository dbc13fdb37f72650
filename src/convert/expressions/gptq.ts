import { ByteCursor, inUnits } from './byte-cursor.js';
import { allWords, bytesOfWords, perWord, wordSources, type PackedWords } from './packed-words.js';
import { wrongShape, type TensorExpression } from './tensor-expression.js';
import { bytesOf, readValues } from './values.js';

/** Outputs that are unpacked together: the words of so many lie in one line of the processor's cache. */
const TOGETHER = 16;
/** Bytes of words that are held at once: a larger matrix is read several times. */
const WORDS_HELD = 128 * 1024 * 1024;

/** A GPTQ matrix: words packed along the inputs, zero points along the outputs, one scale a group and output. */
export interface GptqMatrix {
  /** `[inputs / integers a word, outputs]`. */
  readonly weights: PackedWords;
  /** `[groups, outputs / integers a word]`. */
  readonly zeros: PackedWords;
  /** `[groups, outputs]`. */
  readonly scales: TensorExpression;
  /** `[inputs]`: the group of each input. */
  readonly groups: TensorExpression;
  /** What is added to every zero point: 1 in the format's first version, which stored them less one. */
  readonly zeroOffset: number;
  /** Zero points begin again at 0 behind the largest one, as in AutoGPTQ; without it they go beyond, as in llama.cpp. */
  readonly zerosWrap?: true;
}

/** The matrix `[outputs, inputs]` in single precision: `scale · (weight − zero)`. Bounded by {@link WORDS_HELD}. */
export function unpackGptq(matrix: GptqMatrix): TensorExpression {
  const { weights, zeros, scales, groups } = matrix;
  const [factor, [wordRows = 0, outputs = 0]] = [perWord(weights), weights.words.shape];
  const [inputs = 0, groupCount = 0] = [groups.shape[0], scales.shape[0]];
  const fits =
    groups.shape.length === 1 &&
    wordRows * factor === inputs &&
    scales.shape[1] === outputs &&
    zeros.words.shape[0] === groupCount &&
    (zeros.words.shape[1] ?? 0) * factor === outputs;
  if (!fits) throw wrongShape(weights.words, 'does not fit its groups, scales and zero points');
  const width = Math.max(TOGETHER, Math.floor(WORDS_HELD / 4 / Math.max(1, wordRows)));
  return {
    dtype: 'F32',
    shape: [outputs, inputs],
    sources: [...groups.sources, ...scales.sources, ...wordSources(zeros), ...wordSources(weights)],
    read: (range, signal) =>
      inUnits(range, inputs * 4, async function* (aligned) {
        const [first, last] = [aligned.start / (inputs * 4), aligned.end / (inputs * 4)];
        const sides: GptqSides = {
          group: await readGroups(groups, groupCount, signal),
          scale: await readValues(scales, signal),
          zero: await allWords(zeros, signal),
          outputs,
          groupCount,
        };
        for (let from = first; from < last; from += width) {
          const to = Math.min(from + width, last);
          const words = await columns(weights, from, to, signal);
          for (let at = from; at < to; at += TOGETHER) {
            const tile = {
              words,
              stride: to - from,
              offset: at - from,
              count: Math.min(TOGETHER, to - at),
              output: at,
            };
            yield bytesOf(unpackTile(matrix, sides, tile));
          }
        }
      }),
  };
}

/** What goes with the words, as numbers. */
interface GptqSides {
  readonly group: Int32Array;
  readonly scale: Float32Array;
  readonly zero: Int32Array;
  readonly outputs: number;
  readonly groupCount: number;
}

/** Some outputs: their words stand `stride` apart, from `offset` on. */
interface GptqTile {
  readonly words: Int32Array;
  readonly stride: number;
  readonly offset: number;
  readonly count: number;
  /** The first one's number. */
  readonly output: number;
}

function unpackTile(
  { weights, zeroOffset, zerosWrap, zeros }: GptqMatrix,
  sides: GptqSides,
  tile: GptqTile,
): Float32Array {
  const { group, groupCount } = sides;
  const { words, stride, offset, count } = tile;
  const { scale, center } = tileSides(sides, tile, zeros.bits, { zeroOffset, zerosWrap });
  const [inputs, factor, mask, bits] = [group.length, perWord(weights), 2 ** weights.bits - 1, weights.bits];
  const values = new Float32Array(count * inputs);
  for (let input = 0, row = offset; input < inputs; input += factor, row += stride) {
    for (let index = 0; index < count; index += 1) {
      const word = words[row + index] ?? 0;
      const at = index * inputs + input;
      for (let part = 0; part < factor; part += 1) {
        const side = index * groupCount + (group[input + part] ?? 0);
        values[at + part] = (scale[side] ?? 0) * (((word >>> (part * bits)) & mask) - (center[side] ?? 0));
      }
    }
  }
  return values;
}

/** Scales and zero points of a tile, output by output. */
function tileSides(
  { scale, zero, outputs, groupCount }: GptqSides,
  { count, output }: GptqTile,
  bits: number,
  { zeroOffset, zerosWrap }: Pick<GptqMatrix, 'zeroOffset' | 'zerosWrap'>,
): { readonly scale: Float32Array; readonly center: Int32Array } {
  const [own, center] = [new Float32Array(count * groupCount), new Int32Array(count * groupCount)];
  const [factor, mask] = [Math.floor(32 / bits), 2 ** bits - 1];
  for (let index = 0; index < count; index += 1) {
    for (let group = 0; group < groupCount; group += 1) {
      const at = group * outputs + output + index;
      own[index * groupCount + group] = scale[at] ?? 0;
      const word = zero[Math.floor(at / factor)] ?? 0;
      const point = ((word >>> ((at % factor) * bits)) & mask) + zeroOffset;
      center[index * groupCount + group] = zerosWrap === true ? point & mask : point;
    }
  }
  return { scale: own, center };
}

async function readGroups(groups: TensorExpression, count: number, signal?: AbortSignal): Promise<Int32Array> {
  const values = await readValues(groups, signal);
  const outside = values.find((group) => !(group >= 0 && group < count));
  if (outside !== undefined) throw wrongShape(groups, `names group ${outside} of ${count}`);
  return Int32Array.from(values);
}

/** The words of the outputs from `from` to `to`, row by row. */
export async function columns(
  { words }: PackedWords,
  from: number,
  to: number,
  signal: AbortSignal | undefined,
): Promise<Int32Array> {
  const [rows = 0, outputs = 0] = words.shape;
  const width = to - from;
  const result = new Int32Array(rows * width);
  const bytes = new Uint8Array(result.buffer);
  const cursor = new ByteCursor(bytesOfWords(words, 0, rows * outputs * 4, signal));
  try {
    for (let row = 0; row < rows; row += 1) {
      await cursor.skip(from * 4);
      bytes.set(await cursor.take(width * 4), row * width * 4);
      await cursor.skip((outputs - to) * 4);
    }
  } finally {
    await cursor.close();
  }
  return result;
}
