import { abortedError, throwIfAborted, type ByteRange } from '../core/index.js';
import { tensorSize, type GgufContent, type GgufTensor } from './content.js';

const GATE_MS = 2000;
const PATIENCE_MS = 10_000;
/** Bytes of a segment that are asked for in one piece. */
const READ_AT_ONCE = 2 * 1024 * 1024;

export interface SharedReadsOptions {
  /** How many readers will go through the tensors, side by side. */
  readonly readers: number;
  /** Tensor names in the order in which they will be read. */
  readonly order: readonly string[];
  /** Bytes that may be held at once. */
  readonly windowBytes: number;
  /** Bytes of one reading, about: whole rows, at least one. */
  readonly segmentBytes?: number;
  /**
   * Ends readings under way. A reader's own signal only ends its waiting: what it had read ahead may be what another
   * reader waits for.
   */
  readonly signal?: AbortSignal;
  /** How long the first reader waits for the others to start, ms; 2,000 unless given. */
  readonly gateMs?: number;
  /** How long a reader ahead waits for one that does not move, ms; 10,000 unless given. */
  readonly patienceMs?: number;
}

interface Segment {
  readonly tensor: GgufTensor;
  readonly start: number;
  readonly end: number;
}

interface Held {
  readonly bytes: Promise<Uint8Array>;
  readonly size: number;
  /** What it was read into, to be used again. */
  readonly memory: ArrayBuffer;
}

/**
 * Lets several readers go through the same tensors with one reading of the source: a window of segments moves along,
 * read ahead of the fastest reader and kept for the slowest. A reader that never starts or stands still does not hold
 * the others up for long; it then reads for itself what has been dropped. So sharing only ever saves work: the bytes
 * that each reader gets do not depend on it.
 */
export function shareReads(content: GgufContent, options: SharedReadsOptions): readonly GgufContent[] {
  const window = new SegmentWindow(content.tensors, options);
  return Array.from({ length: options.readers }, (_, reader) => ({
    metadata: content.metadata,
    tensors: content.tensors.map((tensor) => ({
      name: tensor.name,
      dimensions: tensor.dimensions,
      type: tensor.type,
      // The readers share one reading: it is the first one's.
      sources: reader === 0 ? tensor.sources : undefined,
      read: (range, signal, hints) => window.read(reader, tensor, range, { signal, lend: hints?.lend === true }),
    })),
  }));
}

class SegmentWindow {
  readonly #segments: readonly Segment[];
  readonly #first: ReadonlyMap<string, number>;
  readonly #held = new Map<number, Held>();
  readonly #spare: ArrayBuffer[] = [];
  readonly #positions: (number | undefined)[];
  /** Fulfilled when the last reading that a reader began has all its bytes. */
  readonly #turns: (Promise<void> | undefined)[];
  readonly #windowBytes: number;
  readonly #signal: AbortSignal | undefined;
  readonly #gateMs: number;
  readonly #patienceMs: number;
  #heldBytes = 0;
  #lastMove = 0;
  #gate: Promise<void> | undefined;
  #wake: (() => void)[] = [];

  constructor(tensors: readonly GgufTensor[], options: SharedReadsOptions) {
    const { segments, first } = cut(tensors, options);
    this.#segments = segments;
    this.#first = first;
    this.#positions = Array.from({ length: options.readers }, () => undefined);
    this.#turns = Array.from({ length: options.readers }, () => undefined);
    this.#windowBytes = options.windowBytes;
    this.#signal = options.signal;
    this.#gateMs = options.gateMs ?? GATE_MS;
    this.#patienceMs = options.patienceMs ?? PATIENCE_MS;
  }

