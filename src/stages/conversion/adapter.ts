import { SlipwayError, type RunContext } from '../../core/index.js';
import { adapterBase, convertAdapter, openRepository, type Conversion } from '../../convert/index.js';
import type { JsonObject, Snapshot } from '../../files/index.js';
import type { ModelVariant } from '../../package/index.js';
import { download } from '../download.js';
import type { ConvertOptions } from '../options/index.js';
import { encoderOf } from '../resources.js';
import { plainVariant } from './variants.js';

/** An adapter as a variant, and how it was made. */
interface ConvertedAdapter {
  readonly conversion: Conversion;
  readonly variants: readonly ModelVariant[];
  readonly reports: readonly never[];
}

/** Options that say something about a model's own weights. */
const MODEL_ONLY = [
  'quantize',
  'mmproj',
  'mtp',
  'noMtp',
  'dspark',
  'targetModelDir',
  'vocabOnly',
  'fuseQkv',
  'fuseGateUpExps',
  'fp8AsQ8',
  'sentenceTransformersDenseModules',
  'pre',
  'mistralFormat',
  'splitMaxSize',
  'splitMaxTensors',
] as const;

/**
 * Converts a LoRA adapter to a GGUF that llama.cpp lays over its base model. Of the base only the configuration is read.
 * Throws `CONFIG_INVALID` for options of models, `MODEL_INVALID` when the base is not known or cannot be opened.
 */
export async function convertAdapterFiles(
  adapter: Snapshot,
  options: ConvertOptions,
  metadata: JsonObject | undefined,
  context: RunContext,
): Promise<ConvertedAdapter> {
  const wrong = MODEL_ONLY.filter((name) => options[name] !== undefined && options[name] !== false);
  if (wrong.length > 0) {
    throw new SlipwayError('CONFIG_INVALID', 'a LoRA adapter is converted by itself', {
      got: wrong.join(', '),
      try: [
        'outtype says how its matrices are stored; leave out the rest',
        'for a whole model: merge the adapter into its base (merge_and_unload), save it, and convert that',
      ],
    });
  }
  const { outtype, modelName, bigendian } = options;
  const named = await adapterBase(adapter, context.signal);
  const base = await openBase(adapter, options.base, named, context);
  const conversion = await convertAdapter(adapter, await openRepository(base, context.signal), {
    encoder: encoderOf(context, options),
    signal: context.signal,
    outtype,
    modelName,
    metadata,
  });
  const plain = await plainVariant(
    {
      stage: 'convert',
      content: conversion.content,
      typeName: conversion.typeName,
      baseName: modelName ?? adapter.source.name.split('/').at(-1) ?? adapter.source.name,
      snapshot: adapter,
      companions: [],
      bigEndian: bigendian,
      from: new Map(conversion.tensors.map((tensor) => [tensor.name, tensor.from])),
    },
    {},
    context,
  );
  const { name, revision, kind } = base.source;
  const known = named?.name ?? (kind === 'directory' ? undefined : name);
  const digest = revision.startsWith('sha256:') && kind !== 'directory' ? revision : undefined;
  // As the converter calls it (gguf-py's naming convention): what it is shows in every list of files.
  const weights = plain.weights.map((file) => ({
    ...file,
    path: file.path.replace(/(?:-LoRA)?\.gguf$/i, '-LoRA.gguf'),
  }));
  const variant: ModelVariant = {
    ...plain,
    weights,
    roles: new Map(weights.map(({ path }) => [path, 'adapter'])),
    facts: {
      ...plain.facts,
      adapter: {
        base: known,
        ...(kind !== 'directory' && digest === undefined && { baseRevision: revision }),
        baseDigest: digest,
      },
    },
  };
  return { conversion, variants: [variant], reports: [] };
}

/** The base model, listed and pinned: nothing of it is read but what the conversion asks for. */
async function openBase(
  adapter: Snapshot,
  baseAddress: string | undefined,
  named: Awaited<ReturnType<typeof adapterBase>>,
  context: RunContext,
): Promise<Snapshot> {
  if (baseAddress !== undefined) return listSource(baseAddress, undefined, context);
  const what = `'${adapter.source.name}' is a LoRA adapter`;
  const help = ['say where its base model is: --base SRC (its config.json is enough)'];
  if (named === undefined) {
    throw new SlipwayError('MODEL_INVALID', `${what} that names no base model`, {
      where: 'adapter_config.json: base_model_name_or_path',
      try: help,
    });
  }
  try {
    if (!/^[\w.-]+\/[\w.-]+$/.test(named.name)) throw new Error(`'${named.name.slice(0, 200)}' is no name on the Hub`);
    return await listSource(`hf://${named.name}`, named.revision, context);
  } catch (cause) {
    if (context.signal.aborted) throw cause;
    throw new SlipwayError('MODEL_INVALID', `${what} of ${named.name.slice(0, 200)}, which cannot be opened`, {
      where: 'adapter_config.json: base_model_name_or_path',
      got: cause instanceof Error ? cause.message : String(cause),
      try: [
        ...help,
        "or merge it where it was trained: PeftModel.from_pretrained(base, adapter).merge_and_unload().save_pretrained('merged')",
      ],
      cause,
    });
  }
}

/** A source beside the one that is converted, listed and pinned; nothing of it is fetched until it is read. */
export async function listSource(source: string, revision: string | undefined, context: RunContext): Promise<Snapshot> {
  const stage = download(source, revision === undefined ? {} : { revision });
  const planned = await stage.plan?.(undefined, context);
  if (planned?.output === undefined) throw new SlipwayError('INTERNAL', 'a download has a plan');
  return planned.output;
}
