import { unsupportedTokenizer } from './limits.js';
import type { TokenizerOptions } from './choice.js';
import { DEVSTRAL_SMALL_2507 } from './templates/devstral-small-2507.js';
import { MISTRAL_SMALL_3_2 } from './templates/mistral-small-3.2.js';
import type { TokenizerFiles } from './tokenizer-files.js';

/** Names of templates that llama.cpp has built in, and templates of its collection, by kind and version. */
const COMMUNITY: ReadonlyMap<string, string> = new Map([
  ['spm v1', 'mistral-v1'],
  ['tekken v1', 'mistral-v1'],
  ['spm v3', 'mistral-v3'],
  ['tekken v3', 'mistral-v3-tekken'],
  ['spm v7', 'mistral-v7'],
  ['tekken v7', 'mistral-v7-tekken'],
  ['spm v11', MISTRAL_SMALL_3_2],
  ['tekken v11', MISTRAL_SMALL_3_2],
  ['spm v13', DEVSTRAL_SMALL_2507],
  ['tekken v13', DEVSTRAL_SMALL_2507],
]);

/**
 * The chat template of a repository in Mistral's format: its chat_template.jinja, else the one that llama.cpp's community
 * has for the tokenizer's version (by name where it is built in), `undefined` when that is not wanted.
 * Throws `TOKENIZER_UNSUPPORTED` for versions without one, as the reference does.
 */
export async function chatTemplateOf(
  files: TokenizerFiles,
  vocabulary: { readonly kind: string; readonly version: string },
  { mistralFormat = false, communityTemplate = true }: TokenizerOptions,
): Promise<string | undefined> {
  const local = mistralFormat ? await files.text('chat_template.jinja') : undefined;
  if (local !== undefined) return local.replaceAll(/\r\n?/g, '\n');
  if (mistralFormat && !communityTemplate) return undefined;
  const name = COMMUNITY.get(`${vocabulary.kind} ${vocabulary.version}`);
  if (name !== undefined) return name;
  throw unsupportedTokenizer(
    `there is no chat template for a ${vocabulary.kind} tokenizer of version '${vocabulary.version}'`,
    vocabulary.kind === 'tekken' ? 'tekken.json' : 'tokenizer.model',
    [
      'put the chat_template.jinja of the model into the repository',
      'or convert without one (--disable-mistral-community-chat-template)',
    ],
  );
}
