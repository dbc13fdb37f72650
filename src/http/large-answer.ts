import type { Socket } from 'node:net';
import { copyBytes } from '../files/index.js';
import { BlockRing } from './block-ring.js';
import { parseAnswerHead, type AnswerHead } from './answer-head.js';
import type { Connecting } from './connections.js';
import type { Answer } from './response.js';

/** A request for a body of many megabytes. */
export interface LargeRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** How the host is connected to: names, certificates. */
  readonly connect: Connecting;
  readonly signal: AbortSignal;
  /** Milliseconds for the connection, until the head has come, and without a byte of the body. */
  readonly connectTimeoutMs: number;
  readonly headersTimeoutMs: number;
  readonly idleTimeoutMs: number;
}

const MOST_HEAD = 16 * 1024;
const END_OF_HEAD = '\r\n\r\n';
// oxlint-disable-next-line no-control-regex -- what would end a line of the head
const UNSENDABLE = /[^\t\x20-\x7e]/;

/**
 * Asks for a large body over a connection of its own: bytes go from the socket to memory that threads share, are hashed and
 * written where they lie, and none of them is an object of JavaScript's. The chunks of the answer are lent. `undefined` when
 * what came is not of the plainest kind (see {@link parseAnswerHead}): nothing of it was used. Rejects with what a socket throws,
 * or the signal's reason.
 */
export async function largeAnswer(request: LargeRequest): Promise<Answer | undefined> {
  const text = requestText(request);
  if (text === undefined) return undefined;
  const { connect } = await (request.url.protocol === 'https:' ? import('node:tls') : import('node:net'));
  return new Promise((resolve, reject) => {
    const receiver = new Receiver(request, { resolve, reject });
    try {
      receiver.start(connect as Connect, text);
    } catch (error) {
      reject(error);
    }
  });
}

type Connect = (options: object) => Socket;

interface Settle {
  resolve(answer: Answer | undefined): void;
  reject(error: unknown): void;
}

