import type { ClientRequest, IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { ArrivingBody } from './arriving-body.js';
import { onAbort } from './on-abort.js';
import type { Answer } from './response.js';
import { sendStream } from './send-stream.js';
import { coded, connectionError } from './socket-error.js';

/** For a connection and its encryption. */
export const CONNECT_TIMEOUT_MS = 10_000;

/** What a request without a proxy consists of. */
export interface PlainRequest {
  /** In upper case. */
  readonly method: string;
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | AsyncIterable<Uint8Array> | undefined;
  /** The request ends when one of them fires. */
  readonly signals: readonly AbortSignal[];
  /** Milliseconds for the head of the answer, from the end of the request on. */
  readonly headersTimeoutMs: number;
  /** Sent again over another connection when one that was kept turns out to be closed. */
  readonly repeatable: boolean;
}

/** One request of Node's and what becomes of it. */
export class Exchange {
  readonly #sent: ClientRequest;
  readonly #request: PlainRequest;
  readonly #answer: Promise<Answer>;
  #settle: { resolve(answer: Answer): void; reject(error: unknown): void } | undefined;
  #message: IncomingMessage | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isSent = false;

  constructor(sent: ClientRequest, request: PlainRequest) {
    this.#sent = sent;
    this.#request = request;
    this.#answer = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
    sent.on('socket', (socket) => this.#watchConnecting(socket));
    sent.on('finish', () => this.#awaitHead());
    sent.on('response', (message) => this.#receive(message));
    sent.on('upgrade', (_, socket) => {
      socket.destroy();
      this.#fail(otherProtocol());
    });
    sent.on('error', (error) => this.#fail(connectionError(error)));
    const releases = request.signals.map((signal) => onAbort(signal, (reason) => this.#fail(reason)));
    sent.on('close', () => {
      clearTimeout(this.#timer);
      for (const release of releases) release();
    });
  }

  /** Sends all of it. Rejects with what the socket or the body threw, or with the reason of a signal. */
  async run(): Promise<Answer> {
    const { body } = this.#request;
    if (body === undefined || body instanceof Uint8Array) {
      this.#isSent = true;
      this.#sent.end(body);
    } else {
      const stop = (): boolean => this.#sent.destroyed || this.#message?.complete === true;
      sendStream(this.#sent, body, lengthOf(this.#request.headers), stop).then(
        () => (this.#isSent = !stop()),
        (error: unknown) => this.#fail(error),
      );
    }
    return this.#answer;
  }

  /** Nothing of an answer came over a connection that had served before: it was closed meanwhile. */
  get wasStale(): boolean {
    return this.#sent.reusedSocket && this.#message === undefined;
  }

  #watchConnecting(socket: Socket): void {
    if (!socket.connecting) return;
    this.#limit(CONNECT_TIMEOUT_MS, coded('UND_ERR_CONNECT_TIMEOUT', 'the connection took too long'));
    socket.once('connect', () => clearTimeout(this.#timer));
  }

  #awaitHead(): void {
    if (this.#message !== undefined) return;
    this.#limit(this.#request.headersTimeoutMs, coded('UND_ERR_HEADERS_TIMEOUT', 'headers came too slowly'));
  }

  #limit(ms: number, error: Error): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#fail(error), ms);
  }

  #receive(message: IncomingMessage): void {
    clearTimeout(this.#timer);
    this.#message = message;
    const objection = objectionTo(message);
    if (objection !== undefined) {
      this.#fail(objection);
      return;
    }
    // What is left of a body that is not wanted any more would be taken for the next request.
    message.once('end', () => this.#isSent || this.#sent.destroy());
    const { statusCode = 0, headersDistinct: headers } = message;
    if (isEmpty(this.#request.method, message)) message.resume();
    this.#settle?.resolve({ statusCode, headers, body: new ArrivingBody(message) });
  }

  #fail(reason: unknown): void {
    const error = reason instanceof Error ? reason : new Error(String(reason));
    this.#settle?.reject(reason);
    this.#message?.destroy(error);
    this.#sent.destroy();
  }
}

/** What Node lets pass and was not asked for. */
function objectionTo({ statusCode = 0, headers }: IncomingMessage): Error | undefined {
  const { 'transfer-encoding': coding = 'chunked' } = headers;
  if (statusCode < 200) return otherProtocol();
  if (coding.toLowerCase() === 'chunked') return undefined;
  return coded('HPE_INVALID_TRANSFER_ENCODING', `the answer comes in the coding '${coding}'`);
}

function otherProtocol(): Error {
  return coded('HPE_INVALID_CONSTANT', 'the answer changes to another protocol');
}

/** An answer without content frees its connection, read or not. */
function isEmpty(method: string, { statusCode, headers }: IncomingMessage): boolean {
  return method === 'HEAD' || statusCode === 204 || statusCode === 304 || headers['content-length'] === '0';
}

function lengthOf({ 'content-length': length }: PlainRequest['headers']): number | undefined {
  return length === undefined ? undefined : Number(length);
}
