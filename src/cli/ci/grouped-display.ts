import type { RunEvent } from '../../core/index.js';
import type { Display } from '../display/display.js';
import { PlainDisplay, type PlainOptions } from '../display/plain.js';
import type { OutputStream } from '../screen/terminal.js';
import { safeLine } from '../screen/text.js';
import { workflowCommand } from './workflow-commands.js';

/** How a CI folds lines of a log. */
interface Folding {
  open(name: string, at: Date): string;
  close(name: string, at: Date): string;
}

const GITHUB: Folding = {
  open: (name) => `${workflowCommand('group', name)}\n`,
  close: () => '::endgroup::\n',
};

/** GitLab: `section_start:TIME:NAME`, the escape codes that hide the line, then the heading. */
const GITLAB: Folding = {
  open: (name, at) => `\u001b[0Ksection_start:${seconds(at)}:${sectionName(name)}\r\u001b[0K${name}\n`,
  close: (name, at) => `\u001b[0Ksection_end:${seconds(at)}:${sectionName(name)}\r\u001b[0K\n`,
};

/**
 * Plain lines in groups that a CI's log can fold, one a stage. Stages overlap: a group holds what is said from its stage's
 * beginning to that of the next. In GitHub Actions warnings become annotations.
 */
export class GroupedDisplay implements Display {
  readonly #stream: OutputStream;
  readonly #lines: PlainDisplay;
  readonly #kind: 'github' | 'gitlab';
  readonly #annotated = new Set<string>();
  #open: string | undefined;
  #at = new Date(0);

  constructor(stream: OutputStream, kind: 'github' | 'gitlab', options: PlainOptions) {
    this.#stream = stream;
    this.#kind = kind;
    this.#lines = new PlainDisplay(stream, options);
  }

  onEvent(event: RunEvent): void {
    this.#at = new Date(event.ts);
    if (event.type === 'stage.start') this.#start(event.stage);
    if (event.type === 'error' || event.type === 'run.end') this.#end();
    if (event.type === 'warning' && this.#kind === 'github') this.#annotate(event);
    else this.#lines.onEvent(event);
  }

  note(text: string): void {
    this.#lines.note(text);
  }

  close(): void {
    this.#end();
    this.#lines.close();
  }

  #annotate({ code, message, hint }: Extract<RunEvent, { type: 'warning' }>): void {
    const key = `${code}\n${message}`;
    if (this.#annotated.has(key)) return;
    this.#annotated.add(key);
    const text = hint === undefined ? message : `${message}\ntry: ${hint}`;
    this.#stream.write(`${workflowCommand('warning', text, { title: code })}\n`);
  }

  #folding(): Folding {
    return this.#kind === 'github' ? GITHUB : GITLAB;
  }

  #start(stage: string): void {
    this.#end();
    this.#open = safeLine(stage);
    this.#stream.write(this.#folding().open(this.#open, this.#at));
  }

  #end(): void {
    if (this.#open === undefined) return;
    this.#stream.write(this.#folding().close(this.#open, this.#at));
    this.#open = undefined;
  }
}

function seconds(at: Date): number {
  return Math.floor(at.getTime() / 1000);
}

function sectionName(name: string): string {
  return `slipway_${name.toLowerCase().replaceAll(/[^\w.-]+/g, '_')}`;
}
