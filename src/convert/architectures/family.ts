import type { ByteRange, SlipwayError } from '../../core/index.js';
import type { FileRange } from '../../files/index.js';
import type { GgufValue, TensorType } from '../../gguf/index.js';
import type { SafetensorsDtype, Weights } from '../../safetensors/index.js';
import type { Values } from '../config/config-values.js';
import type { SourceTensor, TensorExpression } from '../expressions/index.js';
import type { Quantization } from '../quantization.js';
import type { Repository } from '../repository.js';
import type { TargetModel } from '../target-model.js';
import type { ScaledQuantization } from '../scaled-weights.js';
import type { FixedOutputType } from '../tensor-types.js';
import type { SpecialToken, TokenizerKind } from '../tokenizers/index.js';

/** A repository as its family's rules see it. */
export interface Model {
  readonly repository: Repository;
  /** config.json with the defaults of its transformers class. */
  readonly config: Values;
  readonly quantization: Quantization;
  /** The class name in `architectures`, such as `LlamaForCausalLM`. */
  readonly className: string;
  readonly blockCount: number;
  /** What the configuration says about rotary embeddings, wherever it says so. */
  readonly rope: Values;
  /** Poolings that sentence-transformers modules describe, read beforehand. */
  readonly pooling: Pooling;
  /** tokenizer_config.json, empty when there is none. */
  readonly tokenizerConfig: Values;
  /** What the family had to look up in other files. */
  readonly gathered: Gathered;
  /** generation_config.json, empty when there is none. */
  readonly generation: Values;
  /** The model that this one drafts for, where it was named. */
  readonly target?: TargetModel | undefined;
}

/** A model whose tensors are planned: what keys are made from. */
export interface PlannedModel extends Model {
  /** Number of the output type (llama.h, `enum llama_ftype`). */
  readonly fileType: number;
}

/** What some families look up beforehand in files beside the configuration. */
export interface Gathered {
  /** Tokens that the vocabulary has, however many rows the embedding has. */
  readonly tokenCount?: number | undefined;
  /** Dense layers behind the model that sentence-transformers modules describe. */
  readonly denseModules?: readonly DenseModule[];
  /** Largest bias of attention that a checkpoint's slopes were made from (Jais). */
  readonly alibiBias?: number;
  /** Factor of the logits that a checkpoint stores as a tensor (Talkie). */
  readonly logitScale?: number | undefined;
  /** Tokens whose embedding is zero: they must never be sampled (MiniMax). */
  readonly suppressed?: readonly number[];
  /** Parameters of learnt activations (Apertus). */
  readonly activations?: Activations;
  /** What a family's own tensors are called in this checkpoint, for tokens that stand for them (Pocket TTS). */
  readonly learntTokens?: readonly string[];
  /** True when the repository brings a chat template (Kimi K3). */
  readonly ownTemplate?: boolean;
  /** Id of the token that ends a turn, where the tokenizer has one (Muse Glimmer). */
  readonly endOfTurn?: number | undefined;
  /** Constants of the hash of n-grams, and the width of what they pick (Qwen 4). */
  readonly hashConstants?: readonly (readonly bigint[])[];
  readonly ngramWidth?: number | undefined;
  /** Tokens of its target that a draft knows (EAGLE-3, DSpark). */
  readonly draftTokens?: readonly number[] | undefined;
  /** True for a draft that says how sure it is (DSpark). */
  readonly hasConfidenceHead?: boolean;
  /** Ids of the two tokens by which a reranker answers. */
  readonly answers?: { readonly yes: number; readonly no: number } | undefined;
}

/** Numbers of learnt activations, one a layer, by name. */
export type Activations = ReadonlyMap<string, readonly number[]>;

/** A dense layer of sentence-transformers. */
export interface DenseModule {
  /** GGUF name of its matrix without `.weight`. */
  readonly name: string;
  readonly tensors: readonly NamedTensor[];
  /** Widths of input and output, where its configuration gives them. */
  readonly features: readonly [input: number, output: number] | undefined;
}

