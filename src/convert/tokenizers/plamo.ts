import { isJsonObject, jsonField, parseJson, type JsonValue } from '../../files/index.js';
import type { KeyValues } from '../metadata/key-values.js';
import { readChatTemplate, writeChatTemplate } from './chat-template.js';
import type { TokenizerOptions } from './choice.js';
import { checkToken, checkTokenCount, invalidTokenizer, unsupportedTokenizer } from './limits.js';
import { setPiece, type PieceList } from './piece-list.js';
import { paddedTokens, TOKEN_TYPE, writeTokens } from './token-list.js';
import type { TokenizerFiles } from './tokenizer-files.js';

const FILE = 'tokenizer.jsonl';
/** Score of what fills the vocabulary up to the embedding's rows. */
const FILLER_SCORE = -1000;
/** Roles and their keys, in the reference's order. */
const ROLES = [
  ['bos', 'tokenizer.ggml.bos_token_id'],
  ['eos', 'tokenizer.ggml.eos_token_id'],
  ['pad', 'tokenizer.ggml.padding_token_id'],
  ['sep', 'tokenizer.ggml.seperator_token_id'],
  ['unk', 'tokenizer.ggml.unknown_token_id'],
] as const;
/** `<|plamo:op|>`: where a turn ends. */
const END_OF_TURN = 4;
const TYPES: ReadonlyMap<JsonValue | undefined, number> = new Map([
  ['UNKNOWN', TOKEN_TYPE.UNKNOWN],
  ['CONTROL', TOKEN_TYPE.CONTROL],
  ['BYTE', TOKEN_TYPE.BYTE],
]);

/** PLaMo 2: a line of JSON for each token, with its score and type. */
export async function readPlamo2(files: TokenizerFiles, options: TokenizerOptions, keys: KeyValues): Promise<void> {
  const text = await files.text(FILE);
  if (text === undefined) throw unsupportedTokenizer(`the repository has no '${FILE}'`, FILE);
  const list = await files.step(() => tokensOf(text, options.vocabSize ?? 0));
  writeTokens(keys, 'plamo2', options.pre ?? 'default', list);
  const config = (await files.object('tokenizer_config.json')) ?? {};
  for (const [role, key] of ROLES) {
    const token = jsonField(config, `${role}_token`) ?? null;
    if (token === null) continue;
    const id = typeof token === 'string' ? list.tokens.indexOf(token) : -1;
    if (id === -1) {
      throw invalidTokenizer(
        `the ${role} token is not in the vocabulary`,
        'tokenizer_config.json',
        JSON.stringify(token),
      );
    }
    keys.uint32(key, id);
  }
  keys.uint32('tokenizer.ggml.eot_token_id', END_OF_TURN);
  keys.bool('tokenizer.ggml.add_space_prefix', false);
}

/** PLaMo 3: the same, with a chat template; a chat_template.jinja wins over the configuration's. */
export async function readPlamo3(files: TokenizerFiles, options: TokenizerOptions, keys: KeyValues): Promise<void> {
  await readPlamo2(files, options, keys);
  const config = new Map(Object.entries((await files.object('tokenizer_config.json')) ?? {}));
  if (files.has('chat_template.jinja')) config.delete('chat_template');
  const template = await readChatTemplate(files, config);
  if (template !== undefined && template !== '') writeChatTemplate(keys, template);
}

function tokensOf(text: string, vocabSize: number): PieceList {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  checkTokenCount(lines.length, FILE);
  const list = paddedTokens(Math.max(lines.length, vocabSize), 'config.json');
  for (const [id, line] of lines.entries()) {
    const entry = parseJson(line, `${FILE}, line ${id + 1}`);
    const [token, score, type]: readonly (JsonValue | undefined)[] = Array.isArray(entry) ? entry : [];
    if (typeof token !== 'string' || typeof score !== 'number' || isJsonObject(type)) {
      throw invalidTokenizer(`line ${id + 1} is not a token with its score`, FILE, line.slice(0, 200));
    }
    checkToken(token, FILE);
    const named = token.startsWith('<|plamo:') && token.endsWith('|>') ? TOKEN_TYPE.CONTROL : TOKEN_TYPE.NORMAL;
    setPiece(list, id, token, score, TYPES.get(type) ?? named);
  }
  for (let id = lines.length; id < list.tokens.length; id += 1) {
    setPiece(list, id, `[PAD${id - lines.length + 1}]`, FILLER_SCORE, TOKEN_TYPE.UNUSED);
  }
  return list;
}
