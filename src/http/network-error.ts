import { SlipwayError, type ErrorCode } from '../core/index.js';
import { displayUrl, type Secrets } from './secrets.js';

interface Meaning {
  readonly code: ErrorCode;
  /** Completes "the connection to 'host' …". */
  readonly says: string;
  readonly retryable: boolean;
}

const timeout = (says: string): Meaning => ({ code: 'NET_TIMEOUT', says, retryable: true });
const unreachable = (says: string, retryable = true): Meaning => ({ code: 'NET_UNREACHABLE', says, retryable });

// Codes of Node and undici that are worth words of their own.
const MEANINGS: ReadonlyMap<string, Meaning> = new Map([
  ['UND_ERR_CONNECT_TIMEOUT', timeout('could not be made in time')],
  ['ETIMEDOUT', timeout('timed out')],
  ['UND_ERR_HEADERS_TIMEOUT', timeout('brought no answer in time')],
  ['UND_ERR_BODY_TIMEOUT', timeout('went silent in the middle of the answer')],
  ['SLIPWAY_IDLE', timeout('accepted no more data')],
  ['ECONNREFUSED', unreachable('was refused')],
  ['ECONNRESET', unreachable('was reset')],
  ['EPIPE', unreachable('was closed while sending')],
  ['UND_ERR_SOCKET', unreachable('was closed')],
  ['ENOTFOUND', unreachable('failed: the name is not known', false)],
  ['EAI_AGAIN', unreachable('failed: the name server did not answer')],
  ['EHOSTUNREACH', unreachable('failed: no route')],
  ['ENETUNREACH', unreachable('failed: the network is unreachable')],
  ['HPE_INVALID_CONSTANT', { code: 'NET_PROTOCOL', says: 'brought something that is not HTTP', retryable: false }],
]);

/**
 * Makes a SlipwayError of what undici or a socket threw, free of secrets and of objects that could hold them.
 * Whether the caller's own signal fired is for the caller to see first: undici calls a proxy's refusal an abort too.
 */
export function networkError(error: unknown, method: string, url: string | URL, secrets: Secrets): SlipwayError {
  if (SlipwayError.is(error)) return error;
  const root = rootOf(error);
  if (root instanceof Error && SlipwayError.is(root)) return root;
  const code = codeOf(root);
  const meaning = MEANINGS.get(code) ?? fallback(code);
  const host = hostOf(url);
  return new SlipwayError(meaning.code, `the connection to '${host}' ${meaning.says}`, {
    where: `${method} ${secrets.redact(displayUrl(url))}`,
    got: secrets.redact(messageOf(root) || code),
    context: { host, code },
    cause: plain(root, secrets),
    retryable: meaning.retryable,
    ...(meaning.says.includes('name is not known') && { try: `check the name '${host}' and the proxy settings` }),
  });
}

function fallback(code: string): Meaning {
  if (code.startsWith('HPE_'))
    return { code: 'NET_PROTOCOL', says: 'brought something that is not HTTP', retryable: false };
  if (/CERT|TLS|SSL|SELF_SIGNED|ISSUER/.test(code)) {
    return unreachable('failed: its certificate is not trusted (see network.ca)', false);
  }
  return unreachable('failed');
}

/** The innermost error that has a code: undici and happy-eyeballs wrap. */
function rootOf(error: unknown): unknown {
  let current = error;
  for (let depth = 0; depth < 5 && current instanceof Error; depth++) {
    if (codeOf(current) !== '' && !(current instanceof AggregateError)) return current;
    const [first]: readonly unknown[] = current instanceof AggregateError ? current.errors : [];
    const next = current.cause ?? first;
    if (next === undefined) return current;
    current = next;
  }
  return current;
}

function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null ? (error as { code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : '';
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** A copy that keeps message and code only: the original may hang on to sockets and requests. */
function plain(error: unknown, secrets: Secrets): Error {
  const copy = new Error(secrets.redact(messageOf(error)));
  const code = codeOf(error);
  return code === '' ? copy : Object.assign(copy, { code });
}

function hostOf(url: string | URL): string {
  try {
    return new URL(url).host;
  } catch {
    return 'unknown';
  }
}
