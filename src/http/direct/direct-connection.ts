import type { OnReadOpts, Socket } from 'node:net';
import type { AnswerFields } from '../answer-head.js';
import type { Answer } from '../response.js';
import { AnswerBody } from './answer-body.js';
import { AnswerReader } from './answer-reader.js';
import { onAbort } from './on-abort.js';
import { lengthOf, requestHead, type DirectRequest } from './request-head.js';
import { coded } from './socket-error.js';

/** Bytes of a body that are received before its reader asks for them: a reader that stops and starts must not stop the sender. */
const BODY_AHEAD = 1024 * 1024;
/** Chunks from this size on are sent from where they lie. */
const LARGE_CHUNK = 512 * 1024;
/** Bytes of smaller ones that may wait to be sent. */
const MOST_WAITING = 1024 * 1024;
/** A connection that carries nothing for so long is closed: converters compute between two requests. */
const KEEP_MS = 15_000;
/** Without a byte of a body that is waited for. */
const IDLE_BODY_MS = 60_000;

/** What a connection tells of itself. */
export interface ConnectionOwner {
  /** It can carry another request. */
  onFree(connection: DirectConnection): void;
  onClosed(connection: DirectConnection): void;
}

/** One request and what came back so far. */
interface Exchange {
  readonly request: DirectRequest;
  readonly reader: AnswerReader;
  readonly settle: { resolve(answer: Answer): void; reject(error: unknown): void };
  /** Ends what waits for the signals. */
  release: () => void;
  body: AnswerBody | undefined;
  isSending: boolean;
  isComplete: boolean;
}

/** A connection in HTTP/1.1 that carries one request after the other. */
export class DirectConnection {
  readonly #socket: Socket;
  /** Where the socket puts what it receives: taken apart before anything else is received. */
  readonly #room: Uint8Array;
  readonly #owner: ConnectionOwner;
  #exchange: Exchange | undefined;
  #timer: NodeJS.Timeout | undefined;
  #hasReceived = false;
  #requests = 0;

  /** `open` makes the socket with what it is to do with the bytes that come: put them into `room` and say how many. */
  constructor(open: (onread: OnReadOpts) => Socket, room: Uint8Array, owner: ConnectionOwner) {
    this.#room = room;
    this.#owner = owner;
    this.#socket = open({ buffer: room, callback: (count) => this.#take(count) });
    this.#socket.on('error', (error) => this.#lose(error));
    this.#socket.on('end', () => this.#lose(undefined));
    this.#socket.on('close', () => this.#lose(undefined));
    this.#socket.on('timeout', () => this.#rest());
  }

  /** Nothing of an answer has come over a connection that has served before: it was closed meanwhile. */
  get wasStale(): boolean {
    return this.#requests > 1 && !this.#hasReceived;
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed && this.#socket.writable;
  }

  /** Sends a request. Rejects with what the socket or the body threw, or with the reason of a signal. */
  async send(request: DirectRequest): Promise<Answer> {
    const head = requestHead(request);
    return new Promise((resolve, reject) => {
      const exchange = this.#begin(request, { resolve, reject });
      const releases = request.signals.map((signal) => onAbort(signal, (reason) => this.#fail(reason)));
      exchange.release = () => releases.forEach((release) => release());
      if (this.#exchange === exchange) this.#start(exchange, head);
      else exchange.release();
    });
  }

  destroy(error: Error = coded('UND_ERR_DESTROYED', 'the client was closed')): void {
    this.#fail(error);
  }

  #begin(request: DirectRequest, settle: Exchange['settle']): Exchange {
    this.#requests++;
    this.#hasReceived = false;
    this.#socket.ref();
    this.#socket.setTimeout(0);
    const exchange: Exchange = {
      request,
      settle,
      reader: new AnswerReader(request.method !== 'HEAD', {
        onHead: (head) => this.#answer(exchange, head),
        onBytes: (bytes) => exchange.body?.add(bytes),
        onEnd: () => (exchange.isComplete = true),
      }),
      release: () => {},
      body: undefined,
      isSending: true,
      isComplete: false,
    };
    this.#exchange = exchange;
    return exchange;
  }

  #start(exchange: Exchange, head: string): void {
    const { body } = exchange.request;
    if (body === undefined || body instanceof Uint8Array) {
      this.#socket.cork();
      this.#socket.write(head, 'latin1');
      if (body !== undefined && body.byteLength > 0) this.#socket.write(body);
      this.#socket.uncork();
      this.#sent(exchange);
      return;
    }
    this.#socket.write(head, 'latin1');
    this.#stream(exchange, body).then(
      () => this.#sent(exchange),
      (error: unknown) => this.#exchange === exchange && this.#fail(error),
    );
  }

