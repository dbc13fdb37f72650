import { stat, statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { SlipwayError, type Limits, type StageReport } from '../core/index.js';
import { formatSpace } from './units.js';

/** Steps in which the smallest limit is named: what a process takes before it begins differs by some megabytes. */
const MEMORY_STEP = 16 * 2 ** 20;

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
  for (let directory = resolve(path); ; directory = dirname(directory)) {
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
    const smallest = Math.ceil((needs.memory + MEMORY_STEP / 2) / MEMORY_STEP) * MEMORY_STEP;
    throw new SlipwayError('MEMORY_LIMIT', `the plan needs ${formatSpace(smallest)} of memory`, {
      got: `the limit is ${formatSpace(limits.memory)}; ${formatSpace(smallest)} is the smallest with which it runs`,
      context: { needed: smallest, limit: limits.memory },
      try: [`--memory ${smallest / 2 ** 20}MiB   (limits.memory of a configuration)`, 'fewer quantizations at a time'],
      kept: 'nothing was read or written',
    });
  }
  for (const { place, parts } of await placesOf(reports, directory)) await requireRoom(place, parts);
}

/** What a plan writes to one file system, and the room there, in bytes. */
export interface DiskRoom {
  readonly place: string;
  readonly needed: number;
  readonly free: number | undefined;
  /** Whether it is the run's own directory. */
  readonly isHome: boolean;
}

/** Every file system that a plan writes to; `home` is where stages write that name no place of their own. */
export async function roomFor(reports: readonly StageReport[], home: string): Promise<readonly DiskRoom[]> {
  const places = await placesOf(reports, home);
  return Promise.all(
    places.map(async ({ place, parts }) => ({
      place,
      needed: needsOf(parts).disk,
      free: await freeSpace(place),
      isHome: parts.every(({ diskAt }) => diskAt === undefined),
    })),
  );
}

interface Place {
  readonly place: string;
  readonly parts: readonly StageReport[];
}

/** What is written where; directories of one file system share its room. */
async function placesOf(reports: readonly StageReport[], directory: string): Promise<readonly Place[]> {
  const places = new Map<number | string, { place: string; parts: StageReport[] }>();
  for (const report of reports) {
    if ((report.disk ?? 0) === 0) continue;
    const place = report.diskAt ?? directory;
    const device = (await deviceOf(place)) ?? place;
    const known = places.get(device);
    if (known === undefined) places.set(device, { place, parts: [report] });
    else known.parts.push(report);
  }
  return [...places.values()];
}

async function requireRoom(directory: string, parts: readonly StageReport[]): Promise<void> {
  const { disk } = needsOf(parts);
  const free = await freeSpace(directory);
  if (free === undefined || free >= disk) return;
  const isOwn = parts.some((report) => report.diskAt === undefined);
  throw new SlipwayError('DISK_SPACE', `${formatSpace(disk)} needed in '${directory}', ${formatSpace(free)} free`, {
    got: parts.map((report) => `${report.stage} ${formatSpace(report.disk ?? 0)}`).join(' + '),
    context: { needed: disk, free },
    try: [
      'free some space, or write to another disk',
      ...(isOwn ? ['PIPELINE_HOME=/larger/disk pipeline run …', "stream without a local copy: store: 'none'"] : []),
    ],
    kept: 'nothing was written',
  });
}

/** The file system of what is at a path, or would be. */
async function deviceOf(path: string): Promise<number | undefined> {
  for (let directory = resolve(path); ; directory = dirname(directory)) {
    try {
      return (await stat(directory)).dev;
    } catch {
      if (dirname(directory) === directory) return undefined;
    }
  }
}
