import { SlipwayError, type ErrorCode } from '../core/index.js';
import { displayUrl, type Secrets } from './secrets.js';
import { isTransient } from './try-again.js';

interface Meaning {
  readonly code: ErrorCode;
  /** Completes "the connection to 'host' …". */
  readonly says: string;
  readonly retryable: boolean;
  readonly try?: string;
}

const timeout = (says: string): Meaning => ({ code: 'NET_TIMEOUT', says, retryable: true });
const unreachable = (says: string, retryable = true): Meaning => ({ code: 'NET_UNREACHABLE', says, retryable });
const certificate = (says: string, advice: string): Meaning => ({ ...unreachable(says, false), try: advice });
const untrusted = certificate(
  'failed: its certificate is not trusted',
  'give the authority that signed it: --ca-file PEM, or network.caFile',
);

const NOT_TLS: Meaning = {
  code: 'NET_PROTOCOL',
  says: 'brought something that is not TLS',
  retryable: false,
  try: 'if it is meant to speak plain HTTP, allow it: --insecure-http HOST, or network.insecureHosts',
};
const CLIENT_ADVICE = '--client-cert HOST=CERT,KEY, or network.clientCertificates';
const CLIENT_CERTIFICATE: Meaning = certificate(
  'failed: it did not accept our certificate, or wants one',
  CLIENT_ADVICE,
);
const UNUSABLE = certificate('failed: the certificate and key given for it cannot be used', CLIENT_ADVICE);

// Codes of Node and undici (which our own connections use as well) that are worth words of their own.
const MEANINGS: ReadonlyMap<string, Meaning> = new Map([
  ['UND_ERR_CONNECT_TIMEOUT', timeout('could not be made in time')],
  ['ETIMEDOUT', timeout('timed out')],
  ['UND_ERR_HEADERS_TIMEOUT', timeout('brought no answer in time')],
  ['UND_ERR_BODY_TIMEOUT', timeout('went silent in the middle of the answer')],
  ['SLIPWAY_IDLE', timeout('accepted no more data')],
  ['ECONNREFUSED', { ...unreachable('was refused'), try: 'is it running there? check the host and the port' }],
  ['ECONNRESET', unreachable('was reset')],
  ['EPIPE', unreachable('was closed while sending')],
  ['UND_ERR_SOCKET', unreachable('was closed')],
  ['ENOTFOUND', unreachable('failed: the name is not known', false)],
  ['EAI_AGAIN', unreachable('failed: the name server did not answer')],
  ['EHOSTUNREACH', unreachable('failed: no route')],
  ['ENETUNREACH', unreachable('failed: the network is unreachable')],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', untrusted],
  ['CERT_HAS_EXPIRED', certificate('failed: its certificate has expired', 'ask its operator to renew the certificate')],
  [
    'CERT_NOT_YET_VALID',
    certificate('failed: its certificate is not valid yet', 'check the clock of this machine and of the server'),
  ],
  [
    'ERR_TLS_CERT_ALTNAME_INVALID',
    certificate('failed: its certificate is for another name', 'use one of the names that the certificate is for'),
  ],
  ['ERR_SSL_WRONG_VERSION_NUMBER', NOT_TLS],
  ['ERR_SSL_PACKET_LENGTH_TOO_LONG', NOT_TLS],
  ['HPE_INVALID_CONSTANT', { code: 'NET_PROTOCOL', says: 'brought something that is not HTTP', retryable: false }],
]);

/**
 * Makes a SlipwayError of what undici or a socket threw, free of secrets and of objects that could hold them.
 * Whether the caller's own signal fired is for the caller to see first: undici calls a proxy's refusal an abort too.
 */
export function networkError(
  error: unknown,
  method: string,
  url: string | URL,
  secrets: Secrets,
  proxies: readonly string[] = [],
): SlipwayError {
  if (SlipwayError.is(error)) return error;
  const root = rootOf(error);
  if (root instanceof Error && SlipwayError.is(root)) return root;
  const code = codeOf(root);
  const refusal = proxyRefusal(root);
  const meaning = refusal ?? MEANINGS.get(code) ?? fallback(code);
  const host = hostOf(url);
  const proxy = refusal === undefined ? failedProxy(root, host, proxies) : undefined;
  const subject = proxy === undefined ? `the connection to '${host}'` : `the connection to the proxy '${proxy}'`;
  return new SlipwayError(meaning.code, `${subject} ${meaning.says}`, {
    where: `${method} ${secrets.redact(displayUrl(url))}`,
    got: secrets.redact(messageOf(root) || code),
    context: { host, code },
    cause: plain(root, secrets),
    retryable: meaning.retryable,
    ...adviceOf(meaning, code, url, proxy),
  });
}

function adviceOf(
  meaning: Meaning,
  code: string,
  url: string | URL,
  proxy: string | undefined,
): { try?: string | string[] } {
  const host = hostOf(url);
  if (proxy !== undefined) return { try: 'check HTTPS_PROXY, HTTP_PROXY and NO_PROXY' };
  if (meaning.says.includes('name is not known')) return { try: `check the name '${host}' and the proxy settings` };
  // With TLS 1.3 a server refuses after the handshake: all that is seen is that it hangs up.
  if (code === 'UND_ERR_SOCKET' && String(url).startsWith('https:')) {
    return { try: ['run again', `if it wants a client certificate: ${CLIENT_ADVICE.replace('HOST', host)}`] };
  }
  return meaning.try === undefined ? {} : { try: meaning.try.replace('HOST', host) };
}

/** What a proxy answered instead of making the connection: undici has it in the message only. */
function proxyRefusal(root: unknown): Meaning | undefined {
  const status = Number(/^Proxy response \((\d{3})\)/.exec(messageOf(root))?.[1]);
  if (Number.isNaN(status)) return undefined;
  if (status === 407 || status === 401) {
    return {
      ...unreachable('failed: the proxy asks for other credentials', false),
      try: 'give them in HTTPS_PROXY or HTTP_PROXY: http://NAME:PASSWORD@PROXY:PORT',
    };
  }
  const advice = 'check HTTPS_PROXY, or go around the proxy: NO_PROXY=HOST';
  return { ...unreachable('failed: the proxy did not make it', isTransient(status)), try: advice };
}

/** The proxy that a connection error is about: it names an address that is not the host's own. */
function failedProxy(root: unknown, host: string, proxies: readonly string[]): string | undefined {
  const { hostname, port } = root as { hostname?: unknown; port?: unknown };
  return proxies
    .filter((proxy) => URL.canParse(proxy))
    .map((proxy) => new URL(proxy))
    .find((proxy) => {
      const own = proxy.port === '' ? (proxy.protocol === 'https:' ? 443 : 80) : Number(proxy.port);
      return hostname === undefined ? port === own && !host.endsWith(`:${own}`) : hostname === proxy.hostname;
    })?.host;
}

function fallback(code: string): Meaning {
  if (code.startsWith('HPE_'))
    return { code: 'NET_PROTOCOL', says: 'brought something that is not HTTP', retryable: false };
  if (/^ERR_SSL_.*ALERT_.*(CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED)/.test(code)) return CLIENT_CERTIFICATE;
  if (code.startsWith('ERR_OSSL_')) return UNUSABLE;
  if (/CERT|TLS|SSL|SELF_SIGNED|ISSUER/.test(code)) {
    return untrusted;
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
