import { isJsonObject, jsonField, type JsonObject, type JsonValue } from '../../files/index.js';
import { symbolsOfBytes } from './byte-level.js';
import { checkMergeCount, checkToken, checkTokenCount, invalidTokenizer, unsupportedTokenizer } from './limits.js';
import { TOKEN_TYPE } from './token-list.js';

const FILE = 'tekken.json';
/** Longest token accepted, in bytes: the work to find its merges grows with the square. */
const TOKEN_LIMIT = 256;

/** Special tokens of files that do not list them, in the order of their ids. */
const DEFAULT_SPECIAL = [
  '<unk>',
  '<s>',
  '</s>',
  '[INST]',
  '[/INST]',
  '[AVAILABLE_TOOLS]',
  '[/AVAILABLE_TOOLS]',
  '[TOOL_RESULTS]',
  '[/TOOL_RESULTS]',
  '[TOOL_CALLS]',
  '[IMG]',
  '<pad>',
  '[IMG_BREAK]',
  '[IMG_END]',
  '[PREFIX]',
  '[MIDDLE]',
  '[SUFFIX]',
  '[SYSTEM_PROMPT]',
  '[/SYSTEM_PROMPT]',
  '[TOOL_CONTENT]',
];
/** Versions whose files may leave the special tokens out. */
const OLD_VERSIONS: ReadonlySet<string> = new Set(['v1', 'v2', 'v3', 'v7']);
const VERSIONS: ReadonlySet<string> = new Set([...OLD_VERSIONS, 'v11', 'v13', 'v15']);

/** Mistral's tokenizer file: special tokens first, then byte strings by rank. */
export interface Tekken {
  readonly version: string;
  readonly tokens: readonly string[];
  readonly types: Int32Array;
  readonly merges: readonly string[];
  /** Id of a special token. Throws `TOKENIZER_INVALID` when it is missing. */
  readonly idOf: (token: string) => number;
}

/** Reads a tekken.json. Throws `TOKENIZER_INVALID` for a file that Mistral's library would not take. */
export function parseTekken(definition: JsonObject): Tekken {
  const config = jsonField(definition, 'config');
  if (!isJsonObject(config)) throw invalidTokenizer("'tekken.json' has no config", FILE);
  const version = jsonField(config, 'version');
  if (typeof version !== 'string' || !VERSIONS.has(version)) {
    throw unsupportedTokenizer(`tekken.json is of the unknown version ${JSON.stringify(version)}`, FILE);
  }
  const specialCount = countOf(config, 'default_num_special_tokens');
  const size = countOf(config, 'default_vocab_size');
  const special = specialTokens(definition, version, specialCount);
  const ranks = byteStrings(jsonField(definition, 'vocab'), size - specialCount);
  const types = new Int32Array(size).fill(TOKEN_TYPE.NORMAL);
  types.fill(TOKEN_TYPE.CONTROL, 0, specialCount);
  return {
    version,
    tokens: [...special, ...ranks],
    types,
    merges: mergesOfRanks(ranks),
    idOf: (token) => {
      const id = special.indexOf(token);
      if (id === -1) throw invalidTokenizer(`'tekken.json' has no special token '${token}'`, FILE);
      return id;
    },
  };
}

function countOf(config: JsonObject, key: string): number {
  const value = jsonField(config, key);
  if (typeof value !== 'number') throw invalidTokenizer(`'tekken.json' does not say its ${key}`, FILE);
  checkTokenCount(value, FILE);
  return value;
}

/** The listed special tokens, filled up to the count that the file promises. */
function specialTokens(definition: JsonObject, version: string, count: number): string[] {
  const listed = jsonField(definition, 'special_tokens') ?? null;
  if (listed === null && !OLD_VERSIONS.has(version))
    throw invalidTokenizer("'tekken.json' has no special tokens", FILE);
  const names = Array.isArray(listed) ? listed.map(specialName) : DEFAULT_SPECIAL;
  if (names.length > count || new Set(names).size !== names.length) {
    throw invalidTokenizer(
      'the special tokens contradict each other',
      FILE,
      `${names.length} listed, ${count} promised`,
    );
  }
  return Array.from({ length: count }, (_, id) => names[id] ?? `<SPECIAL_${id}>`);
}

function specialName(entry: JsonValue, index: number): string {
  const name = isJsonObject(entry) ? jsonField(entry, 'token_str') : undefined;
  const rank = isJsonObject(entry) ? jsonField(entry, 'rank') : undefined;
  if (typeof name !== 'string' || rank !== index) throw invalidTokenizer(`special token ${index} is malformed`, FILE);
  checkToken(name, FILE);
  return name;
}

/** The byte strings in the byte-level alphabet, by rank. The first 256 are the single bytes. */
function byteStrings(vocab: JsonValue | undefined, count: number): string[] {
  if (!Array.isArray(vocab) || count < 256 || vocab.length < count) {
    throw invalidTokenizer('the vocabulary is shorter than promised', FILE, `${count} tokens promised`);
  }
  const strings = vocab.slice(0, count).map((entry: JsonValue, rank) => {
    const encoded = isJsonObject(entry) ? jsonField(entry, 'token_bytes') : undefined;
    if (!isJsonObject(entry) || typeof encoded !== 'string' || jsonField(entry, 'rank') !== rank) {
      throw invalidTokenizer(`token ${rank} is malformed`, FILE);
    }
    if (encoded.length > 2 * TOKEN_LIMIT)
      throw invalidTokenizer(`token ${rank} is too long`, FILE, `limit ${TOKEN_LIMIT}`);
    return symbolsOfBytes(Buffer.from(encoded, 'base64'));
  });
  if (new Set(strings).size !== count) throw invalidTokenizer('a token occurs twice', FILE);
  return strings;
}

/** Every way in which a token is two others put together, by rank of the whole, then of the parts. */
function mergesOfRanks(strings: readonly string[]): string[] {
  const ranks = new Map(strings.map((string, rank) => [string, rank]));
  const merges: string[] = [];
  for (const [rank, string] of strings.entries()) {
    if (rank < 256) continue;
    const found: { readonly left: number; readonly right: number }[] = [];
    for (let cut = 1; cut < string.length; cut += 1) {
      const left = ranks.get(string.slice(0, cut));
      const right = left === undefined ? undefined : ranks.get(string.slice(cut));
      if (left !== undefined && right !== undefined) found.push({ left, right });
    }
    if (found.length === 0)
      throw invalidTokenizer(`token ${rank} is not made of two others`, FILE, JSON.stringify(string));
    found.sort((one, other) => one.left - other.left || one.right - other.right);
    for (const { left, right } of found) merges.push(`${strings[left] ?? ''} ${strings[right] ?? ''}`);
    checkMergeCount(merges.length, FILE);
  }
  return merges;
}
