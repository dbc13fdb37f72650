import type { RunEvent, StageEvent } from '../../core/index.js';
import { formatBytes } from '../../run/index.js';
import type { Paint } from '../screen/style.js';
import { safeLine } from '../screen/text.js';

type ChangeEvent = Extract<StageEvent, { type: 'change' }>;

/** A warning as one or two lines. */
export function warningLines(event: Extract<RunEvent, { type: 'warning' }>, paint: Paint): string[] {
  const first = `${paint('warn', `warning[${safeLine(event.code)}]:`)} ${safeLine(event.message)}`;
  return event.hint === undefined ? [first] : [first, `  try     ${safeLine(event.hint)}`];
}

/** A repeated request as one line: the cause first, the attempt last. */
export function retryLine(event: Extract<StageEvent, { type: 'retry' }>): string {
  const wait = (event.delayMs / 1000).toFixed(1);
  return safeLine(
    `retry ${event.stage} ${event.id}: ${event.message}, attempt ${event.attempt} of ${event.of} in ${wait} s`,
  );
}

/** `set   project models created: private, quota 2199023255552`. */
export function changeLine(event: Pick<ChangeEvent, 'kind' | 'name' | 'change' | 'detail'>): string {
  const { kind, name, change, detail } = event;
  return safeLine(`set   ${kind} ${name} ${change}${detail === '' ? '' : `: ${detail}`}`);
}

/** What an earlier process did of a file or blob, and this one need not. */
export function resumeLine(event: Extract<RunEvent, { type: 'item.resume' }>): string {
  const of = event.total === null ? '' : ` of ${formatBytes(event.total)}`;
  return safeLine(`on    ${event.stage} ${event.name}: goes on at ${formatBytes(event.done)}${of}`);
}

/** Progress that went down, with the reason. */
export function resetLine(event: Extract<RunEvent, { type: 'item.reset' }>): string {
  return safeLine(
    `again ${event.stage} ${event.id}: ${event.reason}, from ${formatBytes(event.from)} back to ${formatBytes(event.to)}`,
  );
}
