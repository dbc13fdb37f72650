import { countText } from '../core/index.js';
import type { ClientRequest } from 'node:http';
import { copyBytes } from '../files/index.js';
import { coded } from './socket-error.js';

/** Chunks from this size on are sent from where they lie. */
const LARGE_CHUNK = 512 * 1024;
/** Small ones are gathered in two memories of this size, which are filled and sent in turn. */
const GATHERED = 512 * 1024;

/**
 * Sends a request's body until `stop` says that it is not wanted any more. Each chunk is with the operating system before the next one is
 * asked for, since it may be lent; small ones are copied instead, and sent together with those that come while others are under way. A
 * sender that waits for each of them has so little under way that the receiver holds its acknowledgements back. Throws what the body
 * throws, and for one that is not as long as announced.
 */
export async function sendStream(
  request: ClientRequest,
  content: AsyncIterable<Uint8Array>,
  length: number | undefined,
  stop: () => boolean,
): Promise<void> {
  request.flushHeaders();
  const gathering = new Gathering(request, Math.min(GATHERED, length ?? GATHERED));
  let sent = 0;
  for await (const chunk of content) {
    if (stop()) return;
    if (chunk.byteLength === 0) continue;
    sent += chunk.byteLength;
    if (length !== undefined && sent > length) throw lengthMismatch(sent, length);
    if (chunk.byteLength >= LARGE_CHUNK) {
      await gathering.flush();
      if (stop()) return;
      await written(request, chunk);
    } else {
      await gathering.add(chunk);
    }
  }
  await gathering.flush();
  if (stop()) return;
  if (length !== undefined && sent !== length) throw lengthMismatch(sent, length);
  request.end();
}

/** Copies of small chunks: what comes while nothing is under way is sent at once, what comes meanwhile follows in one piece. */
class Gathering {
  readonly #request: ClientRequest;
  readonly #size: number;
  #filling: Buffer | undefined;
  #filled = 0;
  /** The other memory, unless it is under way. */
  #spare: Buffer | undefined;
  #underWay: Promise<void> | undefined;

  constructor(request: ClientRequest, size: number) {
    this.#request = request;
    this.#size = size;
  }

  /** Takes a chunk, which may change when it has returned. */
  async add(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.byteLength;) {
      const filling = (this.#filling ??= this.#spare ?? Buffer.allocUnsafeSlow(this.#size));
      if (filling === this.#spare) this.#spare = undefined;
      const part = chunk.subarray(at, at + this.#size - this.#filled);
      copyBytes(part, filling, this.#filled);
      this.#filled += part.byteLength;
      at += part.byteLength;
      if (this.#filled === this.#size) await this.#underWay;
      if (this.#underWay === undefined) this.#send();
    }
  }

  /** Fulfilled when all of it is with the operating system, or never will be. */
  async flush(): Promise<void> {
    await this.#underWay;
    this.#send();
    await this.#underWay;
  }

  #send(): void {
    const [bytes, filled] = [this.#filling, this.#filled];
    if (bytes === undefined || filled === 0) return;
    this.#filled = 0;
    // Nothing more is wanted of it.
    if (this.#request.destroyed) return;
    this.#filling = undefined;
    this.#underWay = this.#carry(bytes, filled);
  }

  async #carry(bytes: Buffer, filled: number): Promise<void> {
    await written(this.#request, bytes.subarray(0, filled));
    this.#underWay = undefined;
    this.#spare = bytes;
    // What came meanwhile does not wait for more.
    this.#send();
  }
}

/** Fulfilled when the bytes have left the process, or never will. */
async function written(request: ClientRequest, bytes: Uint8Array): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      request.off('close', done);
      resolve();
    };
    request.once('close', done);
    request.write(bytes, done);
  });
}

function lengthMismatch(sent: number, length: number): Error {
  return coded('UND_ERR_REQ_CONTENT_LENGTH_MISMATCH', `a body of ${countText(length, 'byte')} was given ${sent}`);
}
