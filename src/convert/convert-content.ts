import type { JsonObject, Snapshot } from '../files/index.js';
import type { GgufContent, GgufValue } from '../gguf/index.js';
import type { RowEncoder } from '../quantize/index.js';
import { openWeights, type Weights } from '../safetensors/index.js';
import type { Family, KeyRule, Model, PlannedModel } from './architectures/family.js';
import { generalMetadata } from './metadata/index.js';
import { openModel } from './open-model.js';
import {
  countParameters,
  ggufTensor,
  planTensors,
  settledOutput,
  type ParameterCount,
  type PlanOptions,
  type TensorPlan,
} from './plan-tensors.js';
import { openRepository, type Repository } from './repository.js';
import { OUTPUT_TYPE_FACTS, type FixedOutputType, type OutputType } from './tensor-types.js';
import { tokenizerMetadata } from './tokenizers/index.js';
import { tokenizerChoice } from './vocabulary.js';

/** Version of ggml's quantization formats (`GGML_QNT_VERSION`). */
const QUANTIZATION_VERSION = 2;

/** llama.h, `LLAMA_FTYPE_MOSTLY_MXFP4_MOE`. */
const MOSTLY_MXFP4 = 38;

export interface ConvertOptions extends PlanOptions {
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
  /** The dense layers that sentence-transformers puts behind an embedding model, too (EmbeddingGemma). */
  readonly sentenceTransformersDenseModules?: boolean | undefined;
  /** Name of the pre-tokenizer, for a tokenizer that is not recognised. */
  readonly pre?: string | undefined;
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
  readonly parameters: ParameterCount;
  readonly tensors: readonly ConvertedTensor[];
}

/**
 * Turns a Hugging Face repository into the content of a GGUF: the same keys, tensors, types and order that llama.cpp's
 * `convert_hf_to_gguf.py` (0.5.0) writes. Weights are read when the content's tensors are.
 * Throws `ARCH_UNSUPPORTED`, `MODEL_INVALID`, `TOKENIZER_UNSUPPORTED`, `TOKENIZER_INVALID`, `SAFETENSORS_INVALID`,
 * `PICKLE_REFUSED`, `DTYPE_UNSUPPORTED`.
 */
export async function convertContent(source: Snapshot | Repository, options: ConvertOptions): Promise<Conversion> {
  const repository = 'snapshot' in source ? source : await openRepository(source, options.signal);
  const present = await weightsFor(repository, options);
  const { family, model } = await openModel(repository, present, {
    denseModules: options.sentenceTransformersDenseModules === true,
    signal: options.signal,
  });
  const weights = options.vocabOnly === true ? present : await withoutSuperfluous(family, present, options.signal);
  const outtype = options.outtype ?? 'auto';
  const plan: TensorPlan =
    options.vocabOnly === true
      ? { output: settledOutput(family, model, weights, outtype), tensors: [] }
      : planTensors(family, model, weights, outtype, options);
  const parameters = countParameters(plan.tensors);
  return {
    content: {
      metadata: await contentMetadata(family, model, plan.output, parameters, options),
      tensors: plan.tensors.map((tensor) => ggufTensor(tensor, options.encoder, options.signal)),
    },
    architecture: family.gguf,
    className: model.className,
    outtype: plan.output,
    parameters,
    tensors: plan.tensors.map(({ name, tensor, type }) => ({
      name,
      dimensions: tensor.shape.toReversed(),
      from: tensor.dtype,
      to: type,
    })),
  };
}

/** The vocabulary alone is converted without weights, too; where there are some, they decide what `auto` means. */
async function weightsFor({ snapshot }: Repository, options: ConvertOptions): Promise<Weights> {
  const present = snapshot.files.some(({ path }) => /^model[^/]*\.safetensors(?:\.index\.json)?$/.test(path));
  if (options.vocabOnly === true && !present) return { tensors: new Map(), files: [] };
  return openWeights(snapshot, withSignal(options));
}

async function withoutSuperfluous(family: Family, weights: Weights, signal?: AbortSignal): Promise<Weights> {
  const superfluous = await family.superfluous?.(weights, signal);
  if (superfluous === undefined || superfluous.size === 0) return weights;
  return { ...weights, tensors: new Map([...weights.tensors].filter(([name]) => !superfluous.has(name))) };
}

function withSignal({ signal }: ConvertOptions): { signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

/** All keys in file order: general, the architecture's, the vocabulary's. A key that comes again keeps its place. */
async function contentMetadata(
  family: Family,
  model: Model,
  output: FixedOutputType,
  parameters: ParameterCount,
  options: ConvertOptions,
): Promise<Map<string, GgufValue>> {
  const general = await generalMetadata(model.repository, {
    architecture: family.gguf,
    parameters,
    overrides: options.metadata,
    modelName: options.modelName,
  });
  const planned: PlannedModel = { ...model, fileType: fileTypeOf(model, output, options) };
  const keysOf = (rules: readonly KeyRule[] | undefined): [string, GgufValue][] =>
    (rules ?? []).flatMap((rule) =>
      [...rule(planned)].map(([name, value]): [string, GgufValue] => [fullName(family, name), value]),
    );
  const vocabulary = await tokenizerMetadata(model.repository, tokenizerChoice(family, model, options.pre));
  const metadata = new Map<string, GgufValue>();
  const parts = [
    general.slice(0, 1),
    keysOf(family.firstKeys),
    general.slice(1),
    keysOf(family.keys),
    [['general.quantization_version', { type: 'UINT32', value: QUANTIZATION_VERSION }]] as const,
    keysOf(family.vocabularyKeys),
    vocabulary,
    keysOf(family.lastKeys),
  ];
  for (const [name, value] of parts.flat()) metadata.set(name, value);
  return metadata;
}

/** A checkpoint with packed experts keeps them whatever the rest becomes, and its file type says so. */
function fileTypeOf({ quantization }: Model, output: FixedOutputType, { vocabOnly }: ConvertOptions): number {
  if (vocabOnly === true) return OUTPUT_TYPE_FACTS[output].fileType;
  const halves = output === 'f32' || output === 'f16' || output === 'bf16';
  return quantization.kind === 'packed' && halves ? MOSTLY_MXFP4 : OUTPUT_TYPE_FACTS[output].fileType;
}

function fullName(family: Family, name: string): string {
  return /^(?:general|tokenizer|xielu)\./.test(name) ? name : `${family.gguf}.${name}`;
}
