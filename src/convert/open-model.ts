import { SlipwayError } from '../core/index.js';
import type { Family, Gathered, GatherOptions, Model } from './architectures/family.js';
import { familyOf } from './architectures/index.js';
import { mistralFormatFamily } from './architectures/mistral-format.js';
import { readPooling } from './architectures/pooling.js';
import { ropeParameters } from './architectures/rope.js';
import { architectureName, resolveConfig } from './config/resolve.js';
import { Values } from './config/config-values.js';
import { GENERATION_CONFIG, readGenerationConfig } from './metadata/index.js';
import { missingPrediction } from './missing-prediction.js';
import { chosenLayers, type PredictionOptions } from './prediction-layers.js';
import { restoredWarning } from './restored-settings.js';
import { readQuantization, type Quantization } from './quantization.js';
import { refuseUnmerged, withoutWrapper } from './unmerged-adapter.js';
import { requireTarget, type TargetModel } from './target-model.js';
import type { Weights } from '../safetensors/index.js';
import type { Repository } from './repository.js';

/** No published model has a tenth of this. */
const BLOCK_LIMIT = 4096;

/** A model with its family, and what a person should hear of it. */
export interface OpenedModel {
  readonly family: Family;
  readonly model: Model;
  /** The part of the checkpoint that is converted. */
  readonly weights: Weights;
  readonly warnings: readonly string[];
}

/** What a family may look up in further files, and which part of the model is wanted. */
export type OpenOptions = Partial<Omit<GatherOptions, 'weights'>> & PredictionOptions;

/**
 * Finds the family of a repository and completes its configuration.
 * @param stored all weights: some configurations do not count all of their layers
 * @param options what the family may look up in further files, and which layers are wanted
 * Throws `ARCH_UNSUPPORTED`, `MODEL_INVALID`.
 */
export async function openModel(
  repository: Repository,
  stored: Weights,
  options: OpenOptions = {},
): Promise<OpenedModel> {
  const { className, family, complete } = familyAndConfig(repository, options.dspark);
  if (family.vocabularyOf !== undefined) requireTarget(className, options.target);
  const checkpoint = options.asReference === true ? stored : withoutWrapper(stored);
  if (family.ownAdapters !== true) refuseUnmerged(checkpoint.tensors.keys());
  const adjusted = { config: family.adjust?.(complete) ?? complete, weights: checkpoint };
  const { config: stated, weights } = chosenLayers(family, className, adjusted, options);
  const prediction = options.asReference === true ? undefined : missingPrediction(family, stated, weights);
  const config = prediction?.config ?? stated;
  const quantization: Quantization =
    family.scaled === undefined
      ? await readQuantization(repository, config, family.quantized, weights.tensors, options.asReference !== true)
      : { weights: family.scaled };
  const absent = family.needs?.find((name) => !config.has(name));
  if (absent !== undefined) throw config.missing(absent);
  const blockCount = family.blockCount?.(config, weights.tensors.keys()) ?? usualBlockCount(config);
  if (blockCount > BLOCK_LIMIT) {
    throw new SlipwayError('MODEL_INVALID', 'the configuration asks for too many blocks', {
      where: 'config.json',
      got: `${blockCount}, limit ${BLOCK_LIMIT}`,
    });
  }
  const model: Model = {
    repository,
    config,
    quantization,
    className,
    blockCount,
    rope: ropeParameters(config),
    target: options.target,
    pooling: await readPooling(repository, options.signal),
    gathered:
      (await family.gather?.(repository, config, { denseModules: false, asReference: false, ...options, weights })) ??
      {},
    generation: new Values(await readGenerationConfig(repository), GENERATION_CONFIG),
    tokenizerConfig: new Values((await repository.json('tokenizer_config.json')) ?? {}, 'tokenizer_config.json'),
  };
  return {
    family,
    model,
    weights,
    warnings: [...(prediction === undefined ? [] : [prediction.warning]), ...restoredWarnings(quantization)],
  };
}

/** How a target's vocabulary is read. */
export interface TargetVocabulary {
  readonly family: Family;
  readonly gathered: Gathered;
}

/** How the vocabulary of a draft's target is read, by the rules of the target's family. */
export async function targetVocabulary({ repository }: TargetModel, signal?: AbortSignal): Promise<TargetVocabulary> {
  const { family, complete } = familyAndConfig(repository);
  const config = family.adjust?.(complete) ?? complete;
  const weights: Weights = { tensors: new Map(), files: [] };
  const options = { denseModules: false, asReference: true, weights, signal };
  return { family, gathered: (await family.gather?.(repository, config, options)) ?? {} };
}

function restoredWarnings({ weights }: Quantization): readonly string[] {
  return weights.kind === 'restored' ? [restoredWarning(weights)] : [];
}

interface FamilyAndConfig {
  /** The class that the repository names, or its format. */
  readonly className: string;
  readonly family: Family;
  /** The configuration with all defaults, before the family adjusts it. */
  readonly complete: Values;
}

function familyAndConfig(repository: Repository, dspark?: boolean): FamilyAndConfig {
  if (repository.params !== undefined) {
    const complete = new Values(repository.params, 'params.json');
    return { className: "Mistral's format", family: mistralFormatFamily(complete), complete };
  }
  const className = architectureName(repository.config);
  if (className === undefined) {
    throw new SlipwayError('MODEL_INVALID', `'${repository.directoryName}' does not say which architecture it has`, {
      where: 'config.json: architectures',
    });
  }
  const [plain, resolved] = [new Values(repository.config), resolveConfig(repository.config)];
  const family = familyOf(className, (asItStands) => (asItStands ? plain : resolved), dspark);
  return { className, family, complete: family.plainConfig === true ? plain : resolved };
}

/** Layers, under the names that configurations give them. */
function usualBlockCount(config: Values): number {
  return config.count('n_layers', 'num_hidden_layers', 'n_layer', 'num_layers');
}