  async *read(
    reader: number,
    tensor: GgufTensor,
    range: ByteRange | undefined,
    { signal, lend }: { readonly signal: AbortSignal | undefined; readonly lend: boolean },
  ): AsyncGenerator<Uint8Array> {
    const first = this.#first.get(tensor.name);
    const { start, end } = range ?? { start: 0, end: tensorSize(tensor) };
    if (first === undefined || end <= start) {
      yield* tensor.read(range, signal);
      return;
    }
    const turn = await this.#turn(reader, signal);
    try {
      for (let index = this.#find(first, start); ; index += 1) {
        const segment = this.#segments[index];
        if (segment === undefined || segment.tensor !== tensor || segment.start >= end) return;
        const bytes = await this.#take(reader, index, signal);
        const [from, to] = [Math.max(start, segment.start) - segment.start, Math.min(end, segment.end) - segment.start];
        const isLast = segment.end >= end;
        if (isLast) turn.pass();
        // What is handed out belongs to the reader, unless it says that it copies; the window may move on from the last one.
        yield lend && !isLast ? bytes.subarray(from, to) : bytes.slice(from, to);
      }
    } finally {
      turn.pass();
    }
  }

  /**
   * A reader may begin a tensor before it has come to the end of the last one. Its place in the window is one, though:
   * it has what it asked for first before what it asked for then.
   */
  async #turn(reader: number, signal: AbortSignal | undefined): Promise<{ pass(): void }> {
    const before = this.#turns[reader];
    let pass = (): void => {};
    this.#turns[reader] = new Promise((resolve) => (pass = resolve));
    try {
      if (before !== undefined) await untilAborted(before, signal);
    } catch (error) {
      // The next reader waits for those before it.
      void before?.then(pass);
      throw error;
    }
    return { pass };
  }

  /** The segment of a tensor (whose first is `first`) that holds byte `offset`: all but the last are equally long. */
  #find(first: number, offset: number): number {
    const segment = this.#segments[first];
    return segment === undefined ? first : first + Math.floor(offset / Math.max(1, segment.end - segment.start));
  }

  async #take(reader: number, index: number, signal: AbortSignal | undefined): Promise<Uint8Array> {
    if (this.#positions[reader] === undefined) await this.#arrive(reader, index, signal);
    this.#move(reader, index);
    throwIfAborted(signal);
    await this.#makeRoom(index, signal);
    const held = this.#load(index);
    this.#readAhead(index);
    return untilAborted(held.bytes, signal);
  }

  /** Readers that start together stay together; the first waits a moment for the rest. */
  async #arrive(reader: number, index: number, signal: AbortSignal | undefined): Promise<void> {
    this.#positions[reader] = index;
    if (this.#positions.every((position) => position !== undefined)) {
      this.#wakeAll();
      return;
    }
    this.#gate ??= this.#sleep(this.#gateMs, () => this.#positions.every((position) => position !== undefined));
    await untilAborted(this.#gate, signal);
  }

  #move(reader: number, index: number): void {
    this.#positions[reader] = index;
    this.#lastMove = performance.now();
    const slowest = Math.min(...this.#positions.map((position) => position ?? Number.POSITIVE_INFINITY));
    for (const held of this.#held.keys()) {
      if (held < slowest) this.#drop(held, true);
    }
    this.#wakeAll();
  }

  /** Waits while the window is full of what slower readers still need; gives up on them when they stand still. */
  async #makeRoom(index: number, signal: AbortSignal | undefined): Promise<void> {
    while (!this.#held.has(index) && !this.#fits(index)) {
      const before = this.#lastMove;
      await untilAborted(
        this.#sleep(this.#patienceMs, () => this.#held.has(index) || this.#fits(index)),
        signal,
      );
      if (this.#lastMove === before && !this.#fits(index)) this.#leaveBehind(index);
    }
  }

  #fits(index: number): boolean {
    return this.#held.size === 0 || this.#heldBytes + this.#sizeOf(index) <= this.#windowBytes;
  }

  #sizeOf(index: number): number {
    const segment = this.#segments[index];
    return segment === undefined ? 0 : segment.end - segment.start;
  }

  #load(index: number): Held {
    const present = this.#held.get(index);
    if (present !== undefined) return present;
    const segment = this.#segments[index];
    if (segment === undefined) throw new RangeError(`segment ${index} of ${this.#segments.length}`);
    const size = segment.end - segment.start;
    const fitting = this.#spare.findIndex(({ byteLength }) => byteLength >= size);
    const [memory] = fitting === -1 ? [] : this.#spare.splice(fitting, 1);
    const bytes = memory ?? new ArrayBuffer(size);
    const held: Held = { bytes: collect(segment, bytes, this.#signal), size, memory: bytes };
    this.#held.set(index, held);
    this.#heldBytes += held.size;
    // A failed reading is not kept: the next reader tries again. Readers that wait for it see the failure.
    held.bytes.catch(() => {
      if (this.#held.get(index) === held) this.#drop(index);
    });
    return held;
  }

  #readAhead(index: number): void {
    for (
      let next = index + 1;
      next < this.#segments.length && this.#heldBytes + this.#sizeOf(next) <= this.#windowBytes / 2;
      next += 1
    ) {
      this.#load(next);
    }
  }

  /** `isDone`: all readers have passed it, so that its memory can be used again. */
  #drop(index: number, isDone = false): void {
    const held = this.#held.get(index);
    if (held === undefined) return;
    this.#held.delete(index);
    this.#heldBytes -= held.size;
    if (!isDone) return;
    const { memory } = held;
    // One that was not waited for may still be read into.
    void held.bytes.then(
      () => this.#keepSpare(memory),
      () => {},
    );
  }

  /**
   * Memory for the segments to come: the window's, filled or not, is never more than it may be. What is thrown away instead
   * becomes garbage of megabytes, which the C library's heap does not give back.
   */
  #keepSpare(memory: ArrayBuffer): void {
    const kept = this.#spare.reduce((sum, { byteLength }) => sum + byteLength, 0);
    if (this.#heldBytes + kept + memory.byteLength <= this.#windowBytes) this.#spare.push(memory);
  }

  /** Readers behind `index` no longer count: they read for themselves until they have caught up. */
  #leaveBehind(index: number): void {
    for (const [reader, position] of this.#positions.entries()) {
      if (position !== undefined && position < index) this.#positions[reader] = undefined;
    }
    for (const held of this.#held.keys()) {
      if (held !== index) this.#drop(held);
    }
  }

  #wakeAll(): void {
    const waiting = this.#wake;
    this.#wake = [];
    for (const wake of waiting) wake();
  }

  /** Resolves when `done` holds after some reader moved, or after `limit` ms. */
  async #sleep(limit: number, done: () => boolean): Promise<void> {
    const deadline = performance.now() + limit;
    while (!done()) {
      const remainingMs = deadline - performance.now();
      if (remainingMs <= 0) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, remainingMs);
        this.#wake.push(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }
}

