import { SlipwayError } from '../../core/index.js';
import { createDigester, type Digester, type ModelFile } from '../../files/index.js';

/**
 * Pieces from this size on are lent by the file: what has more than it should in its queue makes a socket say so, and it asks for
 * the next piece when all is gone. A smaller piece may still wait there when the next one is asked for.
 */
const LENT_FROM = 96 * 1024;

/**
 * Reads a file once from front to back, in pieces of any size, and hashes what passes unless its digest is known. The file
 * stays open between pieces (it may be computing ahead) and is opened again only after {@link FileCutter.seek}.
 */
export class FileCutter {
  readonly #file: ModelFile;
  readonly #signal: AbortSignal | undefined;
  readonly digester: Digester;
  #open: { readonly chunks: AsyncIterator<Uint8Array>; readonly control: AbortController } | undefined;
  #rest: Uint8Array | undefined;
  #failure: unknown;

  constructor(file: ModelFile, signal: AbortSignal | undefined) {
    this.#file = file;
    this.#signal = signal;
    this.digester = createDigester(file.size, file.digest);
  }

  /** What the file itself threw while it was read; repeating the request would not help. */
  get failure(): unknown {
    return this.#failure;
  }

  /** The next `count` bytes. Only one piece is read at a time, and it holds until the next one is asked for, or longer. */
  async *take(count: number, onBytes: (position: number) => void): AsyncGenerator<Uint8Array> {
    let remaining = count;
    while (remaining > 0) {
      const chunk = await this.#next();
      const piece = chunk.byteLength > remaining ? chunk.subarray(0, remaining) : chunk;
      this.#rest = chunk.byteLength > remaining ? chunk.subarray(remaining) : undefined;
      remaining -= piece.byteLength;
      const taken = this.digester.update(piece);
      if (taken !== undefined) await taken;
      yield piece.byteLength < LENT_FROM ? piece.slice() : piece;
      onBytes(this.digester.size);
    }
  }

  /** Goes to `offset`: the hash goes back as little as possible and is fed again from there. */
  async seek(offset: number): Promise<void> {
    this.close();
    const from = await this.digester.rewind(offset);
    if (from === offset) return;
    for await (const _ of this.take(offset - from, () => {})) {
      // Only the hash wants these bytes: the registry has them.
    }
  }

  /** Throws `SIZE_MISMATCH` when the file goes on after its announced size. */
  async expectEnd(): Promise<void> {
    if (this.#rest !== undefined) throw this.#mismatch('more');
    if (this.#open === undefined) return;
    const { done } = await this.#open.chunks.next();
    this.close();
    if (done !== true) throw this.#mismatch('more');
  }

  close(): void {
    this.#open?.control.abort();
    // Not awaited: a source that hangs would hold up the resumption.
    this.#open?.chunks.return?.()?.catch(() => {});
    this.#open = undefined;
    this.#rest = undefined;
  }

  /** For good. */
  end(): void {
    this.close();
    this.digester.close();
  }

  async #next(): Promise<Uint8Array> {
    const rest = this.#rest;
    if (rest !== undefined) return rest;
    try {
      this.#open ??= this.#start();
      for (;;) {
        const { done, value } = await this.#open.chunks.next();
        if (done === true) throw this.#mismatch('fewer');
        if (value.byteLength > 0) return value;
      }
    } catch (error) {
      if (this.#open?.control.signal.aborted !== true) this.#failure = error;
      throw error;
    }
  }

  #start(): { chunks: AsyncIterator<Uint8Array>; control: AbortController } {
    const control = new AbortController();
    const signal = this.#signal === undefined ? control.signal : AbortSignal.any([this.#signal, control.signal]);
    const { size } = this.digester;
    // Without a range the file checks what it has announced of itself.
    const range = size === 0 ? undefined : { start: size, end: this.#file.size };
    return { chunks: this.#file.read(range, signal, { lend: true })[Symbol.asyncIterator](), control };
  }

  #mismatch(word: 'more' | 'fewer'): SlipwayError {
    return new SlipwayError('SIZE_MISMATCH', `'${this.#file.path}' has ${word} bytes than announced`, {
      where: this.#file.path,
      got: `${word} than ${this.#file.size} bytes`,
      context: { expected: this.#file.size },
    });
  }
}
