import type { WeightTensor } from '../../safetensors/index.js';
import { ByteCursor, CHUNK_SIZE, inUnits } from './byte-cursor.js';
import { product, wrongShape, type TensorExpression } from './tensor-expression.js';
import { rangeOf } from './placement.js';
import { bytesOf, readValues } from './values.js';

/** Weights in a byte. */
const PER_BYTE = 4;

/**
 * BitNet's packed weights (transformers, `quant_method: bitnet`): a byte holds the weights of one column in four rows, a
 * quarter of the matrix apart, two bits each for -1, 0 and 1. They are divided by the one scale. Single precision.
 */
export function unpackTernary(packed: WeightTensor, scale: TensorExpression): TensorExpression {
  const [rows = 0, ...rest] = packed.shape;
  if ((packed.dtype !== 'U8' && packed.dtype !== 'I8') || packed.shape.length === 0) {
    throw wrongShape(packed, `of type ${packed.dtype} does not hold ternary weights`);
  }
  if (product(scale.shape) !== 1) throw wrongShape(scale, 'is not the one scale of ternary weights');
  const quarter = rows * product(rest);
  return {
    dtype: 'F32',
    shape: [rows * PER_BYTE, ...rest],
    sources: [...scale.sources, ...Array.from({ length: PER_BYTE }, () => rangeOf(packed))],
    read: (range, signal) =>
      inUnits(range, 4, async function* (aligned) {
        const [divisor = 1] = await readValues(scale, signal);
        const [first, last] = [aligned.start / 4, aligned.end / 4];
        for (let part = 0; part < PER_BYTE; part += 1) {
          const start = Math.max(first - part * quarter, 0);
          const end = Math.min(last - part * quarter, quarter);
          if (start >= end) continue;
          const bytes = packed.file.read({ start: packed.start + start, end: packed.start + end }, signal);
          yield* unpackedPart(new ByteCursor(bytes), end - start, 2 * part, divisor);
        }
      }),
  };
}

async function* unpackedPart(
  cursor: ByteCursor,
  count: number,
  shift: number,
  divisor: number,
): AsyncGenerator<Uint8Array> {
  const values = [0, 1, 2, 3].map((code) => (code - 1) / divisor);
  try {
    for (let remaining = count; remaining > 0;) {
      const bytes = await cursor.take(Math.min(remaining, CHUNK_SIZE / 4));
      remaining -= bytes.byteLength;
      yield bytesOf(Float32Array.from(bytes, (byte) => values[(byte >>> shift) & 3] ?? 0));
    }
  } finally {
    await cursor.close();
  }
}
