import type { IncomingMessage } from 'node:http';
import type { Answer } from './response.js';
import { coded, connectionError } from './socket-error.js';

/** Without a byte of a body that is waited for. */
const IDLE_BODY_MS = 60_000;

/** The body of an answer over a connection of Node's. May be read once. */
export class ArrivingBody implements AsyncIterable<Uint8Array> {
  readonly #message: IncomingMessage;

  constructor(message: IncomingMessage) {
    this.#message = message;
    const { socket } = message;
    const rest = (): void => {
      // A reader may be as slow as it likes.
      if (message.readableLength > 0) socket.setTimeout(IDLE_BODY_MS);
      else message.destroy(coded('UND_ERR_BODY_TIMEOUT', 'the body came too slowly'));
    };
    socket.setTimeout(IDLE_BODY_MS).on('timeout', rest);
    message.once('close', () => socket.off('timeout', rest));
    // A failure is thrown to the reader; without one there is no one to tell.
    message.on('error', () => {});
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of this.#message) yield chunk as Uint8Array;
    } catch (error) {
      throw connectionError(error);
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
}
