import { readRegularText, SlipwayError } from '../../core/index.js';
import type { PathOf } from './path-of.js';

/** A template, a system prompt or a list of rules is a page of text. */
const LONGEST_TEXT = 1024 * 1024;

/** Text as it stands, or what is in the file behind an `@`. Throws `NOT_FOUND`, `USAGE`. */
export async function textOrFile(textOrPath: string, path: PathOf): Promise<string> {
  return textOrPath.startsWith('@') ? textOfFile(textOrPath.slice(1), path) : textOrPath;
}

/** What is in a file of text. Throws `NOT_FOUND`, `USAGE` for more than a page. */
export async function textOfFile(name: string, path: PathOf): Promise<string> {
  const text = await readRegularText(path(name)).catch((cause: unknown) => {
    throw new SlipwayError('NOT_FOUND', `'${name}' cannot be read`, { where: name, cause });
  });
  if (text.length <= LONGEST_TEXT) return text;
  throw new SlipwayError('USAGE', `'${name}' is too long`, { got: `${text.length} characters` });
}
