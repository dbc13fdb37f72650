import { setTimeout as sleep } from 'node:timers/promises';
import { countText, SlipwayError, throwIfAborted, type ByteRange } from '../core/index.js';
import type { OnRetry } from '../http/index.js';

/** Opens a range of something remote; the stream may break at any byte. */
export type OpenRange = (range: ByteRange, signal?: AbortSignal) => Promise<AsyncIterable<Uint8Array>>;

const FIRST_DELAY_MS = 100;

/** What a resumed reading is called, and who is told of it. */
export interface ResumedReadOptions {
  /** The file, for messages. */
  readonly name: string;
  /** Where it is read from, without query. */
  readonly url: string;
  /** Attempts in a row that may bring nothing; 3 unless given. */
  readonly attempts?: number;
  readonly signal?: AbortSignal | undefined;
  /** Told before a reading that was cut off goes on. */
  readonly onRetry?: OnRetry | undefined;
}

/**
 * Reads a range to its end whatever the connection does: after a drop it is opened again at the first missing byte.
 * Gives up after `attempts` (3 unless given) in a row that brought nothing. Throws `SIZE_MISMATCH` when more comes than was asked for.
 */
export async function* resumedRead(
  open: OpenRange,
  range: ByteRange,
  options: ResumedReadOptions,
): AsyncGenerator<Uint8Array> {
  const attempts = options.attempts ?? 3;
  let offset = range.start;
  let failures = 0;
  while (offset < range.end) {
    throwIfAborted(options.signal);
    const before = offset;
    let broken: unknown;
    let opened = false;
    try {
      const content = await open({ start: offset, end: range.end }, options.signal);
      opened = true;
      for await (const chunk of content) {
        if (chunk.byteLength === 0) continue;
        if (offset + chunk.byteLength > range.end) throw tooMuch(options.name, range);
        offset += chunk.byteLength;
        yield chunk;
      }
    } catch (error) {
      throwIfAborted(options.signal);
      if (SlipwayError.is(error) && (error.details.retryable !== true || (!opened && isGivenUp(error)))) throw error;
      broken = error;
    }
    if (offset === range.end) return;
    // Bytes that trickle are no progress.
    failures = offset > before && !isStalled(broken) ? 0 : failures + 1;
    if (failures >= attempts) throw givenUp(options.name, range, offset, attempts, broken);
    const delayMs = failures > 0 ? FIRST_DELAY_MS * 2 ** (failures - 1) : 0;
    tellCut(options, broken, { attempt: Math.max(failures, 1), of: attempts, delayMs });
    if (delayMs > 0) await pause(delayMs, options.signal);
  }
}

/** What brought bytes before it broke off goes on at once, which is a repetition all the same. */
function tellCut(
  { name, url, onRetry }: ResumedReadOptions,
  broken: unknown,
  counts: { readonly attempt: number; readonly of: number; readonly delayMs: number },
): void {
  const known = SlipwayError.is(broken) ? broken : undefined;
  const status = known?.details.context?.['status'];
  onRetry?.({
    url,
    ...counts,
    code: known?.code ?? 'NET_UNREACHABLE',
    reason: known?.message ?? `'${name}' broke off`,
    ...(typeof status === 'number' && { status }),
  });
}

function isStalled(error: unknown): boolean {
  return SlipwayError.is(error) && error.details.context?.['stalled'] === true;
}

/** Our own client has tried a connection often enough before it says so: what it gave up is not begun again. */
function isGivenUp(error: SlipwayError): boolean {
  return error.code.startsWith('NET_');
}

async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => throwIfAborted(signal));
}

function tooMuch(name: string, range: ByteRange): SlipwayError {
  return new SlipwayError('SIZE_MISMATCH', `'${name}' came with more bytes than asked for`, {
    where: `${name} [${range.start}, ${range.end})`,
    got: `more than ${countText(range.end - range.start, 'byte')}`,
  });
}

function givenUp(name: string, range: ByteRange, offset: number, attempts: number, cause: unknown): SlipwayError {
  if (SlipwayError.is(cause)) return cause;
  return new SlipwayError('NET_UNREACHABLE', `'${name}' cannot be read to its end`, {
    where: `${name} [${range.start}, ${range.end})`,
    got: `${offset - range.start} of ${countText(range.end - range.start, 'byte')}, then ${attempts} attempts without any`,
    cause,
    retryable: true,
  });
}
