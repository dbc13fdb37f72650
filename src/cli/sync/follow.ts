import { EXIT_CODES, toSlipwayError, type ErrorCode, type SlipwayError, type StageReport } from '../../core/index.js';
import type { LoadedConfig } from '../../config/index.js';
import { openRunScope, planPipeline, stagesOf, type ArtifactSummary } from '../../run/index.js';
import { DiskStore } from '../../files/index.js';
import { join } from 'node:path';
import { parseAddress } from '../../source/index.js';
import { execute } from '../session/execute.js';
import type { Session } from '../session/session.js';

/** What became of a pipeline that is followed. */
export interface Followed {
  readonly name: string;
  /** `stale`: it would be published, and nothing is (a dry run). */
  readonly status: 'published' | 'unchanged' | 'stale' | 'gone' | 'failed';
  readonly artifacts: readonly ArtifactSummary[];
  readonly error: SlipwayError | undefined;
  /** Where it publishes, and under which tags; `undefined` where no plan could say. */
  readonly targets: readonly string[];
  readonly tags: readonly string[] | undefined;
  /** Repository or address that it reads. */
  readonly source: string | undefined;
}

/** What the Hub says of a source that is not there: other failures are no reason to think so. */
const GONE: ReadonlySet<ErrorCode> = new Set(['HUB_REPOSITORY_NOT_FOUND', 'HUB_REVISION_NOT_FOUND']);

/** Whether it is the source itself that is gone, and not a base model or another file that a stage asked for. */
function isGone({ code, message, details }: SlipwayError, source: string | undefined): boolean {
  // Without a token the Hub says of a missing repository what it says of a private one.
  const isHidden = code === 'HUB_UNAUTHORIZED' && details.got?.startsWith('no token') === true;
  return source !== undefined && (GONE.has(code) || isHidden) && message.includes(source);
}

/**
 * Brings one pipeline up to date: plans it, and runs it when the registry does not say that what would be published is
 * there already. Never throws: one that fails keeps no other from being followed.
 */
export async function follow(session: Session, loaded: LoadedConfig, dryRun: boolean): Promise<Followed> {
  const { config } = loaded;
  const known = { name: config.name, targets: targetsOf(loaded), source: sourceOf(loaded) };
  const failed = (thrown: unknown, tags?: readonly string[], planned = false): Followed => {
    const error = toSlipwayError(thrown);
    const status = !planned && isGone(error, known.source) ? 'gone' : 'failed';
    return { ...known, status, artifacts: [], error, tags };
  };
  let tags: readonly string[] | undefined;
  try {
    const push = await planOf(session, loaded);
    tags = push.tags;
    if (push.unchanged) return { ...known, status: 'unchanged', artifacts: [], error: undefined, tags };
    if (dryRun) return { ...known, status: 'stale', artifacts: [], error: undefined, tags };
  } catch (error) {
    return failed(error);
  }
  try {
    const { artifacts } = await execute(session, {
      config,
      configPath: loaded.path,
      description: loaded.description,
      keep: true,
      resume: 'pipeline sync',
    });
    return { ...known, status: 'published', artifacts, error: undefined, tags };
  } catch (error) {
    return failed(error, tags, true);
  }
}

/** The exit code that a pipeline leads to; a source that is gone is told, and no failure. */
export function exitCodeOf({ status, error }: Followed): number {
  return status === 'failed' && error !== undefined ? EXIT_CODES[error.code] : 0;
}

interface PlannedPush {
  readonly tags: readonly string[] | undefined;
  readonly unchanged: boolean;
}

/** What the plan says of the push: its tags, and whether all of it is there. */
async function planOf(session: Session, { config, path }: LoadedConfig): Promise<PlannedPush> {
  const scope = await openRunScope(config, {
    env: session.env,
    signal: session.signal,
    network: session.network,
    planOnly: true,
    configPath: path,
    ...(config.store !== 'none' && { store: new DiskStore(join(session.home, 'store')) }),
  });
  try {
    const { stages } = await planPipeline(config, scope.context);
    const pushes = stages.filter(({ stage }) => stage === 'push').map(pushFacts);
    const tags = pushes.flatMap((push) => push.tags ?? []);
    return {
      tags: pushes.length === 0 ? undefined : tags,
      unchanged: pushes.length > 0 && pushes.every(({ unchanged }) => unchanged),
    };
  } finally {
    await scope.close();
  }
}

function pushFacts({ data }: StageReport): PlannedPush {
  const { tags, unchanged } = (data ?? {}) as { readonly tags?: unknown; readonly unchanged?: unknown };
  return { tags: Array.isArray(tags) ? (tags as readonly string[]) : [], unchanged: unchanged === true };
}

function targetsOf({ config }: LoadedConfig): readonly string[] {
  return stagesOf(config.pipeline).flatMap(({ name, target }) =>
    name === 'push' && target !== undefined ? [target] : [],
  );
}

/** `org/name` of a repository of the Hub; any other address as it is. */
function sourceOf({ config }: LoadedConfig): string | undefined {
  const source = stagesOf(config.pipeline).find((stage) => stage.source !== undefined)?.source;
  if (source === undefined) return undefined;
  const parsed = parseAddress(source);
  return parsed.kind === 'huggingface' ? parsed.repository : source;
}
