import { isJsonObject, jsonField, type JsonObject, type JsonValue } from '../../files/index.js';
import type { TokenizerFiles } from './tokenizer-files.js';
import { AddedVocabulary, type AddedToken } from './added-tokens.js';
import { checkMergeCount, invalidTokenizer } from './limits.js';
import { modelVocabulary, type ModelVocabulary } from './model-vocabulary.js';
import { SPECIAL_ROLES, tokenizerClass, type TokenizerClass } from './tokenizer-class.js';
import { effectiveNormalizer, effectivePostProcessor, effectivePreTokenizer } from './tokenizer-pipeline.js';

/** A repository's fast tokenizer as transformers' AutoTokenizer would have it in memory. */
export interface HubTokenizer {
  readonly className: string;
  /** The parts of tokenizer.json with what the class changes about them. */
  readonly normalizer: JsonObject | undefined;
  readonly preTokenizer: JsonObject | undefined;
  readonly postProcessor: JsonObject | undefined;
  readonly decoder: JsonObject | undefined;
  readonly model: JsonObject;
  /** The model's own vocabulary, without added tokens. */
  readonly modelIds: ModelVocabulary;
  /** Added tokens by id; their text may be in the model's vocabulary too. */
  readonly added: ReadonlyMap<number, AddedToken>;
  /** Texts of the special tokens (bos, eos …), in order and without repetition. */
  readonly specialTokens: readonly string[];
  /** Whether decoding removes the spaces before punctuation. */
  readonly cleanUpSpaces: boolean;
}

/** Reads tokenizer.json and what stands beside it. `undefined` without a tokenizer.json. */
export async function readHubTokenizer(files: TokenizerFiles, lenient = false): Promise<HubTokenizer | undefined> {
  const definition = await files.object('tokenizer.json');
  if (definition === undefined) return undefined;
  const settings = await readSettings(files);
  const kind = tokenizerClass(settings.config, files.repository.config, lenient);
  return files.step(() => hubTokenizer(definition, settings, kind));
}

/** tokenizer_config.json, and the older files that say what it does not. */
export interface TokenizerSettings {
  readonly config: JsonObject;
  /** Added tokens by id that tokenizer_config.json (or added_tokens.json) declares. */
  readonly declared: ReadonlyMap<number, AddedToken>;
  /** Whether the declarations came from tokenizer_config.json: then older files are not looked at. */
  readonly modern: boolean;
}

export async function readSettings(files: TokenizerFiles): Promise<TokenizerSettings> {
  const config = (await files.object('tokenizer_config.json')) ?? {};
  const decoder = jsonField(config, 'added_tokens_decoder');
  if (isJsonObject(decoder)) {
    return { config, declared: await files.step(() => declaredTokens(decoder)), modern: true };
  }
  const map = (await files.object('special_tokens_map.json')) ?? {};
  return { config: { ...config, ...map }, declared: await olderTokens(files, config, map), modern: false };
}

/** The tokens of added_tokens.json that tokenizer.json has no token of its own for. */
async function olderTokens(
  files: TokenizerFiles,
  config: JsonObject,
  map: JsonObject,
): Promise<Map<number, AddedToken>> {
  const [older, definition] = [await files.object('added_tokens.json'), await files.object('tokenizer.json')];
  if (older === undefined || definition === undefined) return new Map();
  return files.step(() => undeclaredTokens(older, definition, namedSpecial(config, map)));
}

function undeclaredTokens(
  older: JsonObject,
  definition: JsonObject,
  special: ReadonlySet<string>,
): Map<number, AddedToken> {
  const listed = jsonField(definition, 'added_tokens');
  const taken = new Set(
    (Array.isArray(listed) ? listed : []).map((token) => isJsonObject(token) && jsonField(token, 'id')),
  );
  const tokens = new Map<number, AddedToken>();
  for (const [content, id] of Object.entries(older)) {
    if (typeof id !== 'number') throw invalidTokenizer('an added token has no valid id', 'added_tokens.json', content);
    if (taken.has(id)) continue;
    const isSpecial = special.has(content);
    tokens.set(id, {
      content,
      special: isSpecial,
      normalized: !isSpecial,
      lstrip: false,
      rstrip: false,
      singleWord: false,
    });
  }
  return tokens;
}

