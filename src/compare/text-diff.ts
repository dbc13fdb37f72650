/** Lines around a change, as `diff -u` shows them. */
const CONTEXT = 3;
/** A table of more cells than this is not filled: the middle of two such texts is shown as replaced. */
const CELL_LIMIT = 4_000_000;

interface Line {
  readonly mark: ' ' | '-' | '+';
  readonly text: string;
}

/**
 * The difference of two texts in the unified format, without the two lines that name files; empty for equal texts.
 * Lines are compared as they are, so a changed line end is a change.
 */
export function unifiedDiff(before: string, after: string): string {
  if (before === after) return '';
  return hunks(editScript(before.split('\n'), after.split('\n')));
}

function editScript(before: readonly string[], after: readonly string[]): Line[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head += 1;
  let tail = 0;
  const most = Math.min(before.length, after.length) - head;
  while (tail < most && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
  return [
    ...marked(' ', before.slice(0, head)),
    ...middle(before.slice(head, before.length - tail), after.slice(head, after.length - tail)),
    ...marked(' ', before.slice(before.length - tail)),
  ];
}

function marked(mark: Line['mark'], lines: readonly string[]): Line[] {
  return lines.map((text) => ({ mark, text }));
}

/** By the longest common subsequence, which is short work for templates. */
function middle(before: readonly string[], after: readonly string[]): Line[] {
  const width = after.length + 1;
  if ((before.length + 1) * width > CELL_LIMIT) return [...marked('-', before), ...marked('+', after)];
  const lengths = new Uint32Array((before.length + 1) * width);
  const at = (row: number, column: number): number => lengths[row * width + column] ?? 0;
  for (let row = before.length - 1; row >= 0; row -= 1) {
    for (let column = after.length - 1; column >= 0; column -= 1) {
      lengths[row * width + column] =
        before[row] === after[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const lines: Line[] = [];
  let [row, column] = [0, 0];
  while (row < before.length || column < after.length) {
    const [old, fresh] = [before[row], after[column]];
    if (old !== undefined && old === fresh) {
      lines.push({ mark: ' ', text: old });
      [row, column] = [row + 1, column + 1];
    } else if (old !== undefined && (fresh === undefined || at(row + 1, column) >= at(row, column + 1))) {
      lines.push({ mark: '-', text: old });
      row += 1;
    } else {
      lines.push({ mark: '+', text: fresh ?? '' });
      column += 1;
    }
  }
  return lines;
}

/** Changes with their surroundings, each under the line numbers that it has in both texts. */
function hunks(lines: readonly Line[]): string {
  const changed = lines.flatMap(({ mark }, index) => (mark === ' ' ? [] : [index]));
  const spans: { from: number; to: number }[] = [];
  for (const index of changed) {
    const last = spans.at(-1);
    if (last !== undefined && index - last.to <= 2 * CONTEXT) last.to = index + 1;
    else spans.push({ from: index, to: index + 1 });
  }
  return spans
    .map(({ from, to }) => {
      const start = Math.max(0, from - CONTEXT);
      const shown = lines.slice(start, to + CONTEXT);
      const [old, fresh] = [rangeOf(lines, start, shown, '+'), rangeOf(lines, start, shown, '-')];
      return [`@@ -${old} +${fresh} @@`, ...shown.map(({ mark, text }) => `${mark}${text}`)].join('\n');
    })
    .join('\n');
}

/** `first line,lines` of a hunk in the text that lines with the mark `without` are not in. */
function rangeOf(lines: readonly Line[], start: number, shown: readonly Line[], without: Line['mark']): string {
  const before = lines.slice(0, start).filter(({ mark }) => mark !== without).length;
  const count = shown.filter(({ mark }) => mark !== without).length;
  return `${count === 0 ? before : before + 1},${count}`;
}
