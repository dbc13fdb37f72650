import type { SourceTensor, TensorExpression } from './expressions/index.js';
import type { Quantization } from './quantization.js';
import { quantizationRefused } from './quantization-refusal.js';
import { restoredWeights } from './restored-weights.js';
import { recogniseQuantization } from './quantized-by.js';
import { scaledFloats, withoutScales } from './scaled-weights.js';
import { unpacked } from './unpack.js';

/**
 * The tensors with scales applied and taken away, and packed integers unpacked. Nothing is read but small descriptions. Throws
 * `DTYPE_UNSUPPORTED` when the method is one that cannot be undone, `MODEL_INVALID` when parts do not fit.
 */
export async function dequantized(
  tensors: ReadonlyMap<string, SourceTensor>,
  { weights, nvfp4 }: Quantization,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, TensorExpression>> {
  if (weights.kind === 'restored') return restoredWeights(tensors, weights, signal);
  if (weights.kind === 'gptq' || weights.kind === 'grouped') return unpacked(tensors, weights);
  if (weights.kind === 'scaled') return withoutScales(tensors, weights);
  if (weights.kind === 'unknown' && (nvfp4 === undefined || hasScales(tensors))) {
    throw quantizationRefused(weights.method, recognise(tensors));
  }
  return tensors;
}

function recognise(tensors: ReadonlyMap<string, SourceTensor>): ReturnType<typeof recogniseQuantization> {
  return recogniseQuantization(new Map([...tensors].map(([name, { weight }]) => [name, weight])));
}

function hasScales(tensors: ReadonlyMap<string, SourceTensor>): boolean {
  return [...tensors.keys()].some((name) => /\.weight_scale(?:_inv)?$/.test(name));
}

/** Names of the weights that are 8-bit floats with scales. */
export function eightBitFloats(
  tensors: ReadonlyMap<string, SourceTensor>,
  { weights }: Quantization,
): ReadonlySet<string> {
  return weights.kind === 'scaled' ? scaledFloats(tensors, weights) : new Set();
}
