import { EXIT_CODES, toSlipwayError, type SlipwayError } from '../../core/index.js';
import type { LoadedConfig } from '../../config/index.js';
import { formatDuration, heldUpBy, type RunResult } from '../../run/index.js';
import { ToldFailure } from '../program/command-module.js';
import { errorJson } from '../program/error-text.js';
import { safeLine, table } from '../screen/text.js';
import { runResult } from './run-result.js';
import type { Session } from './session.js';

/** How each pipeline of several ended. */
type Ended =
  | { readonly name: string; readonly result: RunResult }
  | { readonly name: string; readonly error: SlipwayError }
  | { readonly name: string; readonly skipped: string };

interface Several {
  readonly run: (config: LoadedConfig, isFirst: boolean) => Promise<RunResult>;
  /** None after one that failed. */
  readonly failFast: boolean;
}

/**
 * Runs pipelines one after another; one that fails does not keep the others from running, an interruption does. Prints one
 * summary. Throws with the exit code of the first that failed.
 */
export async function runSeveral(session: Session, configs: readonly LoadedConfig[], several: Several): Promise<void> {
  const ended: Ended[] = [];
  for (const [index, loaded] of configs.entries()) {
    const { name } = loaded.config;
    const before = reasonToSkip(session, ended, several.failFast);
    if (before !== undefined) {
      ended.push({ name, skipped: before });
      continue;
    }
    try {
      const result = await several.run(loaded, index === 0);
      session.note(
        `done in ${formatDuration(result.durationMs)}${safeLine(heldUpBy(result.bottleneck))}   ${safeLine(name)}`,
      );
      ended.push({ name, result });
    } catch (thrown) {
      const error = toSlipwayError(thrown);
      session.note(`failed: ${safeLine(name)}`);
      session.fail(error);
      ended.push({ name, error });
    }
  }
  printSummary(session, ended);
}

function reasonToSkip(session: Session, ended: readonly Ended[], failFast: boolean): string | undefined {
  if (session.signal.aborted) return 'interrupted before it began';
  return failFast && ended.some((one) => 'error' in one) ? 'not begun: one before it failed' : undefined;
}

function printSummary(session: Session, ended: readonly Ended[]): void {
  const stopped = session.signal.aborted ? [EXIT_CODES[toSlipwayError(session.signal.reason).code]] : [];
  const failed = ended.flatMap((one) => ('error' in one ? [EXIT_CODES[one.error.code]] : []));
  const exitCode = [...failed, ...stopped].at(0) ?? 0;
  const rows = ended.map((one) => [safeLine(one.name), outcomeText(one)]);
  session.note(`\n${table(rows)}`);
  const results = ended.flatMap((one) => ('result' in one ? [runResult(one.result, session.directory)] : []));
  session.output.result({
    json: { ok: exitCode === 0, exitCode, pipelines: ended.map((one) => outcomeJson(one, session.directory)) },
    text: results
      .map(({ text }) => text)
      .filter((text) => text !== '')
      .join('\n'),
    quiet: results
      .map(({ text, quiet = text }) => quiet)
      .filter((text) => text !== '')
      .join('\n'),
  });
  if (exitCode !== 0) throw new ToldFailure(exitCode);
}

function outcomeText(one: Ended): string {
  if ('skipped' in one) return one.skipped;
  if ('error' in one) return safeLine(`${one.error.code} (exit ${EXIT_CODES[one.error.code]}): ${one.error.message}`);
  const { artifacts, durationMs } = one.result;
  const made =
    artifacts.length === 0 ? '' : `, ${artifacts.length === 1 ? '1 artifact' : `${artifacts.length} artifacts`}`;
  return `ok, ${formatDuration(durationMs)}${made}`;
}

function outcomeJson(one: Ended, directory: string): unknown {
  const { name } = one;
  if ('skipped' in one) return { name, ok: false, exitCode: null, skipped: one.skipped };
  if ('error' in one) return { name, exitCode: EXIT_CODES[one.error.code], ...(errorJson(one.error) as object) };
  return { exitCode: 0, ...(runResult(one.result, directory).json as object) };
}
