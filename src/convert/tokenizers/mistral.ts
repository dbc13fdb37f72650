import type { KeyValues } from '../metadata/key-values.js';
import type { TokenizerFiles } from './tokenizer-files.js';
import { chatTemplateOf } from './mistral-template.js';
import type { TokenizerOptions } from './choice.js';
import { unsupportedTokenizer } from './limits.js';
import { pieceList } from './piece-list.js';
import { parseSentencePieceModel } from './sentencepiece-model.js';
import { parseTekken, type Tekken } from './tekken.js';

/** Multimodal generations that a model file's name may end in. */
const MODEL_NAME = /(?:^|\/)[^/.]*\.model(?:\.(v1|v2|v3|v7|v11|v13|v15)(m1)?)?$/;

/** What Mistral's own library finds in a repository, as far as a vocabulary needs it. */
interface MistralVocabulary {
  readonly kind: 'spm' | 'tekken';
  readonly version: string;
  readonly tokens: readonly string[];
  readonly types: Int32Array;
  readonly merges?: readonly string[];
  readonly bos: number;
  readonly eos: number;
  readonly unk: number;
  readonly pad: number;
  readonly scores: Float32Array | Int32Array;
}

/** A repository in Mistral's own format: tekken.json, or tokenizer.model.vN (`_set_vocab_mistral`). */
export async function readMistral(files: TokenizerFiles, options: TokenizerOptions, keys: KeyValues): Promise<void> {
  const vocabulary = await readVocabulary(files);
  keys.string('tokenizer.ggml.model', vocabulary.kind === 'spm' ? 'llama' : 'gpt2');
  if (vocabulary.merges !== undefined) {
    keys.string('tokenizer.ggml.pre', options.pre ?? 'tekken');
    keys.array('tokenizer.ggml.merges', 'STRING', vocabulary.merges);
  }
  keys.uint32('tokenizer.ggml.bos_token_id', vocabulary.bos);
  keys.uint32('tokenizer.ggml.eos_token_id', vocabulary.eos);
  keys.uint32('tokenizer.ggml.unknown_token_id', vocabulary.unk);
  keys.uint32('tokenizer.ggml.padding_token_id', vocabulary.pad);
  keys.array('tokenizer.ggml.tokens', 'STRING', vocabulary.tokens);
  const scores = vocabulary.scores;
  keys.array('tokenizer.ggml.scores', scores instanceof Int32Array ? 'INT32' : 'FLOAT32', scores);
  keys.array('tokenizer.ggml.token_type', 'INT32', vocabulary.types);
  keys.uint32(`${options.architecture ?? 'llama'}.vocab_size`, vocabulary.tokens.length);
  keys.bool('tokenizer.ggml.add_bos_token', true);
  keys.bool('tokenizer.ggml.add_eos_token', false);
  const template = await chatTemplateOf(files, vocabulary, options);
  if (template !== undefined) keys.string('tokenizer.chat_template', template);
}

async function readVocabulary(files: TokenizerFiles): Promise<MistralVocabulary> {
  const tekken = await files.object('tekken.json');
  if (tekken !== undefined) return files.step(() => tekkenVocabulary(parseTekken(tekken)));
  const paths = files.repository.snapshot.files.map((file) => file.path).filter((path) => MODEL_NAME.test(path));
  const path = paths.sort().at(-1);
  const bytes = path === undefined ? undefined : await files.bytes(path);
  if (path === undefined || bytes === undefined) {
    throw unsupportedTokenizer('the repository has no tekken.json and no tokenizer.model', 'tekken.json');
  }
  const model = await files.step(() => parseSentencePieceModel(bytes, path));
  const { tokens, types, scores } = await files.step(() => pieceList(model, model.pieces.length, path));
  const idOf = (token: string): number => tokens.indexOf(token);
  const [eos, pad] = [idOf('</s>'), idOf('<pad>')];
  return {
    kind: 'spm',
    version: MODEL_NAME.exec(path)?.[1] ?? 'v1',
    tokens,
    types,
    scores,
    bos: idOf('<s>'),
    eos,
    unk: idOf('<unk>'),
    pad: pad === -1 ? eos : pad,
  };
}

function tekkenVocabulary(tekken: Tekken): MistralVocabulary {
  const { version, tokens, types, merges, idOf } = tekken;
  const scores = new Int32Array(tokens.length);
  const [bos, eos, unk, pad] = [idOf('<s>'), idOf('</s>'), idOf('<unk>'), idOf('<pad>')];
  return { kind: 'tekken', version, tokens, types, merges, scores, bos, eos, unk, pad };
}
