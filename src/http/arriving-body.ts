import type { IncomingMessage } from 'node:http';
import type { Answer } from './response.js';
import { coded, connectionError } from './socket-error.js';

/** Without a byte of a body that is waited for. */
const IDLE_BODY_MS = 60_000;
/** Bytes that are received before their reader asks for them: a reader that stops and starts must not stop the sender. */
const AHEAD = 1024 * 1024;

/**
 * The body of an answer over a connection of Node's. May be read once. Chunks are handed on as they came: a stream's own iterator
 * joins whatever has come meanwhile to one new buffer.
 */
export class ArrivingBody implements AsyncIterable<Uint8Array> {
  readonly #message: IncomingMessage;
  readonly #chunks: Uint8Array[] = [];
  /** Bytes of them. */
  #waiting = 0;
  #end: { readonly error: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(message: IncomingMessage) {
    this.#message = message;
    const { socket } = message;
    const rest = (): void => {
      // A reader may be as slow as it likes.
      if (message.readableLength + this.#waiting > 0) socket.setTimeout(IDLE_BODY_MS);
      else message.destroy(coded('UND_ERR_BODY_TIMEOUT', 'the body came too slowly'));
    };
    socket.setTimeout(IDLE_BODY_MS).on('timeout', rest);
    message.once('close', () => {
      socket.off('timeout', rest);
      this.#finish(coded('UND_ERR_SOCKET', 'other side closed'));
    });
    message.once('end', () => this.#finish());
    // A failure is thrown to the reader; without one there is no one to tell.
    message.on('error', (error) => this.#finish(error));
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    this.#message.on('data', (chunk: Uint8Array) => this.#take(chunk));
    try {
      for (;;) {
        const chunk = this.#chunks.shift();
        if (chunk !== undefined) {
          this.#waiting -= chunk.byteLength;
          if (this.#waiting < AHEAD) this.#message.resume();
          yield chunk;
        } else if (this.#end === undefined) {
          await new Promise<void>((resolve) => (this.#wake = resolve));
        } else if (this.#end.error === undefined) {
          return;
        } else {
          throw connectionError(this.#end.error);
        }
      }
    } finally {
      this.#chunks.length = 0;
      // What is left of it is not wanted.
      if (this.#end === undefined) this.#message.destroy();
    }
  }

  /** Receives a rest of at most `limit` bytes, so that the connection can be used again, or drops the connection. */
  async dump({ limit }: Parameters<Answer['body']['dump']>[0]): Promise<void> {
    let size = 0;
    for await (const chunk of this) {
      size += chunk.byteLength;
      if (size > limit) return;
    }
  }

  #take(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#waiting += chunk.byteLength;
    if (this.#waiting >= AHEAD) this.#message.pause();
    this.#wake?.();
  }

  #finish(error?: unknown): void {
    this.#end ??= { error };
    this.#wake?.();
  }
}
