import type { Answer } from './registry-answer.js';

/** A row of one of Harbor's tables, as its API writes it. */
export type Row = Record<string, unknown>;

/** One API request, taken apart. */
export interface HarborCall {
  readonly method: string;
  /** Below `/api/v2.0`, each component decoded once. */
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
  /** The body's JSON; `undefined` for none and for what is no JSON. */
  readonly body: unknown;
  readonly path: string;
}

/** An error as Harbor words it. */
export function harborError(status: number, code: string, message: string = code.toLowerCase()): Answer {
  const body = JSON.stringify({ errors: [{ code, message }] });
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body };
}

export function harborJson(value: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Answer {
  const body = JSON.stringify(value);
  return { status, headers: { 'content-type': 'application/json; charset=utf-8', ...headers }, body };
}

/** 201 with the new thing's address. */
export function harborCreated(path: string, id: number | string, body?: unknown): Answer {
  const headers = { location: `${path.replace(/\/$/, '')}/${id}` };
  return body === undefined ? { status: 201, headers } : harborJson(body, 201, headers);
}

/** One page of a listing, with the headers that lead to the others. */
export function harborPage(rows: readonly unknown[], { query, path }: HarborCall): Answer {
  const size = Number(query.get('page_size') ?? 10);
  const page = Number(query.get('page') ?? 1);
  if (size > 100)
    return harborError(422, 'UNPROCESSABLE_ENTITY', 'page_size in query should be less than or equal to 100');
  const from = (page - 1) * size;
  const links: string[] = [];
  const link = (to: number, rel: string): void => {
    links.push(`<${path}?page=${to}&page_size=${size}>; rel="${rel}"`);
  };
  if (page > 1) link(page - 1, 'prev');
  if (from + size < rows.length) link(page + 1, 'next');
  const headers: Record<string, string> = { 'x-total-count': String(rows.length) };
  if (links.length > 0) headers['link'] = links.join(' , ');
  return harborJson(rows.slice(from, from + size), 200, headers);
}

/** A field of a body; `undefined` when the body is no object. */
export function bodyField(body: unknown, key: string): unknown {
  return typeof body === 'object' && body !== null ? (body as Row)[key] : undefined;
}

/** A value that should be text; empty for what is neither text nor a number. */
export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
}