/** Texts of the special tokens that the files name; an object counts in the older of the two files only. */
function namedSpecial(config: JsonObject, map: JsonObject): ReadonlySet<string> {
  const texts = new Set<string>();
  const take = (value: JsonValue | undefined, objects: boolean): void => {
    if (typeof value === 'string') texts.add(value);
    if (!objects || !isJsonObject(value)) return;
    const content = jsonField(value, 'content');
    if (typeof content === 'string') texts.add(content);
  };
  for (const key of [...SPECIAL_ROLES.map((role) => `${role}_token`), 'additional_special_tokens']) {
    const inMap = Object.hasOwn(map, key);
    const value = jsonField(inMap ? map : config, key);
    for (const item of Array.isArray(value) ? (value as readonly JsonValue[]) : [value]) take(item, inMap);
  }
  return texts;
}

function declaredTokens(decoder: JsonObject): Map<number, AddedToken> {
  const tokens = new Map<number, AddedToken>();
  for (const [id, value] of Object.entries(decoder)) {
    if (!/^\d{1,9}$/.test(id)) throw invalidTokenizer('an added token has no valid id', 'tokenizer_config.json', id);
    tokens.set(Number(id), addedToken(value, 'tokenizer_config.json'));
  }
  return tokens;
}

/** An added token as JSON describes it. */
export function addedToken(value: JsonValue, where: string): AddedToken {
  const content = isJsonObject(value) ? jsonField(value, 'content') : undefined;
  if (!isJsonObject(value) || typeof content !== 'string') {
    throw invalidTokenizer('an added token has no text', where, JSON.stringify(value).slice(0, 200));
  }
  const special = jsonField(value, 'special') === true;
  const normalized = jsonField(value, 'normalized');
  return {
    content,
    special,
    normalized: typeof normalized === 'boolean' ? normalized : !special,
    lstrip: jsonField(value, 'lstrip') === true,
    rstrip: jsonField(value, 'rstrip') === true,
    singleWord: jsonField(value, 'single_word') === true,
  };
}

/** Puts the pieces together in the order in which transformers does; ids of new tokens follow from that order. */
export function hubTokenizer(definition: JsonObject, settings: TokenizerSettings, kind: TokenizerClass): HubTokenizer {
  const model = jsonField(definition, 'model');
  if (!isJsonObject(model)) throw invalidTokenizer("'tokenizer.json' has no model", 'tokenizer.json');
  const merges = jsonField(model, 'merges');
  if (Array.isArray(merges)) checkMergeCount(merges.length, 'tokenizer.json');
  const modelIds = modelVocabulary(model);
  const vocabulary = new AddedVocabulary(modelIds);
  const listed = jsonField(definition, 'added_tokens');
  for (const value of Array.isArray(listed) ? listed : []) vocabulary.add(addedToken(value, 'tokenizer.json'));
  const specials = specialTokens(settings, vocabulary, { ...paddingDefault(definition), ...kind.defaults });
  addDeclared(vocabulary, settings.declared, specials);
  const idOf = (token: string): number | undefined => vocabulary.idOf(token);
  return {
    className: kind.name,
    normalizer: effectiveNormalizer(part(definition, 'normalizer'), kind, settings.config),
    preTokenizer: effectivePreTokenizer(part(definition, 'pre_tokenizer'), settings.config),
    postProcessor: effectivePostProcessor(
      part(definition, 'post_processor'),
      kind,
      settings.config,
      specials.byRole,
      idOf,
    ),
    decoder: part(definition, 'decoder'),
    model,
    modelIds,
    added: vocabulary.tokens(),
    specialTokens: specials.order.map((token) => (typeof token === 'string' ? token : token.content)),
    cleanUpSpaces: jsonField(settings.config, 'clean_up_tokenization_spaces') === true,
  };
}

