import { isDigest, SlipwayError, type Digest } from '../core/index.js';
import { checkedRange, safeRelativePath, sha256, type ModelFile, type Snapshot } from '../files/index.js';
import { isTransient, type OnRetry } from '../http/index.js';
import { decodeAddress } from './source-address.js';
import { requireSecure } from './hub-endpoint.js';
import { rangeBody, rangeHeaders } from './range-response.js';
import { resumedRead } from './resumed-read.js';
import { selectFiles } from './selection.js';
import { verifiedFile } from './verified-file.js';

export interface HttpsOptions {
  readonly fetch: typeof globalThis.fetch;
  /** Told before a reading that was cut off goes on. */
  readonly onRetry?: OnRetry | undefined;
  /** Hosts (`host:port`) that may be asked over plain HTTP. Loopback always may. */
  readonly insecureHosts?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface RemoteFacts {
  readonly size: number;
  /** A strong entity tag: the server's promise that equal tags mean equal bytes. */
  readonly tag: string | undefined;
  readonly modified: string | undefined;
}

/**
 * One file behind a plain URL. `#sha256=…` at the end of the address announces its digest; without it the server's
 * entity tag (or date) stands for the revision, and a change between two reads is noticed.
 */
export async function openHttps(address: string, options: HttpsOptions): Promise<Snapshot> {
  const url = new URL(address);
  requireSecure(url, `'${url.host}'`, options.insecureHosts);
  const digest = announcedDigest(url);
  url.hash = '';
  const name = decodeAddress(url.pathname.split('/').at(-1) ?? '', address);
  const path = safeRelativePath(name);
  selectFiles([{ path }], { include: ['*'] }, url.host);
  const facts = await remoteFacts(url, path, options);
  const shown = `${url.origin}${url.pathname}`;
  const file = remoteFile(url, path, facts, options);
  return {
    source: {
      kind: 'https',
      name: path.replace(/\.[^.]+$/, ''),
      url: shown,
      revision: digest ?? sha256([shown, facts.size, facts.tag ?? facts.modified ?? ''].join('\n')),
    },
    files: [verifiedFile(file, digest === undefined ? undefined : { sha256: digest })],
  };
}

function announcedDigest(url: URL): Digest | undefined {
  if (url.hash === '') return undefined;
  const digest = url.hash.replace(/^#sha256[=:-]/, 'sha256:').toLowerCase();
  if (isDigest(digest)) return digest;
  throw new SlipwayError('USAGE', 'what follows # in the address is no digest', {
    got: url.hash.slice(0, 100),
    try: '#sha256=<64 hexadecimal digits>',
  });
}

async function remoteFacts(url: URL, path: string, options: HttpsOptions): Promise<RemoteFacts> {
  const ask = async (method: 'GET' | 'HEAD', extra: Record<string, string>): Promise<Response> => {
    const response = await options.fetch(url, {
      method,
      headers: { 'accept-encoding': 'identity', ...extra },
      signal: options.signal,
    });
    await response.body?.cancel();
    return response;
  };
  let response = await ask('HEAD', {});
  // An address that was signed for reading answers to GET alone: its first byte tells as much.
  if ([400, 403, 405, 501].includes(response.status)) response = await ask('GET', { range: 'bytes=0-0' });
  if (!response.ok) throw refused(response, url, path);
  const total = /\/(\d+)$/.exec(response.headers.get('content-range') ?? '')?.[1];
  const size = Number(total ?? response.headers.get('content-length') ?? Number.NaN);
  if (!Number.isSafeInteger(size) || size < 0) {
    throw new SlipwayError('FORMAT_UNSUPPORTED', `the server does not say how large '${path}' is`, { where: url.host });
  }
  const tag = response.headers.get('etag') ?? undefined;
  return {
    size,
    tag: tag?.startsWith('"') === true ? tag : undefined,
    modified: response.headers.get('last-modified') ?? undefined,
  };
}

function remoteFile(url: URL, path: string, facts: RemoteFacts, options: HttpsOptions): ModelFile {
  const condition = facts.tag ?? facts.modified;
  return {
    path,
    size: facts.size,
    read: (range, signal) =>
      resumedRead(
        async (part, stop) => {
          const headers = { ...rangeHeaders(part), ...(condition === undefined ? {} : { 'if-range': condition }) };
          const response = await options.fetch(url, { headers, signal: stop });
          if (!response.ok) {
            await response.body?.cancel();
            throw refused(response, url, path);
          }
          return rangeBody(response, part, facts.size, path);
        },
        checkedRange(path, facts.size, range),
        { name: path, url: `${url.origin}${url.pathname}`, signal: signal ?? options.signal, onRetry: options.onRetry },
      ),
  };
}

function refused(response: Response, url: URL, path: string): SlipwayError {
  const missing = response.status === 404 || response.status === 410;
  return new SlipwayError(missing ? 'NOT_FOUND' : 'NET_UNREACHABLE', `'${path}' cannot be had from ${url.host}`, {
    where: `${url.origin}${url.pathname}`,
    got: `status ${response.status}`,
    retryable: isTransient(response.status),
  });
}
