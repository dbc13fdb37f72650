import type { Digest } from '../core/index.js';
import type { ModelFile, Snapshot, SourceIdentity } from '../files/index.js';
import type { GgufContent } from '../gguf/index.js';

/** What a file of weights is: the model itself, what it sees and hears with, a LoRA on it, a smaller model that drafts for it. */
export type WeightRole = 'weight' | 'projector' | 'adapter' | 'draft' | 'imatrix';

/** Roles by path. A file that is not in it has the role that its name tells. */
export type WeightRoles = ReadonlyMap<string, WeightRole>;

/** How the model's makers sample from it (generation_config.json). */
export interface SamplingFacts {
  readonly temperature?: number;
  readonly topK?: number;
  readonly topP?: number;
  readonly minP?: number;
  readonly repetitionPenalty?: number;
}

/** What a model reads, in ModelPack's words. */
export type InputType = 'text' | 'image' | 'audio';

/** What an adapter says of its base model. */
export interface AdapterFacts {
  /** Name of the base model, as on the Hub. */
  readonly base?: string;
  /** Revision of the base model that the adapter was converted for. */
  readonly baseRevision?: string;
  /** Digest of an artifact of the base model. */
  readonly baseDigest?: string;
}

/** What is known about a model before any weight is read; every packaging format draws its fields from here. */
export interface ModelFacts {
  /** Short name, such as `SmolLM2-135M-Instruct`. */
  readonly name: string;
  readonly format: 'gguf' | 'safetensors' | 'onnx' | 'other';
  /** GGUF architecture or the config's `model_type`. */
  readonly architecture?: string;
  readonly family?: string;
  /** Number of weights. */
  readonly parameters?: number;
  /** As ModelPack spells it: `float16`, `bfloat16`, `float32`, … */
  readonly precision?: string;
  /** File type of a quantized GGUF, `Q4_K_M`. */
  readonly quantization?: string;
  /** Of a GGUF's tensors, all together. */
  readonly bitsPerWeight?: number;
  /** SPDX expressions. */
  readonly licenses: readonly string[];
  readonly title?: string;
  readonly description?: string;
  readonly vendor?: string;
  readonly authors?: readonly string[];
  readonly version?: string;
  readonly languages?: readonly string[];
  readonly datasets?: readonly string[];
  readonly baseModels?: readonly string[];
  readonly contextLength?: number;
  readonly chatTemplate?: string;
  /** What it is for, as the Hub names it: `text-generation`, `feature-extraction`, … */
  readonly task?: string;
  readonly sampling?: SamplingFacts;
  /** What it reads, where that is more than its task says: the projector beside it tells. */
  readonly inputTypes?: readonly InputType[];
  /** Set when the weights are a LoRA adapter: what is known of the base model that it changes. */
  readonly adapter?: AdapterFacts;
  readonly source: SourceIdentity;
}

/** How a variant was made: enough to make it again. */
export interface BuildRecipe {
  /** What it was made from. */
  readonly snapshot: Snapshot;
  /** Options of the stages that made it, as they were given; absent for a stage that was not there. */
  readonly convert?: object;
  readonly quantize?: object;
  /** Further files that shaped the bytes, with their digests: importance matrix, metadata. */
  readonly inputs: readonly { readonly name: string; readonly digest: Digest }[];
}

/** An in-toto predicate; its subject is the artifact that the variant becomes. */
export interface VariantStatement {
  readonly predicateType: string;
  readonly predicate: Readonly<Record<string, unknown>>;
}

/** One form of a model: its weights in one format and quantization, with the files that go with them. */
export interface ModelVariant {
  /** `Q4_K_M`, `F16`, `safetensors`. Unique within a model; tags derive from it. */
  readonly name: string;
  /** One GGUF or its splits, with its projector, adapters and draft; safetensors shards. */
  readonly weights: readonly ModelFile[];
  /** What each of the weights is, by its path; by its name where it is not there. */
  readonly roles?: WeightRoles;
  /** README, licence, config, tokenizer files. */
  readonly companions: readonly ModelFile[];
  readonly facts: ModelFacts;
  /** What the weights hold, when they are one GGUF: its keys, and the tensors that it can be cut between. */
  readonly gguf?: GgufContent;
  /** Known when stages of this package made it. */
  readonly recipe?: BuildRecipe;
  /** What is said about it, to be attached to its artifacts: in-toto predicates. */
  readonly statements?: readonly VariantStatement[];
  /** As {@link Snapshot.confirm}: called before anything made of this variant is published. */
  readonly confirm?: (signal?: AbortSignal) => Promise<void>;
}
