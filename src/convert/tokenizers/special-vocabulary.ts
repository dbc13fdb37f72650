import { isJsonObject, jsonField, type JsonObject, type JsonValue } from '../../files/index.js';
import type { KeyValues } from '../metadata/key-values.js';
import type { TokenizerFiles } from './tokenizer-files.js';
import { readChatTemplate, writeChatTemplate, type ChatTemplate } from './chat-template.js';
import { invalidTokenizer } from './limits.js';
import { mergesFile, mergesOf } from './merges.js';
import { truthy } from '../config/truthy.js';
import { readPostProcessor, type AddFlags } from './special-flags.js';
import { SPECIAL_ROLES } from './tokenizer-class.js';

/** GGUF keys of special token ids. Roles that llama.cpp has no key for (cls, say) are found but not written. */
const ID_KEYS: ReadonlyMap<string, string> = new Map([
  ['bos', 'tokenizer.ggml.bos_token_id'],
  ['eos', 'tokenizer.ggml.eos_token_id'],
  ['unk', 'tokenizer.ggml.unknown_token_id'],
  ['sep', 'tokenizer.ggml.seperator_token_id'],
  ['pad', 'tokenizer.ggml.padding_token_id'],
  ['mask', 'tokenizer.ggml.mask_token_id'],
  ['eot', 'tokenizer.ggml.eot_token_id'],
  ['eom', 'tokenizer.ggml.eom_token_id'],
]);
const FLAG_KEYS: ReadonlyMap<string, string> = new Map([
  ['bos', 'tokenizer.ggml.add_bos_token'],
  ['eos', 'tokenizer.ggml.add_eos_token'],
  ['sep', 'tokenizer.ggml.add_sep_token'],
]);

/** What gguf-py's SpecialVocab finds in a repository: merges, special ids, what is added to a text, chat template. */
export interface SpecialVocabulary {
  merges: readonly string[];
  /** Id by role, in the order of writing. */
  readonly ids: Map<string, number>;
  readonly flags: AddFlags;
  chatTemplate: ChatTemplate | undefined;
  readonly lowercase: boolean | undefined;
  readonly stripAccents: boolean | undefined;
}

export interface SpecialOptions {
  readonly merges: boolean;
  /** Roles to look up instead of the usual ones. */
  readonly roles?: readonly string[];
  /** Ids from this size on are left out. */
  readonly vocabSize?: number;
}

/** Reads tokenizer.json, tokenizer_config.json, config.json and the chat template files. */
export async function readSpecialVocabulary(
  files: TokenizerFiles,
  options: SpecialOptions,
): Promise<SpecialVocabulary> {
  const definition = await files.object('tokenizer.json');
  const raw = await files.object('tokenizer_config.json');
  const config = raw === undefined ? new Map<string, JsonValue>() : new Map(Object.entries(raw));
  const filledConfig = config.size > 0 ? config : undefined;
  const state = {
    config: filledConfig,
    flags: new Map<string, boolean>(),
    roles: [...(options.roles ?? SPECIAL_ROLES)],
  };
  if (definition !== undefined && truthy(definition)) readPostProcessor(definition, state);
  const ids = new Map<string, number>();
  if (filledConfig !== undefined) {
    await files.step(() => idsOfConfig(filledConfig, definition, state.roles, state.flags, ids, options.vocabSize));
  }
  idsOfModelConfig(files.repository.config, state.roles, ids, options.vocabSize);
  return {
    merges: options.merges ? ((await files.step(() => mergesOf(definition))) ?? (await mergesFile(files))) : [],
    ids,
    flags: state.flags,
    chatTemplate: filledConfig === undefined ? undefined : await readChatTemplate(files, filledConfig),
    ...normalizerFlags(definition === undefined ? undefined : jsonField(definition, 'normalizer')),
  };
}

