import { weightCount, type GgufContent, type GgufMetadata, tensorSize } from '../../gguf/index.js';
import { spdxLicense, type AdapterFacts, type ModelFacts, type SamplingFacts } from '../../package/index.js';
import { FILE_TYPES } from '../../quantize/index.js';

const PRECISIONS: ReadonlyMap<string, string> = new Map([
  ['F32', 'float32'],
  ['F16', 'float16'],
  ['BF16', 'bfloat16'],
]);

/** A file type's name as a fact: plain types are a precision, the others a quantization. */
export function quantizationOf(name: string): { precision: string } | { quantization: string } {
  const precision = PRECISIONS.get(name);
  return precision === undefined ? { quantization: name } : { precision };
}

/** What only the GGUF knows for certain: these win over what files beside it say. */
export function ggufExtra(content: GgufContent): { architecture: string; parameters: number; bitsPerWeight?: number } {
  const parameters = content.tensors.reduce((sum, tensor) => sum + weightCount(tensor), 0);
  const bytes = content.tensors.reduce((sum, tensor) => sum + tensorSize(tensor), 0);
  return {
    architecture: textOf(content.metadata, 'general.architecture') ?? 'unknown',
    parameters,
    ...(parameters > 0 && { bitsPerWeight: (bytes * 8) / parameters }),
  };
}

/** Name of the file type that a GGUF says it has (`general.file_type`), or `undefined` for one that does not say. */
export function fileTypeOf(metadata: GgufMetadata): string | undefined {
  const id = numberOf(metadata, 'general.file_type');
  // Only a converter makes these files: weights that came in NVFP4 stay in it.
  if (id === 39) return 'NVFP4';
  return FILE_TYPES.find((type) => type.id !== undefined && type.id === id)?.name;
}

/** Facts with what the GGUF's keys add (chat template, context, sampling, licence); what was known before stays. */
export function withGgufFacts(facts: ModelFacts, { metadata }: GgufContent): ModelFacts {
  const chatTemplate = textOf(metadata, 'tokenizer.chat_template');
  const contextLength = numberOf(metadata, `${textOf(metadata, 'general.architecture') ?? ''}.context_length`);
  const sampling = samplingOf(metadata);
  const license = spdxLicense(textOf(metadata, 'general.license') ?? '');
  return {
    chatTemplate,
    contextLength,
    sampling,
    // Whatever others of its kind see or hear: without a projector a language model reads text.
    ...(readsText(metadata) && { inputTypes: ['text'] as const }),
    ...facts,
    ...(textOf(metadata, 'general.type') === 'adapter' && { adapter: adapterFacts(metadata, facts) }),
    ...(facts.licenses.length === 0 && license !== undefined && { licenses: [license] }),
  };
}

function readsText(metadata: GgufMetadata): boolean {
  const tokenizer = textOf(metadata, 'tokenizer.ggml.model');
  return tokenizer !== undefined && !['none', 'no_vocab'].includes(tokenizer);
}

/** The base model of an adapter: what was said beside it, else what its own keys or its card name. */
function adapterFacts(metadata: GgufMetadata, { adapter, baseModels }: ModelFacts): AdapterFacts {
  if (adapter?.base !== undefined || adapter?.baseDigest !== undefined) return adapter;
  const url = textOf(metadata, 'general.base_model.0.repo_url');
  const base = (url === undefined ? undefined : /^https:\/\/[^/]+\/([^/]+\/[^/]+)$/.exec(url)?.[1]) ?? baseModels?.[0];
  return { ...adapter, base };
}

function samplingOf(metadata: GgufMetadata): SamplingFacts | undefined {
  const read = (key: string): number | undefined => numberOf(metadata, `general.sampling.${key}`);
  const known = {
    temperature: read('temp'),
    topK: read('top_k'),
    topP: read('top_p'),
    minP: read('min_p'),
    repetitionPenalty: read('penalty_repeat'),
  };
  const entries = Object.entries(known).filter(([, value]) => value !== undefined);
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as SamplingFacts);
}

function textOf(metadata: GgufMetadata, key: string): string | undefined {
  const entry = metadata.get(key);
  return entry?.type === 'STRING' && typeof entry.value === 'string' ? entry.value : undefined;
}

function numberOf(metadata: GgufMetadata, key: string): number | undefined {
  const entry = metadata.get(key);
  if (typeof entry?.value !== 'number') return undefined;
  // 0.6 is kept as 0.60000002…: seven digits are all that a 32-bit float has.
  return entry.type === 'FLOAT32' ? Number(entry.value.toPrecision(7)) : entry.value;
}
