import type { KeyValue } from '../metadata/key-values.js';
import { KeyValues } from '../metadata/key-values.js';
import type { Repository } from '../repository.js';
import { readArctic } from './arctic.js';
import { readBpe, readBpeOrWhitespace, requireHubTokenizer } from './bpe.js';
import type { TokenizerOptions, TokenizerReader } from './choice.js';
import { readBuiltinLlama, readBuiltinNeox } from './builtin.js';
import { readChatGlm } from './chatglm.js';
import { readHunyuan, readHunyuanDense } from './hunyuan.js';
import { readInternLm2, readInternLm3 } from './internlm.js';
import { readBpeOrKimi } from './kimi.js';
import { readGemma4, readLlamaHf } from './llama-hf.js';
import { readLlama, readRefact, readSentencePieceOrBpe } from './llama.js';
import { readLaguna } from './laguna.js';
import { readMiniMax01 } from './minimax.js';
import { readMistral } from './mistral.js';
import { readPhi3 } from './phi3.js';
import { readPlamo2, readPlamo3 } from './plamo.js';
import { readQwen, readStableLm } from './qwen.js';
import { readRwkv } from './rwkv.js';
import { readSentencePiece } from './sentencepiece.js';
import { readSpecialVocabulary } from './special-vocabulary.js';
import { TokenizerFiles } from './tokenizer-files.js';
import { readPocketTts, readQwen3Tts } from './speech.js';
import { readUnigram } from './unigram.js';
import { readWordPiece } from './wordpiece.js';
import { readXverse } from './xverse.js';
import { readXlmRoberta } from './xlm-roberta.js';

export type { SpecialToken, TokenizerOptions } from './choice.js';
export { requireBosToken } from './require-bos.js';

/**
 * The kinds of tokenizer that can be read.
 *
 * - `bpe`: tokenizer.json, or vocab.json and merges.txt, as BPE
 * - `builtin-llama`, `builtin-neox`: a vocabulary of llama.cpp's own, for models that are published without one
 * - `bpe-or-whitespace`: BPE, or words between white space
 * - `sentencepiece`: tokenizer.model
 * - `sentencepiece-or-bpe`: the former when it is there
 * - `llama`: whatever the Llama family comes with
 * - `llama-hf`: a tokenizer.json that stands for a tokenizer.model; `gemma4`: the same with merges
 * - `phi3`, `internlm2`, `internlm3`: SentencePiece with these families' added tokens
 * - `qwen`: the first generation's qwen.tiktoken
 * - `bpe-or-kimi`, `hunyuan`, `hunyuan-dense`, `stablelm`: BPE, or these families' tiktoken files in its place
 * - `chatglm`: ChatGLM 3's tokenizer.model; BPE for its successors
 * - `arctic`: SentencePiece whose declared tokens keep their looks; `xverse`: tokenizer.json as Llama's, without scores
 * - `wordpiece`: BERT; `unigram`: T5; `xlm-roberta`
 * - `mistral`: tekken.json or tokenizer.model.vN
 * - `laguna`, `minimax-01`: BPE with a template that wins over the configuration's
 * - `pocket-tts`: Unigram whose last rows are the family's own tokens; `qwen3-tts`: SentencePiece or BPE with them behind
 * - `refact`: BPE with the tokens of code completion
 * - `rwkv`: RWKV World; `plamo2`, `plamo3`: lines of JSON
 * - `none`: no tokenizer at all
 */
export type TokenizerKind =
  | 'arctic'
  | 'bpe'
  | 'bpe-or-kimi'
  | 'bpe-or-whitespace'
  | 'builtin-llama'
  | 'builtin-neox'
  | 'chatglm'
  | 'gemma4'
  | 'hunyuan'
  | 'hunyuan-dense'
  | 'internlm2'
  | 'internlm3'
  | 'laguna'
  | 'llama'
  | 'llama-hf'
  | 'minimax-01'
  | 'mistral'
  | 'none'
  | 'phi3'
  | 'plamo2'
  | 'plamo3'
  | 'pocket-tts'
  | 'qwen'
  | 'qwen3-tts'
  | 'refact'
  | 'rwkv'
  | 'sentencepiece'
  | 'sentencepiece-or-bpe'
  | 'stablelm'
  | 'unigram'
  | 'wordpiece'
  | 'xlm-roberta'
  | 'xverse';

