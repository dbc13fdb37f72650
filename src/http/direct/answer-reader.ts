import { parseAnswerFields, parseField, parseLength, type AnswerFields } from '../answer-head.js';

/** Who is told what an answer consists of. */
export interface AnswerListener {
  /** The head of the final answer. */
  onHead(head: AnswerFields): void;
  /** Bytes of the body, which hold until the call returns. */
  onBytes(bytes: Uint8Array): void;
  /** The answer is complete. */
  onEnd(): void;
}

type Place = 'head' | 'length' | 'chunk size' | 'chunk' | 'chunk end' | 'trailers' | 'until close' | 'done';

/** As Node and undici have it. */
const MOST_HEAD = 16 * 1024;
/** A chunk's size, with extensions that nothing reads. */
const MOST_SIZE_LINE = 4096;
const END_OF_HEAD = '\r\n\r\n';

/**
 * Takes the bytes of one answer apart as they come (RFC 9112): interim answers, a body with a length, in chunks or up to the end of
 * the connection. Throws an error with a code of the kind `HPE_…` for what is not HTTP/1.1, or could be read in two ways.
 */
export class AnswerReader {
  readonly #hasBody: boolean;
  readonly #listener: AnswerListener;
  #place: Place = 'head';
  /** Text of a head or a line that is not complete. */
  #text = '';
  /** Bytes of the body, or of the chunk, that are still to come. */
  #left = 0;
  /** Characters of the fields after the body. */
  #trailers = 0;
  #keepsConnection = false;

  /** `hasBody`: false for what answers HEAD. */
  constructor(hasBody: boolean, listener: AnswerListener) {
    this.#hasBody = hasBody;
    this.#listener = listener;
  }

  /** Whether the connection can carry another request, once the answer is complete. */
  get keepsConnection(): boolean {
    return this.#keepsConnection;
  }

  /** Takes bytes that were received; they may change when the call returns. */
  push(bytes: Uint8Array): void {
    let rest: Uint8Array | undefined = bytes;
    while (rest !== undefined && rest.byteLength > 0) rest = this.#take(rest);
  }

  /** The other side has ended the connection. True when the answer is complete with that. */
  close(): boolean {
    if (this.#place !== 'until close') return this.#place === 'done';
    this.#end();
    return true;
  }

  /** Takes the beginning of what came and returns the rest. */
  #take(bytes: Uint8Array): Uint8Array | undefined {
    switch (this.#place) {
      case 'head':
        return this.#takeLines(bytes, END_OF_HEAD, MOST_HEAD, (text) => this.#begin(text));
      case 'length':
      case 'chunk':
        return this.#takeCounted(bytes);
      case 'chunk size':
        return this.#takeLines(bytes, '\r\n', MOST_SIZE_LINE, (text) => this.#beginChunk(text));
      case 'chunk end':
        return this.#takeLines(bytes, '\r\n', 2, (text) => this.#endChunk(text));
      case 'trailers':
        return this.#takeLines(bytes, '\r\n', MOST_HEAD, (text) => this.#takeTrailer(text));
      case 'until close':
        this.#listener.onBytes(bytes);
        return undefined;
      default:
        // More than was asked for: such a connection carries no further request.
        this.#keepsConnection = false;
        return undefined;
    }
  }

  #takeLines(bytes: Uint8Array, end: string, most: number, use: (text: string) => unknown): Uint8Array | undefined {
    const before = this.#text.length;
    const text = this.#text + latin1(bytes, 0, Math.min(bytes.byteLength, most + end.length));
    const at = text.indexOf(end, Math.max(0, before - end.length + 1));
    if (at < 0 && text.length > most) throw notHttp('HPE_HEADER_OVERFLOW', 'a head is too long');
    this.#text = at < 0 ? text : '';
    if (at < 0) return undefined;
    use(text.slice(0, at));
    return bytes.subarray(at + end.length - before);
  }

  #takeCounted(bytes: Uint8Array): Uint8Array {
    const own = bytes.subarray(0, Math.min(bytes.byteLength, this.#left));
    this.#left -= own.byteLength;
    this.#listener.onBytes(own);
    if (this.#left === 0) {
      if (this.#place === 'length') this.#end();
      else this.#place = 'chunk end';
    }
    return bytes.subarray(own.byteLength);
  }

  #begin(text: string): void {
    const head = parseAnswerFields(text);
    if (head === undefined) throw notHttp('HPE_INVALID_CONSTANT', 'what came is not the head of an answer');
    if (head.status === 101) throw notHttp('HPE_UNEXPECTED_UPGRADE', 'the protocol was changed unasked');
    // 100 (continue), 103 (early hints): the answer proper is yet to come.
    if (head.status < 200) return;
    const place = this.#framing(head);
    this.#keepsConnection = head.isCurrent && place !== 'until close' && !words(head, 'connection').includes('close');
    this.#place = place;
    this.#listener.onHead(head);
    if (place === 'length' && this.#left === 0) this.#end();
  }

  /** How the end of the body is found (RFC 9112, section 6.3). */
  #framing(head: AnswerFields): Place {
    const { status, headers } = head;
    const { 'content-length': length, 'transfer-encoding': transfer } = headers;
    if (!this.#hasBody || status === 204 || status === 304) return 'length';
    if (transfer !== undefined) {
      if (length !== undefined) throw notHttp('HPE_UNEXPECTED_CONTENT_LENGTH', 'the end of the answer is told twice');
      if (words(head, 'transfer-encoding').at(-1) !== 'chunked') return 'until close';
      if (words(head, 'transfer-encoding').length > 1)
        throw notHttp('HPE_INVALID_TRANSFER_ENCODING', 'a transfer coding that was not asked for');
      return 'chunk size';
    }
    if (length === undefined) return 'until close';
    const size = parseLength(length);
    if (size === undefined) throw notHttp('HPE_INVALID_CONTENT_LENGTH', 'the length of the answer is no number');
    this.#left = size;
    return 'length';
  }

  #beginChunk(line: string): void {
    const size = /^([0-9a-fA-F]{1,12})[ \t]*(?:;.*)?$/.exec(line)?.[1];
    if (size === undefined) throw notHttp('HPE_INVALID_CHUNK_SIZE', 'the size of a chunk is no number');
    this.#left = Number.parseInt(size, 16);
    this.#place = this.#left === 0 ? 'trailers' : 'chunk';
  }

  #endChunk(line: string): void {
    if (line !== '') throw notHttp('HPE_STRICT', 'a chunk is longer than it says');
    this.#place = 'chunk size';
  }

  /** Fields after the last chunk, which are read over. */
  #takeTrailer(line: string): void {
    if (line === '') {
      this.#end();
      return;
    }
    if (parseField(line) === undefined) throw notHttp('HPE_INVALID_HEADER_TOKEN', 'what follows the body is no field');
    this.#trailers += line.length;
    if (this.#trailers > MOST_HEAD) throw notHttp('HPE_HEADER_OVERFLOW', 'too many fields follow the body');
  }

  #end(): void {
    this.#place = 'done';
    this.#listener.onEnd();
  }
}

/** The comma-separated words of a field, in lower case. */
function words({ headers }: AnswerFields, name: string): string[] {
  const value = headers[name];
  if (value === undefined) return [];
  return [value].flat().flatMap((one) =>
    one
      .toLowerCase()
      .split(',')
      .map((word) => word.trim()),
  );
}

function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}

function notHttp(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