/** Sets an id unless the role has one; values that are no integer are passed over, as in the reference. */
export function setSpecial(ids: Map<string, number>, role: string, value: unknown, vocabSize?: number): void {
  // For Python, true and false are integers.
  const id = typeof value === 'boolean' ? Number(value) : value;
  if (typeof id !== 'number' || !Number.isInteger(id)) return;
  if (id < 0) throw invalidTokenizer(`the id of the special token '${role}' is negative`, 'config.json', String(id));
  if (ids.has(role) || (vocabSize !== undefined && id >= vocabSize)) return;
  ids.set(role, id);
}

function idsOfConfig(
  config: ReadonlyMap<string, JsonValue>,
  definition: JsonObject | undefined,
  roles: readonly string[],
  flags: AddFlags,
  ids: Map<string, number>,
  vocabSize: number | undefined,
): void {
  const added = definition === undefined ? undefined : jsonField(definition, 'added_tokens');
  const tokens = (Array.isArray(added) ? added : []).filter((token: JsonValue) => isJsonObject(token));
  for (const role of roles) {
    const flag = config.get(`add_${role}_token`);
    if (typeof flag === 'boolean' && !flags.has(role)) flags.set(role, flag);
    const entry = config.get(`${role}_token`);
    const text = isJsonObject(entry) ? jsonField(entry, 'content') : entry;
    if (typeof text !== 'string') continue;
    const match = tokens.find((token: JsonObject) => jsonField(token, 'content') === text);
    if (match !== undefined) setSpecial(ids, role, jsonField(match, 'id'), vocabSize);
  }
}

function idsOfModelConfig(
  config: JsonObject,
  roles: readonly string[],
  ids: Map<string, number>,
  vocabSize: number | undefined,
): void {
  const text = jsonField(config, 'text_config');
  for (const role of roles) {
    const key = `${role}_token_id`;
    const id = jsonField(config, key) ?? (isJsonObject(text) ? jsonField(text, key) : undefined);
    setSpecial(ids, role, id, vocabSize);
  }
}

interface NormalizerFlags {
  lowercase: boolean | undefined;
  stripAccents: boolean | undefined;
}

function normalizerFlags(normalizer: JsonValue | undefined): NormalizerFlags {
  const flags: NormalizerFlags = { lowercase: undefined, stripAccents: undefined };
  if (isJsonObject(normalizer)) readNormalizer(normalizer, flags, 0);
  return flags;
}

function readNormalizer(normalizer: JsonObject, flags: NormalizerFlags, depth: number): void {
  if (depth > 8) return;
  const type = jsonField(normalizer, 'type');
  if (type === 'Lowercase') flags.lowercase = true;
  else if (type === 'StripAccents') flags.stripAccents = true;
  else if (type === 'BertNormalizer') {
    flags.lowercase = flagOf(normalizer, 'lowercase', flags.lowercase);
    flags.stripAccents = flagOf(normalizer, 'strip_accents', flags.stripAccents);
  } else if (type === 'Sequence') {
    const list = jsonField(normalizer, 'normalizers');
    for (const part of Array.isArray(list) ? list : []) {
      if (isJsonObject(part)) readNormalizer(part, flags, depth + 1);
    }
  }
}

function flagOf(normalizer: JsonObject, key: string, before: boolean | undefined): boolean | undefined {
  if (!Object.hasOwn(normalizer, key)) return before;
  const value = jsonField(normalizer, key);
  return value === null || value === undefined ? undefined : truthy(value);
}

/** Writes what was found, in the reference's order. */
export function writeSpecialVocabulary(keys: KeyValues, special: SpecialVocabulary): void {
  keys.array('tokenizer.ggml.merges', 'STRING', special.merges);
  for (const [role, id] of special.ids) {
    const key = ID_KEYS.get(role);
    if (key !== undefined) keys.uint32(key, id);
  }
  for (const [role, flag] of special.flags) {
    const key = FLAG_KEYS.get(role);
    if (key !== undefined) keys.bool(key, flag);
  }
  if (special.chatTemplate !== undefined) writeChatTemplate(keys, special.chatTemplate);
  if (special.lowercase !== undefined) keys.bool('tokenizer.ggml.normalizer.lowercase', special.lowercase);
  if (special.stripAccents !== undefined) keys.bool('tokenizer.ggml.normalizer.strip_accents', special.stripAccents);
}
