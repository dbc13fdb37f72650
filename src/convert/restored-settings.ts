import { isJsonObject, jsonField } from '../files/index.js';
import type { Values } from './config/config-values.js';
import type { QuantizationFacts } from './quantization-facts.js';
import { settingsRefused } from './quantization-refusal.js';
import { recogniseQuantization, type TensorFacts } from './quantized-by.js';

/** Quantized weights that llama.cpp's converter does not read: restored to BF16 as their own libraries do. */
export interface RestoredQuantization {
  readonly kind: 'restored';
  readonly method: 'AWQ' | 'GPTQ' | 'MLX' | 'bitsandbytes' | 'compressed-tensors';
  /** Inputs that share a scale; less than one for all of them. */
  readonly groupSize: number;
  /** Modules whose groups have another size (MLX). */
  readonly groupSizes?: ReadonlyMap<string, number>;
  /** Bits of an integer, and what is added to zero points (GPTQ). */
  readonly bits?: number;
  readonly zeroOffset?: number;
  /** Extent of blocks that share a scale, where they do (compressed-tensors). */
  readonly blocks?: readonly number[];
}

type Tensors = ReadonlyMap<string, TensorFacts>;

/** Formats of compressed-tensors whose weights are values times scales. */
const COMPRESSED = new Set(['float-quantized', 'int-quantized', 'naive-quantized', 'nvfp4-pack-quantized']);

/** How weights are restored that the reference refuses; `undefined` for what it reads, or what nothing here knows. */
export function restoredSettings(
  facts: QuantizationFacts,
  config: Values,
  tensors: Tensors,
): RestoredQuantization | undefined {
  const { method, declared } = facts;
  if (method === 'awq') return awqSettings(declared);
  if (method === 'bitsandbytes') return { kind: 'restored', method: 'bitsandbytes', groupSize: 0 };
  if (method === 'gptq') return gptqWithoutGroups(declared, tensors);
  if (method === 'compressed-tensors') return compressedSettings(facts);
  return method === undefined || method === 'mlx' ? mlxSettings(config, tensors) : undefined;
}

/** The same for weights whose configuration was lost, when the tensors alone say enough. */
export function restoredUndeclared(tensors: Tensors): RestoredQuantization | undefined {
  const recognised = recogniseQuantization(tensors)?.method;
  const integers = [...tensors].filter(([name]) => name.endsWith('.SCB'));
  const stored = integers.every(([name]) => tensors.get(name.replace(/\.SCB$/, '.weight'))?.dtype === 'I8');
  const known = recognised === 'bitsandbytes NF4' || (recognised === 'bitsandbytes int8' && stored);
  return known ? { kind: 'restored', method: 'bitsandbytes', groupSize: 0 } : undefined;
}

function awqSettings(declared: Values | undefined): RestoredQuantization {
  const bits = declared?.number('bits', 'w_bit') ?? 4;
  const version = declared?.string('version')?.toLowerCase() ?? 'gemm';
  if (bits === 4 && version === 'gemm') return { kind: 'restored', method: 'AWQ', groupSize: 0 };
  throw settingsRefused(`AWQ (${version.slice(0, 40)}) with ${bits} bits`, 'gemm with 4 bits is known');
}

/** Without a list of groups they follow each other. */
function gptqWithoutGroups(declared: Values | undefined, tensors: Tensors): RestoredQuantization | undefined {
  const names = [...tensors.keys()];
  if (declared === undefined || names.some((name) => name.endsWith('.g_idx'))) return undefined;
  const bits = declared.number('bits') ?? 0;
  if (!names.some((name) => name.endsWith('.qweight')) || (bits !== 2 && bits !== 4 && bits !== 8)) return undefined;
  if (declared.boolean('desc_act') === true) throw settingsRefused('GPTQ in an order (desc_act) that no g_idx gives');
  const zeroOffset = (declared.string('checkpoint_format') ?? 'gptq') === 'gptq' ? 1 : 0;
  return { kind: 'restored', method: 'GPTQ', bits, zeroOffset, groupSize: declared.number('group_size') ?? -1 };
}

/** One scale a matrix, or groups of matrices that are quantized differently. */
function compressedSettings({ declared, format = '', groups }: QuantizationFacts): RestoredQuantization | undefined {
  const all = [...(groups?.entries() ?? [])].flatMap(([, group]) => (isJsonObject(group) ? [group] : []));
  const weights = all.map((group) => jsonField(group, 'weights'));
  const formats = all.map((group) => jsonField(group, 'format') ?? format);
  const isScaled = COMPRESSED.has(format) || format === 'mixed-precision';
  if (declared === undefined || !isScaled || all.length === 0) return undefined;
  const strategies = weights.map((one) => (isJsonObject(one) ? jsonField(one, 'strategy') : undefined));
  // The reference reads these.
  if (all.length === 1 && (strategies[0] === 'channel' || strategies[0] === 'block')) return undefined;
  if (formats.some((name) => typeof name !== 'string' || !COMPRESSED.has(name))) return undefined;
  if (formats.every((name) => name === 'nvfp4-pack-quantized')) return undefined;
  const structures = weights.map((one) => (isJsonObject(one) ? jsonField(one, 'block_structure') : undefined));
  const blocks = structures.find((structure) => Array.isArray(structure)) ?? [];
  return {
    kind: 'restored',
    method: 'compressed-tensors',
    groupSize: 0,
    blocks: (blocks as readonly unknown[]).map(Number),
  };
}

/** MLX has a key of its own, and modules with settings of their own beside the general ones. */
function mlxSettings(config: Values, tensors: Tensors): RestoredQuantization | undefined {
  const settings = config.has('quantization') ? config.object('quantization') : config.object('quantization_config');
  const groupSize = settings?.find('group_size');
  if (typeof groupSize !== 'number' || settings === undefined) return undefined;
  if (recogniseQuantization(tensors)?.method !== 'MLX') return undefined;
  const mode = settings.find('mode') ?? 'affine';
  if (mode !== 'affine')
    throw settingsRefused(`MLX in the mode '${JSON.stringify(mode).slice(0, 40)}'`, 'affine is known');
  const own = [...settings.entries()].flatMap(([module, entry]): [string, number][] => {
    const size = isJsonObject(entry) ? jsonField(entry, 'group_size') : undefined;
    return typeof size === 'number' ? [[module, size]] : [];
  });
  return { kind: 'restored', method: 'MLX', groupSize, groupSizes: new Map(own) };
}

/** What a plan says about weights that were restored. */
export function restoredWarning({ method }: RestoredQuantization): string {
  return `the weights are quantized by ${method} already: they are restored to BF16, and to narrow them again is a second loss`;
}
