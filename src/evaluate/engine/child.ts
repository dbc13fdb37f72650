import { spawn, type ChildProcess } from 'node:child_process';
import type { Socket } from 'node:net';
import { SlipwayError, throwIfAborted } from '../../core/index.js';
import { encodeFrame, FrameReader, type FrameValue } from '../../../workers/frames.js';

/** What is kept of the words of a process that dies. */
const STDERR_LIMIT = 4000;
/** Variables that a child gets: those that say where libraries are and how they compute, never a secret. */
const PASSED = /^(PATH|HOME|TMPDIR|LANG|LC_.*|LD_LIBRARY_PATH|DYLD_.*|OMP_.*|GGML_.*|LLAMA_.*)$/;

export interface ChildOptions {
  /** The script that it runs. */
  readonly script: string;
  /** How it is called in errors: `the process that runs the model`. */
  readonly name: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Working directory; the parent's unless given. */
  readonly directory?: string;
  /** Milliseconds that one answer may take. */
  readonly patience: number;
}

interface Waiting {
  readonly resolve: (value: FrameValue) => void;
  readonly reject: (error: Error) => void;
  readonly what: string;
}

/** An error that the child told: `code` is its own, not one of ours. */
export class ChildError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * A process that answers requests one after another, for code that may end its process. It is ended by `close`, by an
 * aborted request, by an answer that takes too long, and with its parent. Requests throw `WORKER_DIED` with its last
 * words when it ended or took too long, `ABORTED`, and what the child itself told as a `ChildError`.
 */
export class Child {
  readonly #options: ChildOptions;
  readonly #process: ChildProcess;
  readonly #connection: Socket;
  readonly #waiting = new Map<number, Waiting>();
  readonly #ended: Promise<void>;
  #next = 0;
  #words = '';
  /** Why it was ended by us, if it was. */
  #reason: string | undefined;
  #gone: SlipwayError | undefined;

  constructor(options: ChildOptions) {
    this.#options = options;
    const env = Object.fromEntries(Object.entries(options.env).filter(([name]) => PASSED.test(name)));
    this.#process = spawn(process.execPath, [options.script], {
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
      env,
      cwd: options.directory,
    });
    this.#connection = this.#process.stdio[3] as Socket;
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#words = (this.#words + text).slice(-STDERR_LIMIT);
    });
    this.#listen();
    this.#ended = new Promise((ended) => {
      this.#process.once('error', (cause) => {
        this.#end(`${options.name} cannot be started`, cause.message);
        ended();
      });
      this.#process.once('close', (code, signal) => {
        this.#end(`${options.name} ended`, this.#reason ?? obituary(code, signal, this.#words));
        ended();
      });
    });
    this.#rest();
  }

  /** The process's number, for those who watch it. */
  get pid(): number | undefined {
    return this.#process.pid;
  }

  get alive(): boolean {
    return this.#gone === undefined;
  }

  /** Sends a request and waits for its answer. `what` says in errors what was being done. */
  async request(
    method: string,
    values: readonly FrameValue[],
    what: string,
    signal?: AbortSignal,
  ): Promise<FrameValue> {
    throwIfAborted(signal);
    if (this.#gone !== undefined) throw this.#gone;
    const id = this.#next++;
    const answered = new Promise<FrameValue>((resolve, reject) => this.#waiting.set(id, { resolve, reject, what }));
    this.#process.ref();
    this.#connection.ref();
    const timer = setTimeout(() => {
      this.kill(`no answer within ${Math.round(this.#options.patience / 1000)} s`);
    }, this.#options.patience);
    const abort = (): void => this.kill('the work was stopped');
    signal?.addEventListener('abort', abort, { once: true });
    try {
      for (const piece of encodeFrame({ id, method, values })) this.#connection.write(piece);
      return await answered;
    } catch (error) {
      throwIfAborted(signal);
      throw error;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) this.#rest();
    }
  }

  /** Ends it at once. */
  kill(reason: string): void {
    this.#reason ??= reason;
    this.#process.kill('SIGKILL');
  }

  /** Ends it and waits until it is gone. */
  async close(): Promise<void> {
    this.#process.ref();
    this.kill('it was closed');
    await this.#ended;
  }

  #listen(): void {
    const reader = new FrameReader();
    this.#connection.on('data', (chunk: Buffer) => {
      try {
        for (const message of reader.push(chunk)) this.#receive(message as unknown as Answer);
      } catch (error) {
        this.kill(error instanceof Error ? error.message : String(error));
      }
    });
    // What a broken connection means is told by the end of the process.
    this.#connection.on('error', () => {});
  }

  #receive({ id, value, error }: Answer): void {
    const waiting = this.#waiting.get(id);
    if (error === undefined) waiting?.resolve(value);
    else waiting?.reject(new ChildError(error.code, error.message));
  }

  #end(message: string, got: string): void {
    this.#gone = new SlipwayError('WORKER_DIED', message, { got });
    for (const { reject, what } of this.#waiting.values()) {
      reject(new SlipwayError('WORKER_DIED', `${message} during ${what}`, { got, try: DEATH_ADVICE }));
    }
  }

  /** A child that has nothing to do does not keep the parent from ending. */
  #rest(): void {
    this.#process.unref();
    this.#connection.unref();
    (this.#process.stderr as Socket | null)?.unref();
  }
}

interface Answer {
  readonly id: number;
  readonly value?: FrameValue;
  readonly error?: { readonly code: string; readonly message: string };
}

const DEATH_ADVICE = ['less memory: a smaller --context, or fewer --sequences', 'pipeline doctor'];

function obituary(code: number | null, signal: NodeJS.Signals | null, words: string): string {
  const end = signal === null ? `exit code ${code}` : signal;
  const lastWords = words.trim() === '' ? '' : `: ${words.trim()}`;
  return `${end}${lastWords}`;
}
