import { abortedError, SlipwayError, throwIfAborted, type ByteRange, type Digest } from '../../core/index.js';
import { createDigester, type Digester, type ModelFile } from '../../files/index.js';
import { HeldBytes, type HeldAccount, type HeldChunk } from './held-bytes.js';
import { LEAF_BYTES, LeafMarks, RunningMarks } from './leaf-marks.js';
import { Pieces, type Piece } from './pieces.js';

/** Bytes of one request when it is known that they are wanted. */
const REQUEST_BYTES = 32 * 1024 * 1024;
/** The same while nothing but a header may be wanted. */
const FIRST_REQUEST_BYTES = 128 * 1024;
/** What is read ahead of the reader that is furthest. */
const AHEAD_BYTES = 8 * 1024 * 1024;
/** What is passed for the sake of bytes that nothing was said about; beyond it they are read apart. */
const GAP_BYTES = 4 * 1024 * 1024;
/** A file of which a reader of headers may take all. */
const SMALL_BYTES = 1024 * 1024;
/**
 * What may be kept beyond the plan's room: readers run side by side where a plan has them one after another. A share of the room,
 * and never less than what the next tensors are begun ahead with.
 */
const [LEAST_SLACK, SLACK_SHARE, MOST_SLACK] = [8 * 1024 * 1024, 0.25, 32 * 1024 * 1024];
/** How far from the beginning on a file is kept before it is known what of it is wanted: headers are read more than once. */
const HEADER_BYTES = 64 * 1024 * 1024;

/**
 * One file, read in its own order for its digest, and what of that is kept for its readers. Whatever is handed out either
 * passed the digest or is compared with what does: `finish` is the verdict.
 */
export class FileReading {
  /** Bytes that were read in order, all of them hashed. */
  head = 0;
  /** Bytes from the beginning on that are kept since the reading began. */
  present = 0;
  readonly #file: ModelFile;
  readonly #expected: Digest | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #account: HeldAccount;
  readonly #held: HeldBytes;
  readonly #marks = new LeafMarks();
  readonly #passing: RunningMarks;
  #digester: Digester | undefined;
  #pieces: Pieces;
  #isPlanned = false;
  #isReadWhole = false;
  #furthest = 0;
  #stream: AsyncIterator<Uint8Array> | undefined;
  #streamEnd = 0;
  #turn: Promise<unknown> = Promise.resolve();
  #isAhead = false;
  #failure: SlipwayError | undefined;

  constructor(
    file: ModelFile,
    { digest, signal }: { readonly digest: Digest | undefined; readonly signal: AbortSignal | undefined },
    account: HeldAccount,
  ) {
    this.#file = file;
    this.#expected = digest;
    this.#signal = signal;
    this.#account = account;
    this.#held = new HeldBytes(account);
    this.#passing = new RunningMarks(this.#marks, file.size);
    this.#pieces = new Pieces(file.size);
  }

  /** Says what will be read; what is kept and not wanted is let go. */
  async expect(pieces: Pieces): Promise<void> {
    this.#pieces = pieces;
    this.#isPlanned = true;
    this.present = 0;
    await this.#held.takeAll(async (start, bytes) => this.#keepWanted(start, bytes));
  }

