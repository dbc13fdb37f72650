import type { Digest } from '../core/index.js';
import { createdAt, type PackOptions } from './format-options.js';
import { parameterSize } from './parameter-size.js';
import type { ModelFacts } from './variant.js';

/** ModelPack's config (model-spec `docs/config.md`, `schema/config-schema.json`): three objects and nothing else. */
export interface ModelSpecConfig {
  readonly descriptor: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly config: Readonly<Record<string, unknown>>;
  readonly modelfs: { readonly type: 'layers'; readonly diffIds: readonly Digest[] };
}

const HUB_TASKS: Readonly<Record<string, { readonly in: readonly string[]; readonly out: readonly string[] }>> = {
  'text-generation': { in: ['text'], out: ['text'] },
  'text2text-generation': { in: ['text'], out: ['text'] },
  translation: { in: ['text'], out: ['text'] },
  summarization: { in: ['text'], out: ['text'] },
  'image-text-to-text': { in: ['text', 'image'], out: ['text'] },
  'any-to-any': { in: ['text', 'image', 'audio'], out: ['text'] },
  'feature-extraction': { in: ['text'], out: ['embedding'] },
  'sentence-similarity': { in: ['text'], out: ['embedding'] },
  'automatic-speech-recognition': { in: ['audio'], out: ['text'] },
  'text-to-speech': { in: ['text'], out: ['audio'] },
  'text-to-image': { in: ['text'], out: ['image'] },
};

/** The config blob. Raw layers are their own uncompressed content, so diff ids are the layers' digests. */
export function modelSpecConfig(facts: ModelFacts, digests: readonly Digest[], options: PackOptions): ModelSpecConfig {
  return {
    descriptor: modelDescriptor(facts, options),
    config: { ...coreConfig(facts), capabilities: capabilities(facts) },
    modelfs: { type: 'layers', diffIds: digests },
  };
}

/** The part that both families share. */
export function coreConfig(facts: ModelFacts): Readonly<Record<string, string | undefined>> {
  return {
    // The specification's word for the kind of network, which is what readers show an icon for.
    architecture: facts.format === 'onnx' || facts.format === 'other' ? undefined : 'transformer',
    format: facts.format === 'other' ? undefined : facts.format,
    paramSize: facts.parameters === undefined ? undefined : parameterSize(facts.parameters),
    precision: facts.precision,
    quantization: facts.quantization,
  };
}

export function modelDescriptor(
  facts: ModelFacts,
  options: PackOptions,
): Readonly<Record<string, string | readonly string[] | undefined>> {
  const isPublic = facts.source.kind !== 'directory';
  const hub = facts.source.kind === 'huggingface' ? new URL(facts.source.url).origin : undefined;
  return {
    createdAt: createdAt(facts, options),
    authors: unlessEmpty(facts.authors),
    vendor: facts.vendor,
    family: facts.family ?? facts.architecture,
    name: facts.name === '' ? undefined : facts.name,
    version: facts.version,
    title: facts.title,
    description: facts.description,
    sourceURL: isPublic ? facts.source.url : undefined,
    datasetsURL: hub === undefined ? undefined : unlessEmpty(facts.datasets?.map((name) => `${hub}/datasets/${name}`)),
    revision: isPublic ? facts.source.revision : undefined,
    licenses: unlessEmpty(facts.licenses),
  };
}

/** What the model takes and gives. What was read of its files wins over what its task says of all its kind. */
export function modalities(facts: ModelFacts): {
  readonly inputTypes?: readonly string[];
  readonly outputTypes?: readonly string[];
} {
  const task = facts.task === undefined ? undefined : new Map(Object.entries(HUB_TASKS)).get(facts.task);
  const inputTypes = facts.inputTypes ?? task?.in;
  const outputTypes = task?.out ?? (facts.inputTypes?.some((type) => type !== 'text') === true ? ['text'] : undefined);
  return { ...(inputTypes && { inputTypes }), ...(outputTypes && { outputTypes }) };
}

function capabilities(facts: ModelFacts): Readonly<Record<string, readonly string[]>> | undefined {
  const languages = facts.languages?.filter((language) => /^[a-z]{2}$/.test(language)) ?? [];
  const found = {
    ...modalities(facts),
    ...(languages.length === 0 ? {} : { languages }),
  };
  return Object.keys(found).length === 0 ? undefined : found;
}

function unlessEmpty(list: readonly string[] | undefined): readonly string[] | undefined {
  return list === undefined || list.length === 0 ? undefined : list;
}
