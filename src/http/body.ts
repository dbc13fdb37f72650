import { SlipwayError } from '../core/index.js';
import type { RequestBody } from './client.js';

/** A receiver that takes no further chunk for this long is gone. */
export const IDLE_SEND_MS = 60_000;
const LOOKS = 10;

/** What a connection is given: bytes, or a stream that notices when its chunks are not taken. */
export function outgoing(
  body: RequestBody | undefined,
  onIdle: () => void,
  sent?: (bytes: number) => void,
): Uint8Array | AsyncIterable<Uint8Array> | undefined {
  if (body === undefined) return undefined;
  if (body.kind === 'stream') return watched(sent === undefined ? body.content : counted(body.content, sent), onIdle);
  sent?.(body.bytes.byteLength);
  return body.bytes;
}

/** Tells the length of every chunk as it passes. */
export async function* counted(
  content: AsyncIterable<Uint8Array>,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const chunk of content) {
    onBytes(chunk.byteLength);
    yield chunk;
  }
}

/** The time runs only while a chunk is with the receiver: a source may be as slow as it likes (it may be computing). */
async function* watched(content: AsyncIterable<Uint8Array>, onIdle: () => void): AsyncGenerator<Uint8Array> {
  // One timer that looks now and then: a timer a chunk costs more than the chunk.
  let looks = 0;
  let isWithReceiver = false;
  const timer = setInterval(() => {
    looks = isWithReceiver ? looks + 1 : 0;
    if (looks === LOOKS) onIdle();
  }, IDLE_SEND_MS / LOOKS);
  try {
    for await (const chunk of content) {
      looks = 0;
      isWithReceiver = true;
      yield chunk;
      isWithReceiver = false;
    }
  } finally {
    clearInterval(timer);
  }
}

/** A body of at most `limit` bytes. Throws `NET_PROTOCOL` beyond. */
export async function* atMost(
  body: AsyncIterable<Uint8Array>,
  limit: number,
  where: string,
): AsyncGenerator<Uint8Array> {
  let size = 0;
  for await (const chunk of body) {
    size += chunk.byteLength;
    if (size > limit) {
      throw new SlipwayError('NET_PROTOCOL', 'an answer is larger than allowed', {
        where,
        got: `at least ${size} bytes, limit ${limit}`,
        context: { limit, actual: size },
      });
    }
    yield chunk;
  }
}

/** Collects a body of at most `limit` bytes. Throws `NET_PROTOCOL` beyond. */
export async function collect(body: AsyncIterable<Uint8Array>, limit: number, where: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of atMost(body, limit, where)) chunks.push(chunk);
  return Buffer.concat(chunks);
}
