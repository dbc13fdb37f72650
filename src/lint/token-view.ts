import { isJsonObject, jsonField, type JsonObject, type JsonValue } from '../files/index.js';
import { numberOf, textOf } from './gguf-rules.js';
import type { ModelView } from './lint-input.js';
import type { GgufModelView } from './weights-view.js';

/** Special tokens by the names that templates know. */
export const SPECIAL_NAMES = [
  'bos_token',
  'eos_token',
  'unk_token',
  'sep_token',
  'pad_token',
  'cls_token',
  'mask_token',
] as const;

/** The tokens of a model as one place states them. */
export interface TokenView {
  readonly where: string;
  /** Ids by text; `undefined` when they cannot be read (a SentencePiece file alone). */
  readonly vocabulary: ReadonlyMap<string, number> | undefined;
  /** One more than the highest id. */
  readonly size: number | undefined;
  /** Texts of special tokens. */
  readonly specials: Readonly<Record<string, string>>;
  /** Ids that end a generation. */
  readonly stops: ReadonlySet<number>;
}

const GGUF_IDS = {
  bos_token: 'bos_token_id',
  eos_token: 'eos_token_id',
  unk_token: 'unknown_token_id',
  sep_token: 'seperator_token_id',
  pad_token: 'padding_token_id',
  cls_token: 'cls_token_id',
  mask_token: 'mask_token_id',
} as const;
/** Further ends: of a turn, of a message. */
const GGUF_STOPS = ['eos_token_id', 'eot_token_id', 'eom_token_id'];

/** Keys of ids in a GGUF. */
export const GGUF_TOKEN_KEYS: readonly string[] = [...new Set([...Object.values(GGUF_IDS), ...GGUF_STOPS])].map(
  (name) => `tokenizer.ggml.${name}`,
);

/** Tokens that llama.cpp takes for an end whatever the metadata says (llama.cpp, `llama-vocab.cpp`). */
const KNOWN_ENDS: ReadonlySet<string> = new Set(
  '<|eot_id|> <|im_end|> <|end|> <|return|> <|call|> <|flush|> <|calls|> <end_of_turn> <|endoftext|> <|end_of_text|> <|eom_id|> <EOT> <|EOT|> <EOT> _<EOT> [EOT] [EOS] <｜end▁of▁sentence｜> <end_of_utterance> <|fim_pad|> </s>'.split(
    ' ',
  ),
);

/** The tokens of a GGUF; `undefined` for one without a vocabulary. */
export function ggufTokens({ where, metadata }: GgufModelView): TokenView | undefined {
  const list = metadata.get('tokenizer.ggml.tokens');
  if (list?.type !== 'ARRAY') return undefined;
  const texts = [...list.value].map((text) => (typeof text === 'string' ? text : ''));
  const vocabulary = new Map(texts.map((text, id) => [text, id]));
  const specials: Record<string, string> = {};
  for (const [name, key] of Object.entries(GGUF_IDS)) {
    const id = numberOf(metadata, `tokenizer.ggml.${key}`);
    const text = id === undefined ? undefined : texts[id];
    if (text !== undefined) specials[name] = text;
  }
  const stated = GGUF_STOPS.flatMap((key) => numberOf(metadata, `tokenizer.ggml.${key}`) ?? []);
  const known = [...KNOWN_ENDS].flatMap((text) => vocabulary.get(text) ?? []);
  return { where, vocabulary, size: texts.length, specials, stops: new Set([...stated, ...known]) };
}

/** The chat templates of a GGUF, by key. */
export function ggufTemplates({ metadata }: GgufModelView): (readonly [key: string, template: string])[] {
  return [...metadata.keys()].flatMap((key) => {
    const text = /^tokenizer\.chat_template(\.|$)/.test(key) ? textOf(metadata, key) : undefined;
    return text === undefined ? [] : [[key, text] as const];
  });
}

