import { SlipwayError } from '../core/index.js';
import { readJsonObject, type JsonObject, type Snapshot } from '../files/index.js';
import type { GgufValue } from '../gguf/index.js';
import type { RowEncoder } from '../quantize/index.js';
import { readSafetensors, type WeightTensor } from '../safetensors/index.js';
import type { Family } from './architectures/family.js';
import { Values } from './config/config-values.js';
import type { Conversion } from './convert-content.js';
import { generalMetadata } from './metadata/index.js';
import { openModel } from './open-model.js';
import { adapterRefusal } from './refused-adapter.js';
import { pairedFactors, planAdapter } from './plan-adapter.js';
import { countParameters, ggufTensor } from './plan-tensors.js';
import type { ComputedTensor } from './planned-tensor.js';
import { openRepository, type Repository } from './repository.js';
import type { FixedOutputType, OutputType } from './tensor-types.js';

/** An adapter_config.json larger than this is none. */
const CONFIG_LIMIT = 8 * 1024 * 1024;
/** `GGML_QNT_VERSION`. */
const QUANTIZATION_VERSION = 2;

export interface AdapterOptions {
  /** The type of the matrices; `f32` unless given. */
  readonly outtype?: OutputType | undefined;
  readonly encoder: RowEncoder;
  readonly modelName?: string | undefined;
  readonly metadata?: JsonObject | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** True for a repository that holds a PEFT adapter. */
export function isAdapter({ files }: Snapshot): boolean {
  return files.some(({ path }) => path === 'adapter_config.json');
}

/** The base model that an adapter names, with the revision where it names one. Throws `MODEL_INVALID`. */
export async function adapterBase(
  adapter: Snapshot,
  signal?: AbortSignal,
): Promise<{ readonly name: string; readonly revision: string | undefined } | undefined> {
  const config = await adapterConfig(adapter, signal);
  const name = config.string('base_model_name_or_path');
  return name === undefined || name === '' ? undefined : { name, revision: config.string('revision') };
}

/**
 * Turns a PEFT LoRA adapter into the content of a GGUF: the same bytes that llama.cpp's `convert_lora_to_gguf.py` (0.5.0)
 * writes.
 * @param base the base model's repository: config.json is enough, no weights are read
 * Throws `ADAPTER_UNSUPPORTED` for what the reference refuses (DoRA, modules saved whole), `ARCH_UNSUPPORTED`,
 * `MODEL_INVALID`.
 */
export async function convertAdapter(
  adapter: Snapshot,
  base: Snapshot | Repository,
  options: AdapterOptions,
): Promise<Conversion> {
  const { signal } = options;
  const config = await adapterConfig(adapter, signal);
  checkAdapter(config);
  const tensors = await adapterTensors(adapter, signal);
  const repository = 'snapshot' in base ? base : await openRepository(base, signal);
  const { family, model, warnings } = await openModel(repository, { tensors: new Map(), files: [] }, { signal });
  const named = pairedFactors(tensors, family, model);
  const output = outputOf(options.outtype, tensors);
  const planned = planAdapter(named, family, model, output);
  const content = {
    metadata: await adapterMetadata(adapter, config, family, planned, options),
    tensors: planned.map((tensor) => ggufTensor(tensor, options.encoder, signal)),
  };
  return {
    content,
    architecture: family.gguf,
    className: model.className,
    outtype: output,
    typeName: output.toUpperCase(),
    parameters: countParameters(planned),
    warnings,
    tensors: planned.map(({ name, tensor, type }) => ({
      name,
      dimensions: tensor.shape.toReversed(),
      from: tensor.dtype,
      to: type,
    })),
  };
}

async function adapterConfig(adapter: Snapshot, signal: AbortSignal | undefined): Promise<Values> {
  const file = adapter.files.find(({ path }) => path === 'adapter_config.json');
  if (file === undefined) {
    throw new SlipwayError('MODEL_INVALID', `'${adapter.source.name}' has no adapter_config.json`, {
      where: adapter.source.url,
      try: 'point at the directory or repository that PEFT saved the adapter to',
    });
  }
  return new Values(await readJsonObject(file, CONFIG_LIMIT, signal), 'adapter_config.json');
}

function checkAdapter(config: Values): void {
  const type = config.string('peft_type');
  if (type !== undefined && type !== 'LORA') {
    throw adapterRefusal(`an adapter of type ${type.slice(0, 60)} is no LoRA`, 'peft_type');
  }
  if (config.boolean('use_dora') === true) {
    throw adapterRefusal('DoRA scales the rows of the base model, which llama.cpp does not do', 'use_dora');
  }
  if (config.number('lora_alpha') === undefined) throw config.missing('lora_alpha');
}

/** In the order of the names. */
async function adapterTensors(adapter: Snapshot, signal: AbortSignal | undefined): Promise<readonly WeightTensor[]> {
  const file = adapter.files.find(({ path }) => path === 'adapter_model.safetensors');
  if (file === undefined) {
    const pickled = adapter.files.some(({ path }) => path === 'adapter_model.bin');
    throw new SlipwayError(
      pickled ? 'PICKLE_REFUSED' : 'MODEL_INVALID',
      pickled ? 'the adapter is a pickle, which can run code when it is read' : 'the adapter has no weights',
      {
        where: adapter.source.url,
        got: pickled ? 'adapter_model.bin' : 'no adapter_model.safetensors',
        try: 'save it again with safe_serialization=True',
      },
    );
  }
  const { tensors } = await readSafetensors(file, signal);
  return [...tensors.values()].map((tensor) => ({ ...tensor, file }));
}

function outputOf(outtype: OutputType | undefined, tensors: readonly WeightTensor[]): FixedOutputType {
  if (outtype !== 'auto') return outtype ?? 'f32';
  const first = tensors.find(({ dtype, shape }) => shape.length >= 2 && (dtype === 'BF16' || dtype === 'F16'));
  return first?.dtype === 'BF16' ? 'bf16' : 'f16';
}

async function adapterMetadata(
  adapter: Snapshot,
  config: Values,
  family: Family,
  planned: readonly ComputedTensor[],
  { metadata, modelName }: AdapterOptions,
): Promise<Map<string, GgufValue>> {
  const repository = await openRepository(adapter, undefined, { configOptional: true });
  const general = await generalMetadata(repository, {
    architecture: family.gguf,
    type: 'adapter',
    parameters: { total: adapterParameters(planned), shared: 0, expert: 0, expertCount: 0 },
    overrides: metadata,
    modelName,
  });
  const invocation = config.numbers('alora_invocation_tokens') ?? [];
  if (invocation.length === 0 && (config.string('invocation_string') ?? '') !== '') {
    throw adapterRefusal('its invocation is given as text, not as tokens', 'invocation_string');
  }
  return new Map<string, GgufValue>([
    ...general.slice(0, 2),
    ['adapter.type', { type: 'STRING', value: 'lora' }],
    ...general.slice(2),
    ['adapter.lora.alpha', { type: 'FLOAT32', value: config.need('lora_alpha') }],
    ...(invocation.length === 0
      ? []
      : [['adapter.alora.invocation_tokens', { type: 'ARRAY', items: 'UINT32', value: invocation }] as const]),
    ['general.quantization_version', { type: 'UINT32', value: QUANTIZATION_VERSION }],
  ]);
}

/** Weights of the matrices that an adapter changes, negative: names of models count differently beside it. */
function adapterParameters(planned: readonly ComputedTensor[]): number {
  let total = 0;
  planned.forEach(({ name, tensor }, index) => {
    if (name.endsWith('.lora_a')) return;
    const a = planned[index - 1]?.tensor.shape.at(-1) ?? 0;
    const shape = name.endsWith('.lora_b') ? [...tensor.shape.slice(0, -1), a] : tensor.shape;
    total += shape.reduce((product, size) => product * size, 1);
  });
  return planned.some(({ name }) => name.endsWith('.lora_a')) ? -total : total;
}
