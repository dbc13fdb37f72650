import { countText } from '../../core/index.js';
import type { LintLevel, LintReport } from '../../lint/index.js';
import type { Paint, Tone } from '../screen/style.js';
import { safeLine } from '../screen/text.js';

const TONES: Readonly<Record<LintLevel, Tone>> = { error: 'bad', warning: 'warn', note: 'dim' };

/** Every finding with its place, why it matters and what to do; then how many there are. */
export function lintText({ name, findings, counts, files }: LintReport, paint: Paint): string {
  const parts = findings.map(({ code, level, where, at, line, message, why, try: remedy }) =>
    [
      `${paint(TONES[level], level)}[${code}] ${safeLine(where)}${line === undefined ? '' : `:${line}`}${at === undefined ? '' : ` ${safeLine(at)}`}`,
      `  ${safeLine(message)}`,
      `  why: ${why}`,
      `  try: ${remedy}`,
    ].join('\n'),
  );
  const total = [
    countText(counts.error, 'error'),
    countText(counts.warning, 'warning'),
    countText(counts.note, 'note'),
  ].join(', ');
  return [...parts, `${safeLine(name)}: ${total} in ${countText(files, 'file')}`].join('\n\n');
}