  /** The bytes of a range, from wherever they can be had. `lend`: the reader is done with a chunk when it asks for the next. */
  async *read(range: ByteRange, signal: AbortSignal | undefined, lend: boolean = false): AsyncGenerator<Uint8Array> {
    if (range.start === 0 && range.end === this.#file.size && range.end > SMALL_BYTES) this.#isReadWhole = true;
    for (let at = range.start; at < range.end;) {
      throwIfAborted(signal);
      const piece = this.#pieces.at(at);
      const end = Math.min(range.end, piece.end);
      const here = this.#held.at(at) ?? (await this.#reach(at, range, piece, signal));
      if (here === undefined) {
        yield* this.#readApart({ start: at, end }, piece, signal);
        at = end;
        continue;
      }
      const until = Math.min(end, here.end);
      this.#furthest = Math.max(this.#furthest, until);
      yield* this.#handOut(here, { start: at, end: until }, piece, lend);
      at = until;
    }
  }

  /** Reads what is left, and says whether the whole was what was announced. Throws `DIGEST_MISMATCH`. */
  async finish(signal: AbortSignal | undefined): Promise<Digest> {
    for (const piece of this.#pieces.between(this.head, this.#file.size)) piece.wanted = 0;
    while (this.head < this.#file.size) {
      throwIfAborted(signal);
      await untilAborted(this.#step(REQUEST_BYTES), signal);
    }
    await this.#turn;
    if (this.#failure !== undefined) throw this.#failure;
    return (this.#digester ??= createDigester(0)).digest();
  }

  /** Lets go of everything. */
  async close(): Promise<void> {
    this.#held.dropAll();
    this.#digester?.close();
    await this.#stream?.return?.();
  }

  /** Reads on until a byte is here. `undefined` when it is better read apart. */
  async #reach(
    at: number,
    range: ByteRange,
    piece: Piece,
    signal: AbortSignal | undefined,
  ): Promise<HeldChunk | undefined> {
    const isTold = piece.wanted > 0;
    if (piece.apart > 0 || (!isTold && at - this.head > GAP_BYTES)) return undefined;
    while (at >= this.head) {
      if (!this.#hasRoom(piece)) {
        // One that was begun ahead of its turn has time: readers before it let go of what is in its way.
        if (!(await untilAborted(this.#account.untilLess(), signal))) return undefined;
        continue;
      }
      const chunk = await untilAborted(this.#step(this.#requestSize(range)), signal);
      const here = this.#held.at(at);
      if (here !== undefined) return here;
      if (chunk !== undefined && at >= chunk.start && at < chunk.end) return chunk;
    }
    return this.#held.at(at);
  }

  /** Whether what comes next may be kept: it may not when it is for another reader and there is more than enough. */
  #hasRoom(piece: Piece): boolean {
    const { spill, held, room } = this.#account;
    if (spill !== undefined || held <= room + slackOf(room)) return true;
    const next = this.#pieces.at(this.head);
    return next === piece || next.wanted === 0;
  }

  #requestSize({ start, end }: ByteRange): number {
    if (this.#isPlanned || end - start >= REQUEST_BYTES) return REQUEST_BYTES;
    return Math.max(end - this.head, FIRST_REQUEST_BYTES);
  }

  /** A chunk's part for one reader: a copy, unless it is lent. What is wanted again stays. */
  async *#handOut(
    chunk: HeldChunk,
    { start, end }: ByteRange,
    piece: Piece,
    lend: boolean,
  ): AsyncGenerator<Uint8Array> {
    const { bytes, done } = await this.#held.use(chunk);
    const part = bytes.subarray(start - chunk.start, end - chunk.start);
    // What was read for this reader alone is its own.
    const own = lend || bytes === chunk.content ? part : part.slice();
    void this.#readAhead();
    try {
      yield own;
    } finally {
      done();
      this.#handedOut(chunk, { start, end }, piece);
    }
  }

  /** Lets go of what no reader is to come for. */
  #handedOut(chunk: HeldChunk, { start, end }: ByteRange, piece: Piece): void {
    const isKept = this.#held.at(start) === chunk;
    if (isKept && this.#isPlanned && piece.wanted <= 1 && end === chunk.end) this.#held.drop(chunk);
    if (end !== piece.end || piece.wanted === 0) return;
    piece.wanted -= 1;
    if (piece.wanted === 0 && this.#isPlanned) this.#held.dropBetween(piece.start, piece.end);
  }

  /** Reads the next chunk in the file's order, one caller after the other. */
  #step(requestSize: number): Promise<HeldChunk | undefined> {
    const next = this.#turn.then(async () => this.#readNext(requestSize));
    this.#turn = next.catch(() => {});
    return next;
  }

  async #readNext(requestSize: number): Promise<HeldChunk | undefined> {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.head >= this.#file.size) return undefined;
    const bytes = await this.#nextBytes(requestSize);
    if (bytes === undefined) return undefined;
    const start = this.head;
    this.#digester ??= createDigester(this.#file.size);
    const taken = this.#digester.update(bytes);
    if (taken !== undefined) await taken;
    const changed = this.#passing.update(bytes);
    if (changed !== undefined) throw (this.#failure = this.#changed(changed));
    const end = start + bytes.byteLength;
    if (end === this.#file.size) await this.#verdict();
    try {
      return await this.#stay(start, bytes);
    } finally {
      // Not before: until then a reader waits for them.
      this.head = end;
    }
  }

  /** Keeps what is wanted of a chunk. Returns it for a reader that nothing was said about. */
  async #stay(start: number, bytes: Uint8Array): Promise<HeldChunk> {
    const end = start + bytes.byteLength;
    if (this.#isHeader(start, end)) {
      this.present = end;
      await this.#held.keep(start, bytes);
    } else {
      await this.#keepWanted(start, bytes);
    }
    return { start, end, content: bytes };
  }

  /** What is read before anything was said is a header, as long as it is not the whole. */
  #isHeader(start: number, end: number): boolean {
    return !this.#isPlanned && !this.#isReadWhole && start === this.present && end <= HEADER_BYTES;
  }

  async #keepWanted(start: number, bytes: Uint8Array): Promise<void> {
    const end = start + bytes.byteLength;
    for (const piece of this.#pieces.between(start, end)) {
      if (piece.wanted === 0) continue;
      const [from, to] = [Math.max(start, piece.start), Math.min(end, piece.end)];
      await this.#held.keep(from, bytes.subarray(from - start, to - start));
    }
  }

  async #verdict(): Promise<void> {
    if (this.#expected === undefined) return;
    const digest = await this.#digester?.digest();
    // The last bytes are not handed out before it: nothing can be finished with a file that was another.
    if (digest !== undefined && digest !== this.#expected) throw (this.#failure = this.#notAnnounced(digest));
  }

  async #nextBytes(requestSize: number): Promise<Uint8Array | undefined> {
    try {
      if (this.#stream === undefined) {
        const start = this.head;
        this.#streamEnd = Math.min(this.#file.size, start + requestSize);
        this.#stream = this.#file.read({ start, end: this.#streamEnd }, this.#signal)[Symbol.asyncIterator]();
      }
      const next = await this.#stream.next();
      if (next.done !== true) return next.value;
      this.#stream = undefined;
      return undefined;
    } catch (error) {
      this.#stream = undefined;
      throw error;
    }
  }

  async #readAhead(): Promise<void> {
    if (this.#isAhead || !this.#isPlanned) return;
    this.#isAhead = true;
    try {
      while (this.head < Math.min(this.#file.size, this.#furthest + AHEAD_BYTES)) {
        if (this.#account.held > Math.max(LEAST_SLACK, this.#account.room)) return;
        if (this.#pieces.at(this.head).wanted === 0) return;
        await this.#step(REQUEST_BYTES);
      }
    } catch {
      // The reader that needs the bytes hears of it.
    } finally {
      this.#isAhead = false;
    }
  }

  /** Reads bytes by themselves, in whole leaves, which are compared with what the file's own reading brings. */
  async *#readApart(range: ByteRange, piece: Piece, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
    const start = Math.floor(range.start / LEAF_BYTES) * LEAF_BYTES;
    const end = Math.min(this.#file.size, Math.ceil(range.end / LEAF_BYTES) * LEAF_BYTES);
    const marks = new RunningMarks(this.#marks, this.#file.size, start);
    // What lies in a leaf is held back until all of it was compared.
    let held: Uint8Array[] = [];
    let at = start;
    for await (const chunk of this.#file.read({ start, end }, signal)) {
      const changed = marks.update(chunk);
      if (changed !== undefined) throw (this.#failure = this.#changed(changed));
      const [from, to] = [Math.max(0, range.start - at), Math.min(chunk.byteLength, range.end - at)];
      at += chunk.byteLength;
      if (to > from) held.push(from === 0 && to === chunk.byteLength ? chunk : chunk.slice(from, to));
      const whole = Math.floor(at / LEAF_BYTES) * LEAF_BYTES;
      if (at < end && whole <= at - chunk.byteLength) continue;
      const ready = at === end || whole === at ? held : held.slice(0, -1);
      held = held.slice(ready.length);
      yield* ready;
    }
    yield* held;
    if (range.end === piece.end && piece.apart > 0) piece.apart -= 1;
  }

  #changed(start: number): SlipwayError {
    const end = Math.min(this.#file.size, start + LEAF_BYTES);
    return new SlipwayError('DIGEST_MISMATCH', `'${this.#file.path}' gave other bytes than those it is made of`, {
      where: `${this.#file.path} [${start}, ${end})`,
      got: 'other bytes in two readings of this range',
      context: { start, end },
      try: 'do not use what was made from it; run again',
    });
  }

  #notAnnounced(actual: Digest): SlipwayError {
    const expected = this.#expected ?? '';
    return new SlipwayError('DIGEST_MISMATCH', `'${this.#file.path}' gave other bytes than those it is made of`, {
      where: `${this.#file.path} [0, ${this.#file.size})`,
      got: `${actual}, expected ${expected}`,
      context: { start: 0, end: this.#file.size, actual, expected },
      try: 'do not use what was made from it; run again',
    });
  }
}

function slackOf(room: number): number {
  return Math.min(MOST_SLACK, Math.max(LEAST_SLACK, room * SLACK_SHARE));
}

async function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  throwIfAborted(signal);
  return new Promise<T>((resolve, reject) => {
    const onAbort = (): void => reject(abortedError(signal));
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
