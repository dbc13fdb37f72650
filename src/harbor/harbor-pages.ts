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
 * All entries of a listing. Pages are counted here: `Link` is trusted no further than that there is more. Throws `HARBOR_PROTOCOL` when pages repeat or never end.
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
    if (!hasMore(headers, items.length)) return found;
  }
  throw broken(host, `more than ${MOST_PAGES} pages`);
}

/** `X-Total-Count` is not asked: a full page may have a next one, whatever the total says. */
function hasMore(headers: HttpResponse['headers'], onPage: number): boolean {
  const link = headers.get('link');
  return link === null ? onPage === PAGE_SIZE : /;\s*rel="?next"?/i.test(link);
}

function broken(host: string, got: string): SlipwayError {
  return new SlipwayError('HARBOR_PROTOCOL', `'${host}' answers a listing that cannot be read to its end`, { got });
}
