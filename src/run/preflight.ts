import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SlipwayError, type Limits, type StageReport } from '../core/index.js';
import { formatSpace } from './units.js';

/** What a plan asks of the machine, in bytes. */
export interface Needs {
  readonly disk: number;
  /** The largest estimate of one stage: stages share the limit. */
  readonly memory: number;
}

/** Adds up what the stages of a plan need. */
export function needsOf(reports: readonly StageReport[]): Needs {
  return {
    disk: reports.reduce((sum, report) => sum + (report.disk ?? 0), 0),
    memory: Math.max(0, ...reports.map((report) => report.memory ?? 0)),
  };
}

/** Free bytes for this user where `path` is or would be, or `undefined` when the system does not say. */
export async function freeSpace(path: string): Promise<number | undefined> {
  for (let directory = path; ; directory = dirname(directory)) {
    try {
      const { bavail, bsize } = await statfs(directory);
      return bavail * bsize;
    } catch {
      if (dirname(directory) === directory) return undefined;
    }
  }
}

/** Refuses a run that cannot end well. Throws `DISK_SPACE`, `MEMORY_LIMIT`. */
export async function preflight(reports: readonly StageReport[], limits: Limits, directory: string): Promise<void> {
  const needs = needsOf(reports);
  if (needs.memory > limits.memory) {
    throw new SlipwayError('MEMORY_LIMIT', `the plan needs ${formatSpace(needs.memory)} of memory`, {
      got: `the limit is ${formatSpace(limits.memory)}`,
      context: { needed: needs.memory, limit: limits.memory },
      try: `--set limits.memory=${Math.ceil(needs.memory / 1024 ** 2)}MiB`,
    });
  }
  const free = needs.disk === 0 ? undefined : await freeSpace(directory);
  if (free === undefined || free >= needs.disk) return;
  const parts = reports.filter((report) => (report.disk ?? 0) > 0);
  throw new SlipwayError(
    'DISK_SPACE',
    `${formatSpace(needs.disk)} needed in '${directory}', ${formatSpace(free)} free`,
    {
      got: parts.map((report) => `${report.stage} ${formatSpace(report.disk ?? 0)}`).join(' + '),
      context: { needed: needs.disk, free },
      try: [
        'free some space',
        'PIPELINE_HOME=/larger/disk pipeline run …',
        "stream without a local copy: store: 'none'",
      ],
      kept: 'nothing was written',
    },
  );
}
