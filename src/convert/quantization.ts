import { Values } from './config/config-values.js';
import { truthy } from './config/truthy.js';
import type { Repository } from './repository.js';
import { nvfp4Settings, type Nvfp4Settings } from './nvfp4-settings.js';
import { onlyGroup, scaledSettings, type ScaledQuantization } from './scaled-weights.js';
import type { QuantizationFacts } from './quantization-facts.js';
import { isPlain, recogniseQuantization, type TensorFacts } from './quantized-by.js';
import { quantizationRefused } from './quantization-refusal.js';
import { restoredSettings, restoredUndeclared, type RestoredQuantization } from './restored-settings.js';
import { gptqSettings, groupedSettings, type PackedQuantization } from './unpack.js';

/** How a repository's weights are quantized, and what a conversion has to do about it. */
export type WeightQuantization =
  | { readonly kind: 'none' }
  /** Experts in MXFP4 that a family takes as they are. */
  | { readonly kind: 'packed' }
  | PackedQuantization
  | ScaledQuantization
  | RestoredQuantization
  /** A method that cannot be undone, by its name. */
  | { readonly kind: 'unknown'; readonly method: string };

/** What a repository says about the quantization of its weights. */
export interface Quantization {
  /** What becomes of the weights that do not stay in NVFP4. */
  readonly weights: WeightQuantization;
  /** Present when weights come in NVFP4; these stay in it. */
  readonly nvfp4?: Nvfp4Settings;
}

/**
 * Reads `quantization_config` and hf_quant_config.json, and compares them with the tensors: a configuration that was
 * left over from weights that are plain now counts for nothing. Throws `DTYPE_UNSUPPORTED` for settings of a known
 * method that cannot be undone, and for tensors of a tool that no configuration mentions; a method that is not known at
 * all is refused when weights are planned.
 * @param accepted a method whose tensors the family takes as they are
 * @param tensors the checkpoint's, empty when only the vocabulary is converted
 * @param restore whether weights are restored that the reference does not read
 */
export async function readQuantization(
  repository: Repository,
  config: Values,
  accepted: string | undefined,
  tensors: ReadonlyMap<string, TensorFacts>,
  restore = false,
): Promise<Quantization> {
  const declared = truthy(config.find('quantization_config')) ? config.object('quantization_config') : undefined;
  const facts = withModelOpt(
    {
      declared,
      method: declared?.string('quant_method'),
      algorithm: declared?.string('quant_algo'),
      format: declared?.string('format'),
      groups: declared?.object('config_groups'),
      layers: declared?.object('quantized_layers'),
    },
    await repository.json('hf_quant_config.json'),
  );
  const nvfp4 = nvfp4Settings(facts);
  const isLeftOver = nvfp4 === undefined && facts.method !== accepted && isPlain(tensors);
  const isTaken = facts.method !== undefined && `${facts.method}/${facts.format ?? ''}`.startsWith(accepted ?? ' ');
  const restorable = restore && !isLeftOver && nvfp4 === undefined && !isTaken;
  const restored = restorable ? restoredSettings(facts, config, tensors) : undefined;
  if (restored !== undefined) return { weights: restored };
  const declaredWeights: WeightQuantization = isLeftOver
    ? { kind: 'none' }
    : weightQuantization(facts, accepted, nvfp4 !== undefined);
  const undeclared = restorable && declaredWeights.kind === 'none' ? restoredUndeclared(tensors) : undefined;
  const weights = undeclared ?? declaredWeights;
  if (weights.kind === 'none' && nvfp4 === undefined && !isLeftOver) refuseUndeclared(tensors);
  return nvfp4 === undefined ? { weights } : { weights, nvfp4 };
}

/** Quantized weights whose configuration was lost on the way, or never said so (MLX). */
function refuseUndeclared(tensors: ReadonlyMap<string, TensorFacts>): void {
  const recognised = recogniseQuantization(tensors);
  if (recognised !== undefined) throw quantizationRefused(undefined, recognised);
}

/** ModelOpt's own file counts where config.json leaves out the algorithm or the layers. */
function withModelOpt(facts: QuantizationFacts, file: Awaited<ReturnType<Repository['json']>>): QuantizationFacts {
  const layers = [...(facts.layers?.entries() ?? [])];
  if (file === undefined || ((facts.algorithm ?? '') !== '' && layers.length > 0)) return facts;
  const values = new Values(file, 'hf_quant_config.json');
  const own = values.object('quantization');
  return {
    ...facts,
    method: facts.method ?? values.object('producer')?.string('name')?.toLowerCase() ?? '',
    algorithm: own?.has('quant_algo') === true ? own.string('quant_algo') : facts.algorithm,
    format: own?.has('format') === true ? own.string('format') : facts.format,
    groups: own?.has('config_groups') === true ? own.object('config_groups') : facts.groups,
    layers: own?.has('quantized_layers') === true ? own.object('quantized_layers') : facts.layers,
  };
}

function weightQuantization(
  facts: QuantizationFacts,
  accepted: string | undefined,
  nvfp4: boolean,
): WeightQuantization {
  const { method, algorithm, declared = new Values({}) } = facts;
  if (method === undefined && (nvfp4 || algorithm === undefined)) return { kind: 'none' };
  const format = declared.string('format') ?? '';
  if (method !== undefined && (method === accepted || `${method}/${format}` === accepted)) return { kind: 'packed' };
  if (method === 'gptq') return gptqSettings(declared);
  if (method === 'compressed-tensors' && format === 'pack-quantized') return groupedSettings(onlyGroup(declared));
  // All that is quantized is NVFP4, which stays: this leaves nothing to undo.
  if (method === 'compressed-tensors' && nvfp4) return { kind: 'none' };
  const scaled = scaledSettings(method ?? '', format, declared);
  if (scaled !== undefined) return scaled;
  return { kind: 'unknown', method: [method ?? algorithm ?? '', format].filter((part) => part !== '').join(', ') };
}
