import type { Weights } from '../../safetensors/index.js';
import type { Family, Key, NamedTensor, Origin, TensorRule } from '../architectures/family.js';
import type { Values } from '../config/config-values.js';
import type { TensorExpression } from '../expressions/index.js';
import { PROJECTOR } from '../names/name-map.js';
import type { Repository } from '../repository.js';

/** A repository as the rules of its projector see it. */
export interface ProjectorModel {
  readonly repository: Repository;
  /** The class name that chose the projector. */
  readonly className: string;
  /** All of config.json, encoders' configurations with the defaults of their transformers classes. */
  readonly config: Values;
  /** The nested configuration of the language model; empty when there is none. */
  readonly text: Values;
  /** Configuration of the encoder of images; empty when there is none. */
  readonly vision: Values;
  /** Configuration of the encoder of sound; empty when there is none. */
  readonly audio: Values;
  /** preprocessor_config.json with processor_config.json laid over it. */
  readonly preprocessor: Values;
  /** Width of the language model. */
  readonly textWidth: number;
  /** Whether there is an encoder of images. */
  readonly sees: boolean;
  /** Whether there is an encoder of sound. */
  readonly hears: boolean;
  /** Blocks that names of tensors may count. */
  readonly blockCount: number;
  readonly weights: Weights;
  /** True for a repository in Mistral's own format. */
  readonly mistralFormat: boolean;
  /** Files of further folders that the projector needs, opened beforehand. */
  readonly gathered: GatheredTensors;
}

/** What some projectors look up in other folders of the repository. */
export interface GatheredTensors {
  /** A configuration beside the model's own. */
  readonly config?: Values;
  /** Weights beside the model's own, by name, in the file's order. */
  readonly tensors?: ReadonlyMap<string, TensorExpression>;
  /** The id of a token. */
  readonly token?: number | undefined;
}

/** A model whose tensors are planned: what keys are made from. */
export interface PlannedProjector extends ProjectorModel {
  /** Number of the output type (llama.h, `enum llama_ftype`). */
  readonly fileType: number;
}

/** A type that a tensor must have; `narrow` is F16 in an F16 file and F32 in every other. */
export type ForcedType = 'F32' | 'F16' | 'narrow';

/** What turns images or sound into what a language model reads: everything that tells one projector from another. */
export interface Projector {
  /** `architectures` names that it answers to. */
  readonly names: readonly string[];
  /** Which encoders it has: of images unless given. */
  readonly encoders?: readonly ('vision' | 'audio')[];
  /** Finds the configurations of the encoders, where they are not `vision_config` and `audio_config`. */
  readonly find?: (
    config: Values,
    gathered: GatheredTensors,
  ) => { readonly vision?: Values | undefined; readonly audio?: Values | undefined };
  /** Width of the language model, where the usual keys do not say. */
  readonly textWidth?: (config: Values) => number | undefined;
  /** Looks up what the rules need and the configuration does not say. */
  readonly gather?: (repository: Repository, config: Values, signal?: AbortSignal) => Promise<GatheredTensors>;
  /** Completes what was read before anything is decided. */
  readonly settle?: (model: ProjectorModel) => Partial<ProjectorModel>;
  /** The keys in file order. */
  readonly keys: (model: PlannedProjector) => Iterable<Key>;
  /** The name under which a checkpoint's tensor goes on; `undefined` drops it. Language models' are dropped anyway. */
  readonly keep?: (name: string, model: ProjectorModel) => string | undefined;
  /** Applied in order; what no rule takes keeps its data and is named by the table. */
  readonly tensors?: (model: ProjectorModel) => readonly TensorRule[];
  /** Tensors that no checkpoint has, or that come from other files; written first. */
  readonly extra?: (model: ProjectorModel) => Iterable<NamedTensor>;
  /** Types that tensors must have; what is not decided here follows the rules of all projectors. */
  readonly force?: (name: string, from: Origin, model: ProjectorModel) => ForcedType | undefined;
}

/** The projector in the shape of a family, so that its tensors are planned as every model's are. */
export function projectorFamily(projector: Projector, model: ProjectorModel): Family {
  const { keys, keep, tensors, extra, force } = projector;
  return {
    names: projector.names,
    gguf: PROJECTOR,
    type: 'mmproj',
    vocabulary: 'bpe',
    keys: [({ fileType }) => keys({ ...model, fileType })],
    rename: (name) => keptName(keep === undefined ? name : keep(name, model)),
    tensors: () => tensors?.(model) ?? [],
    extra: () => extra?.(model) ?? [],
    force: (name, _model, from) => {
      const type = force?.(name, from, model) ?? (isPatches(name) ? 'narrow' : undefined);
      if (type !== 'narrow') return type;
      return from.output === 'f16' ? 'F16' : 'F32';
    },
  };
}

function keptName(name: string | undefined): string | undefined {
  if (name === undefined || name.includes('language_model.')) return undefined;
  return name.endsWith('e_score_correction_bias')
    ? name.replaceAll('e_score_correction_bias', 'e_score_correction.bias')
    : name;
}

/** Weights of convolutions over patches: ggml's operator takes F16 and F32 only. */
function isPatches(name: string): boolean {
  return name.includes('.patch_embd.weight') || name.includes('.patch_merger.weight');
}
