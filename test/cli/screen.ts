import type { OutputStream } from '../../src/cli/screen/terminal.js';
import { widthOf } from '../../src/cli/screen/text.js';

/** A terminal's screen: the few control sequences that the live region uses, and wrapping at the right edge. */
export class Screen implements OutputStream {
  readonly isTTY = true as const;
  columns: number;
  rows: number;
  cursorVisible = true;
  readonly lines: string[] = [''];
  #row = 0;

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
  }

  on(): void {}

  write(text: string): boolean {
    // oxlint-disable-next-line no-control-regex -- a terminal's language starts with the escape character
    for (const [part] of text.matchAll(/\u001b\[[?\d;]*[A-Za-z]|\r|\n|[^\u001b\r\n]+|\u001b/g)) this.#take(part);
    return true;
  }

  /** Makes the terminal narrower or wider; lines that no longer fit are wrapped anew, as most terminals do. */
  resize(columns: number): void {
    this.columns = columns;
    const before = this.lines.splice(0);
    for (const [row, line] of before.entries()) {
      if (row === this.#row) this.#row = this.lines.length;
      for (let at = 0; at === 0 || at < line.length; at += columns) this.lines.push(line.slice(at, at + columns));
    }
  }

  /** What stands on the screen and above it. */
  text(): string {
    return this.lines.join('\n').trimEnd();
  }

  #take(part: string): void {
    if (part === '\n') this.#down();
    else if (part === '\r') return;
    else if (part.startsWith('\u001b[')) this.#control(part);
    else if (part === '\u001b') throw new Error('a bare escape character reached the terminal');
    else for (const char of part) this.#put(char);
  }

  #control(part: string): void {
    const count = Number(/\d+/.exec(part)?.[0] ?? 1);
    if (part.endsWith('A')) this.#row -= count;
    else if (part.endsWith('J')) this.lines.splice(this.#row, this.lines.length, '');
    else if (part === '\u001b[?25l') this.cursorVisible = false;
    else if (part === '\u001b[?25h') this.cursorVisible = true;
    else if (!part.endsWith('m')) throw new Error(`unknown control sequence ${JSON.stringify(part)}`);
    if (this.#row < 0) throw new Error('the cursor left the screen');
  }

  #put(char: string): void {
    if (widthOf(this.lines[this.#row] ?? '') + widthOf(char) > this.columns) this.#down();
    this.lines[this.#row] = (this.lines[this.#row] ?? '') + char;
  }

  #down(): void {
    this.#row += 1;
    this.lines[this.#row] ??= '';
  }
}
