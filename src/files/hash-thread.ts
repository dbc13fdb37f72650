import { Worker } from 'node:worker_threads';
import { copyBytes } from '../../workers/copy-bytes.js';
import { assetPath, SlipwayError, threadsStepBack, whenIdle } from '../core/index.js';
import type { HashAnswer, HashOrder, HashSetup } from '../../workers/hash-messages.js';

/** Bytes that go to the thread at once. */
const BLOCK = 1024 * 1024;
/** Blocks that may be under way before the next `write` has to wait. */
const BLOCKS = 3;
/** Memories of streams that have ended, kept for those to come. */
const SPARE_MEMORIES = 8;

interface Waiting {
  resolve(answer: HashAnswer): void;
  reject(error: unknown): void;
}

/**
 * The thread that hashes, one for all streams of the process: a core hashes about as fast as another receives and writes.
 * Started with the first large stream; it ends with the process and does not keep it alive.
 */
export class HashThread {
  static #shared: HashThread | undefined;
  readonly #worker: Worker;
  readonly #streams = new Map<number, ThreadStream>();
  readonly #spare: SharedArrayBuffer[] = [];
  #next = 0;
  /** Reasons to stay: the thread that loads its modules (ending then can crash Node 20), and everybody who waits. */
  #reasons = 1;

  private constructor() {
    // Without the flags of the process: `--input-type` and others refuse a file.
    this.#worker = new Worker(assetPath('threads/hash.js'), {
      execArgv: [],
      workerData: { stepsBack: threadsStepBack() } satisfies HashSetup,
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
    });
    whenIdle(HashThread.#letGo);
    this.#worker.on('message', (answer: HashAnswer) => this.#hear(answer));
    this.#worker.on('error', (error) => this.#end(died(error)));
    this.#worker.on('exit', (code) => this.#end(died(new Error(`it ended with code ${code}`))));
  }

  static shared(): HashThread {
    try {
      HashThread.#shared ??= new HashThread();
      return HashThread.#shared;
    } catch (cause) {
      throw SlipwayError.is(cause) ? cause : died(cause);
    }
  }

  static readonly #letGo = (): void => {
    const shared = HashThread.#shared;
    if (shared !== undefined) shared.#spare.length = 0;
  };

  open(): ThreadStream {
    const id = this.#next++;
    const memory = this.#spare.pop() ?? newMemory();
    const stream = new ThreadStream(id, memory, {
      send: (order) => this.#send(order),
      stay: () => this.#stay(),
      leave: () => this.#leave(),
    });
    this.#streams.set(id, stream);
    this.#send({ kind: 'open', stream: id, memory });
    return stream;
  }

  /** A failure reaches the next call that waits: an order is given in places that must not throw. */
  #send(order: HashOrder): void {
    try {
      this.#worker.postMessage(order);
    } catch (error) {
      this.#end(died(error));
    }
  }

  #hear(answer: HashAnswer): void {
    if (answer.kind === 'ready') return this.#leave();
    const stream = this.#streams.get(answer.stream);
    if (stream === undefined) return;
    if (answer.kind === 'closed') {
      this.#streams.delete(answer.stream);
      if (this.#spare.length < SPARE_MEMORIES) this.#spare.push(stream.memory);
    } else {
      stream.hear(answer);
    }
  }

  #end(error: SlipwayError): void {
    if (HashThread.#shared === this) HashThread.#shared = undefined;
    for (const stream of this.#streams.values()) stream.fail(error);
    this.#streams.clear();
  }

  #stay(): void {
    if (this.#reasons++ === 0) this.#worker.ref();
  }

  #leave(): void {
    if (--this.#reasons === 0) this.#worker.unref();
  }
}

function newMemory(): SharedArrayBuffer {
  try {
    return new SharedArrayBuffer(BLOCK * BLOCKS);
  } catch (cause) {
    throw died(cause);
  }
}

function died(cause: unknown): SlipwayError {
  return new SlipwayError('WORKER_DIED', 'the thread that checks digests died', {
    cause,
    try: [
      'run again: what was done is kept',
      'give the process more memory, or let it do less at once: limits.concurrency',
    ],
  });
}

/** What a stream needs of its thread. */
interface ThreadSide {
  send(order: HashOrder): void;
  stay(): void;
  leave(): void;
}

