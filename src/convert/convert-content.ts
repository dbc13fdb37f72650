import { SlipwayError } from '../core/index.js';
import type { JsonObject, Snapshot } from '../files/index.js';
import type { GgufContent, GgufValue } from '../gguf/index.js';
import type { RowEncoder } from '../quantize/index.js';
import { openWeights, type Weights } from '../safetensors/index.js';
import type { Family, KeyRule, Model, PlannedModel } from './architectures/family.js';
import { fullName } from './architectures/keys.js';
import { generalMetadata, type KeyValue } from './metadata/index.js';
import { Values } from './config/config-values.js';
import { openModel, targetVocabulary, type TargetVocabulary } from './open-model.js';
import { requireTarget, targetModel } from './target-model.js';
import type { PredictionOptions } from './prediction-layers.js';
import { openProjector } from './projectors/open-projector.js';
import {
  countParameters,
  ggufTensor,
  planTensors,
  settledOutput,
  type ParameterCount,
  type PlanOptions,
  type TensorPlan,
} from './plan-tensors.js';
import { nameRepository } from './repository-kind.js';
import { notAModel, openRepository, type Repository, type RepositoryOptions } from './repository.js';
import { OUTPUT_TYPE_FACTS, type FixedOutputType, type OutputType } from './tensor-types.js';
import { tokenizerMetadata, type TokenizerChoice } from './tokenizers/index.js';
import { tokenizerChoice, type VocabularyMemory, type VocabularyOptions } from './vocabulary.js';

/** Version of ggml's quantization formats (`GGML_QNT_VERSION`). */
const QUANTIZATION_VERSION = 2;

/** What a file is whose weights were packed already: name and number (llama.h, `enum llama_ftype`). */
const PACKED_TYPES = {
  mxfp4: { name: 'MXFP4_MOE', fileType: 38 },
  nvfp4: { name: 'NVFP4', fileType: 39 },
} as const;

export interface GgufContentOptions extends PlanOptions, RepositoryOptions, VocabularyOptions, PredictionOptions {
  /** The converter's own output type; `auto` unless given: 16 bits as the checkpoint has them. */
  readonly outtype?: OutputType | undefined;
  /** Narrows and widens the tensors' rows. */
  readonly encoder: RowEncoder;
  /** `general.name` instead of what card, configuration and directory suggest. */
  readonly modelName?: string | undefined;
  /** Contents of a metadata override file: GGUF keys and their values. */
  readonly metadata?: JsonObject | undefined;
  /** Only the vocabulary and the model's keys: no tensors, no weights needed. */
  readonly vocabOnly?: boolean | undefined;
  /** Where the vocabulary is kept between a plan and its run. */
  readonly vocabularies?: VocabularyMemory | undefined;
  /** The model that this one drafts for (EAGLE-3, DFlash, DSpark): its vocabulary and some of its sizes are read. */
  readonly targetModel?: Snapshot | undefined;
  /** The projector of images or sound instead of the language model. */
  readonly mmproj?: boolean | undefined;
  /** The dense layers that sentence-transformers puts behind an embedding model, too (EmbeddingGemma). */
  readonly sentenceTransformersDenseModules?: boolean | undefined;
  /** What the reference writes, also where llama.cpp cannot load it: nothing is left out or kept on that account. */
  readonly asReference?: boolean | undefined;
  readonly signal?: AbortSignal;
}

/** A tensor as a plan shows it. */
export interface ConvertedTensor {
  readonly name: string;
  readonly dimensions: readonly number[];
  readonly from: string;
  readonly to: string;
}

