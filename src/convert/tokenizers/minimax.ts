import type { KeyValues } from '../metadata/key-values.js';
import { readBpe } from './bpe.js';
import type { TokenizerOptions } from './choice.js';
import { templateFile } from './chat-template.js';
import { MINIMAX_M1 } from './templates/minimax-m1.js';
import type { TokenizerFiles } from './tokenizer-files.js';

/** MiniMax Text 01 and M1: byte-level BPE with the template of chat_template.jinja, or llama.cpp's own. */
export async function readMiniMax01(files: TokenizerFiles, options: TokenizerOptions, keys: KeyValues): Promise<void> {
  await readBpe(files, options, keys);
  keys.string('tokenizer.chat_template', (await templateFile(files)) ?? MINIMAX_M1);
}
