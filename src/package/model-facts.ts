import {
  isJsonObject,
  jsonField,
  parseJson,
  readText,
  type JsonObject,
  type ModelFile,
  type Snapshot,
} from '../files/index.js';
import { cardData, type CardData } from './front-matter.js';
import { spdxLicense } from './spdx.js';
import type { ModelFacts } from './variant.js';

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
 * Collects what is known about a model from its card (README.md's front matter) and config.json. Reads those two files
 * and nothing else; what only the weights tell (parameters, quantization) comes in as `extra`, which wins.
 */
export async function modelFacts(
  snapshot: Snapshot,
  extra: Partial<ModelFacts> = {},
  signal?: AbortSignal,
): Promise<ModelFacts> {
  const card = cardData((await textOf(snapshot, /^readme\.md$/i, signal)) ?? '');
  const config = parsedConfig(await textOf(snapshot, /^config\.json$/, signal));
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
    }),
  };
  return { ...facts, ...definedOnly(extra) };
}

async function textOf(snapshot: Snapshot, name: RegExp, signal: AbortSignal | undefined): Promise<string | undefined> {
  const file = snapshot.files.find((file) => name.test(file.path));
  return file === undefined ? undefined : readText(file, TEXT_LIMIT, signal);
}

function parsedConfig(text: string | undefined): JsonObject {
  const value = text === undefined ? {} : parseJson(text, 'config.json');
  return isJsonObject(value) ? value : {};
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
