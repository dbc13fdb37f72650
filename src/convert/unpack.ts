import { SlipwayError } from '../core/index.js';
import type { Values } from './config/config-values.js';
import { settingsRefused } from './quantization-refusal.js';
import {
  unpackGptq,
  unpackGrouped,
  type PackedWords,
  type SourceTensor,
  type TensorExpression,
} from './expressions/index.js';

/** Integer weights packed into words, with scales and zero points beside them. */
export type PackedQuantization =
  | { readonly kind: 'gptq'; readonly bits: number; readonly zeroOffset: number }
  | { readonly kind: 'grouped'; readonly bits: number; readonly groupSize: number };

/** Reads the settings of GPTQ. Throws `DTYPE_UNSUPPORTED` for widths that the reference does not unpack either. */
export function gptqSettings(quantization: Values): PackedQuantization {
  const bits = quantization.number('bits') ?? 0;
  if (bits !== 2 && bits !== 4 && bits !== 8) throw settingsRefused(`GPTQ with ${bits} bits`);
  return { kind: 'gptq', bits, zeroOffset: (quantization.string('checkpoint_format') ?? 'gptq') === 'gptq' ? 1 : 0 };
}

/** Reads the settings of compressed-tensors' `pack-quantized`. Throws `DTYPE_UNSUPPORTED`. */
export function groupedSettings(weights: Values | undefined): PackedQuantization {
  const [bits, groupSize] = [weights?.number('num_bits') ?? 0, weights?.number('group_size') ?? 0];
  const integers = (weights?.string('type') ?? 'int') === 'int' && bits >= 1 && bits <= 16;
  if (weights?.string('strategy') !== 'group' || !integers || groupSize < 1) {
    throw settingsRefused(`compressed-tensors (pack-quantized) with ${bits} bits in groups of ${groupSize}`);
  }
  return { kind: 'grouped', bits, groupSize };
}

/** Endings of the tensors that one matrix is made of; the first is the packed one. */
const PARTS: Readonly<Record<PackedQuantization['kind'], readonly string[]>> = {
  gptq: ['qweight', 'qzeros', 'scales', 'g_idx'],
  grouped: ['weight_packed', 'weight_scale', 'weight_shape', 'weight_zero_point'],
};

/** The tensors with packed matrices unpacked; these come last, as in the reference. Nothing is read. */
export function unpacked(
  tensors: ReadonlyMap<string, SourceTensor>,
  quantization: PackedQuantization,
): ReadonlyMap<string, TensorExpression> {
  const result = new Map<string, TensorExpression>(tensors);
  const parts = PARTS[quantization.kind];
  const ending = `.${parts[0] ?? ''}`;
  for (const name of tensors.keys()) {
    if (!name.endsWith(ending)) continue;
    const base = name.slice(0, -ending.length);
    const matrix = unpackedMatrix((suffix) => tensors.get(`${base}.${suffix}`), base, quantization);
    for (const suffix of parts) result.delete(`${base}.${suffix}`);
    result.set(`${base}.weight`, matrix);
  }
  return result;
}

function unpackedMatrix(
  find: (suffix: string) => SourceTensor | undefined,
  base: string,
  quantization: PackedQuantization,
): TensorExpression {
  const { bits } = quantization;
  const part = (suffix: string): SourceTensor => {
    const found = find(suffix);
    if (found !== undefined) return found;
    throw new SlipwayError('MODEL_INVALID', `the packed matrix '${base}' lacks its '${suffix}'`, { where: base });
  };
  const packed = (suffix: string): PackedWords => ({ words: part(suffix).weight, bits });
  if (quantization.kind === 'gptq') {
    return unpackGptq({
      weights: packed('qweight'),
      zeros: packed('qzeros'),
      scales: part('scales'),
      groups: part('g_idx'),
      zeroOffset: quantization.zeroOffset,
    });
  }
  return unpackGrouped({
    weights: packed('weight_packed'),
    scales: part('weight_scale'),
    zeros: find('weight_zero_point') === undefined ? undefined : packed('weight_zero_point'),
    groupSize: quantization.groupSize,
    shape: part('weight_shape'),
  });
}
