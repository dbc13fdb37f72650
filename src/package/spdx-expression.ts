import { SPDX_EXCEPTIONS, SPDX_IDS } from './spdx-ids.js';

/** Longer texts are no licence. */
const LIMIT = 2000;
const REFERENCE = /^(DocumentRef-[A-Za-z0-9.-]+:)?LicenseRef-[A-Za-z0-9.-]+$/;

/** What stands in a licence expression, or why it is none. */
export type SpdxExpression =
  | { readonly ids: readonly string[]; readonly problem?: undefined }
  | { readonly problem: string; readonly ids?: undefined };

/**
 * Reads an SPDX licence expression (SPDX 2.3, annex D): ids of the list, `LicenseRef-…`, `+`, `WITH`, `AND`, `OR` and
 * brackets. Ids are compared in the list's own spelling.
 */
export function readSpdxExpression(text: string): SpdxExpression {
  if (text.length > LIMIT) return { problem: `${text.length} characters` };
  const words = text.replaceAll(/[()]/g, ' $& ').split(/\s+/).filter(Boolean);
  if (words.length === 0) return { problem: 'nothing is stated' };
  const ids: string[] = [];
  let open = 0;
  let wanted: 'licence' | 'operator' = 'licence';
  for (const [index, word] of words.entries()) {
    if (wanted === 'licence' && word === '(') open += 1;
    else if (wanted === 'licence') {
      const id = word.replace(/\+$/, '');
      if (!SPDX_IDS.has(id) && !REFERENCE.test(id)) return { problem: `'${word}' is no SPDX id` };
      ids.push(id);
      wanted = 'operator';
    } else if (word === ')' && open > 0) open -= 1;
    else if (words[index - 1] === 'WITH') {
      if (!SPDX_EXCEPTIONS.has(word)) return { problem: `'${word}' is no SPDX exception` };
    } else if (word === 'AND' || word === 'OR') wanted = 'licence';
    else if (word !== 'WITH') return { problem: `'${word}' stands where AND, OR or WITH should` };
  }
  return wanted === 'operator' && open === 0 && words.at(-1) !== 'WITH' ? { ids } : { problem: 'it is not complete' };
}
