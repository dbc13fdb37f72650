import { unsupportedTokenizer } from './limits.js';
import type { TokenizerFiles } from './tokenizer-files.js';

/** Names of templates that llama.cpp has built in, by kind and version. */
const BUILT_IN: ReadonlyMap<string, string> = new Map([
  ['spm v1', 'mistral-v1'],
  ['tekken v1', 'mistral-v1'],
  ['spm v3', 'mistral-v3'],
  ['tekken v3', 'mistral-v3-tekken'],
  ['spm v7', 'mistral-v7'],
  ['tekken v7', 'mistral-v7-tekken'],
]);

/**
 * The chat template of a repository in Mistral's format: its chat_template.jinja, else the name of a built-in one.
 * Throws `TOKENIZER_UNSUPPORTED` for versions whose template the reference takes from its own collection.
 */
export async function chatTemplateOf(
  files: TokenizerFiles,
  vocabulary: { readonly kind: string; readonly version: string },
  mistralFormat: boolean,
): Promise<string | undefined> {
  const local = mistralFormat ? await files.text('chat_template.jinja') : undefined;
  if (local !== undefined) return local.replaceAll(/\r\n?/g, '\n');
  const name = BUILT_IN.get(`${vocabulary.kind} ${vocabulary.version}`);
  if (name !== undefined) return name;
  throw unsupportedTokenizer(
    `there is no chat template for a ${vocabulary.kind} tokenizer of version '${vocabulary.version}'`,
    vocabulary.kind === 'tekken' ? 'tekken.json' : 'tokenizer.model',
    ['put the chat_template.jinja of the model into the repository'],
  );
}
