import type { KeyValues } from '../metadata/key-values.js';
import { requireHubTokenizer } from './bpe.js';
import type { TokenizerOptions } from './choice.js';
import { hubTokenList } from './hub-token-list.js';
import { invalidTokenizer } from './limits.js';
import { setPiece } from './piece-list.js';
import { preTokenizerName } from './pre-tokenizer.js';
import { requireSentencePieceModel, sentencePieceList } from './sentencepiece.js';
import { readSpecialVocabulary, writeSpecialVocabulary } from './special-vocabulary.js';
import { TOKEN_TYPE, writeTokens } from './token-list.js';
import type { TokenizerFiles } from './tokenizer-files.js';
import { requireUnigram } from './unigram.js';

const PATH = 'tokenizer.model';
/** Score of a token that no text is cut into. */
const UNREACHABLE = -1000;

/** Pocket TTS: a Unigram model, and the learnt vectors that the last rows of the embedding are. */
export async function readPocketTts(files: TokenizerFiles, options: TokenizerOptions, keys: KeyValues): Promise<void> {
  const model = await requireSentencePieceModel(files, PATH);
  requireUnigram(model, PATH);
  const list = await sentencePieceList(files, options.vocabSize);
  const own = options.ownTokens ?? [];
  const first = list.tokens.length - own.length;
  if (first < 0) throw invalidTokenizer('the vocabulary has no room for learnt vectors', PATH, `${list.tokens.length}`);
  for (const [index, name] of own.entries()) setPiece(list, first + index, name, UNREACHABLE, TOKEN_TYPE.CONTROL);
  writeTokens(keys, 't5', 'default', list);
  keys.bool('tokenizer.ggml.add_space_prefix', model.addDummyPrefix);
  keys.bool('tokenizer.ggml.remove_extra_whitespaces', model.removeExtraWhitespaces);
  if (model.precompiledCharsmap.length > 0)
    keys.array('tokenizer.ggml.precompiled_charsmap', 'UINT8', model.precompiledCharsmap);
  keys.bool('tokenizer.ggml.add_bos_token', false);
  keys.bool('tokenizer.ggml.add_eos_token', false);
}

/** Qwen3 TTS: the tokens of a text, and behind them the codes of its codec. It has no use for a chat template. */
export async function readQwen3Tts(files: TokenizerFiles, options: TokenizerOptions, keys: KeyValues): Promise<void> {
  const codes = options.ownTokens ?? [];
  const typesOf = (types: Int32Array): Int32Array =>
    Int32Array.from([...types, ...codes.map(() => TOKEN_TYPE.CONTROL)]);
  if (files.has(PATH)) {
    const list = await sentencePieceList(files, options.vocabSize);
    const tokens = [...list.tokens, ...codes];
    writeTokens(keys, 'llama', 'default', {
      tokens,
      types: typesOf(list.types),
      scores: Float32Array.from([...list.scores, ...codes.map(() => 0)]),
    });
    return writeSpecialVocabulary(
      keys,
      await readSpecialVocabulary(files, { merges: false, vocabSize: tokens.length }),
    );
  }
  const tokenizer = await requireHubTokenizer(files, options);
  const pre = options.pre ?? (await files.step(() => preTokenizerName(tokenizer)));
  const list = await files.step(() => hubTokenList(tokenizer, options.vocabSize));
  writeTokens(keys, 'gpt2', pre, { tokens: [...list.tokens, ...codes], types: typesOf(list.types) });
  writeSpecialVocabulary(keys, await readSpecialVocabulary(files, { merges: true }));
  keys.delete('tokenizer.chat_template');
}
