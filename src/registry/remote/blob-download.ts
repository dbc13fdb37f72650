import { SlipwayError, throwIfAborted, type ByteRange, type Digest, type ReadHints } from '../../core/index.js';
import { checkedRange, verified } from '../../files/index.js';
import { backoff, type HttpResponse } from '../../http/index.js';
import type { Connection } from './connection.js';

/** Failures in a row without a further byte, after which a download gives up. */
const ATTEMPTS = 6;

export interface DownloadSettings {
  readonly retryDelayMs: number;
  /** Told before a download that was cut off goes on. */
  readonly onRetry?: (retry: { attempt: number; of: number; delayMs: number; error: SlipwayError }) => void;
}

/** What of a blob is read, and how. */
export interface BlobReading {
  readonly range?: ByteRange | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly hints?: ReadHints | undefined;
}

/**
 * A blob's bytes. Without a range they are verified against the descriptor before the end is seen; a range is checked for
 * its length. After a drop it goes on with a Range request where it stopped.
 */
export async function* downloadBlob(
  connection: Connection,
  blob: { readonly digest: Digest; readonly size: number },
  settings: DownloadSettings,
  { range, signal, hints }: BlobReading,
): AsyncGenerator<Uint8Array> {
  const asked = checkedRange(blob.digest, blob.size, range);
  const whole = range === undefined;
  // What is verified on the way is held back for a moment: chunks cannot be lent then.
  const isLent = hints?.lend === true && !whole;
  const bytes = resumed({ connection, digest: blob.digest, size: blob.size, settings, signal, isLent }, asked);
  const name = `${connection.host}/${connection.repository}@${blob.digest}`;
  yield* verified(bytes, { name, size: asked.end - asked.start, ...(whole && { digest: blob.digest }) });
}

interface Source {
  readonly connection: Connection;
  readonly digest: Digest;
  readonly size: number;
  readonly settings: DownloadSettings;
  readonly signal: AbortSignal | undefined;
  /** The reader is done with a chunk when it asks for the next one. */
  readonly isLent: boolean;
}

async function* resumed(source: Source, range: ByteRange): AsyncGenerator<Uint8Array> {
  let at = range.start;
  let failures = 0;
  while (at < range.end) {
    try {
      for await (const chunk of piece(source, { start: at, end: range.end })) {
        at += chunk.byteLength;
        failures = 0;
        yield chunk;
      }
      if (at < range.end) throw cutShort(source, { start: at, end: range.end }, true);
    } catch (error) {
      failures++;
      if (!SlipwayError.is(error) || error.details.retryable !== true || failures >= ATTEMPTS) throw error;
      const { signal, settings } = source;
      const attempt = failures;
      await backoff({
        attempt,
        baseMs: settings.retryDelayMs,
        signal,
        onWait: (delayMs) => settings.onRetry?.({ attempt, of: ATTEMPTS, delayMs, error }),
      });
    }
  }
}

/** One request's bytes, never more than asked for. */
async function* piece(source: Source, range: ByteRange): AsyncGenerator<Uint8Array> {
  throwIfAborted(source.signal);
  const whole = range.start === 0 && range.end === source.size;
  const response = await source.connection.ask({
    method: 'GET',
    to: `blobs/${source.digest}`,
    actions: 'pull',
    expect: whole ? [200] : [200, 206, 416],
    doing: `read ${source.digest} of '${source.connection.repository}'`,
    ...(!whole && { headers: { range: `bytes=${range.start}-${range.end - 1}` } }),
    signal: source.signal,
    ...(source.isLent && { lentBytes: range.end - range.start }),
  });
  if (response.status === 416) throw cutShort(source, range, false);
  // A server that ignores Range sends all of it: what comes before is skipped, what comes after is not waited for.
  const ignored = response.status === 200 && !whole;
  let skip = response.status === 206 ? checkedStart(response, range, source) : range.start;
  let remaining = range.end - range.start;
  for await (const chunk of response.body) {
    const rest = chunk.subarray(Math.min(skip, chunk.byteLength));
    skip -= chunk.byteLength - rest.byteLength;
    if (rest.byteLength > remaining && !ignored) throw tooLong(source);
    const wanted = rest.subarray(0, Math.min(remaining, rest.byteLength));
    remaining -= wanted.byteLength;
    if (wanted.byteLength > 0) yield wanted;
    if (remaining === 0 && ignored) return;
  }
}

/** Bytes to skip of a 206: none, and the answer must begin where it was asked to. */
function checkedStart(response: HttpResponse, range: ByteRange, source: Source): number {
  const said = response.headers.get('content-range') ?? '';
  if (said.startsWith(`bytes ${range.start}-`)) return 0;
  throw new SlipwayError('OCI_PROTOCOL', `'${source.connection.host}' sent another range than asked for`, {
    where: source.digest,
    got: `Content-Range: ${said.slice(0, 80)}, asked for bytes ${range.start}-${range.end - 1}`,
  });
}

function tooLong(source: Source): SlipwayError {
  return new SlipwayError('SIZE_MISMATCH', `'${source.digest}' has more bytes than its descriptor says`, {
    where: `${source.connection.host}/${source.connection.repository}`,
    got: `more than ${source.size} bytes`,
    context: { expected: source.size },
  });
}

/** Fewer bytes than announced: perhaps cut off (then it is tried again there), or there are no more. */
function cutShort(source: Source, rest: ByteRange, retryable: boolean): SlipwayError {
  return new SlipwayError('SIZE_MISMATCH', `'${source.digest}' ended before its descriptor's size`, {
    where: `${source.connection.host}/${source.connection.repository}`,
    got: `${rest.start} bytes, expected ${rest.end}`,
    context: { expected: rest.end, actual: rest.start },
    retryable,
  });
}
