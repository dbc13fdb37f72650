import { countText, SlipwayError, throwIfAborted } from '../core/index.js';
import { readHead, type ModelFile } from '../files/index.js';

const FIRST_WINDOW = 64 * 1024;
const LARGEST_WINDOW = 8 * 1024 * 1024;

/**
 * Reads a file's header from its start in windows that grow, so that a small header costs one small read and a large
 * vocabulary few large ones. `take…` methods are synchronous and need what {@link has} or {@link fill} promised.
 */
export class HeaderCursor {
  /** Byte order of everything but the magic. */
  littleEndian = true;
  readonly #file: ModelFile;
  readonly #limit: number;
  readonly #signal: AbortSignal | undefined;
  #bytes = new Uint8Array(0);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;
  /** Position in the file of `#bytes[0]`. */
  #base = 0;
  #window = FIRST_WINDOW;

  /** @param limit - bytes that the header may have; more is refused before it is read */
  constructor(file: ModelFile, limit: number, signal: AbortSignal | undefined) {
    this.#file = file;
    this.#limit = limit;
    this.#signal = signal;
  }

  /** Position in the file of the next byte. */
  get position(): number {
    return this.#base + this.#at;
  }

  has(count: number): boolean {
    return this.#bytes.byteLength - this.#at >= count;
  }

  /** Throws `GGUF_INVALID` unless the file, and the limit, have room for `count` further bytes. Call it before allocating. */
  claim(count: number, what: string): void {
    const end = this.position + count;
    if (end > this.#file.size) {
      throw this.invalid(
        `ends before ${what}`,
        `${countText(count, 'byte')} needed, ${this.#file.size - this.position} left`,
      );
    }
    if (end > this.#limit) {
      throw this.invalid(
        `has a header that is too large to read`,
        `more than ${countText(this.#limit, 'byte')}, at ${what}`,
      );
    }
  }

  /** Makes `count` bytes available, reading ahead. */
  async fill(count: number, what: string): Promise<void> {
    if (this.has(count)) return;
    this.claim(count, what);
    throwIfAborted(this.#signal);
    const rest = this.#bytes.subarray(this.#at);
    const start = this.position + rest.byteLength;
    const end = Math.min(this.#file.size, this.position + Math.max(count, this.#window));
    const fresh = await readHead(this.#file, { start, end }, this.#signal);
    const joined = new Uint8Array(rest.byteLength + fresh.byteLength);
    joined.set(rest);
    joined.set(fresh, rest.byteLength);
    this.#base = this.position;
    this.#bytes = joined;
    this.#view = new DataView(joined.buffer);
    this.#at = 0;
    this.#window = Math.min(this.#window * 4, LARGEST_WINDOW);
  }

  /** The next `count` bytes as a view of the window: copy what has to stay. */
  take(count: number): Uint8Array {
    const bytes = this.#bytes.subarray(this.#at, this.#at + count);
    this.#at += count;
    return bytes;
  }

  takeView(count: number): DataView {
    const view = new DataView(this.#view.buffer, this.#at, count);
    this.#at += count;
    return view;
  }

  takeUint32(): number {
    const value = this.#view.getUint32(this.#at, this.littleEndian);
    this.#at += 4;
    return value;
  }

  takeUint64(): bigint {
    const value = this.#view.getBigUint64(this.#at, this.littleEndian);
    this.#at += 8;
    return value;
  }

  async uint32(what: string): Promise<number> {
    if (!this.has(4)) await this.fill(4, what);
    return this.takeUint32();
  }

  async uint64(what: string): Promise<bigint> {
    if (!this.has(8)) await this.fill(8, what);
    return this.takeUint64();
  }

  /** A count that must not exceed `limit`; `minimum` is what one counted thing takes at least, in bytes. */
  async count(what: string, limit: number, minimum: number): Promise<number> {
    const value = await this.uint64(what);
    if (value > BigInt(limit)) throw this.invalid(`claims too many ${what}`, `${value}, at most ${limit}`);
    this.claim(Number(value) * minimum, what);
    return Number(value);
  }

  /** The next string's bytes when all of it is in the window: the fast way through a vocabulary. */
  stringAtHand(limit: number): Uint8Array | undefined {
    if (!this.has(8)) return undefined;
    const length = this.#view.getBigUint64(this.#at, this.littleEndian);
    if (length > BigInt(limit) || !this.has(8 + Number(length))) return undefined;
    this.#at += 8;
    return this.take(Number(length));
  }

  /** A string's bytes (a view of the window), its length checked against what is left. */
  async stringBytes(what: string, limit: number): Promise<Uint8Array> {
    const length = await this.uint64(what);
    if (length > BigInt(limit))
      throw this.invalid(`has a ${what} that is too long`, `${countText(length, 'byte')}, at most ${limit}`);
    const count = Number(length);
    if (!this.has(count)) await this.fill(count, what);
    return this.take(count);
  }

  /** The error for this file, with where the reader stands. */
  invalid(message: string, got?: string): SlipwayError {
    return new SlipwayError('GGUF_INVALID', `'${this.#file.path}' ${message}`, {
      where: `${this.#file.path}, byte ${this.position}`,
      context: { position: this.position },
      ...(got === undefined ? {} : { got }),
    });
  }
}