/** One stream that the thread hashes: bytes are copied into memory that both see, a ring of blocks. */
export class ThreadStream {
  readonly memory: SharedArrayBuffer;
  readonly #id: number;
  readonly #thread: ThreadSide;
  readonly #bytes: Uint8Array;
  /** The block that is being filled, and how far. */
  #block = 0;
  #filled = 0;
  #underWay = 0;
  /** Blocks ever sent, and ever taken. */
  #sent = 0;
  #taken = 0;
  #waiting: { readonly kind: HashAnswer['kind']; readonly to: Waiting }[] = [];
  #failure: SlipwayError | undefined;
  #closed = false;

  constructor(id: number, memory: SharedArrayBuffer, thread: ThreadSide) {
    this.#id = id;
    this.memory = memory;
    this.#thread = thread;
    this.#bytes = new Uint8Array(memory);
  }

  /** Returns a promise when there is no room for all of it now. */
  update(chunk: Uint8Array): Promise<void> | undefined {
    const copied = this.#copy(chunk, 0);
    return copied === chunk.byteLength ? undefined : this.#copyRest(chunk, copied);
  }

  /** As `update` for bytes that the thread can see; fulfilled when they may change. */
  async updateShared(memory: SharedArrayBuffer, start: number, end: number): Promise<void> {
    this.#sendBlock();
    this.#underWay++;
    const order: HashOrder = { kind: 'update', stream: this.#id, start, end, memory };
    const turn = ++this.#sent;
    this.#thread.send(order);
    while (this.#taken < turn) await this.#wait('taken');
  }

  async rewind(offset: number): Promise<number> {
    this.#sendBlock();
    const answer = await this.#ask({ kind: 'rewind', stream: this.#id, offset }, 'rewound');
    return answer.kind === 'rewound' ? answer.offset : 0;
  }

  async hex(): Promise<string> {
    this.#sendBlock();
    const answer = await this.#ask({ kind: 'digest', stream: this.#id }, 'digest');
    return answer.kind === 'digest' ? answer.hex : '';
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#failure === undefined) this.#thread.send({ kind: 'close', stream: this.#id });
  }

  hear(answer: HashAnswer): void {
    if (answer.kind === 'taken') {
      this.#underWay--;
      this.#taken++;
    }
    const heard = this.#waiting.filter(({ kind }) => kind === answer.kind);
    this.#waiting = this.#waiting.filter(({ kind }) => kind !== answer.kind);
    for (const { to } of heard) to.resolve(answer);
  }

  fail(error: SlipwayError): void {
    this.#failure ??= error;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { to } of waiting) to.reject(error);
  }

  /** Copies what there is room for, from `at` on, and says how far it came. */
  #copy(chunk: Uint8Array, at: number): number {
    let done = at;
    while (done < chunk.byteLength && this.#underWay < BLOCKS) {
      const end = Math.min(chunk.byteLength, done + BLOCK - this.#filled);
      copyBytes(chunk.subarray(done, end), this.#bytes, this.#block * BLOCK + this.#filled);
      this.#filled += end - done;
      done = end;
      if (this.#filled === BLOCK) this.#sendBlock();
    }
    return done;
  }

  async #copyRest(chunk: Uint8Array, copied: number): Promise<void> {
    for (let at = copied; at < chunk.byteLength; at = this.#copy(chunk, at)) await this.#wait('taken');
  }

  #sendBlock(): void {
    if (this.#filled === 0) return;
    const start = this.#block * BLOCK;
    this.#thread.send({ kind: 'update', stream: this.#id, start, end: start + this.#filled });
    this.#underWay++;
    this.#sent++;
    this.#filled = 0;
    this.#block = (this.#block + 1) % BLOCKS;
  }

  async #ask(order: HashOrder, kind: HashAnswer['kind']): Promise<HashAnswer> {
    if (this.#failure === undefined) this.#thread.send(order);
    return this.#wait(kind);
  }

  /** Keeps the process alive meanwhile. */
  async #wait(kind: HashAnswer['kind']): Promise<HashAnswer> {
    if (this.#failure !== undefined) throw this.#failure;
    this.#thread.stay();
    try {
      return await new Promise<HashAnswer>((resolve, reject) => {
        this.#waiting.push({ kind, to: { resolve, reject } });
      });
    } finally {
      this.#thread.leave();
    }
  }
}
