import { literal, singleExp, type TensorExpression } from '../expressions/index.js';

/** Positions that the encoders of Qwen's omni models have. */
const LENGTH = 1500;
/** The longest period over 2 pi. */
const LONGEST = 10_000;

/**
 * Position embeddings that no checkpoint has: sines beside cosines of `LENGTH` positions in periods that grow evenly on
 * a logarithmic scale. Every value is the nearest one; MKL's, which the reference gets from torch, miss it once in
 * twenty times by their last bit, and not the same ones on every processor.
 */
export function sinusoids(channels: number): TensorExpression {
  const { fround } = Math;
  const half = Math.floor(channels / 2);
  const step = fround(-Math.log(LONGEST) / (half - 1));
  const values = new Float32Array(LENGTH * half * 2);
  const scales = Float32Array.from({ length: half }, (_, index) => singleExp(fround(step * index)));
  for (let position = 0; position < LENGTH; position += 1) {
    for (const [index, scale] of scales.entries()) {
      const angle = fround(position * scale);
      values[position * 2 * half + index] = Math.sin(angle);
      values[position * 2 * half + half + index] = Math.cos(angle);
    }
  }
  return literal(values, [LENGTH, half * 2]);
}
