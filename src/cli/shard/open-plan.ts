import { basename, dirname, relative, resolve } from 'node:path';
import {
  type Digest,
  isMissing,
  readRegularText,
  type RunContext,
  SlipwayError,
  type Stage,
} from '../../core/index.js';
import { loadConfig, type LoadedConfig } from '../../config/index.js';
import { sha256 } from '../../files/index.js';
import type { RunResult } from '../../run/index.js';
import {
  makePlan,
  openSharded,
  parsePlan,
  requireSamePlan,
  type ShardedModel,
  type ShardPlan,
} from '../../scale/index.js';
import { execute } from '../session/execute.js';
import type { Session } from '../session/session.js';

/** A configuration, and what a plan says of it. */
export interface PlanConfig {
  readonly loaded: LoadedConfig;
  readonly identity: { readonly path: string; readonly digest: Digest };
  readonly text: string;
}

/** A plan larger than this is none. */
const LARGEST_PLAN = 64 * 1024 * 1024;

/** Loads a configuration for sharding. */
export async function openConfig(session: Session, configPath: string | undefined): Promise<PlanConfig> {
  const loaded = await loadConfig(configPath, { directory: session.directory, env: session.env, mode: 'run' });
  const text = await readRegularText(loaded.path);
  return { loaded, text, identity: { path: relative(session.directory, loaded.path), digest: sha256(text) } };
}

/** Reads a plan's file. Throws `NOT_FOUND`, `SHARD_PLAN_INVALID`. */
export async function readPlan(session: Session, path: string): Promise<ShardPlan> {
  const text = await readRegularText(session.path(path), LARGEST_PLAN).catch((cause: unknown) => {
    if (!isMissing(cause)) throw cause;
    throw new SlipwayError('NOT_FOUND', `there is no plan '${path}'`, {
      where: session.path(path),
      cause,
      try: 'pipeline shard plan CONFIG --parts N -o plan.json',
    });
  });
  if (text.length <= LARGEST_PLAN) return parsePlan(text, path);
  throw new SlipwayError('SHARD_PLAN_INVALID', `'${path}' is no plan`, { got: `${text.length} characters` });
}

/** Loads the configuration that a plan was made of: the one that is named, else where it was, else beside the plan. */
export async function configOfPlan(
  session: Session,
  plan: ShardPlan,
  path: string,
  named: string | undefined,
): Promise<PlanConfig> {
  const beside = resolve(dirname(session.path(path)), basename(plan.config.path));
  const places =
    named === undefined ? [plan.config.path, resolve(dirname(session.path(path)), plan.config.path), beside] : [named];
  let failure: unknown;
  for (const place of new Set(places)) {
    try {
      return await openConfig(session, place);
    } catch (error) {
      if (!SlipwayError.is(error) || error.code !== 'CONFIG_LOAD' || !isMissing(error.details.cause)) throw error;
      failure ??= error;
    }
  }
  throw failure;
}

/** Work on a sharded model, in the words of the display. */
export type ShardWork<T> = (sharded: ShardedModel, context: RunContext) => Promise<T>;

/** Opens the pipeline of a configuration at its push, and does some work with it on the session's display. */
export async function withSharded<T>(
  session: Session,
  { loaded }: PlanConfig,
  name: string,
  resume: string,
  work: ShardWork<T>,
): Promise<{ output: T; result: RunResult }> {
  const stage: Stage<void, T> = {
    name,
    run: async (_input, context) => work(await openSharded(loaded.config.pipeline, context), context),
  };
  const result = await execute(session, {
    // Without a store: it would fetch whole files, which other parts read as well.
    config: { ...loaded.config, pipeline: stage, store: 'none' },
    configPath: loaded.path,
    keep: false,
    resume,
  });
  return { output: result.output as T, result };
}

/** Makes the plan anew and refuses one that is another. */
export async function requireCurrent(sharded: ShardedModel, plan: ShardPlan, { identity }: PlanConfig): Promise<void> {
  requireSamePlan(
    plan,
    await makePlan(sharded, { parts: plan.parts, config: { path: plan.config.path, digest: identity.digest } }),
  );
}
