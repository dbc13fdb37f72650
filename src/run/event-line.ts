import { safeJsonText, type RunEvent, type StageReport } from '../core/index.js';

/** Names of files that one line lists; the message names the first of them anyway. */
const FILES = 100;

/** An event as one line of NDJSON. Lines are short: tensors and files that a plan lists are in the file that it names. */
export function eventLine(event: RunEvent): string {
  return safeJsonText(JSON.stringify(shortened(event)));
}

function shortened(event: RunEvent): RunEvent {
  if (event.type === 'plan') return { ...event, stages: event.stages.map(withoutLists) };
  if (event.type === 'warning' && event.files !== undefined && event.files.length > FILES) {
    return { ...event, files: event.files.slice(0, FILES) };
  }
  return event;
}

/** A report without its details, and with lists in its data as their lengths. */
function withoutLists({ details: _details, data, ...report }: StageReport): StageReport {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return report;
  const counted = Object.entries(data).map(([key, value]: [string, unknown]) => [
    key,
    Array.isArray(value) ? value.length : value,
  ]);
  return { ...report, data: Object.fromEntries(counted) as unknown };
}
