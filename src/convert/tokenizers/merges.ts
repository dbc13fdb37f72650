import { jsonField, isJsonObject, type JsonObject } from '../../files/index.js';
import type { TokenizerFiles } from './tokenizer-files.js';
import { checkMergeCount, checkToken, invalidTokenizer } from './limits.js';

/** What stands for a space inside a part of a merge, since a space separates the parts. */
const SPACE_SYMBOL = 'Ġ';

/** The merges of tokenizer.json as `left right`; `undefined` when it has none. */
export function mergesOf(definition: JsonObject | undefined): readonly string[] | undefined {
  const model = definition === undefined ? undefined : jsonField(definition, 'model');
  const merges = isJsonObject(model) ? jsonField(model, 'merges') : undefined;
  if (!Array.isArray(merges) || merges.length === 0) return undefined;
  checkMergeCount(merges.length, 'tokenizer.json');
  return merges.map((merge: unknown) => {
    if (typeof merge === 'string') return checked(merge);
    if (!Array.isArray(merge) || merge.length !== 2) throw malformed(merge);
    const [left, right]: readonly unknown[] = merge;
    if (typeof left !== 'string' || typeof right !== 'string') throw malformed(merge);
    return checked(`${withoutSpaces(left)} ${withoutSpaces(right)}`);
  });
}

function withoutSpaces(part: string): string {
  return part.includes(' ') ? part.replaceAll(' ', SPACE_SYMBOL) : part;
}

function checked(merge: string): string {
  checkToken(merge, 'tokenizer.json');
  return merge;
}

function malformed(merge: unknown): Error {
  return invalidTokenizer('a merge is not a pair of tokens', 'tokenizer.json', JSON.stringify(merge)?.slice(0, 200));
}

/** The merges of a merges.txt: its first line may be a comment, lines that are not a pair are passed over. */
export async function mergesFile(files: TokenizerFiles): Promise<readonly string[]> {
  const text = await files.text('merges.txt');
  return text === undefined ? [] : files.step(() => mergesOfLines(text));
}

function mergesOfLines(text: string): readonly string[] {
  const lines = text.split('\n');
  checkMergeCount(lines.length, 'merges.txt');
  if (lines[0]?.trim().startsWith('#') === true) lines.shift();
  return lines
    .map((line) => line.trim().split(/\s+/))
    .filter((parts) => parts.length === 2)
    .map((parts) => parts.join(' '));
}
