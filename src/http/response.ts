import { Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { SlipwayError } from '../core/index.js';
import { answerHeaders, type AnswerHeaders } from './answer-headers.js';
import { collect, counted } from './body.js';
import type { HttpResponse } from './client.js';
import type { Hop } from './redirect.js';
import { displayUrl } from './secrets.js';
import { notStalled, type LowSpeed } from './stalled.js';
import type { Waits } from './waits.js';

/** Rest of a body that is read rather than dropped with its connection. */
const WORTH_READING = 64 * 1024;

/** How an answer is received. */
export interface Reception {
  readonly redirected: boolean;
  readonly fail: (error: unknown) => SlipwayError;
  readonly lowSpeed: LowSpeed;
  /** Told the length of every chunk that came. */
  readonly received?: ((bytes: number) => void) | undefined;
  readonly waits: Waits;
}

/** What a connection answered, ours or undici's. */
export interface Answer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: AsyncIterable<Uint8Array> & { dump(options: { readonly limit: number }): Promise<void> };
}

/** Wraps an answer. `fail` turns what its body may throw into a SlipwayError. */
export function createResponse(
  answer: Answer,
  hop: Hop,
  { redirected, fail, lowSpeed, received, waits }: Reception,
): HttpResponse {
  const coding = hop.method === 'HEAD' ? '' : codingOf(answerHeaders(answer.headers));
  const decoder = answer.statusCode === 206 ? undefined : DECODERS.get(coding);
  // Both are of the compressed bytes, which the reader never sees.
  const headers = answerHeaders(answer.headers, decoder === undefined ? [] : ['content-encoding', 'content-length']);
  const objection = coding === '' || decoder !== undefined ? undefined : encoded(coding, hop);
  const arriving = received === undefined ? answer.body : counted(waits.receiving(answer.body), received);
  const fresh = notStalled(arriving, lowSpeed, `${hop.method} ${displayUrl(hop.url)}`);
  const body = readable(fresh, { decoder, objection }, fail);
  return {
    status: answer.statusCode,
    headers,
    url: hop.url.href,
    redirected,
    body,
    bytes: (limit) => collect(body, limit, `${hop.method} ${displayUrl(hop.url)}`),
    async discard() {
      // Errors of a body that is thrown away do not matter.
      await answer.body.dump({ limit: WORTH_READING }).catch(() => {});
    },
  };
}

async function* readable(
  body: AsyncIterable<Uint8Array>,
  { decoder, objection }: { decoder: (() => Transform) | undefined; objection: SlipwayError | undefined },
  fail: (error: unknown) => SlipwayError,
): AsyncGenerator<Uint8Array> {
  try {
    if (objection !== undefined) throw objection;
    if (decoder === undefined) yield* body;
    else yield* decoded(body, decoder());
  } catch (error) {
    throw fail(error);
  }
}

/** Codings that a server may have chosen although the content was asked for as it is (RFC 9110 §8.4.1). */
const DECODERS: ReadonlyMap<string, () => Transform> = new Map<string, () => Transform>([
  ['gzip', createGunzip],
  ['x-gzip', createGunzip],
  ['deflate', createInflate],
  ['br', createBrotliDecompress],
]);

/** The content of a compressed answer. What reads it knows how much of it there may be, or has a digest for it. */
async function* decoded(body: AsyncIterable<Uint8Array>, decoder: Transform): AsyncGenerator<Uint8Array> {
  const source = Readable.from(body, { objectMode: false });
  source.on('error', (error) => decoder.destroy(error));
  try {
    for await (const chunk of source.pipe(decoder)) yield chunk as Uint8Array;
  } catch (error) {
    const code = (error as { code?: unknown }).code;
    if (typeof code !== 'string' || !/^(Z_|ERR_BROTLI|ERR__ERROR|ERR_)/.test(code)) throw error;
    throw new SlipwayError('NET_PROTOCOL', 'an answer cannot be decompressed', { got: code, cause: error });
  } finally {
    source.destroy();
    decoder.destroy();
  }
}

/** The answer's coding, or nothing for content as it is. A range of compressed content is one of other bytes. */
function codingOf(headers: AnswerHeaders): string {
  const coding = (headers.get('content-encoding') ?? '').trim().toLowerCase();
  return coding === 'identity' ? '' : coding;
}

function encoded(encoding: string, hop: Hop): SlipwayError {
  return new SlipwayError('NET_PROTOCOL', `'${hop.url.host}' compressed an answer that was asked for as it is`, {
    where: `${hop.method} ${displayUrl(hop.url)}`,
    got: `Content-Encoding: ${encoding}`,
    try: `ask the operator of '${hop.url.host}' not to compress such answers, or go around it (HF_ENDPOINT, HTTPS_PROXY, NO_PROXY)`,
  });
}
