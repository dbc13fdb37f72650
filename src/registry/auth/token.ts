import { SlipwayError, type Credential } from '../../core/index.js';
import { isJsonObject, jsonField, parseJson, type JsonObject } from '../../files/index.js';
import {
  displayUrl,
  isServersFault,
  isTransient,
  type HttpClient,
  type HttpRequest,
  type HttpResponse,
} from '../../http/index.js';
import type { RegistryCredential } from '../credentials/credential.js';
import type { Realm } from './realm.js';

const ANSWER_LIMIT = 1024 * 1024;
/** What a token lives when the server does not say (distribution's token specification). */
const DEFAULT_LIFETIME_S = 60;
const MARGIN_S = 10;
const CLIENT_ID = 'slipway';

export interface Token {
  readonly value: string;
  /** On the clock that was given: some time before the token ends, because a request takes time to arrive. */
  readonly renewAt: number;
  /** What buys the next token, when the server has replaced the refresh token that bought this one. */
  readonly refresh?: string;
}

export interface TokenRequest {
  readonly realm: Realm;
  readonly service: string | undefined;
  /** Ours, never the one the challenge suggests: that could be wider. */
  readonly scopes: readonly string[];
  readonly credential: RegistryCredential | undefined;
  readonly now: () => number;
  readonly signal?: AbortSignal;
}

/** What servers without OAuth 2 answer to its POST (distribution's token specification). */
const NO_OAUTH = new Set([404, 405]);

/** Fetches a token from a realm that was checked. Redirects are not followed. Throws `OCI_UNAUTHORIZED`, `OCI_PROTOCOL`. */
export async function fetchToken(http: HttpClient, request: TokenRequest): Promise<Token> {
  const { realm, signal, credential } = request;
  const base = { redirect: 'manual', publicOnly: realm.publicOnly, signal } as const;
  if (credential?.kind !== 'refresh') return answered(http, request, 'GET', await http.send(asGet(request, base)));
  http.protect(credential.token);
  const response = await http.send(asPost(request, credential.token, base));
  if (!NO_OAUTH.has(response.status)) return answered(http, request, 'POST', response);
  await response.discard();
  const { username, token: password, origin } = credential;
  if (username === undefined) throw noOauth(response.status, realm, origin);
  // There an identity token is a password.
  const again: TokenRequest = { ...request, credential: { kind: 'basic', username, password, origin } };
  return answered(http, again, 'GET', await http.send(asGet(again, base)));
}

async function answered(
  http: HttpClient,
  { realm, credential, now }: TokenRequest,
  method: string,
  response: HttpResponse,
): Promise<Token> {
  const where = `${method} ${displayUrl(realm.url)}`;
  if (response.status !== 200) throw await tokenRefused(response, where, credential);
  return read(http, await response.bytes(ANSWER_LIMIT), where, now());
}

function noOauth(status: number, realm: Realm, origin: string): SlipwayError {
  return new SlipwayError('OCI_UNAUTHORIZED', 'the token server does not take identity tokens', {
    where: `POST ${displayUrl(realm.url)}`,
    got: `HTTP ${status}, and ${origin} names no user for whom the token could be a password`,
    try: 'log in with a name and a password: pipeline login <host>',
  });
}

function asGet({ realm, service, scopes, credential }: TokenRequest, base: Partial<HttpRequest>): HttpRequest {
  const url = new URL(realm.url);
  if (service !== undefined) url.searchParams.set('service', service);
  for (const scope of scopes) url.searchParams.append('scope', scope);
  return { ...base, url, headers: credential?.kind === 'basic' ? { authorization: basic(credential) } : {} };
}

/** OAuth 2 (distribution-spec token/oauth): only refresh tokens need it. */
function asPost({ realm, service, scopes }: TokenRequest, refresh: string, base: Partial<HttpRequest>): HttpRequest {
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: CLIENT_ID,
    scope: scopes.join(' '),
    refresh_token: refresh,
    ...(service !== undefined && { service }),
  });
  return {
    ...base,
    url: realm.url,
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: { kind: 'bytes', bytes: Buffer.from(form.toString()) },
  };
}

/** The value of a Basic Authorization header. */
export function basic({ username, password }: Extract<Credential, { kind: 'basic' }>): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function read(http: HttpClient, bytes: Uint8Array, where: string, now: number): Token {
  const object = parse(bytes, where);
  const text = (key: string): string => {
    const value = jsonField(object, key);
    // Anything else could smuggle a header.
    return typeof value === 'string' && /^[\x21-\x7e]+$/.test(value) ? value : '';
  };
  const value = text('token') === '' ? text('access_token') : text('token');
  if (value === '') throw unexpectedAnswer(where, 'no usable token');
  http.protect(value);
  const refresh = text('refresh_token');
  if (refresh !== '') http.protect(refresh);
  const lifetime = jsonField(object, 'expires_in');
  const seconds = typeof lifetime === 'number' && lifetime > 0 ? lifetime : DEFAULT_LIFETIME_S;
  const renewAt = now + Math.max(seconds - MARGIN_S, seconds / 2) * 1000;
  return { value, renewAt, ...(refresh !== '' && { refresh }) };
}

function parse(bytes: Uint8Array, where: string): JsonObject {
  const value = parseJson(new TextDecoder().decode(bytes), where);
  if (isJsonObject(value)) return value;
  throw unexpectedAnswer(where, 'no JSON object');
}

function unexpectedAnswer(where: string, got: string): SlipwayError {
  return new SlipwayError('OCI_PROTOCOL', 'the token server answered something else than a token', { where, got });
}

async function tokenRefused(
  response: HttpResponse,
  where: string,
  credential: RegistryCredential | undefined,
): Promise<SlipwayError> {
  await response.discard();
  const { status } = response;
  if (status >= 300 && status < 400) {
    return new SlipwayError('NET_REDIRECT', 'the token server redirected; credentials do not follow', { where });
  }
  if (isServersFault(status)) {
    return new SlipwayError('OCI_UNAVAILABLE', 'the token server does not answer', {
      where,
      got: `HTTP ${status}`,
      retryable: isTransient(status),
    });
  }
  return new SlipwayError('OCI_UNAUTHORIZED', 'the token server refused the credentials', {
    where,
    got: `HTTP ${status}, ${credential === undefined ? 'no credentials' : `credentials from ${credential.origin}`}`,
    try: 'pipeline login <host>',
  });
}
