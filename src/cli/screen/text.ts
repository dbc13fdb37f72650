import { withoutControls } from '../../core/index.js';

const WIDE =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;
const NO_WIDTH = /[\p{M}\u200b-\u200d\ufeff]/u;
// oxlint-disable-next-line no-control-regex -- the escape character starts every colour
const COLOR = /\u001b\[[\d;]*m/g;

// oxlint-disable-next-line no-control-regex -- the escape character starts every colour
const OWN_COLORS = /(\u001b\[(?:1|2|22|31|32|33|36|39)m)/;

/** One line that a terminal can show without harm: control and direction characters become `\ufffd`. */
export function safeLine(text: string): string {
  return withoutControls(text).replaceAll(/[\t\n]/g, '\ufffd');
}

/** As `safeText` for text that was painted: exactly the colours that this program uses stay. */
export function safePainted(text: string, colors: boolean): string {
  if (!colors) return withoutControls(text);
  return text
    .split(OWN_COLORS)
    .map((part, index) => (index % 2 === 1 ? part : withoutControls(part)))
    .join('');
}

/** Several lines, each made safe. */
export function safeText(text: string): string {
  return text.split(/\r?\n/).map(safeLine).join('\n');
}

/** Columns that text takes in a terminal; colours take none. */
export function widthOf(text: string): number {
  let width = 0;
  for (const char of text.replaceAll(COLOR, '')) width += NO_WIDTH.test(char) ? 0 : WIDE.test(char) ? 2 : 1;
  return width;
}

/** Shortened to `columns` with an ellipsis in the middle, where names differ least. Text without colours only. */
export function shorten(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  if (columns <= 1) return columns === 1 ? '…' : '';
  const chars = Array.from(text);
  let [head, tail] = ['', ''];
  let [from, to] = [0, chars.length - 1];
  while (from <= to) {
    const useHead = widthOf(head) <= widthOf(tail);
    const next = (useHead ? chars[from] : chars[to]) ?? '';
    if (widthOf(head) + widthOf(tail) + widthOf(next) > columns - 1) break;
    if (useHead) [head, from] = [head + next, from + 1];
    else [tail, to] = [next + tail, to - 1];
  }
  return `${head}…${tail}`;
}

/** Filled up with spaces to `columns`. */
export function padEnd(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - widthOf(text)));
}

/** Filled up with spaces on the left. */
export function padStart(text: string, columns: number): string {
  return ' '.repeat(Math.max(0, columns - widthOf(text))) + text;
}

/** Rows as aligned columns, two spaces apart; columns named in `right` are aligned right. */
export function table(rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, widthOf(cell));
  }
  return rows
    .map((row) =>
      row
        .map((cell, index) =>
          right.includes(index) ? padStart(cell, widths[index] ?? 0) : padEnd(cell, widths[index] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** A word as a POSIX shell reads it back. */
export function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
