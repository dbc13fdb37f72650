import { SlipwayError } from '../core/index.js';
import type { Values } from './config/values.js';
import { scaleBlocks, type SourceTensor, type TensorExpression } from './expressions/index.js';
import { gptqSettings, groupedSettings, unpacked, type PackedQuantization } from './unpack.js';

/** Scales of activations, which only a runtime for quantized weights would use. */
const UNUSED = ['.activation_scale', '_activation_scale', '.input_scale', '.k_scale', '.v_scale', '.qscale_act'];

/** How a repository's weights are quantized, and what a conversion has to do about it. */
export type Quantization =
  | { readonly kind: 'none' }
  | PackedQuantization
  /** Experts in MXFP4 that a family takes as they are. */
  | { readonly kind: 'packed' }
  /** Every weight has scales beside it, named by this ending. */
  | {
      readonly kind: 'scaled';
      readonly ending: string;
      readonly blocks: readonly number[];
      /** True when the weights are 8-bit floats, by what the configuration says. */
      readonly eightBitFloats: boolean;
    };

/**
 * Reads `quantization_config`. Throws `DTYPE_UNSUPPORTED` for methods that cannot be undone here.
 * @param accepted a method whose tensors the family takes as they are
 */
export function readQuantization(config: Values, accepted: string | undefined): Quantization {
  const quantization = config.object('quantization_config');
  const method = quantization?.string('quant_method');
  if (quantization === undefined || (method === undefined && quantization.find('quant_algo') === undefined)) {
    return { kind: 'none' };
  }
  if (method === accepted) return { kind: 'packed' };
  if (method === 'fp8') {
    const blocks = quantization.numbers('weight_block_size') ?? [];
    return { kind: 'scaled', ending: '_scale_inv', blocks, eightBitFloats: true };
  }
  if (method === 'gptq') return gptqSettings(quantization);
  const format = quantization.string('format') ?? '';
  if (method === 'compressed-tensors' && SCALED_FORMATS.has(format)) {
    return { kind: 'scaled', ending: '_scale', ...compressedBlocks(quantization, format) };
  }
  if (method === 'compressed-tensors' && format === 'pack-quantized') {
    return groupedSettings(onlyGroup(quantization));
  }
  const name = [method ?? quantization.string('quant_algo') ?? '', format].filter((part) => part !== '').join(', ');
  throw new SlipwayError('DTYPE_UNSUPPORTED', `weights quantized by '${name.slice(0, 80)}' cannot be converted`, {
    where: 'config.json: quantization_config',
    try: 'use the repository with the original 16-bit weights',
  });
}

/** What the configuration says about weights, when it says one thing about all of them. */
function onlyGroup(quantization: Values): Values | undefined {
  const groups = quantization.object('config_groups');
  const [only, ...others] = [...(groups?.entries() ?? [])];
  return only === undefined || others.length > 0 ? undefined : groups?.object(only[0])?.object('weights');
}

/** Formats of compressed-tensors that keep a weight's shape and put scales beside it. */
const SCALED_FORMATS = new Set(['float-quantized', 'int-quantized', 'naive-quantized']);

function compressedBlocks(
  quantization: Values,
  format: string,
): { readonly blocks: readonly number[]; readonly eightBitFloats: boolean } {
  const weights = onlyGroup(quantization);
  const strategy = weights?.string('strategy');
  if (
    weights === undefined ||
    (strategy !== 'channel' && strategy !== 'block') ||
    weights.find('group_size') !== undefined
  ) {
    throw new SlipwayError('DTYPE_UNSUPPORTED', 'this grouping of compressed tensors cannot be converted', {
      where: 'config.json: quantization_config.config_groups',
      got: `strategy ${strategy ?? 'unknown'}; one group by channel or block is expected`,
    });
  }
  return {
    blocks: weights.numbers('block_structure') ?? [],
    eightBitFloats:
      format === 'float-quantized' && weights.string('type') === 'float' && weights.number('num_bits') === 8,
  };
}

/** The tensors with scales applied and taken away, and packed integers unpacked. Nothing is read. */
export function dequantized(
  tensors: ReadonlyMap<string, SourceTensor>,
  quantization: Quantization,
): ReadonlyMap<string, TensorExpression> {
  if (quantization.kind === 'gptq' || quantization.kind === 'grouped') return unpacked(tensors, quantization);
  if (quantization.kind !== 'scaled') return tensors;
  const { ending, blocks } = quantization;
  const result = new Map<string, TensorExpression>();
  for (const [name, tensor] of tensors) {
    const isScale = name.endsWith(ending) && tensors.has(name.slice(0, -ending.length));
    if (isScale || UNUSED.some((unused) => name.endsWith(unused))) continue;
    const scales = tensors.get(`${name}${ending}`);
    result.set(name, scales === undefined ? tensor : scaleBlocks(tensor, scales, blocks));
  }
  return result;
}

/** Names of the weights that are 8-bit floats with scales. */
export function eightBitFloats(
  tensors: ReadonlyMap<string, TensorExpression>,
  quantization: Quantization,
): ReadonlySet<string> {
  if (quantization.kind !== 'scaled' || !quantization.eightBitFloats) return new Set();
  return new Set([...tensors.keys()].filter((name) => tensors.has(`${name}${quantization.ending}`)));
}
