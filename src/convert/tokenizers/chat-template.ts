import { isJsonObject, jsonField, type JsonValue } from '../../files/index.js';
import type { KeyValues } from '../metadata/key-values.js';
import type { TokenizerFiles } from './tokenizer-files.js';

/** One template, or several with names. */
export type ChatTemplate = string | readonly { readonly name: string; readonly template: string }[];

/**
 * The chat template: tokenizer_config.json's, else chat_template.jinja with additional_chat_templates/, else
 * chat_template.json's. An explicit null in tokenizer_config.json means that there is none.
 */
export async function readChatTemplate(
  files: TokenizerFiles,
  config: ReadonlyMap<string, JsonValue>,
): Promise<ChatTemplate | undefined> {
  if (config.has('chat_template')) return chatTemplate(config.get('chat_template'));
  const jinja = await templateFile(files);
  if (jinja !== undefined) return withAdditional(files, jinja);
  const json = await files.object('chat_template.json');
  return json === undefined ? undefined : chatTemplate(jsonField(json, 'chat_template'));
}

/** What chat_template.jinja says. */
export async function templateFile(files: TokenizerFiles): Promise<string | undefined> {
  const jinja = await files.text('chat_template.jinja');
  return jinja === undefined ? undefined : universalNewlines(jinja);
}

function chatTemplate(value: JsonValue | undefined): ChatTemplate | undefined {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return undefined;
  return value.flatMap((choice: JsonValue) => {
    const name = isJsonObject(choice) ? jsonField(choice, 'name') : undefined;
    const template = isJsonObject(choice) ? jsonField(choice, 'template') : undefined;
    return typeof name === 'string' && typeof template === 'string' ? [{ name, template }] : [];
  });
}

/** The reference takes the folder's files in the order the file system gives; here it is the order of their names. */
async function withAdditional(files: TokenizerFiles, template: string): Promise<ChatTemplate> {
  const folder = /^additional_chat_templates\/([^/]+)\.jinja$/;
  const paths = files.repository.snapshot.files.map((file) => file.path).filter((path) => folder.test(path));
  if (paths.length === 0) return template;
  const named = [{ name: 'default', template }];
  for (const path of paths.sort()) {
    const text = await files.text(path);
    if (text !== undefined) named.push({ name: folder.exec(path)?.[1] ?? '', template: universalNewlines(text) });
  }
  return named;
}

/** Python reads text files with every kind of line end turned into a line feed. */
function universalNewlines(text: string): string {
  return text.replaceAll(/\r\n?/g, '\n');
}

/**
 * Writes the template. Several named ones get a key each and `tokenizer.chat_templates` with their names (the
 * reference's order of these depends on Python's hash seed; here it is the order in which they appear).
 */
export function writeChatTemplate(keys: KeyValues, template: ChatTemplate): void {
  if (typeof template === 'string') {
    keys.string('tokenizer.chat_template', template);
    return;
  }
  const names = new Set<string>();
  let fallback: string | undefined;
  for (const choice of template) {
    const name = choice.name.replaceAll(/[^A-Za-z0-9]/gu, '_');
    if (name === 'default') fallback = choice.template;
    else if (name !== '') {
      names.add(name);
      keys.string(`tokenizer.chat_template.${name}`, choice.template);
    }
  }
  keys.array('tokenizer.chat_templates', 'STRING', [...names]);
  if (fallback !== undefined) keys.string('tokenizer.chat_template', fallback);
}
