import { appendFileSync, closeSync, openSync } from 'node:fs';
import { diskError, type RunEvent } from '../../core/index.js';
import { eventLine } from '../../run/index.js';
import type { OutputStream } from '../screen/terminal.js';
import type { Display } from './display.js';
import { PlainDisplay } from './plain.js';

/** A display that writes to a file as well: what happened, line by line, with every event but progress as it is. */
export class LoggedDisplay implements Display {
  readonly #shown: Display;
  readonly #log: PlainDisplay;
  readonly #file: LogFile;

  constructor(shown: Display, path: string) {
    this.#shown = shown;
    this.#file = new LogFile(path);
    this.#log = new PlainDisplay(this.#file, {});
  }

  onEvent(event: RunEvent): void {
    this.#shown.onEvent(event);
    this.#log.onEvent(event);
    if (event.type !== 'item.progress') this.#file.write(`debug ${eventLine(event)}\n`);
  }

  note(text: string): void {
    this.#shown.note(text);
    this.#log.note(text);
  }

  /** Adds what stands elsewhere on the screen: the result of a command, an error. */
  log(text: string): void {
    this.#log.note(text);
  }

  close(): void {
    this.#shown.close();
  }

  abandon(exitCode: number): void {
    this.#shown.abandon?.(exitCode);
  }

  end(): void {
    this.#file.close();
  }
}

/** Written at once, so that the log of a process that dies has what came before. A full disk ends the log, not the work. */
class LogFile implements OutputStream {
  #descriptor: number | undefined;

  constructor(path: string) {
    try {
      this.#descriptor = openSync(path, 'a', 0o600);
    } catch (error) {
      throw diskError(error, path);
    }
  }

  write(text: string): boolean {
    if (this.#descriptor === undefined) return false;
    try {
      appendFileSync(this.#descriptor, text);
    } catch {
      this.close();
    }
    return true;
  }

  on(): void {
    // Failures are met where they happen.
  }

  close(): void {
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  }
}
