import type { RunEvent, SlipwayError } from '../../core/index.js';
import { EXIT_CODES } from '../../core/index.js';
import { eventLine } from '../../run/index.js';
import type { OutputStream } from '../screen/terminal.js';
import type { Display } from './display.js';

/** Streams whose last line is the end of a run. */
const ended = new WeakSet<OutputStream>();

/** One event a line, and nothing else: every line of this face is JSON. The last one is always `run.end`. */
export class NdjsonDisplay implements Display {
  readonly #stream: OutputStream;
  readonly #interval: number;
  readonly #told = new Map<string, number>();
  #last: Pick<RunEvent, 'run' | 'ts'> | undefined;

  constructor(stream: OutputStream, intervalMs = 0) {
    this.#stream = stream;
    this.#interval = intervalMs;
  }

  onEvent(event: RunEvent): void {
    if (event.type === 'item.progress' && this.#tooSoon(event)) return;
    this.#last = event;
    this.#stream.write(`${eventLine(event)}\n`);
    if (event.type === 'run.end') ended.add(this.#stream);
    else ended.delete(this.#stream);
  }

  note(): void {
    // No event.
  }

  close(): void {
    // Every line has been written when it was due.
  }

  /** The process ends at once: the stream gets its last line. */
  abandon(exitCode: number): void {
    if (!ended.has(this.#stream)) this.#stream.write(endLine(this.#last?.run ?? '', exitCode));
    ended.add(this.#stream);
  }

  #tooSoon({ stage, id, ts }: Extract<RunEvent, { type: 'item.progress' }>): boolean {
    if (this.#interval === 0) return false;
    const key = `${stage}\n${id}`;
    const at = Date.parse(ts);
    if (at - (this.#told.get(key) ?? 0) < this.#interval) return true;
    this.#told.set(key, at);
    return false;
  }
}

/** A failure that no run has told, as the last lines of the stream. */
export function tellFailure(stream: OutputStream, error: SlipwayError): void {
  if (ended.has(stream)) return;
  const { where, try: tries } = error.details;
  const hint = typeof tries === 'string' ? tries : tries?.[0];
  const event: RunEvent = {
    v: 1,
    ts: new Date().toISOString(),
    run: '',
    type: 'error',
    code: error.code,
    message: error.message,
    ...(where !== undefined && { where }),
    ...(hint !== undefined && { hint }),
  };
  stream.write(`${eventLine(event)}\n${endLine('', EXIT_CODES[error.code])}`);
  ended.add(stream);
}

function endLine(run: string, exitCode: number): string {
  const event: RunEvent = {
    v: 1,
    ts: new Date().toISOString(),
    run,
    type: 'run.end',
    ok: false,
    exitCode,
    durationMs: 0,
  };
  return `${eventLine(event)}\n`;
}