/** Tensors in reading order, cut into runs of whole rows. */
function cut(
  tensors: readonly GgufTensor[],
  options: SharedReadsOptions,
): { segments: Segment[]; first: Map<string, number> } {
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const segments: Segment[] = [];
  const first = new Map<string, number>();
  for (const name of options.order) {
    const tensor = byName.get(name);
    if (tensor === undefined) continue;
    first.set(name, segments.length);
    const size = tensorSize(tensor);
    const rows = tensor.dimensions.slice(1).reduce((product, dimension) => product * dimension, 1);
    const row = rows === 0 ? size : size / rows;
    const step = row * Math.max(1, Math.floor((options.segmentBytes ?? 4 * 1024 * 1024) / Math.max(1, row)));
    for (let start = 0; start < size; start += step)
      segments.push({ tensor, start, end: Math.min(size, start + step) });
  }
  return { segments, first };
}

async function collect(
  { tensor, start, end }: Segment,
  memory: ArrayBuffer,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(memory, 0, end - start);
  let [filled, asked] = [0, 0];
  const into = (): Uint8Array => bytes.subarray(asked, (asked = Math.min(bytes.byteLength, asked + READ_AT_ONCE)));
  for await (const chunk of tensor.read({ start, end }, signal, { lend: true, into })) {
    const isThere = chunk.buffer === memory && chunk.byteOffset === filled;
    if (!isThere) bytes.set(chunk, filled);
    filled += chunk.byteLength;
  }
  if (filled !== bytes.byteLength) throw new RangeError(`'${tensor.name}' gave ${filled} of ${bytes.byteLength} bytes`);
  return bytes;
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