/** What a conversion will write. Only headers and small files have been read, and what a family has to compare. */
export interface Conversion {
  readonly content: GgufContent;
  /** `general.architecture`. */
  readonly architecture: string;
  /** The class name in config.json. */
  readonly className: string;
  /** The output type, decided. */
  readonly outtype: FixedOutputType;
  /** The name of the file's type: the output type's, or that of weights that stay packed (`NVFP4`, `MXFP4_MOE`). */
  readonly typeName: string;
  readonly parameters: ParameterCount;
  readonly tensors: readonly ConvertedTensor[];
  /** What was left out or done in another way than the repository says, one sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Turns a Hugging Face repository into the content of a GGUF: the same keys, tensors, types and order that llama.cpp's
 * `convert_hf_to_gguf.py` (0.5.0) writes. Weights are read when the content's tensors are. A repository that is open
 * already has its format. As the reference, it takes some models that no runtime can load: `checkLoadable` finds them.
 * Throws `ARCH_UNSUPPORTED`, `MODEL_INVALID`, `TOKENIZER_UNSUPPORTED`, `TOKENIZER_INVALID`, `SAFETENSORS_INVALID`,
 * `PICKLE_REFUSED`, `DTYPE_UNSUPPORTED`.
 */
export async function convertContent(source: Snapshot | Repository, options: GgufContentOptions): Promise<Conversion> {
  const repository = 'snapshot' in source ? source : await openRepository(source, options.signal, options);
  const present = await weightsFor(repository, options);
  const { family, model, weights: chosen, warnings } = await openFamily(repository, present, options);
  const weights = options.vocabOnly === true ? chosen : await withoutSuperfluous(family, chosen, options.signal);
  const outtype = options.outtype ?? 'auto';
  const plan: TensorPlan =
    options.vocabOnly === true
      ? { output: settledOutput(family, model, weights, outtype), tensors: [], wideActivations: [] }
      : await planTensors(family, model, weights, outtype, options);
  const parameters = countParameters(plan.tensors);
  return {
    content: {
      metadata: await contentMetadata(family, model, plan, parameters, options),
      tensors: plan.tensors.map((tensor) => ggufTensor(tensor, options.encoder, options.signal)),
    },
    architecture: family.gguf,
    className: model.className,
    outtype: plan.output,
    typeName: fileTypeOf(family, model, plan.output, options).name,
    parameters,
    warnings,
    tensors: plan.tensors.map(({ name, tensor, type }) => ({
      name,
      dimensions: tensor.shape.toReversed(),
      from: tensor.dtype,
      to: type,
    })),
  };
}

/** The language model, or the projector beside it. */
async function openFamily(
  repository: Repository,
  weights: Weights,
  options: GgufContentOptions,
): Promise<Awaited<ReturnType<typeof openModel>>> {
  if (options.mmproj === true) {
    refuseTextOptions(options);
    return { ...(await openProjector(repository, weights, options.signal)), weights, warnings: [] };
  }
  return openModel(repository, weights, {
    asReference: options.asReference === true || options.vocabOnly === true,
    denseModules: options.sentenceTransformersDenseModules === true,
    mtp: options.mtp,
    noMtp: options.noMtp,
    dspark: options.dspark,
    target:
      options.targetModel === undefined
        ? undefined
        : targetModel(await openRepository(options.targetModel, options.signal)),
    signal: options.signal,
  });
}

/** A projector has neither a vocabulary nor layers that predict further tokens. Throws `CONFIG_INVALID`. */
function refuseTextOptions(options: GgufContentOptions): void {
  const names = (['vocabOnly', 'mtp', 'noMtp', 'dspark'] as const).filter((name) => options[name] === true);
  if (names.length === 0) return;
  throw new SlipwayError('CONFIG_INVALID', `a projector is converted without ${names.join(' and ')}`, {
    got: `mmproj and ${names.join(', ')}`,
    try: 'convert twice: the projector, and the language model with its options',
  });
}

/** The vocabulary alone is converted without weights, too; where there are some, they decide what `auto` means. */
async function weightsFor({ snapshot, params }: Repository, options: GgufContentOptions): Promise<Weights> {
  const vocabularyOnly = options.vocabOnly === true;
  const prefix = params === undefined ? 'model' : 'consolidated';
  const present = snapshot.files.some(
    ({ path }) => path.startsWith(prefix) && /^[^/]*\.safetensors(?:\.index\.json)?$/.test(path),
  );
  if (vocabularyOnly && !present) return { tensors: new Map(), files: [] };
  const named = present ? undefined : await nameRepository(snapshot, options.signal);
  if (named !== undefined) throw notAModel(snapshot, named);
  return openWeights(snapshot, { prefix, ...withSignal(options) });
}

async function withoutSuperfluous(family: Family, weights: Weights, signal?: AbortSignal): Promise<Weights> {
  const superfluous = await family.superfluous?.(weights, signal);
  if (superfluous === undefined || superfluous.size === 0) return weights;
  return { ...weights, tensors: new Map([...weights.tensors].filter(([name]) => !superfluous.has(name))) };
}

function withSignal({ signal }: GgufContentOptions): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

/** All keys in file order: general, the architecture's, the vocabulary's. A key that comes again keeps its place. */
async function contentMetadata(
  family: Family,
  model: Model,
  { output, wideActivations }: Pick<TensorPlan, 'output' | 'wideActivations'>,
  parameters: ParameterCount,
  options: GgufContentOptions,
): Promise<Map<string, GgufValue>> {
  const general = await generalMetadata(model.repository, {
    architecture: family.gguf,
    type: family.type,
    parameters,
    overrides: options.metadata,
    modelName: options.modelName,
  });
  const planned: PlannedModel = { ...model, fileType: fileTypeOf(family, model, output, options).fileType };
  const keysOf = (rules: readonly KeyRule[] | undefined): [string, GgufValue][] =>
    (rules ?? []).flatMap((rule) =>
      [...rule(planned)].map(([name, value]): [string, GgufValue] => [fullName(family, name), value]),
    );
  const vocabulary = family.type === 'mmproj' ? [] : await vocabularyKeys(family, model, options);
  const metadata = new Map<string, GgufValue>();
  const parts = [
    general.slice(0, 1),
    keysOf(family.firstKeys),
    keysOf(family.extraKeys),
    general.slice(1),
    keysOf(family.keys),
    [['general.quantization_version', { type: 'UINT32', value: QUANTIZATION_VERSION }]] as const,
    activationKeys(wideActivations),
    keysOf(family.vocabularyKeys),
    vocabulary,
    keysOf(family.lastKeys),
  ];
  for (const [name, value] of parts.flat()) metadata.set(name, value);
  return metadata;
}

async function vocabularyKeys(family: Family, model: Model, options: GgufContentOptions): Promise<readonly KeyValue[]> {
  if (family.vocabularyOf !== undefined) return targetKeys(family, model, options);
  return readVocabulary(model.repository, tokenizerChoice(family, model, options), options);
}

/** The vocabulary of the model that this one drafts for. */
async function targetKeys(family: Family, model: Model, options: GgufContentOptions): Promise<readonly KeyValue[]> {
  const target = requireTarget(model.className, model.target);
  const tokenizerConfig = new Values(
    (await target.repository.json('tokenizer_config.json')) ?? {},
    'tokenizer_config.json',
  );
  const own: TargetVocabulary = { family, gathered: model.gathered };
  const reader = family.vocabularyOf === 'target' ? own : await targetVocabulary(target, options.signal);
  // The draft's own numbers, the target's files.
  const seen: Model = { ...model, repository: target.repository, gathered: reader.gathered, tokenizerConfig };
  const choice = { ...tokenizerChoice(reader.family, seen, options), architecture: family.gguf };
  const keys = await readVocabulary(target.repository, choice, options);
  if (reader.family === family) return keys;
  const planned: PlannedModel = { ...seen, fileType: 0 };
  const beside = (rules: readonly KeyRule[] | undefined): KeyValue[] =>
    (rules ?? []).flatMap((rule) =>
      [...rule(planned)].map(([name, value]): KeyValue => [fullName(family, name), value]),
    );
  return [...beside(reader.family.vocabularyKeys), ...keys, ...beside(reader.family.lastKeys)];
}

async function readVocabulary(
  repository: Repository,
  choice: TokenizerChoice,
  { vocabularies, signal }: GgufContentOptions,
): Promise<readonly KeyValue[]> {
  const read = async (): Promise<readonly KeyValue[]> => tokenizerMetadata(repository, choice, signal);
  return vocabularies?.recall(repository, choice, read) ?? read();
}

/** Which matrices must not have their activations narrowed to 4 bits. */
function activationKeys(names: readonly string[]): readonly (readonly [string, GgufValue])[] {
  if (names.length === 0) return [];
  const sorted = names.toSorted();
  return [
    ['general.tensor_extra.name', { type: 'ARRAY', items: 'STRING', value: sorted }],
    ['general.tensor_extra.prec_a4', { type: 'ARRAY', items: 'BOOL', value: sorted.map(() => false) }],
  ];
}

/** A checkpoint with weights of 4 bits keeps them whatever the rest becomes, and its file type says so. */
function fileTypeOf(
  family: Family,
  model: Model,
  output: FixedOutputType,
  { vocabOnly }: GgufContentOptions,
): { readonly name: string; readonly fileType: number } {
  const { quantization } = model;
  const plain = { name: output.toUpperCase(), fileType: OUTPUT_TYPE_FACTS[output].fileType };
  if (vocabOnly !== true && family.packed?.(model) === true) return PACKED_TYPES.mxfp4;
  if (vocabOnly === true || (output !== 'f32' && output !== 'f16' && output !== 'bf16')) return plain;
  if (quantization.nvfp4 !== undefined) return PACKED_TYPES.nvfp4;
  return quantization.weights.kind === 'packed' ? PACKED_TYPES.mxfp4 : plain;
}
