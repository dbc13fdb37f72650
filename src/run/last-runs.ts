import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readRegularText } from '../core/index.js';
import { isJsonObject, jsonField, parseJson, type JsonValue } from '../files/index.js';
import { isRunId } from './run-id.js';

/** Records that are looked at, the latest first. */
const MOST_RUNS = 20;

/** How long a run may take, by what this machine's records say. */
export interface ExpectedTime {
  readonly durationMs: number;
  /** The record that says so. */
  readonly run: string;
  /** That run was of the same pipeline; otherwise its speed is taken, bytes by bytes. */
  readonly isSame: boolean;
}

/** What a plan will move, bytes. */
export interface PlannedBytes {
  readonly name: string;
  readonly bytes: number;
}

/** By the last run that came to its end: of the same name, else of any. `undefined` where there is none. */
export async function expectedTime(home: string, planned: PlannedBytes): Promise<ExpectedTime | undefined> {
  const runs = join(home, 'runs');
  const names = (await readdir(runs).catch(() => [])).filter(isRunId).sort().toReversed().slice(0, MOST_RUNS);
  const done: { run: string; name: JsonValue | undefined; durationMs: number; bytes: number }[] = [];
  for (const run of names) {
    const result = await resultOf(join(runs, run, 'result.json'));
    if (result !== undefined) done.push({ run, ...result });
  }
  const found = done.find(({ name }) => name === planned.name) ?? done[0];
  if (found === undefined) return undefined;
  const durationMs = Math.round((found.durationMs * planned.bytes) / found.bytes);
  return { durationMs, run: found.run, isSame: found.name === planned.name };
}

/** A run that moved something; one that had nothing to do says nothing of speed. */
async function resultOf(
  path: string,
): Promise<{ readonly name: JsonValue | undefined; readonly durationMs: number; readonly bytes: number } | undefined> {
  try {
    const value = parseJson(await readRegularText(path), path);
    if (!isJsonObject(value) || jsonField(value, 'ok') !== true) return undefined;
    const [durationMs, stages] = [jsonField(value, 'durationMs'), jsonField(value, 'stages')];
    const bytes = (Array.isArray(stages) ? stages : []).reduce(
      (sum: number, stage) => sum + (isJsonObject(stage) ? Number(jsonField(stage, 'bytes') ?? 0) : 0),
      0,
    );
    if (typeof durationMs !== 'number' || !(bytes > 0)) return undefined;
    return { name: jsonField(value, 'name'), durationMs, bytes };
  } catch {
    return undefined;
  }
}
