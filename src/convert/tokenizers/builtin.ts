import { readGguf, type GgufMetadata, type GgufValue } from '../../gguf/index.js';
import type { KeyValues } from '../metadata/key-values.js';
import type { TokenizerOptions } from './choice.js';
import { invalidTokenizer, unsupportedTokenizer } from './limits.js';
import type { TokenizerFiles } from './tokenizer-files.js';

/** A vocabulary that llama.cpp brings (`models/ggml-vocab-NAME.gguf`), for models that are published without one. */
interface Builtin {
  readonly name: string;
  /** Whose it is, for people. */
  readonly of: string;
  /** The pre-tokenizer, where the file names none. */
  readonly pre: string;
  /** Lists beside the tokens and their types. */
  readonly list: readonly [key: 'scores' | 'merges', cut: boolean];
}

const LLAMA: Builtin = { name: 'llama-spm', of: 'Llama 2', pre: 'default', list: ['scores', true] };
const NEOX: Builtin = { name: 'gpt-neox', of: 'GPT-NeoX', pre: 'mpt', list: ['merges', false] };

/** Llama 2's vocabulary, which OpenELM has (`_set_vocab_builtin`). */
export async function readBuiltinLlama(
  files: TokenizerFiles,
  options: TokenizerOptions,
  keys: KeyValues,
): Promise<void> {
  return readBuiltin(LLAMA, files, options, keys);
}

/** GPT-NeoX's vocabulary, which the first Mamba models have. */
export async function readBuiltinNeox(
  files: TokenizerFiles,
  options: TokenizerOptions,
  keys: KeyValues,
): Promise<void> {
  return readBuiltin(NEOX, files, options, keys);
}

const SCALARS = [
  ['bos_token_id', 'UINT32'],
  ['eos_token_id', 'UINT32'],
  ['unknown_token_id', 'UINT32'],
  ['padding_token_id', 'UINT32'],
  ['add_bos_token', 'BOOL'],
  ['add_eos_token', 'BOOL'],
] as const;

async function readBuiltin(
  { name, of, pre, list: [list, cut] }: Builtin,
  files: TokenizerFiles,
  { vocabSize }: TokenizerOptions,
  keys: KeyValues,
): Promise<void> {
  const path = `ggml-vocab-${name}.gguf`;
  const file = files.repository.file(path);
  if (file === undefined) {
    throw unsupportedTokenizer(`the repository has no tokenizer: models of its kind have ${of}'s`, path, [
      `cp llama.cpp/models/${path} beside config.json: what llama.cpp's converter takes`,
      `or ${of}'s own tokenizer files`,
    ]);
  }
  const { metadata } = await readGguf(file);
  const read = (key: string): GgufValue | undefined => metadata.get(`tokenizer.ggml.${key}`);
  keys.string('tokenizer.ggml.model', textOf(metadata, 'tokenizer.ggml.model') ?? missing(path, 'model'));
  keys.string('tokenizer.ggml.pre', textOf(metadata, 'tokenizer.ggml.pre') ?? pre);
  const copy = (key: string, whole = false): void => {
    const value = read(key);
    if (value?.type !== 'ARRAY') throw missing(path, key);
    const size = whole ? value.value.length : (vocabSize ?? value.value.length);
    keys.array(`tokenizer.ggml.${key}`, value.items, value.value.slice(0, size));
  };
  copy('tokens');
  if (list === 'scores') copy(list, !cut);
  copy('token_type');
  if (list === 'merges') copy(list, !cut);
  for (const [key, type] of SCALARS) {
    const value = read(key)?.value;
    if (type === 'UINT32' && typeof value === 'number') keys.uint32(`tokenizer.ggml.${key}`, value);
    if (type === 'BOOL' && typeof value === 'boolean') keys.bool(`tokenizer.ggml.${key}`, value);
  }
}

function textOf(metadata: GgufMetadata, key: string): string | undefined {
  const value: unknown = metadata.get(key)?.value;
  return typeof value === 'string' ? value : undefined;
}

function missing(path: string, key: string): never {
  throw invalidTokenizer(`the vocabulary has no '${key}'`, path);
}
