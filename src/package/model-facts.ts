import {
  isJsonObject,
  jsonField,
  parsePythonJson,
  readText,
  type JsonObject,
  type ModelFile,
  type Snapshot,
} from '../files/index.js';
import { cardData, type CardData } from './front-matter.js';
import { spdxLicense } from './spdx.js';
import type { AdapterFacts, ModelFacts, SamplingFacts } from './variant.js';

const TEXT_LIMIT = 16 * 1024 * 1024;

/** ModelPack's words for the dtypes of a config.json. */
const PRECISIONS: ReadonlyMap<string, string> = new Map([
  ['float16', 'float16'],
  ['bfloat16', 'bfloat16'],
  ['float32', 'float32'],
  ['float64', 'float64'],
  ['float8_e4m3fn', 'float8_e4m3'],
  ['float8_e5m2', 'float8_e5m2'],
  ['int8', 'int8'],
]);

/**
 * Collects what is known about a model from its card (README.md's front matter), its configs and its chat template. Reads
 * no weights; what only they tell (parameters, quantization) comes in as `extra`, which wins.
 */
export async function modelFacts(
  snapshot: Snapshot,
  extra: Partial<ModelFacts> = {},
  signal?: AbortSignal,
): Promise<ModelFacts> {
  const card = cardData((await textOf(snapshot, /^readme\.md$/i, signal)) ?? '');
  const config = await jsonOf(snapshot, 'config.json', signal);
  const [owner, ...rest] = snapshot.source.name.split('/');
  const facts: ModelFacts = {
    name: rest.at(-1) ?? owner ?? snapshot.source.name,
    format: formatOf(snapshot.files),
    licenses: licensesOf(card),
    source: snapshot.source,
    ...definedOnly({
      architecture: stringField(config, 'model_type'),
      family: stringField(config, 'model_type'),
      precision: PRECISIONS.get(
        (stringField(config, 'torch_dtype') ?? stringField(config, 'dtype') ?? '').replace('torch.', ''),
      ),
      vendor: snapshot.source.kind === 'huggingface' && rest.length > 0 ? owner : undefined,
      title: card.text('model_name'),
      authors: card.list('model_creator'),
      languages: card.list('language'),
      datasets: card.list('datasets'),
      baseModels: card.list('base_model'),
      task: card.text('pipeline_tag'),
      contextLength: integerField(config, 'max_position_embeddings'),
      chatTemplate: await chatTemplateOf(snapshot, signal),
      adapter: await peftAdapter(snapshot, signal),
      sampling: samplingOf(await jsonOf(snapshot, 'generation_config.json', signal)),
    }),
  };
  return { ...facts, ...definedOnly(extra) };
}

async function textOf(snapshot: Snapshot, name: RegExp, signal: AbortSignal | undefined): Promise<string | undefined> {
  const file = snapshot.files.find((file) => name.test(file.path));
  return file === undefined ? undefined : readText(file, TEXT_LIMIT, signal);
}

async function jsonOf(snapshot: Snapshot, path: string, signal: AbortSignal | undefined): Promise<JsonObject> {
  const file = snapshot.files.find((file) => file.path === path);
  if (file === undefined) return {};
  const value = parsePythonJson(await readText(file, TEXT_LIMIT, signal), path);
  return isJsonObject(value) ? value : {};
}

/** The template as it stands: the newer place first, then the tokenizer's config. Never rendered. */
async function chatTemplateOf(snapshot: Snapshot, signal: AbortSignal | undefined): Promise<string | undefined> {
  const own = await textOf(snapshot, /^chat_template\.jinja$/, signal);
  if (own !== undefined) return own;
  const template = jsonField(await jsonOf(snapshot, 'tokenizer_config.json', signal), 'chat_template');
  return typeof template === 'string' ? template : undefined;
}

/** What adapter_config.json, and else the card, say of an adapter's base; nothing when a model lies there as well. */
async function peftAdapter(snapshot: Snapshot, signal: AbortSignal | undefined): Promise<AdapterFacts | undefined> {
  const has = (name: RegExp): boolean => snapshot.files.some(({ path }) => name.test(path));
  if (!has(/^adapter_(?:config\.json|model\.safetensors)$/)) return undefined;
  if (has(/^(?!adapter_model)[^/]*\.safetensors$/)) return undefined;
  const config = await jsonOf(snapshot, 'adapter_config.json', signal);
  const base = stringField(config, 'base_model_name_or_path');
  // A path is the trainer's own business.
  const isName = base !== undefined && /^[\w.-]+\/[\w.-]+$/.test(base);
  return definedOnly({
    base: isName ? base : undefined,
    baseRevision: isName ? stringField(config, 'revision') : undefined,
  });
}

function samplingOf(config: JsonObject): SamplingFacts | undefined {
  const number = (key: string): number | undefined => {
    const value = jsonField(config, key);
    return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
  };
  const facts = definedOnly({
    temperature: number('temperature'),
    topK: number('top_k'),
    topP: number('top_p'),
    minP: number('min_p'),
    repetitionPenalty: number('repetition_penalty'),
  });
  return Object.keys(facts).length === 0 ? undefined : facts;
}

/** A field of the config, or of the text part of a multimodal one. */
function field(config: JsonObject, key: string): unknown {
  const nested = jsonField(config, 'text_config');
  return jsonField(config, key) ?? (isJsonObject(nested) ? jsonField(nested, key) : undefined);
}

function stringField(config: JsonObject, key: string): string | undefined {
  const value = field(config, key);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function integerField(config: JsonObject, key: string): number | undefined {
  const value = field(config, key);
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}

function licensesOf(card: CardData): string[] {
  const name = card.text('license_name');
  const licenses = card.list('license').map((id) => spdxLicense(id, name));
  return [...new Set(licenses.filter((license) => license !== undefined))];
}

function formatOf(files: readonly ModelFile[]): ModelFacts['format'] {
  for (const format of ['gguf', 'safetensors', 'onnx'] as const) {
    if (files.some((file) => file.path.toLowerCase().endsWith(`.${format}`))) return format;
  }
  return 'other';
}

/** Without undefined members and empty lists: a fact that is not known is not there. */
function definedOnly<T extends object>(facts: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const known = Object.entries(facts).filter(
    ([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0),
  );
  return Object.fromEntries(known) as { [K in keyof T]?: NonNullable<T[K]> };
}