function part(definition: JsonObject, name: string): JsonObject | undefined {
  const value = jsonField(definition, name);
  return isJsonObject(value) ? value : undefined;
}

interface Specials {
  readonly byRole: ReadonlyMap<string, string>;
  /** Text only, or a token with flags where the files give them. */
  readonly order: readonly (string | AddedToken)[];
}

/** What a saved padding fills with is the padding token where nothing else names one. */
function paddingDefault(definition: JsonObject): TokenizerClass['defaults'] {
  const pad = jsonField(part(definition, 'padding') ?? {}, 'pad_token');
  return typeof pad === 'string' ? { pad } : {};
}

/** The special tokens of the settings, completed by defaults. An explicit null means that there is none. */
function specialTokens(
  settings: TokenizerSettings,
  vocabulary: AddedVocabulary,
  defaults: TokenizerClass['defaults'],
): Specials {
  const known = new Map<string, AddedToken>();
  if (!settings.modern) for (const token of vocabulary.tokens().values()) known.set(token.content, token);
  // What added_tokens.json declares stays unknown here, as there.
  for (const token of settings.modern ? settings.declared.values() : []) known.set(token.content, token);
  const byRole = new Map<string, string>();
  const order = new Map<string, string | AddedToken>();
  const take = (value: JsonValue): string | undefined => {
    const token = isJsonObject(value) ? { ...addedToken(value, 'tokenizer_config.json'), special: true } : value;
    const text = typeof token === 'string' ? token : isAddedToken(token) ? token.content : undefined;
    if (text === undefined) return undefined;
    if (!order.has(text)) order.set(text, known.get(text) ?? (token as string | AddedToken));
    return text;
  };
  for (const role of SPECIAL_ROLES) {
    const key = `${role}_token`;
    const value = Object.hasOwn(settings.config, key) ? jsonField(settings.config, key) : defaults[role];
    const text = value === undefined ? undefined : take(value);
    if (text !== undefined) byRole.set(role, text);
  }
  // Transformers 5 has the list under the second name, where transformers 4 has an object: a model's own roles.
  const [additional, extra] = ['additional_special_tokens', 'extra_special_tokens'].map((key) =>
    jsonField(settings.config, key),
  );
  for (const value of Array.isArray(additional) ? additional : []) take(value);
  for (const value of Array.isArray(extra) ? extra : isJsonObject(extra) ? Object.values(extra) : []) take(value);
  return { byRole, order: [...order.values()] };
}

function isAddedToken(value: JsonValue | AddedToken): value is AddedToken {
  return typeof value === 'object' && value !== null && 'singleWord' in value;
}

/** Adds what is declared but not yet there in the same form, then the special tokens. */
function addDeclared(vocabulary: AddedVocabulary, declared: ReadonlyMap<number, AddedToken>, specials: Specials): void {
  const special = new Set(specials.order.map((token) => (typeof token === 'string' ? token : token.content)));
  const present = new Set([...vocabulary.tokens().values()].map(fingerprint));
  const contents = new Set([...vocabulary.tokens().values()].map((token) => token.content));
  const pending: AddedToken[] = [];
  const waiting = new Set<string>();
  for (const [, token] of [...declared].sort(([left], [right]) => left - right)) {
    if (present.has(fingerprint(token))) continue;
    pending.push({ ...token, special: token.special || special.has(token.content) });
    waiting.add(token.content);
    contents.add(token.content);
  }
  for (const token of specials.order) {
    if (typeof token !== 'string') {
      if (waiting.has(token.content)) continue;
      waiting.add(token.content);
      pending.push({ ...token, special: true });
    } else if (!contents.has(token)) {
      waiting.add(token);
      pending.push({
        content: token,
        special: true,
        normalized: false,
        lstrip: false,
        rstrip: false,
        singleWord: false,
      });
    }
  }
  for (const token of pending) vocabulary.add(token);
}

function fingerprint(token: AddedToken): string {
  const { special, normalized, lstrip, rstrip, singleWord } = token;
  return `${[special, normalized, lstrip, rstrip, singleWord].map(Number).join('')} ${token.content}`;
}
