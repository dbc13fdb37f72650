import { SlipwayError } from '../core/index.js';
import type { HttpClient, HttpResponse } from '../http/index.js';
import { answerObject, numberField, type AnswerObject } from './answer.js';
import { apiError, notHarbor, type Attempt } from './harbor-error.js';
import { allPages, PAGE_SIZE } from './harbor-pages.js';

/** A vulnerability report is the largest thing that is asked for. */
const JSON_LIMIT = 32 * 1024 * 1024;

export type ApiQuery = Readonly<Record<string, string | number | boolean>>;

/** What the API is reached with. */
export interface ApiConnection {
  readonly http: HttpClient;
  /** With a slash at its end. */
  readonly base: URL;
  readonly username: string | undefined;
  /** Value of the Authorization header. */
  readonly authorization: string | undefined;
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs?: number;
}

/** One request. `doing` completes "could not …" in an error. */
export interface ApiRequest {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'HEAD';
  /** Below `/api/v2.0`, encoded. */
  readonly path: string;
  readonly query?: ApiQuery;
  readonly body?: unknown;
  readonly doing: string;
  /** Statuses that are an answer although they are no success. */
  readonly also?: readonly number[];
  /** A failure is final: asking again would give the same. */
  readonly once?: boolean;
}

/**
 * Harbor's REST API v2.0 over JSON. It keeps no cookies: a request that sends a session back would need a CSRF token.
 * Every method throws `HARBOR_…` with what the user can do, or the network's own errors.
 */
export class HarborApi {
  readonly #connection: ApiConnection;

  constructor(connection: ApiConnection) {
    this.#connection = connection;
  }

  get host(): string {
    return this.#connection.base.host;
  }

  get signal(): AbortSignal | undefined {
    return this.#connection.signal;
  }

  get username(): string | undefined {
    return this.#connection.username;
  }

  /** Registers a secret that is sent in a body: no error may repeat it. */
  protect(secret: string): void {
    this.#connection.http.protect(secret);
  }

  /** Sends a request; the answer is a success or one of `also`. Its body is still to be read. */
  async send(request: ApiRequest): Promise<HttpResponse> {
    const response = await this.raw(`api/v2.0${request.path}${queryText(request.query)}`, request);
    const expected =
      (response.status >= 200 && response.status < 300) || request.also?.includes(response.status) === true;
    if (expected) return response;
    throw await apiError(this.#connection.http, response, this.attempt(request));
  }

  /** Sends a request to any path of this Harbor and returns whatever is answered. */
  async raw(
    path: string,
    { method = 'GET', body, once }: Pick<ApiRequest, 'method' | 'body' | 'once'>,
  ): Promise<HttpResponse> {
    const { http, base, authorization, signal, timeoutMs } = this.#connection;
    return http.send({
      url: new URL(path, base),
      method,
      headers: {
        accept: 'application/json',
        // A project whose name is a number would be taken for an id.
        'x-is-resource-name': 'true',
        ...(authorization === undefined ? {} : { authorization }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: { kind: 'bytes', bytes: Buffer.from(JSON.stringify(body)) } }),
      // A redirect would drop the credentials, or turn a POST into a GET.
      redirect: 'manual',
      signal,
      headersTimeoutMs: timeoutMs,
      ...(once === true || timeoutMs !== undefined ? { repeatable: false } : {}),
    });
  }

  /** The JSON of a GET. */
  async get(request: ApiRequest): Promise<unknown> {
    return this.json(await this.send(request), request);
  }

  /** The JSON of a GET, or `undefined` when Harbor does not have it. */
  async find(request: ApiRequest): Promise<AnswerObject | undefined> {
    const response = await this.send({ ...request, also: [404] });
    if (response.status === 404) {
      await response.discard();
      return undefined;
    }
    return answerObject(await this.json(response, request));
  }

  /** Every entry of a listing, over all of its pages. */
  async list(request: ApiRequest): Promise<readonly AnswerObject[]> {
    return allPages(this.host, async (page) => {
      const response = await this.send({ ...request, query: { ...request.query, page, page_size: PAGE_SIZE } });
      return { value: await this.json(response, request), headers: response.headers };
    });
  }

  /** Creates something and returns its id, from the answer's `Location` or body. */
  async create(request: ApiRequest): Promise<{ readonly id: number | undefined; readonly body: AnswerObject }> {
    const response = await this.send({ method: 'POST', ...request });
    const bytes = await response.bytes(JSON_LIMIT);
    const body = answerObject(parsed(bytes));
    const last = /\/(\d{1,15})\/?$/.exec(response.headers.get('location') ?? '')?.[1];
    return { id: numberField(body, 'id') ?? (last === undefined ? undefined : Number(last)), body };
  }

  /** Sends something whose answer holds nothing of interest. */
  async change(request: ApiRequest): Promise<void> {
    await (await this.send(request)).discard();
  }

  async json(response: HttpResponse, request: ApiRequest): Promise<unknown> {
    const type = response.headers.get('content-type') ?? '';
    if (type !== '' && !/\bjson\b/i.test(type)) {
      await response.discard();
      throw notHarbor(response, this.attempt(request), `Content-Type ${type.slice(0, 60)}`);
    }
    const value = parsed(await response.bytes(JSON_LIMIT));
    if (value === undefined) throw notHarbor(response, this.attempt(request), 'a body that is not JSON');
    return value;
  }

  attempt({ method = 'GET', doing }: Pick<ApiRequest, 'method' | 'doing'>): Attempt {
    return { method, host: this.host, doing, username: this.username };
  }
}

/** Reads an id that must be there. Throws `HARBOR_PROTOCOL`. */
export function requireId(id: number | undefined, host: string, what: string): number {
  if (id !== undefined) return id;
  throw new SlipwayError('HARBOR_PROTOCOL', `'${host}' does not say which number ${what} has`);
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as unknown;
  } catch {
    return undefined;
  }
}

function queryText(query: ApiQuery = {}): string {
  const text = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) text.append(name, String(value));
  return text.size === 0 ? '' : `?${text.toString()}`;
}
