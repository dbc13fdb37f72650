import { SlipwayError } from '../../core/index.js';
import type { JsonObject } from '../../files/index.js';
import type { HttpResponse } from '../../http/index.js';
import { parseObject } from '../manifest.js';
import type { Ask, Connection } from './connection.js';

const PAGE_LIMIT = 4 * 1024 * 1024;
const MOST_PAGES = 1000;
const LONGEST_LINK = 8192;

/**
 * Every page of a listing, following `Link: <…>; rel="next"` (RFC 8288) within the registry's own origin.
 * A page that was seen before ends the listing with `OCI_PROTOCOL`.
 */
export async function* pages(
  connection: Connection,
  first: Ask,
): AsyncGenerator<{ page: JsonObject; headers: HttpResponse['headers'] }> {
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

/**
 * Where a listing goes on. A registry behind a proxy may call itself by another name or scheme than the one it was asked by: it
 * is asked where it was found all the same, and its credentials go nowhere else.
 */
function nextPage(link: string | null, from: URL): URL | undefined {
  const target = nextTarget(link ?? '');
  if (target === undefined) return undefined;
  if (!URL.canParse(target, from.href)) return undefined;
  const next = new URL(target, from);
  if (next.origin === from.origin) return next;
  if (next.pathname.startsWith('/v2/')) return new URL(`${next.pathname}${next.search}`, from);
  throw new SlipwayError('OCI_PROTOCOL', `'${from.host}' continues a listing on another host`, { got: next.origin });
}

/** The target of the link whose relation is `next` (RFC 8288 §3); of several links in one header the first such. */
function nextTarget(header: string): string | undefined {
  const text = header.slice(0, LONGEST_LINK);
  // Some registries leave the angle brackets out.
  const links = text.includes('<')
    ? text.matchAll(/<([^>]*)>((?:\s*;\s*[^\s;,="]+(?:\s*=\s*(?:"[^"]*"|[^",;\s]*))?)*)/g)
    : bare(text);
  for (const [, target = '', parameters = ''] of links) {
    const relation = /;\s*rel\s*=\s*(?:"([^"]*)"|([^",;\s]*))/i.exec(parameters);
    const names = (relation?.[1] ?? relation?.[2] ?? '').toLowerCase().split(/\s+/);
    if (names.includes('next') && target.trim() !== '') return target.trim();
  }
  return undefined;
}

function bare(text: string): readonly (readonly string[])[] {
  const [, target, parameters] = /^\s*([^;,\s]+)(;.*)$/.exec(text) ?? [];
  return target === undefined ? [] : [['', target, parameters ?? '']];
}

function endless(connection: Connection, count: number): SlipwayError {
  return new SlipwayError('OCI_PROTOCOL', `'${connection.host}' lists without end`, { got: `${count} pages` });
}
