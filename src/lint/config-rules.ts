import { isJsonObject, jsonField, type JsonObject } from '../files/index.js';
import { configField, numberField, type ModelView } from './lint-input.js';
import { lintRope, type RopeFacts } from './rope-rules.js';
import { finding, type LintFinding } from './lint-rules.js';
import type { SafetensorsView } from './weights-view.js';

const CONFIG = 'config.json';
const TOKENIZER = 'tokenizer_config.json';
/** What transformers writes where no limit is known. */
const NO_LIMIT = 1e15;
const EMBEDDING = /(?:^|\.)(?:embed_tokens|tok_embeddings|wte|word_embeddings|embeddings)\.weight$/;

/** A repository of safetensors: files that loaders need, context length, rope scaling, sizes of the vocabulary. */
export async function lintConfigs(
  view: ModelView,
  safetensors: readonly SafetensorsView[],
  vocabulary: { readonly highest: number; readonly where: string } | undefined,
): Promise<LintFinding[]> {
  if (safetensors.length === 0) return [];
  const config = await view.object(CONFIG);
  const tokenizer = await view.object(TOKENIZER);
  const isAdapter = view.file('adapter_config.json') !== undefined;
  return [
    ...(isAdapter ? [] : needed(view)),
    ...(await missingShards(view)),
    ...(config === undefined ? [] : lintContext(config, tokenizer)),
    ...(config === undefined ? [] : lintConfigRope(config)),
    ...(config === undefined ? [] : lintVocabulary(config, safetensors, vocabulary)),
  ];
}

function needed({ files }: ModelView): LintFinding[] {
  // A pipeline of several models has each in a folder of its own.
  if (files.some(({ path }) => path.endsWith('model_index.json'))) return [];
  const has = (pattern: RegExp): boolean => files.some(({ path }) => pattern.test(path));
  const where = files.find(({ path }) => path.endsWith('.safetensors'))?.path ?? '';
  return [
    ...(has(/(?:^|\/)(config|params)\.json$/)
      ? []
      : [finding('file-missing', where, 'there is no config.json beside the weights')]),
    ...(has(
      /(?:^|\/)(tokenizer\.json|tokenizer\.model.*|vocab\.(json|txt)|tekken\.json|spiece\.model|[^/]*\.tiktoken|preprocessor_config\.json)$/,
    )
      ? []
      : [finding('file-missing', where, 'there is no tokenizer beside the weights')]),
  ];
}

/** Files that an index names and that are not there. */
async function missingShards(view: ModelView): Promise<LintFinding[]> {
  const found: LintFinding[] = [];
  for (const { path } of view.files.filter((file) => file.path.endsWith('.safetensors.index.json'))) {
    const index = await view.object(path);
    const map = index === undefined ? undefined : jsonField(index, 'weight_map');
    if (map === undefined || !isJsonObject(map)) continue;
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    const names = new Set(Object.values(map).filter((name) => typeof name === 'string'));
    const missing = [...names].filter((name) => view.file(`${folder}${name}`) === undefined);
    if (missing.length > 0)
      found.push(
        finding('file-missing', path, `it names ${missing.slice(0, 5).join(', ')}, not there`, {
          at: 'weight_map',
          level: 'error',
        }),
      );
  }
  return found;
}

function lintContext(config: JsonObject, tokenizer: JsonObject | undefined): LintFinding[] {
  const stated = configField(config, 'max_position_embeddings');
  if (stated === undefined || stated === null) return [];
  const at = 'max_position_embeddings';
  if (typeof stated !== 'number' || !Number.isInteger(stated) || stated < -1 || stated === 0)
    return [finding('context-length', CONFIG, `it is ${JSON.stringify(stated)}`, { at, level: 'error' })];
  const limit = numberField(tokenizer, 'model_max_length');
  if (limit === undefined || limit >= NO_LIMIT || limit <= stated || stated < 0) return [];
  const scaled = stated * (ropeFactsOf(config)?.factor ?? 1);
  if (limit <= scaled) return [];
  const message = `${limit}, while max_position_embeddings of config.json is ${stated}`;
  return [finding('context-length', TOKENIZER, message, { at: 'model_max_length' })];
}

function ropeObject(config: JsonObject): { readonly key: string; readonly value: JsonObject } | undefined {
  for (const key of ['rope_scaling', 'rope_parameters']) {
    const value = configField(config, key);
    if (value !== undefined && isJsonObject(value)) return { key, value };
  }
  return undefined;
}

function ropeFactsOf(config: JsonObject): RopeFacts | undefined {
  const rope = ropeObject(config);
  if (rope === undefined) return undefined;
  const { key, value } = rope;
  const type = jsonField(value, 'rope_type') ?? jsonField(value, 'type');
  const lists = ['short_factor', 'long_factor'].map((name) => jsonField(value, name));
  return {
    where: CONFIG,
    at: key,
    type: typeof type === 'string' ? type : undefined,
    factor: numberField(value, 'factor'),
    original:
      numberField(value, 'original_max_position_embeddings') ?? numberField(config, 'original_max_position_embeddings'),
    context: numberField(config, 'max_position_embeddings'),
    factors: lists.map((list) => (Array.isArray(list) ? list.length : undefined)),
    rotated: rotatedOf(config),
  };
}

/** Dimensions of a head that are rotated. */
function rotatedOf(config: JsonObject): number | undefined {
  const [hidden, heads] = [numberField(config, 'hidden_size'), numberField(config, 'num_attention_heads')];
  const width =
    numberField(config, 'head_dim') ?? (hidden === undefined || heads === undefined ? undefined : hidden / heads);
  if (width === undefined) return undefined;
  return (
    numberField(config, 'qk_rope_head_dim') ?? Math.trunc(width * (numberField(config, 'partial_rotary_factor') ?? 1))
  );
}

/** Newer configurations have parameters of each kind of layer under a name: those are not looked into. */
function lintConfigRope(config: JsonObject): LintFinding[] {
  const rope = ropeObject(config);
  const facts = ropeFactsOf(config);
  if (facts === undefined || rope === undefined) return [];
  const isNested = facts.type === undefined && Object.values(rope.value).some((value) => isJsonObject(value));
  return isNested ? [] : lintRope(facts);
}

function lintVocabulary(
  config: JsonObject,
  safetensors: readonly SafetensorsView[],
  vocabulary: { readonly highest: number; readonly where: string } | undefined,
): LintFinding[] {
  const size = numberField(config, 'vocab_size');
  if (size === undefined) return [];
  const found: LintFinding[] = [];
  if (vocabulary !== undefined && vocabulary.highest >= size) {
    const message = `it has a token with id ${vocabulary.highest}, while vocab_size of config.json is ${size}`;
    found.push(finding('vocabulary-size', vocabulary.where, message));
  }
  for (const { where, header } of safetensors) {
    const embedding = [...header.tensors.values()].find(
      ({ name, shape }) => EMBEDDING.test(name) && shape.length === 2,
    );
    const rows = embedding?.shape[0];
    if (
      embedding === undefined ||
      rows === undefined ||
      rows === size ||
      !/embed_tokens|wte|tok_embeddings/.test(embedding.name)
    )
      continue;
    // Towers beside the language model have embeddings of their own; quantized matrices other shapes.
    if (/(vision|audio|visual|encoder|speech|talker|code)/i.test(embedding.name)) continue;
    found.push(
      finding('vocabulary-size', where, `it has ${rows} rows, while vocab_size of config.json is ${size}`, {
        at: embedding.name,
      }),
    );
  }
  return found;
}
