import type { Values } from './config/config-values.js';
import { settingsRefused } from './quantization-refusal.js';
import { scaleBlocks, unpackTernary, type SourceTensor, type TensorExpression } from './expressions/index.js';

/** Every quantized weight has scales beside it. */
export interface ScaledQuantization {
  readonly kind: 'scaled';
  /** How names of scales end, and what the weight's name has there. */
  readonly endings: readonly (readonly [scale: string, weight: string])[];
  /** Extent of a block of weights that share a scale, along the last dimensions. */
  readonly blocks: readonly number[];
  /** Which of the weights count as 8-bit floats: all, those that are stored so, or none. */
  readonly eightBitFloats: 'all' | 'stored' | 'none';
  /** Scales without a weight are left out, as of layers whose weights the checkpoint shares. */
  readonly strayScales?: 'drop';
  /** Weights that are stored as something else keep what stands beside them. */
  readonly floatsOnly?: true;
  /** Weights are ternary, four of them in a byte, and divided by their scale (BitNet). */
  readonly ternary?: true;
}

/** Scales of activations, which only a runtime for quantized weights would use. */
const UNUSED = ['.activation_scale', '_activation_scale', '.input_scale', '.k_scale', '.v_scale', '.qscale_act'];

/** Formats of compressed-tensors that keep a weight's shape and put scales beside it. */
const SCALED_FORMATS = new Set(['float-quantized', 'int-quantized', 'naive-quantized']);

/** Settings of the methods that scale weights, or `undefined` for another method. Throws `DTYPE_UNSUPPORTED`. */
export function scaledSettings(method: string, format: string, declared: Values): ScaledQuantization | undefined {
  const beside: ScaledQuantization['endings'] = [['.weight_scale', '.weight']];
  if (method === 'bitnet')
    return { kind: 'scaled', endings: beside, blocks: [], eightBitFloats: 'none', ternary: true };
  if (method === 'modelopt') {
    return { kind: 'scaled', endings: beside, blocks: [], eightBitFloats: 'stored', strayScales: 'drop' };
  }
  if (method === 'fp8') {
    const blocks = declared.numbers('weight_block_size') ?? [];
    return {
      kind: 'scaled',
      // The second one is Mistral's own.
      endings: [
        ['_scale_inv', ''],
        ['.qscale_weight', '.weight'],
      ],
      blocks,
      eightBitFloats: 'all',
    };
  }
  if (method !== 'compressed-tensors' || !SCALED_FORMATS.has(format)) return undefined;
  return { kind: 'scaled', endings: beside, ...compressedBlocks(declared, format) };
}

/** What the configuration says about weights, when it says one thing about all of them. */
export function onlyGroup(declared: Values): Values | undefined {
  const groups = declared.object('config_groups');
  const [only, ...others] = [...(groups?.entries() ?? [])];
  return only === undefined || others.length > 0 ? undefined : groups?.object(only[0])?.object('weights');
}

function compressedBlocks(declared: Values, format: string): Pick<ScaledQuantization, 'blocks' | 'eightBitFloats'> {
  const weights = onlyGroup(declared);
  const strategy = weights?.string('strategy');
  if (
    weights === undefined ||
    (strategy !== 'channel' && strategy !== 'block') ||
    weights.find('group_size') !== undefined
  ) {
    throw settingsRefused(
      `compressed-tensors (${format}) with the strategy '${strategy ?? 'unknown'}'`,
      'config_groups: one group by channel or block is expected',
    );
  }
  const floats = format === 'float-quantized' && weights.string('type') === 'float' && weights.number('num_bits') === 8;
  return { blocks: weights.numbers('block_structure') ?? [], eightBitFloats: floats ? 'all' : 'none' };
}

/** The tensors with scales applied and taken away. Nothing is read. */
export function withoutScales(
  tensors: ReadonlyMap<string, SourceTensor>,
  quantization: ScaledQuantization,
): ReadonlyMap<string, TensorExpression> {
  const result = new Map<string, TensorExpression>(tensors);
  for (const [name, scales] of tensors) {
    const weight = weightOf(name, quantization);
    const scaled = weight === undefined ? undefined : result.get(weight);
    if (quantization.floatsOnly === true && !isFloat8(tensors.get(weight ?? ''))) continue;
    if (weight !== undefined && scaled !== undefined) {
      const plain = quantization.ternary === true ? ternaryWeights(tensors, weight, scales) : undefined;
      result.set(weight, plain ?? scaleBlocks(scaled, scales, quantization.blocks));
      result.delete(name);
    } else if (weight !== undefined && quantization.strayScales === 'drop') {
      result.delete(name);
    }
    if (UNUSED.some((unused) => name.endsWith(unused))) result.delete(name);
  }
  return result;
}

/** Names of the scaled weights that are 8-bit floats. */
export function scaledFloats(
  tensors: ReadonlyMap<string, SourceTensor>,
  quantization: ScaledQuantization,
): ReadonlySet<string> {
  const names = [...tensors.keys()].flatMap((name) => weightOf(name, quantization) ?? []);
  const counts = (name: string): boolean => {
    const dtype = tensors.get(name)?.weight.dtype;
    if (dtype === undefined || quantization.eightBitFloats === 'none') return false;
    return quantization.eightBitFloats === 'all' || isFloat8(tensors.get(name));
  };
  return new Set(names.filter(counts));
}

function isFloat8(tensor: SourceTensor | undefined): boolean {
  return tensor?.weight.dtype === 'F8_E4M3' || tensor?.weight.dtype === 'F8_E5M2';
}

function weightOf(name: string, { endings }: ScaledQuantization): string | undefined {
  const ending = endings.find(([scale]) => name.endsWith(scale));
  return ending === undefined ? undefined : name.slice(0, -ending[0].length) + ending[1];
}

function ternaryWeights(
  tensors: ReadonlyMap<string, SourceTensor>,
  name: string,
  scale: SourceTensor,
): TensorExpression | undefined {
  const packed = tensors.get(name);
  return packed === undefined ? undefined : unpackTernary(packed.weight, scale);
}