const READERS: Readonly<Record<TokenizerKind, TokenizerReader>> = {
  arctic: readArctic,
  bpe: readBpe,
  'bpe-or-kimi': readBpeOrKimi,
  'bpe-or-whitespace': readBpeOrWhitespace,
  'builtin-llama': readBuiltinLlama,
  'builtin-neox': readBuiltinNeox,
  chatglm: readChatGlm,
  gemma4: readGemma4,
  hunyuan: readHunyuan,
  'hunyuan-dense': readHunyuanDense,
  internlm2: readInternLm2,
  internlm3: readInternLm3,
  laguna: readLaguna,
  llama: readLlama,
  'llama-hf': readLlamaHf,
  'minimax-01': readMiniMax01,
  mistral: readMistral,
  none: async (_files, _options, keys) => keys.string('tokenizer.ggml.model', 'none'),
  phi3: readPhi3,
  plamo2: readPlamo2,
  plamo3: readPlamo3,
  'pocket-tts': readPocketTts,
  qwen: readQwen,
  'qwen3-tts': readQwen3Tts,
  refact: readRefact,
  rwkv: readRwkv,
  sentencepiece: readSentencePiece,
  'sentencepiece-or-bpe': readSentencePieceOrBpe,
  stablelm: readStableLm,
  unigram: readUnigram,
  wordpiece: readWordPiece,
  'xlm-roberta': readXlmRoberta,
  xverse: readXverse,
};

/** Ids of tokens in the repository's fast tokenizer, `undefined` for those it lacks. */
export async function tokenIds(
  repository: Repository,
  tokens: readonly string[],
): Promise<readonly (number | undefined)[]> {
  const tokenizer = await requireHubTokenizer(new TokenizerFiles(repository), { pre: 'default' });
  const added = new Map([...tokenizer.added].map(([id, token]) => [token.content, id]));
  return tokens.map((token) => added.get(token) ?? tokenizer.modelIds.get(token));
}

/** True when the repository brings a chat template. */
export async function hasChatTemplate(repository: Repository): Promise<boolean> {
  const special = await readSpecialVocabulary(new TokenizerFiles(repository), { merges: false });
  return special.chatTemplate !== undefined;
}

/** Tokens of the repository's tokenizer without those that were added: the reference's `tokenizer.vocab_size`. */
export async function baseVocabularySize(repository: Repository): Promise<number> {
  return (await requireHubTokenizer(new TokenizerFiles(repository), { pre: 'default' })).modelIds.size;
}

/** What an architecture chooses: the kind, and what it says about it. */
export interface TokenizerChoice extends TokenizerOptions {
  readonly kind: TokenizerKind;
}

/**
 * The `tokenizer.*` keys of a GGUF, in the order in which llama.cpp's converter writes them.
 *
 * Throws `TOKENIZER_INVALID` for files that contradict themselves or are beyond all bounds, `TOKENIZER_UNSUPPORTED`
 * for a tokenizer that the reference does not take either (an unknown pre-tokenizer, unless `pre` names one),
 * `JSON_INVALID` for broken JSON, `ABORTED` when the signal ends it: it is heard between steps, each of which Ctrl-C ends as well.
 */
export async function tokenizerMetadata(
  repository: Repository,
  choice: TokenizerChoice,
  signal?: AbortSignal,
): Promise<readonly KeyValue[]> {
  const keys = new KeyValues();
  await READERS[choice.kind](new TokenizerFiles(repository, signal), choice, keys);
  return keys.entries();
}
