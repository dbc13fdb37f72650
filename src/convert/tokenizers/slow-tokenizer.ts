import { isJsonObject, jsonField, type JsonObject } from '../../files/index.js';
import { hubTokenizer, readSettings, type HubTokenizer, type TokenizerSettings } from './hub-tokenizer.js';
import { mergesFile } from './merges.js';
import { tokenizerClass } from './tokenizer-class.js';
import type { TokenizerFiles } from './tokenizer-files.js';

/** The pattern by which Qwen's tokenizers cut. */
export const QWEN2_PATTERN: string =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/**
 * A tokenizer from the older pair of files vocab.json and merges.txt, made as transformers makes a fast tokenizer
 * from a slow one. `undefined` when the files are not there.
 */
export async function readSlowTokenizer(files: TokenizerFiles, lenient: boolean): Promise<HubTokenizer | undefined> {
  const vocab = await files.object('vocab.json');
  if (vocab === undefined || !files.has('merges.txt')) return undefined;
  const settings = await readSettings(files);
  const kind = tokenizerClass(settings.config, files.repository.config, lenient);
  const merges = await mergesFile(files);
  const model = { type: 'BPE', vocab, merges };
  const parts = kind.name === 'Qwen2Tokenizer' ? qwen2Parts() : gpt2Parts(settings.config);
  const added = (await files.object('added_tokens.json')) ?? {};
  return files.step(() => {
    const definition = { model, decoder: { type: 'ByteLevel' }, ...parts, added_tokens: listedTokens(added, settings) };
    return hubTokenizer(definition, settings, kind);
  });
}

/** added_tokens.json as tokenizer.json would list it. */
function listedTokens(added: JsonObject, settings: TokenizerSettings): readonly JsonObject[] {
  const tokens = Object.entries(added).sort(([, left], [, right]) => Number(left) - Number(right));
  const specials = new Set(Object.values(settings.config).filter((value) => typeof value === 'string'));
  return tokens.map(([content, id]) => ({ id, content, special: specials.has(content) }));
}

function gpt2Parts(config: JsonObject): JsonObject {
  const prefix = jsonField(config, 'add_prefix_space') === true;
  const bos = jsonField(config, 'bos_token');
  const text = isJsonObject(bos) ? jsonField(bos, 'content') : bos;
  return {
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: prefix, trim_offsets: true, use_regex: true },
    post_processor:
      jsonField(config, 'add_bos_token') === true && typeof text === 'string'
        ? {
            type: 'TemplateProcessing',
            single: [{ SpecialToken: { id: text, type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
            pair: [],
          }
        : { type: 'ByteLevel', add_prefix_space: true, trim_offsets: false, use_regex: true },
  };
}

function qwen2Parts(): JsonObject {
  return {
    normalizer: { type: 'NFC' },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: QWEN2_PATTERN }, behavior: 'Isolated', invert: false },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
      ],
    },
    post_processor: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: false, use_regex: true },
  };
}