  /**
   * Each chunk is with the operating system before the next one is asked for, since it may be lent; a small one is copied instead, and
   * some of them wait. A sender that waits for each of them has so little under way that the receiver holds its acknowledgements back.
   */
  async #stream(exchange: Exchange, content: AsyncIterable<Uint8Array>): Promise<void> {
    const length = lengthOf(exchange.request);
    let sent = 0;
    for await (const chunk of content) {
      if (this.#exchange !== exchange) return;
      if (chunk.byteLength === 0) continue;
      sent += chunk.byteLength;
      if (length !== 'chunked' && sent > (length ?? 0)) throw lengthMismatch(sent, length);
      if (sent === length) exchange.isSending = false;
      const isSmall = chunk.byteLength < LARGE_CHUNK;
      const bytes = isSmall ? Buffer.from(chunk) : chunk;
      const written = length === 'chunked' ? this.#writeChunk(bytes) : this.#write(bytes);
      if (!isSmall || this.#socket.writableLength > MOST_WAITING) await written;
    }
    if (length === 'chunked') await this.#write('0\r\n\r\n');
    else if (sent !== length && this.#exchange === exchange) throw lengthMismatch(sent, length);
  }

  async #writeChunk(chunk: Uint8Array): Promise<void> {
    this.#socket.cork();
    this.#socket.write(`${chunk.byteLength.toString(16)}\r\n`, 'latin1');
    this.#socket.write(chunk);
    const end = this.#write('\r\n');
    this.#socket.uncork();
    await end;
  }

  /** Fulfilled when the bytes have left the process, or never will: the socket tells of that itself. */
  async #write(bytes: Uint8Array | string): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#socket.write(bytes, 'latin1', () => resolve());
    });
  }

  #sent(exchange: Exchange): void {
    exchange.isSending = false;
    if (this.#exchange !== exchange || exchange.body !== undefined) return;
    this.#timer = setTimeout(
      () => this.#fail(coded('UND_ERR_HEADERS_TIMEOUT', 'headers came too slowly')),
      exchange.request.headersTimeoutMs,
    );
  }

  /** Takes what the socket has received; false when there is to be no more for now. */
  #take(count: number): boolean {
    const exchange = this.#exchange;
    if (exchange === undefined) {
      // Nothing was asked: a server that says goodbye.
      this.#socket.destroy();
      return false;
    }
    this.#hasReceived = true;
    try {
      exchange.reader.push(this.#room.subarray(0, count));
    } catch (error) {
      this.#fail(error);
      return false;
    }
    if (!exchange.isComplete) return exchange.body?.isFull !== true;
    // The answer to the next request is received, however much of this one waits for its reader.
    this.#finish(exchange);
    return true;
  }

  #answer(exchange: Exchange, { status: statusCode, headers }: AnswerFields): void {
    clearTimeout(this.#timer);
    this.#socket.setTimeout(IDLE_BODY_MS);
    const source = {
      resume: () => {
        if (this.#exchange === exchange) this.#socket.setTimeout(IDLE_BODY_MS).resume();
      },
      drop: () => this.#exchange === exchange && this.#fail(coded('UND_ERR_ABORTED', 'the answer was not wanted')),
    };
    exchange.body = new AnswerBody(source, BODY_AHEAD);
    exchange.settle.resolve({ statusCode, headers, body: exchange.body });
  }

  /** The answer is complete. An answer that comes before all was sent leaves the connection in the middle of a body. */
  #finish(exchange: Exchange): void {
    this.#exchange = undefined;
    exchange.release();
    exchange.body?.end();
    const isKept = exchange.reader.keepsConnection && !exchange.isSending && this.isOpen;
    if (!isKept) {
      this.#socket.destroy();
      return;
    }
    this.#socket.unref();
    this.#socket.setTimeout(KEEP_MS);
    this.#owner.onFree(this);
  }

  #lose(error: Error | undefined): void {
    const exchange = this.#exchange;
    if (exchange?.reader.close() === true && error === undefined) this.#finish(exchange);
    else this.#fail(error ?? coded('UND_ERR_SOCKET', 'other side closed'));
    this.#owner.onClosed(this);
  }

  /** Nothing has passed for a while. A reader may be as slow as it likes. */
  #rest(): void {
    if (this.#exchange === undefined) this.#socket.destroy();
    else if (this.#exchange.body?.isFull === false)
      this.#fail(coded('UND_ERR_BODY_TIMEOUT', 'the body came too slowly'));
  }

  #fail(error: unknown): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    clearTimeout(this.#timer);
    if (exchange !== undefined) {
      exchange.release();
      exchange.settle.reject(error);
      exchange.body?.end(error instanceof Error ? error : new Error(String(error)));
    }
    this.#socket.destroy();
  }
}

function lengthMismatch(sent: number, length: number | undefined): Error {
  return coded('UND_ERR_REQ_CONTENT_LENGTH_MISMATCH', `a body of ${length} bytes was given ${sent}`);
}