/** The tokens of a repository; `undefined` when it has no tokenizer that says anything. */
export async function repositoryTokens(view: ModelView): Promise<TokenView | undefined> {
  const config = await view.object('tokenizer_config.json');
  const tokenizer = await view.object('tokenizer.json');
  const map = await view.object('special_tokens_map.json');
  if (config === undefined && tokenizer === undefined) return undefined;
  const vocabulary = tokenizer === undefined ? undefined : vocabularyOf(tokenizer);
  if (vocabulary !== undefined && config !== undefined)
    for (const [text, id] of decoderOf(config)) vocabulary.set(text, id);
  const specials: Record<string, string> = {};
  for (const name of SPECIAL_NAMES) {
    const text = tokenText(config, name) ?? tokenText(map, name);
    if (text !== undefined) specials[name] = text;
  }
  return {
    where: config === undefined ? 'tokenizer.json' : 'tokenizer_config.json',
    vocabulary,
    size: vocabulary === undefined ? undefined : Math.max(-1, ...boundsOf(vocabulary)) + 1,
    specials,
    stops: await stopsOf(view, vocabulary, specials['eos_token']),
  };
}

/** The highest ids; a spread over a whole vocabulary is more than the engine's stack holds. */
function boundsOf(vocabulary: ReadonlyMap<string, number>): number[] {
  let highest = -1;
  for (const id of vocabulary.values()) if (id > highest) highest = id;
  return [highest];
}

function vocabularyOf(tokenizer: JsonObject): Map<string, number> {
  const vocabulary = new Map<string, number>();
  const model = jsonField(tokenizer, 'model');
  const vocab = isJsonObject(model) ? jsonField(model, 'vocab') : undefined;
  if (Array.isArray(vocab)) {
    for (const [id, entry] of vocab.entries() as IterableIterator<[number, JsonValue]>) {
      const text: JsonValue | undefined = Array.isArray(entry) ? (entry as readonly JsonValue[])[0] : undefined;
      if (typeof text === 'string') vocabulary.set(text, id);
    }
  } else if (vocab !== undefined && isJsonObject(vocab)) {
    for (const [text, id] of Object.entries(vocab)) if (typeof id === 'number') vocabulary.set(text, id);
  }
  const added = jsonField(tokenizer, 'added_tokens');
  for (const token of Array.isArray(added) ? (added as readonly JsonValue[]) : []) {
    const [text, id] = isJsonObject(token) ? [jsonField(token, 'content'), jsonField(token, 'id')] : [];
    if (typeof text === 'string' && typeof id === 'number') vocabulary.set(text, id);
  }
  return vocabulary;
}

function decoderOf(config: JsonObject): (readonly [string, number])[] {
  const decoder = jsonField(config, 'added_tokens_decoder');
  if (decoder === undefined || !isJsonObject(decoder)) return [];
  return Object.entries(decoder).flatMap(([id, token]) => {
    const text = isJsonObject(token) ? jsonField(token, 'content') : undefined;
    return typeof text === 'string' && /^\d+$/.test(id) ? [[text, Number(id)] as const] : [];
  });
}

/** A token is a text, or an object with its content. */
function tokenText(config: JsonObject | undefined, name: string): string | undefined {
  const value = config === undefined ? undefined : jsonField(config, name);
  const text = value !== undefined && isJsonObject(value) ? jsonField(value, 'content') : value;
  return typeof text === 'string' ? text : undefined;
}

async function stopsOf(
  view: ModelView,
  vocabulary: ReadonlyMap<string, number> | undefined,
  eos: string | undefined,
): Promise<ReadonlySet<number>> {
  const stops = new Set<number>();
  const own = eos === undefined ? undefined : vocabulary?.get(eos);
  if (own !== undefined) stops.add(own);
  for (const path of ['generation_config.json', 'config.json'])
    for (const id of await statedEnds(view, path)) stops.add(id);
  return stops;
}

/** `eos_token_id` of a configuration: one, or several. */
export async function statedEnds(view: ModelView, path: string): Promise<readonly number[]> {
  const config = await view.object(path);
  const value = config === undefined ? undefined : jsonField(config, 'eos_token_id');
  const list: readonly JsonValue[] = Array.isArray(value) ? value : value === undefined ? [] : [value];
  return list.filter((id) => typeof id === 'number');
}
