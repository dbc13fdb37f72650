import type { FileRange } from '../../files/index.js';
import type { WeightTensor } from '../../safetensors/index.js';
import { ByteCursor } from './byte-cursor.js';
import { rangeOf } from './placement.js';
import { wrongShape } from './tensor-expression.js';

/** Rows of 32-bit words that hold several integers each, least significant first. */
export interface PackedWords {
  /** `[rows, columns]` of type I32. */
  readonly words: WeightTensor;
  readonly bits: number;
}

/** Integers in one word. */
export function perWord({ words, bits }: PackedWords): number {
  if (words.dtype === 'I32' && words.shape.length === 2 && bits >= 1 && bits <= 16) return Math.floor(32 / bits);
  throw wrongShape(words, `of type ${words.dtype} does not hold packed integers`);
}

/** What is read for all words of a matrix; nothing when there is none. */
export function wordSources(matrix: PackedWords | undefined): readonly FileRange[] {
  return matrix === undefined ? [] : [rangeOf(matrix.words)];
}

/** Bytes of a matrix of words. */
export function bytesOfWords(
  { file, start }: WeightTensor,
  from: number,
  to: number,
  signal: AbortSignal | undefined,
): AsyncIterable<Uint8Array> {
  return file.read({ start: start + from, end: start + to }, signal);
}

/** All words of a matrix that is known to be small. */
export async function allWords({ words }: PackedWords, signal: AbortSignal | undefined): Promise<Int32Array> {
  const size = words.shape.reduce((total, dimension) => total * dimension, 4);
  const cursor = new ByteCursor(bytesOfWords(words, 0, size, signal));
  try {
    return new Int32Array((await cursor.take(size)).buffer);
  } finally {
    await cursor.close();
  }
}
