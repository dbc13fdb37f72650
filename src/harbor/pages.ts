import type { HttpResponse } from '../http/index.js';
import { SlipwayError } from '../core/index.js';
import { asObjects, type AnswerObject } from './answer.js';

/** Harbor answers 422 to more. */
export const PAGE_SIZE = 100;
/** A listing of a hundred thousand entries is none that this client needs; a server that never ends is broken. */
const MOST_PAGES = 1000;

/** One page as it was answered. */
export interface Page {
  readonly value: unknown;
  readonly headers: HttpResponse['headers'];
}

/**
 * All entries of a listing. Pages are counted here: neither the address in `Link` nor the total is trusted further than
 * "there is more". Throws `HARBOR_PROTOCOL` when pages repeat or never end.
 */
export async function allPages(host: string, read: (page: number) => Promise<Page>): Promise<readonly AnswerObject[]> {
  const found: AnswerObject[] = [];
  let before = '';
  for (let page = 1; page <= MOST_PAGES; page++) {
    const { value, headers } = await read(page);
    if (value !== null && !Array.isArray(value)) throw broken(host, 'a listing that is not a list');
    const items = asObjects(value);
    if (items.length === 0) return found;
    const now = JSON.stringify(items);
    if (now === before) throw broken(host, `page ${page} is page ${page - 1} again`);
    before = now;
    found.push(...items);
    if (!hasMore(headers, found.length, items.length)) return found;
  }
  throw broken(host, `more than ${MOST_PAGES} pages`);
}

function hasMore(headers: HttpResponse['headers'], total: number, onPage: number): boolean {
  if (onPage > PAGE_SIZE) return false;
  const link = headers.get('link');
  if (link !== null) return /;\s*rel="?next"?/i.test(link);
  if (onPage < PAGE_SIZE) return false;
  const count = headers.get('x-total-count');
  return count === null || !/^\d{1,15}$/.test(count) || Number(count) > total;
}

function broken(host: string, got: string): SlipwayError {
  return new SlipwayError('HARBOR_PROTOCOL', `'${host}' answers a listing that cannot be read to its end`, { got });
}
