import { SlipwayError } from '../core/index.js';
import type { SourceTensor, TensorExpression } from './expressions/index.js';
import type { Quantization } from './quantization.js';
import { scaledFloats, withoutScales } from './scaled-weights.js';
import { unpacked } from './unpack.js';

/**
 * The tensors with scales applied and taken away, and packed integers unpacked. Nothing is read. Throws
 * `DTYPE_UNSUPPORTED` when the method is one that cannot be undone, `MODEL_INVALID` when parts do not fit.
 */
export function dequantized(
  tensors: ReadonlyMap<string, SourceTensor>,
  { weights, nvfp4 }: Quantization,
): ReadonlyMap<string, TensorExpression> {
  if (weights.kind === 'gptq' || weights.kind === 'grouped') return unpacked(tensors, weights);
  if (weights.kind === 'scaled') return withoutScales(tensors, weights);
  if (weights.kind === 'unknown' && (nvfp4 === undefined || hasScales(tensors))) throw unsupported(weights.method);
  return tensors;
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

function unsupported(method: string): SlipwayError {
  return new SlipwayError('DTYPE_UNSUPPORTED', `weights quantized by '${method.slice(0, 80)}' cannot be converted`, {
    where: 'config.json: quantization_config',
    try: [
      'convert the repository with the 16-bit weights that these were made from: the model card names it as base_model',
      'or one that is quantized as FP8, GPTQ, compressed-tensors or NVFP4',
      'or package this repository without converting it',
    ],
  });
}
