import { countText } from '../../core/index.js';
import { type LoadedConfig } from '../../config/index.js';
import { errorJson } from '../program/error-text.js';
import type { Result } from '../screen/output.js';
import { safeLine, table } from '../screen/text.js';
import type { Session } from '../session/session.js';
import { exitCodeOf, follow, type Followed } from './follow.js';
import { prune, type Pruned, type PruneRules } from './prune.js';

/** One look at everything that is followed. */
export interface Round {
  readonly exitCode: number;
  readonly result: Result;
}

/** More than this share of the sources at once is no reason to delete: a token has expired, or an address is wrong. */
const MOST_GONE = 0.5;

/** Follows every pipeline once, one after another, then takes away what the rules name. */
export async function syncRound(
  session: Session,
  configs: readonly LoadedConfig[],
  rules: PruneRules | undefined,
  dryRun: boolean,
): Promise<Round> {
  const followed: Followed[] = [];
  for (const loaded of configs) {
    if (session.signal.aborted) throw session.signal.reason;
    const one = await follow(session, loaded, dryRun);
    if (session.signal.aborted) throw session.signal.reason;
    session.note(lineOf(one));
    if (one.status === 'failed' && one.error !== undefined) session.fail(one.error);
    followed.push(one);
  }
  const pruned = rules === undefined ? [] : await prune(session, followed, carefully(session, followed, rules), dryRun);
  for (const { reference, rule } of pruned)
    session.note(safeLine(`${dryRun ? 'would prune' : 'pruned'} ${reference}   (${rule})`));
  const exitCode = followed.map(exitCodeOf).find((code) => code !== 0) ?? 0;
  session.note(countsOf(followed, pruned));
  return { exitCode, result: resultOf(followed, pruned, { exitCode, dryRun }) };
}

function carefully(session: Session, followed: readonly Followed[], rules: PruneRules): PruneRules {
  const gone = followed.filter(({ status }) => status === 'gone').length;
  if (!rules.gone || gone <= 1 || gone <= followed.length * MOST_GONE) return rules;
  session.note(
    `${gone} of ${followed.length} sources are gone at once: nothing of them is pruned. Is the token still good?`,
  );
  return { ...rules, gone: false, unlisted: false };
}

function lineOf({ name, status, error, artifacts }: Followed): string {
  const why = error === undefined ? '' : `${error.code}: ${error.message}`;
  const made = artifacts.map(({ reference, digest }) =>
    reference.includes('@') ? reference : `${reference}@${digest}`,
  );
  return safeLine([status.padEnd(9), name, why, ...made].filter((part) => part !== '').join('  '));
}

function countsOf(followed: readonly Followed[], pruned: readonly Pruned[]): string {
  const count = (status: Followed['status']): number => followed.filter((one) => one.status === status).length;
  const counts = (['published', 'stale', 'unchanged', 'gone', 'failed'] as const).flatMap((status) =>
    count(status) === 0 ? [] : [`${count(status)} ${status}`],
  );
  const gone = pruned.length === 0 ? [] : [`${countText(pruned.length, 'tag')} pruned`];
  return `${countText(followed.length, 'pipeline')}: ${[...counts, ...gone].join(', ')}`;
}

function resultOf(
  followed: readonly Followed[],
  pruned: readonly Pruned[],
  { exitCode, dryRun }: { readonly exitCode: number; readonly dryRun: boolean },
): Result {
  const references = followed.flatMap(({ artifacts }) =>
    artifacts.map(({ reference, digest }) => (reference.includes('@') ? reference : `${reference}@${digest}`)),
  );
  const rows = followed.map(({ name, status }) => [safeLine(name), status]);
  return {
    json: {
      ok: exitCode === 0,
      exitCode,
      dryRun,
      pipelines: followed.map((one) => ({
        name: one.name,
        status: one.status,
        exitCode: exitCodeOf(one),
        artifacts: one.artifacts,
        ...(one.error === undefined ? {} : { error: (errorJson(one.error) as { readonly error: unknown }).error }),
      })),
      pruned,
    },
    text: dryRun ? table(rows) : references.map(safeLine).join('\n'),
    quiet: references.map(safeLine).join('\n'),
  };
}
