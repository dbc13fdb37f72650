import { setTimeout as sleep } from 'node:timers/promises';
import { SlipwayError, throwIfAborted, type ByteRange } from '../core/index.js';

/** Opens a range of something remote; the stream may break at any byte. */
export type OpenRange = (range: ByteRange, signal?: AbortSignal) => Promise<AsyncIterable<Uint8Array>>;

const FIRST_DELAY_MS = 100;

/**
 * Reads a range to its end whatever the connection does: after a drop it is opened again at the first missing byte.
 * Gives up after `attempts` (3 unless given) in a row that brought nothing. Throws `SIZE_MISMATCH` when more comes than was asked for.
 */
export async function* resumedRead(
  open: OpenRange,
  range: ByteRange,
  options: { readonly name: string; readonly attempts?: number; readonly signal?: AbortSignal | undefined },
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
    failures = offset > before ? 0 : failures + 1;
    if (failures >= attempts) throw givenUp(options.name, range, offset, attempts, broken);
    if (failures > 0) await pause(FIRST_DELAY_MS * 2 ** (failures - 1), options.signal);
  }
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
    got: `more than ${range.end - range.start} bytes`,
  });
}

function givenUp(name: string, range: ByteRange, offset: number, attempts: number, cause: unknown): SlipwayError {
  if (SlipwayError.is(cause)) return cause;
  return new SlipwayError('NET_UNREACHABLE', `'${name}' cannot be read to its end`, {
    where: `${name} [${range.start}, ${range.end})`,
    got: `${offset - range.start} of ${range.end - range.start} bytes, then ${attempts} attempts without any`,
    cause,
    retryable: true,
  });
}
