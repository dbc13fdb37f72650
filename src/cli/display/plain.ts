import type { RunEvent } from '../../core/index.js';
import { formatBytes, formatDuration, formatRate } from '../../run/index.js';
import { createPaint } from '../screen/style.js';
import type { OutputStream } from '../screen/terminal.js';
import { safeLine, safeText } from '../screen/text.js';
import type { Display } from './display.js';
import { countsOf } from './frame.js';
import { doneBytes, movedBytes, Progress, timeLeft } from './progress.js';
import { planLine } from './tty.js';
import { changeLine, resetLine, resumeLine, retryLine, warningLines } from './warning-line.js';

/** One aggregate line in this time, and only when something moved. */
const INTERVAL_MS = 10_000;
const SMALLEST_CHANGE = 0.01;

/** How lines are written. */
export interface PlainOptions {
  /** Between two lines about everything, ms; ten seconds unless given. */
  readonly intervalMs?: number;
}

/** Lines with a time stamp, for logs: few enough to be read, many enough to see life. */
export class PlainDisplay implements Display {
  readonly #stream: OutputStream;
  readonly #interval: number;
  #progress = new Progress();
  readonly #warned = new Set<string>();
  #lastLine = 0;
  #lastShare = 0;

  constructor(stream: OutputStream, { intervalMs = INTERVAL_MS }: PlainOptions = {}) {
    this.#stream = stream;
    this.#interval = intervalMs;
  }

  onEvent(event: RunEvent): void {
    if (event.type === 'run.start') this.#restart();
    this.#progress.apply(event);
    const text = this.#describe(event);
    if (text !== undefined) this.#write(event.ts, text);
    this.#aggregate(event);
  }

  /** A command may run several pipelines, one after another. */
  #restart(): void {
    this.#progress = new Progress();
    this.#warned.clear();
    this.#lastShare = 0;
  }

  note(text: string): void {
    this.#stream.write(`${safeText(text)}\n`);
  }

  close(): void {
    // Every line has been written when it was due.
  }

  #describe(event: RunEvent): string | undefined {
    switch (event.type) {
      case 'run.start':
        this.#lastLine = this.#progress.now;
        return `run   ${safeLine(event.name)}`;
      case 'plan':
        return `plan  ${planLine(this.#progress, event)}`;
      case 'stage.start':
        return `start ${safeLine(event.stage)}`;
      case 'stage.end':
        return this.#stageEnd(event);
      case 'warning':
        return this.#warning(event);
      case 'retry':
        return retryLine(event);
      case 'change':
        return changeLine(event);
      case 'item.reset':
        return resetLine(event);
      case 'item.resume':
        return resumeLine(event);
      case 'artifact':
        return `ready ${safeLine(event.reference)}${event.reference.includes('@') ? '' : `@${event.digest}`} ${formatBytes(event.size)}`;
      case 'run.end':
        return `${event.ok ? 'ok   ' : 'fail '} ${safeLine(this.#progress.name)} ${formatDuration(event.durationMs)}`;
      default:
        return undefined;
    }
  }

  #stageEnd(event: Extract<RunEvent, { type: 'stage.end' }>): string {
    const stage = this.#progress.stages.find(({ name }) => name === event.stage);
    const bytes = stage === undefined ? 0 : movedBytes(stage);
    const facts = [
      bytes > 0 || stage?.moved === 0 ? formatBytes(bytes) : '',
      formatDuration(event.durationMs),
      bytes > 0 && event.durationMs >= 1000 ? formatRate((bytes / event.durationMs) * 1000) : '',
      stage === undefined ? '' : countsOf(stage),
    ];
    return `${event.ok ? 'done ' : 'fail '} ${safeLine(event.stage)} ${facts.filter((fact) => fact !== '').join('  ')}`;
  }

  #warning(event: Extract<RunEvent, { type: 'warning' }>): string | undefined {
    const key = `${event.code}\n${event.message}`;
    if (this.#warned.has(key)) return undefined;
    this.#warned.add(key);
    return warningLines(event, createPaint({ color: false })).join('\n');
  }

  #aggregate(event: RunEvent): void {
    const { now } = this.#progress;
    if (event.type === 'run.end' || now - this.#lastLine < this.#interval) return;
    const share = this.#progress.share();
    if (Math.abs(share - this.#lastShare) < SMALLEST_CHANGE) return;
    this.#lastLine = now;
    this.#lastShare = share;
    const stages = this.#progress.stages.flatMap((stage) => {
      if (stage.state === 'waiting') return [];
      if (stage.state !== 'running') return [`${safeLine(stage.name)} ${stage.state}`];
      const done = doneBytes(stage);
      if (stage.total === null || stage.total === 0)
        return done === 0 ? [] : [`${safeLine(stage.name)} ${formatBytes(done)}`];
      return [`${safeLine(stage.name)} ${Math.min(100, Math.floor((done / stage.total) * 100))}%`];
    });
    const left = Math.max(0, ...this.#progress.stages.map((stage) => timeLeft(stage, now) ?? 0));
    const eta = left > 0 ? `  eta ${formatDuration(left)}` : '';
    this.#write(event.ts, `all   ${Math.floor(share * 100)}%  ${stages.join(' ')}${eta}`);
  }

  #write(ts: string, text: string): void {
    this.#stream.write(`${ts.slice(11, 19)} ${safeText(text)}\n`);
  }
}
