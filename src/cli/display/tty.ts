import type { RunEvent } from '../../core/index.js';
import { formatBytes, formatSpace } from '../../run/index.js';
import { createPaint, marksOf } from '../screen/style.js';
import type { Look, OutputStream } from '../screen/terminal.js';
import { safeLine, safeText, widthOf } from '../screen/text.js';
import type { Display } from './display.js';
import { drawFrame, drawSummary, type FrameOptions } from './frame.js';
import { Progress } from './progress.js';
import { changeLine, resetLine, resumeLine, retryLine, warningLines } from './warning-line.js';

const FRAME_MS = 100;
const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';

/** One live region at the bottom of a terminal; everything else scrolls away above it. */
export class TtyDisplay implements Display {
  readonly #stream: OutputStream;
  readonly #look: Look;
  #progress = new Progress();
  readonly #warned = new Set<string>();
  #lines: string[] = [];
  #tick = 0;
  #timer: NodeJS.Timeout | undefined;
  #behind = 0;
  #closed = false;
  readonly #restore = (): void => {
    this.#stream.write(SHOW_CURSOR);
  };

  constructor(stream: OutputStream, look: Look) {
    this.#stream = stream;
    this.#look = look;
  }

  onEvent(event: RunEvent): void {
    if (event.type === 'run.start') this.#progress = new Progress();
    this.#progress.apply(event);
    // Between events the clock goes on: the region shows the time since the last one.
    this.#behind = performance.now();
    if (event.type === 'run.start') this.#start();
    else if (event.type === 'plan') this.note(planLine(this.#progress, event));
    else if (event.type === 'warning') this.#warn(event);
    else if (event.type === 'retry') this.note(retryLine(event));
    else if (event.type === 'change') this.note(changeLine(event));
    else if (event.type === 'item.reset') this.note(resetLine(event));
    else if (event.type === 'item.resume') this.note(resumeLine(event));
  }

  note(text: string): void {
    this.#erase();
    this.#stream.write(`${text}\n`);
    if (this.#timer !== undefined) this.#draw();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#erase();
    for (const line of drawSummary(this.#progress, this.#options())) this.#stream.write(`${line}\n`);
    this.#restore();
    process.off('exit', this.#restore);
  }

  #start(): void {
    // A command may run several pipelines: the region of the one before is left behind.
    this.close();
    this.#closed = false;
    this.#stream.write(HIDE_CURSOR);
    process.on('exit', this.#restore);
    this.#timer = setInterval(() => {
      this.#tick += 1;
      this.#draw();
    }, FRAME_MS);
    // The display alone keeps no process alive.
    this.#timer.unref();
  }

  #warn(event: Extract<RunEvent, { type: 'warning' }>): void {
    const key = `${event.code}\n${event.message}`;
    if (this.#warned.has(key)) return;
    this.#warned.add(key);
    this.note(warningLines(event, createPaint(this.#look)).join('\n'));
  }

  #draw(): void {
    const now = performance.now();
    this.#progress.now += Math.max(0, now - this.#behind);
    this.#behind = now;
    this.#erase();
    this.#lines = drawFrame(this.#progress, this.#options());
    this.#stream.write(this.#lines.map((line) => `${line}\n`).join(''));
  }

  /** Goes back to the region's first line and clears from there; lines that a narrower terminal has wrapped count more. */
  #erase(): void {
    if (this.#lines.length === 0) return;
    const columns = this.#columns();
    const rows = this.#lines.reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(line) / columns)), 0);
    this.#stream.write(`\u001b[${rows}A\r\u001b[J`);
    this.#lines = [];
  }

  #columns(): number {
    return Math.max(20, this.#stream.columns ?? 80);
  }

  #options(): FrameOptions {
    const paint = createPaint(this.#look);
    return {
      columns: this.#columns(),
      rows: Math.max(6, this.#stream.rows ?? 24),
      paint,
      marks: marksOf(this.#look),
      tick: this.#tick,
    };
  }
}

/** `qwen2.5   plan ok: 3.10 GB in, 2.64 GB out, peak 1.90 GiB of memory, 5.40 GiB of disk`. */
export function planLine(progress: Progress, plan: Extract<RunEvent, { type: 'plan' }>): string {
  const input = plan.stages.find((stage) => stage.bytesIn !== undefined)?.bytesIn;
  const output = plan.stages.findLast((stage) => stage.bytesOut !== undefined)?.bytesOut;
  const memory = Math.max(0, ...plan.stages.map((stage) => stage.memory ?? 0));
  const disk = plan.stages.reduce((sum, stage) => sum + (stage.disk ?? 0), 0);
  const facts = [
    input === undefined ? '' : `${formatBytes(input)} in`,
    output === undefined ? '' : `${formatBytes(output)} out`,
    memory === 0 ? '' : `${formatSpace(memory)} of memory`,
    disk === 0 ? '' : `${formatSpace(disk)} of disk`,
  ].filter((fact) => fact !== '');
  const first = `${safeLine(progress.name)}   plan ok${facts.length === 0 ? '' : `: ${facts.join(', ')}`}`;
  return safeText([first, ...plan.warnings.map((warning) => `  ! ${warning}`)].join('\n'));
}
