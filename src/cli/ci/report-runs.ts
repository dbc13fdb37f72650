import { appendFile, mkdir, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { diskError, type SlipwayError } from '../../core/index.js';
import { metricsText } from '../../run/index.js';
import type { FinishedRun } from '../session/finished-run.js';
import type { CiKind } from './ci-kind.js';
import { dotenvOutputs, githubOutputs } from './outputs.js';
import { failurePage, stepSummary } from './step-summary.js';

/** Where something is to be left behind. */
export interface ReportPlaces {
  readonly ci: CiKind;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  readonly metrics: string | undefined;
  readonly dotenv: string | undefined;
}

/** How a command ended. */
export interface CommandEnd {
  readonly exitCode: number;
  /** What no run has told. */
  readonly error?: SlipwayError | undefined;
}

/** Leaves behind what was asked for, and what the CI has a place for, of all runs of a command. */
export async function reportRuns(
  runs: readonly FinishedRun[],
  { exitCode, error }: CommandEnd,
  places: ReportPlaces,
): Promise<void> {
  const { ci, env, version, metrics, dotenv } = places;
  if (metrics !== undefined) {
    const summaries = runs.map(({ summary }) => summary);
    await writeWhole(metrics, metricsText(summaries, version));
  }
  if (dotenv !== undefined) await writeWhole(dotenv, dotenvOutputs(runs, exitCode));
  if (ci !== 'github') return;
  if (error !== undefined && runs.length === 0) await append(env['GITHUB_STEP_SUMMARY'], failurePage(error));
  if (runs.length === 0) return;
  await append(env['GITHUB_STEP_SUMMARY'], stepSummary(runs));
  await append(env['GITHUB_OUTPUT'], githubOutputs(runs, exitCode));
}

/** A collector that reads at any time finds the whole file, or none. */
async function writeWhole(path: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    const draft = `${path}.${process.pid}.tmp`;
    await writeFile(draft, text);
    await rename(draft, path);
  } catch (error) {
    throw diskError(error, path);
  }
}

async function append(path: string | undefined, text: string): Promise<void> {
  if (path === undefined || path === '') return;
  await appendFile(path, text).catch((error: unknown) => {
    throw diskError(error, path);
  });
}
