import { SlipwayError } from '../../core/index.js';
import type { JsonObject } from '../../files/index.js';
import { parseObject } from '../manifest.js';
import type { Ask, Connection } from './connection.js';

const PAGE_LIMIT = 4 * 1024 * 1024;
const MOST_PAGES = 1000;

/**
 * Every page of a listing, following `Link: <…>; rel="next"` (RFC 8288) within the registry's own origin.
 * A page that was seen before ends the listing with `OCI_PROTOCOL`.
 */
export async function* pages(
  connection: Connection,
  first: Ask,
): AsyncGenerator<{ page: JsonObject; headers: Headers }> {
  const seen = new Set<string>();
  let next: URL | undefined = typeof first.to === 'string' ? connection.url(first.to) : first.to;
  while (next !== undefined) {
    if (seen.has(next.href) || seen.size >= MOST_PAGES) throw endless(connection, seen.size);
    seen.add(next.href);
    const response = await connection.ask({ ...first, to: next });
    if (response.status === 404) {
      await response.discard();
      return;
    }
    const page = parseObject(await response.bytes(PAGE_LIMIT), next.pathname);
    yield { page, headers: response.headers };
    next = nextPage(response.headers.get('link'), next);
  }
}

function nextPage(link: string | null, from: URL): URL | undefined {
  const match = /<([^>]{1,4096})>\s*;\s*rel="?next"?/i.exec(link ?? '');
  if (match?.[1] === undefined || !URL.canParse(match[1], from.href)) return undefined;
  const next = new URL(match[1], from);
  if (next.origin === from.origin) return next;
  throw new SlipwayError('OCI_PROTOCOL', `'${from.host}' continues a listing on another host`, { got: next.origin });
}

function endless(connection: Connection, count: number): SlipwayError {
  return new SlipwayError('OCI_PROTOCOL', `'${connection.host}' lists without end`, { got: `${count} pages` });
}