/** Head of the request (RFC 9112, section 3); `undefined` when something in it cannot be sent as it is. */
function requestText({ url, headers }: LargeRequest): string | undefined {
  const fields = Object.entries({ host: url.host, connection: 'close', ...headers });
  if (fields.some((field) => field.some((text) => UNSENDABLE.test(text) || text === ''))) return undefined;
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET ${url.pathname}${url.search} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

/** One connection: its head, and then the ring that its body goes to. */
class Receiver {
  readonly #request: LargeRequest;
  readonly #settle: Settle;
  #socket: Socket | undefined;
  #head = '';
  #ring: BlockRing | undefined;
  /** Bytes of the body that are still to come. */
  #left = 0;
  /** Where the socket writes. */
  #room: Uint8Array = Buffer.allocUnsafeSlow(MOST_HEAD);
  readonly #onAbort = (): void => this.#fail(this.#request.signal.reason);
  #timer: NodeJS.Timeout | undefined;

  constructor(request: LargeRequest, settle: Settle) {
    this.#request = request;
    this.#settle = settle;
  }

  start(connect: Connect, text: string): void {
    const { url, signal, connectTimeoutMs, headersTimeoutMs, connect: how } = this.#request;
    const isSecure = url.protocol === 'https:';
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const port = url.port === '' ? (isSecure ? 443 : 80) : Number(url.port);
    this.#limit(connectTimeoutMs, 'UND_ERR_CONNECT_TIMEOUT', 'the connection took too long');
    const onread = { buffer: () => this.#room, callback: (count: number) => this.#take(count) };
    const secure = isSecure ? { ...how, servername: isName(host) ? host : '', ALPNProtocols: ['http/1.1'] } : {};
    const socket = connect({ host, port, noDelay: true, lookup: how.lookup, ...secure, onread });
    this.#socket = socket;
    signal.addEventListener('abort', this.#onAbort, { once: true });
    socket.once(isSecure ? 'secureConnect' : 'connect', () => {
      this.#limit(headersTimeoutMs, 'UND_ERR_HEADERS_TIMEOUT', 'headers came too slowly');
      socket.write(text, 'latin1');
    });
    socket.on('error', (error) => this.#fail(error));
    for (const event of ['end', 'close']) socket.on(event, () => this.#fail(closed()));
    if (signal.aborted) this.#onAbort();
  }

  /** Takes what the socket has written to its room; false when there is no more. */
  #take(count: number): boolean {
    if (this.#ring === undefined) this.#takeHead(this.#room.subarray(0, count));
    else this.#takeBody(this.#ring, Math.min(count, this.#left));
    const ring: BlockRing | undefined = this.#ring;
    this.#room = ring === undefined ? Buffer.allocUnsafeSlow(MOST_HEAD) : ring.room();
    return ring?.isFull !== true;
  }

  #takeHead(bytes: Uint8Array): void {
    const text = this.#head + Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
    const end = text.indexOf(END_OF_HEAD);
    if (end < 0) {
      this.#head = text;
      if (text.length > MOST_HEAD) this.#giveUp();
      return;
    }
    const head = parseAnswerHead(text.slice(0, end));
    if (head === undefined) return this.#giveUp();
    this.#begin(head, Buffer.from(text.slice(end + END_OF_HEAD.length), 'latin1'));
  }

  #begin(head: AnswerHead, rest: Uint8Array): void {
    const socket = this.#socket;
    const ring = new BlockRing(() => socket?.setTimeout(this.#request.idleTimeoutMs).resume());
    this.#ring = ring;
    this.#left = head.length;
    this.#limit(undefined);
    socket?.setTimeout(this.#request.idleTimeoutMs);
    socket?.on('timeout', () => {
      // A reader may be as slow as it likes.
      if (!ring.isFull) this.#fail(coded('UND_ERR_BODY_TIMEOUT', 'the body came too slowly'));
    });
    const room = ring.room();
    const first = rest.subarray(0, this.#left);
    copyBytes(first, room);
    this.#room = room;
    this.#takeBody(ring, first.byteLength);
    const { status: statusCode, headers } = head;
    this.#settle.resolve({ statusCode, headers, body: new LargeBody(ring, () => this.#end()) });
  }

  #takeBody(ring: BlockRing, count: number): void {
    ring.fill(this.#room, count);
    this.#left -= count;
    if (this.#left > 0) return;
    ring.end();
    this.#end();
  }

  #giveUp(): void {
    this.#settle.resolve(undefined);
    this.#end();
  }

  #fail(error: unknown): void {
    if (this.#ring === undefined) this.#settle.reject(error);
    else if (this.#left > 0) this.#ring.end(error instanceof Error ? error : new Error(String(error)));
    this.#end();
  }

  #end(): void {
    this.#limit(undefined);
    this.#request.signal.removeEventListener('abort', this.#onAbort);
    this.#socket?.destroy();
  }

  #limit(milliseconds: number | undefined, code = '', message = ''): void {
    clearTimeout(this.#timer);
    this.#timer =
      milliseconds === undefined ? undefined : setTimeout(() => this.#fail(coded(code, message)), milliseconds).unref();
  }
}

/** The body of an answer, which may be read once. */
class LargeBody implements AsyncIterable<Uint8Array> {
  readonly #ring: BlockRing;
  readonly #hangUp: () => void;

  constructor(ring: BlockRing, hangUp: () => void) {
    this.#ring = ring;
    this.#hangUp = hangUp;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      yield* this.#ring.chunks();
    } finally {
      await this.dump();
    }
  }

  async dump(): Promise<void> {
    this.#hangUp();
    this.#ring.close();
    await Promise.resolve();
  }
}

function isName(host: string): boolean {
  return !/^[\d.]+$/.test(host) && !host.includes(':');
}

function closed(): Error {
  return coded('UND_ERR_SOCKET', 'other side closed');
}

function coded(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
