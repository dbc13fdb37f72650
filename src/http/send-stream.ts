import type { ClientRequest } from 'node:http';
import { coded } from './socket-error.js';

/** Chunks from this size on are sent from where they lie. */
const LARGE_CHUNK = 512 * 1024;

/**
 * Sends a request's body until `stop` says that it is not wanted any more. Each chunk is with the operating system before the next one is
 * asked for, since it may be lent; a small one is copied instead, and some of them wait. A sender that waits for each of them has so
 * little under way that the receiver holds its acknowledgements back. Throws what the body throws, and for one that is not as long as
 * announced.
 */
export async function sendStream(
  request: ClientRequest,
  content: AsyncIterable<Uint8Array>,
  length: number | undefined,
  stop: () => boolean,
): Promise<void> {
  request.flushHeaders();
  let sent = 0;
  for await (const chunk of content) {
    if (stop()) return;
    if (chunk.byteLength === 0) continue;
    sent += chunk.byteLength;
    if (length !== undefined && sent > length) throw lengthMismatch(sent, length);
    if (chunk.byteLength >= LARGE_CHUNK) await written(request, chunk);
    else if (!request.write(Buffer.from(chunk))) await taken(request, 'drain');
  }
  if (stop()) return;
  if (length !== undefined && sent !== length) throw lengthMismatch(sent, length);
  request.end();
}

/** Fulfilled when the bytes have left the process, or never will. */
async function written(request: ClientRequest, bytes: Uint8Array): Promise<void> {
  const ended = taken(request, 'written');
  request.write(bytes, () => request.emit('written'));
  await ended;
}

/** Waits for an event of a request, or for its end. */
async function taken(request: ClientRequest, event: 'drain' | 'written'): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      request.off(event, done).off('close', done);
      resolve();
    };
    request.once(event, done).once('close', done);
  });
}

function lengthMismatch(sent: number, length: number): Error {
  return coded('UND_ERR_REQ_CONTENT_LENGTH_MISMATCH', `a body of ${length} bytes was given ${sent}`);
}
