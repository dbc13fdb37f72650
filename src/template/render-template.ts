import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { RenderAnswer, RenderCase, RenderOrder } from '../../workers/render-messages.js';
import { abortedError } from '../core/index.js';

/** A template that takes longer is no template: real ones take milliseconds. */
const TIME_LIMIT = 5000;
/** Megabytes of the thread that renders. */
const MEMORY = 128;
/** Characters of a rendered conversation that are looked at. */
const MOST = 256 * 1024;

/** What became of a template. */
export interface Rendered {
  /** Why it does not parse. */
  readonly syntax?: string;
  /** It did not come to an end: out of time, or out of memory. */
  readonly endless?: string;
  readonly cases: ReadonlyMap<string, Extract<RenderAnswer, { name: string }>>;
}

/** Renders a template in a thread of its own, which is ended when it takes too long. Throws `ABORTED`. */
export async function renderTemplate(
  template: string,
  cases: readonly RenderCase[],
  options: { readonly signal?: AbortSignal | undefined; readonly timeLimit?: number } = {},
): Promise<Rendered> {
  const order: RenderOrder = { template, cases, most: MOST };
  const worker = new Worker(createRequire(import.meta.url).resolve('#workers/render-template.js'), {
    workerData: order,
    // A stranger's text is at work there: it sees nothing of the process.
    env: {},
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: { maxOldGenerationSizeMb: MEMORY, maxYoungGenerationSizeMb: 32, stackSizeMb: 4 },
  });
  try {
    return await outcome(worker, cases.length, options.signal, options.timeLimit ?? TIME_LIMIT);
  } finally {
    await worker.terminate();
  }
}

async function outcome(
  worker: Worker,
  wanted: number,
  signal: AbortSignal | undefined,
  timeLimit: number,
): Promise<Rendered> {
  const rendered = new Map<string, Extract<RenderAnswer, { name: string }>>();
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const end = (result: Omit<Rendered, 'cases'>): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      resolve({ ...result, cases: rendered });
    };
    const abort = (): void => {
      clearTimeout(timer);
      if (signal !== undefined) reject(abortedError(signal));
    };
    signal?.addEventListener('abort', abort, { once: true });
    if (signal?.aborted === true) abort();
    worker.on('message', (message: RenderAnswer) => {
      // The thread's own start does not count: a busy machine is no fault of the template.
      if (message.kind === 'ready')
        timer = setTimeout(() => end({ endless: `not done after ${timeLimit} ms` }), timeLimit);
      else if (message.kind === 'syntax') end({ syntax: message.message });
      else if (message.kind !== 'parsed') rendered.set(message.name, message);
      if (message.kind !== 'syntax' && rendered.size === wanted) end({});
    });
    worker.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') end({ endless: `it needs more than ${MEMORY} MB` });
      else reject(error);
    });
    worker.on('exit', () => end({}));
  });
}