/** What gathering may look at. */
export interface GatherOptions {
  /** Whether the dense layers of sentence-transformers are wanted. */
  readonly denseModules: boolean;
  /** The checkpoint. */
  readonly weights: Weights;
  /** What the reference writes, even where llama.cpp cannot load it. */
  readonly asReference: boolean;
  /** The model that this one drafts for, where it was named. */
  readonly target?: TargetModel | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What modules.json says about pooling. */
export interface Pooling {
  /** ggml's number of the pooling type, when there is a pooling module. */
  readonly type: number | undefined;
  /** Why what is there cannot be used. */
  readonly refused?: SlipwayError;
}

/**
 * One key of the metadata: its name without the architecture's prefix (names that begin with `general.` or `tokenizer.`
 * have none), and its value.
 */
export type Key = readonly [name: string, value: GgufValue];

/** Says which keys a model has. Keys are written in the order in which rules yield them. */
export type KeyRule = (model: PlannedModel) => Iterable<Key>;

/** A tensor on its way from the checkpoint's name to the GGUF's. */
export interface NamedTensor {
  readonly name: string;
  readonly tensor: TensorExpression;
  /** True when `name` is a GGUF name already. */
  readonly final?: boolean;
  /** True when no further rule may take it. */
  readonly settled?: boolean;
}

/** A tensor whose data is in its final type already; written before all others. */
export interface FinishedTensor {
  /** GGUF name. */
  readonly name: string;
  readonly type: TensorType;
  /** Outermost dimension first, in weights. */
  readonly shape: readonly number[];
  readonly sources: readonly FileRange[];
  read(range: ByteRange, signal?: AbortSignal): AsyncIterable<Uint8Array>;
}

/**
 * Changes the tensors whose names it takes. A rule lives for one conversion and sees the tensors in order: one that
 * collects (experts, halves) returns nothing until it has all.
 */
export interface TensorRule {
  readonly takes: (name: string) => boolean;
  readonly apply: (tensor: NamedTensor) => readonly NamedTensor[];
  /** Names of what was collected and never became a tensor. */
  readonly left?: () => readonly string[];
}

/** What a family does to matrices that stay in NVFP4: they pass by its tensor rules. */
export interface Nvfp4Rules {
  /**
   * Moves rows and blocks of 16 columns as the rules move the matrix's rows and columns. Given and returned as
   * `[rows, blocks, …]`, whose last dimension stays together.
   */
  readonly move?: (name: string, blocks: TensorExpression) => TensorExpression;
  /** A tensor with a factor for each expert, which the scales of one of their matrices take in. */
  readonly expertFactors?: { readonly ending: string; readonly part: string };
}

/** Where a tensor comes from, and what most others become. */
export interface Origin {
  /** The checkpoint's name, as it went on. */
  readonly source: string;
  readonly output: FixedOutputType;
  /** How the checkpoint stores it; `undefined` for a tensor that it does not have. */
  readonly stored: SafetensorsDtype | undefined;
}

/** A type that a family insists on, or the type of the rest whatever the rules for single tensors say. */
export type ForcedType = 'F32' | 'F16' | 'BF16' | 'Q8_0' | 'output';

/** How a model is told apart from the layers that predict further tokens (MTP), which can be a draft by themselves. */
export interface DraftRule {
  /** Tensors that a draft shares with its model, by the checkpoint's names; the usual three unless given. */
  readonly shared?: ReadonlySet<string>;
  /** Takes the layers out of a configuration that does not count them under a usual name. */
  readonly without?: (config: Values) => Values;
}

/** A model family: everything that tells one architecture's conversion from another's. */
export interface Family {
  /** `architectures` names that it answers to. */
  readonly names: readonly string[];
  /** `general.architecture`. */
  readonly gguf: string;
  /** What the file is, `model` unless given. A projector (`mmproj`) has no vocabulary. */
  readonly type?: 'mmproj';
  /** Where several families answer to one name: says whether this configuration is theirs. */
  readonly applies?: (config: Values) => boolean;
  /** True for families whose config.json counts as it stands, without the defaults of transformers. */
  readonly plainConfig?: boolean;
  /**
   * How the weights may be quantized already (`quant_method`, or `quant_method/format`): the family takes the tensors as
   * they are. Without it such checkpoints are dequantized or refused.
   */
  readonly quantized?: string;
  /** Scales that the family's own weights have beside them, whatever the configuration says about quantization. */
  readonly scaled?: ScaledQuantization;
  /** Weights that the family scales in another way than their method does, by the names they go on under. */
  readonly rescaled?: (
    model: Model,
    tensors: ReadonlyMap<string, SourceTensor>,
  ) => Iterable<readonly [name: string, tensor: TensorExpression]>;
  /** True where the file is one of packed experts (MXFP4), whatever the output type. */
  readonly packed?: (model: Model) => boolean;
  /** True for models that are made with adapters inside: theirs are no sign of a fine-tune that was not merged. */
  readonly ownAdapters?: boolean;
  /** How the vocabulary is stored. */
  readonly vocabulary: TokenizerKind | ((model: Model) => TokenizerKind);
  /** Whose vocabulary a draft has: its target's, read as the family reads its own or as the target's family does. */
  readonly vocabularyOf?: 'target' | 'target-family';
  /** Rows of the vocabulary, where they are not `vocab_size`. */
  readonly vocabularySize?: (model: Model) => number | undefined;
  /** Kinds of token (sentence A, sentence B), for the families that embed them. */
  readonly tokenTypes?: ((model: Model) => number) | undefined;
  /** True when a mask token belongs where fairseq's model file has none. */
  readonly maskToken?: boolean;
  /** Tokens that the family adds to those of the tokenizer, which does not have them. */
  readonly ownTokens?: (model: Model) => readonly string[];
  /** Special tokens that the family sets itself. */
  readonly special?: readonly SpecialToken[];
  /** The architecture's keys in file order. */
  readonly keys: readonly KeyRule[];
  /** Names in config.json without which the reference stops, where this family could do without. */
  readonly needs?: readonly string[];
  /** Keys that stand right behind `general.architecture`. */
  readonly firstKeys?: readonly KeyRule[];
  /** Behind those, what belongs to tensors of the family's own: an adapter has neither. */
  readonly extraKeys?: readonly KeyRule[];
  /** Keys that stand in front of the vocabulary's. */
  readonly vocabularyKeys?: readonly KeyRule[];
  /** Keys that stand behind the vocabulary's. */
  readonly lastKeys?: readonly KeyRule[];
  /** Names of the checkpoint's tensors that their data makes superfluous; may read them. */
  readonly superfluous?: (weights: Weights, signal?: AbortSignal) => Promise<ReadonlySet<string>>;
  /** Renames a tensor as soon as it is met; `undefined` drops it. Applied before what all text models drop. */
  readonly rename?: (name: string, model: Model) => string | undefined;
  /** Applied in order; what no rule takes keeps its data. */
  readonly tensors?: (model: Model) => readonly TensorRule[];
  /** Tensors that no checkpoint has; written first. `tensors` are the checkpoint's, dequantized. */
  readonly extra?: (model: Model, tensors: ReadonlyMap<string, TensorExpression>) => Iterable<NamedTensor>;
  /** Tensors that need no conversion but a rearrangement of their bytes; the checkpoint's names of their parts. */
  readonly finished?: (model: Model, weights: Weights) => Iterable<FinishedTensor>;
  /** The same, written behind all others. */
  readonly finishedLast?: (model: Model) => Iterable<FinishedTensor>;
  /** For matrices that stay in NVFP4. */
  readonly nvfp4?: (model: Model) => Nvfp4Rules;
  /**
   * Types that a matrix must have, by GGUF name: `F32`, say, for what the family cannot take narrower. `from` also gives
   * the checkpoint's name, its type there and the output type.
   */
  readonly force?: (name: string, model: Model, from: Origin) => ForcedType | undefined;
  /** Number of blocks, where it is not what the usual keys say. */
  readonly blockCount?: (config: Values, tensorNames: Iterable<string>) => number;
  /** Where the layers that predict further tokens can be converted alone or left out (`mtp`, `noMtp`). */
  readonly draft?: DraftRule | undefined;
  /** Looks up what the rules need and the configuration does not say. */
  readonly gather?: ((repository: Repository, config: Values, options: GatherOptions) => Promise<Gathered>) | undefined;
  /** Changes the configuration before anything reads it. */
  readonly adjust?: (config: Values) => Values;
}
