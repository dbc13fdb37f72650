import {
  collectGarbage,
  HOST_MEMORY,
  hostMemory,
  programBytes,
  runKey,
  type HostMemory,
  type Limits,
  type RunContext,
} from '../core/index.js';
import { Engine, type EngineOptions } from '../evaluate/index.js';
import { createHttpClient, type HttpClient, type OnRetry } from '../http/index.js';
import {
  engineChoice,
  engineName,
  engineNamed,
  requireEngine,
  type EngineChoice,
  type EngineWish,
  type RowEncoder,
} from '../quantize/index.js';
import { jobsOfAll, memoryBudget, type MemoryBudget } from './memory-budget.js';
import { sharedEncoder } from './shared-encoder.js';

const CLIENT = runKey<HttpClient>('HTTP client');
const STAGE_CLIENTS = runKey<Map<string, HttpClient>>('HTTP clients of stages');
const RESIDENT = runKey<number>('bytes of program, plan and vocabularies');
/** Garbage that a plan may leave. */
const UNCERTAIN = 32 * 2 ** 20;
/** Quantizations that the run makes at the same time. */
const VARIANTS = runKey<number>('variants');
const ENCODERS = runKey<Map<EngineChoice, RowEncoder>>('worker pools');
const ENGINE = runKey<Promise<Engine>>('engine');

/** The run's one HTTP client, as a stage uses it: repeated requests are told as that stage's. It is closed when the run ends. */
export function httpOf(context: RunContext, stage: string): HttpClient {
  const client = clientOf(context);
  const views = context.state.of(STAGE_CLIENTS, () => new Map());
  const view = views.get(stage) ?? client.tellingRetries(tellRetry(context, stage));
  views.set(stage, view);
  return view;
}

/** Tells a repeated request as an event of a stage. */
export function tellRetry(context: RunContext, stage: string): OnRetry {
  return ({ url, attempt, of, delayMs, code, status, reason }) =>
    context.emit({
      type: 'retry',
      stage,
      id: url,
      attempt: attempt + 1,
      of,
      delayMs,
      code,
      status,
      message: reason,
    });
}

function clientOf(context: RunContext): HttpClient {
  return context.state.of(CLIENT, () => {
    const { network, env, countBytes, countWaits } = context;
    const client = createHttpClient({ ...network, env, onBytes: countBytes, onWait: countWaits });
    context.defer(async () => client.close());
    return client;
  });
}

/** Readers side by side need a fifth of what is kept more than a plan has, where they come one after another. */
const PLANNED_SHARE = 0.8;

function hostOf({ state }: RunContext): HostMemory {
  return state.of(HOST_MEMORY, hostMemory);
}

/** How the run's limit of memory is shared out. What the process takes is looked at once, when it is first asked for. */
export function budgetOf(context: RunContext, variants: number = 1): MemoryBudget {
  const { state } = context;
  state.set(VARIANTS, Math.max(variants, state.get(VARIANTS) ?? 1));
  const resident = state.of(RESIDENT, () => programBytes(hostOf(context)));
  return memoryBudget(context.limits, variants, resident);
}

/** Bytes that a run may keep of files that are read in another order than their own. */
export function windowRoom(context: RunContext): number {
  return Math.floor(budgetOf(context, context.state.get(VARIANTS)).held * PLANNED_SHARE);
}

/** Resident bytes of the process at which the run's limit is reached. */
function residentLimit(context: RunContext): number {
  const { limits } = context;
  return limits.process?.memory ?? limits.memory + hostOf(context).resident;
}

/** The smallest limit of memory with which so many quantizations are made at a time, whole MiB in bytes. */
export function leastMemory(context: RunContext, variants: number): number {
  const { state, limits } = context;
  const now = (): number => programBytes(hostOf(context));
  // What a plan has read and dropped does not count; vocabularies and headers do.
  if (memoryBudget(limits, variants, now() + UNCERTAIN).least > limits.memory) collectGarbage();
  const resident = state.set(RESIDENT, now());
  state.set(VARIANTS, Math.max(variants, state.get(VARIANTS) ?? 1));
  return Math.ceil(memoryBudget(limits, variants, resident).least / 2 ** 20) * 2 ** 20;
}

/**
 * The run's worker pool for an engine; its threads end with the last run that uses them. `variants`: how many quantizations it
 * works on at the same time.
 */
export function encoderOf(context: RunContext, wish: EngineWish = {}, variants: number = 1): RowEncoder {
  const engine = engineIn(context, wish);
  const handles = context.state.of(ENCODERS, () => new Map());
  const present = handles.get(engine);
  if (present !== undefined) return present;
  const { threads, jobs: jobBytes, chunkWeights } = budgetOf(context, variants);
  const { encoder, release } = sharedEncoder({
    threads,
    engine,
    env: context.env,
    jobBytes,
    chunkWeights,
    residentBytes: residentLimit(context),
  });
  handles.set(engine, encoder);
  context.defer(release);
  return encoder;
}

/** What has encoded the rows of a run, for people. */
export function enginesOf(context: RunContext): readonly string[] {
  return [...(context.state.get(ENCODERS)?.keys() ?? [])].map(engineName);
}

/**
 * Keeps the threads of the usual engine from one run to the next; returns what ends them. They start with the first job.
 * `each` are the limits of one of at most `runs` runs: rows in flight are shared out for all of them, once.
 */
export function keepEncoderWarm(each: Limits, runs: number): () => Promise<void> {
  const budget = memoryBudget(each, 1, programBytes(hostMemory()));
  const residentLimit = each.process?.memory ?? each.memory;
  const options = {
    threads: each.threads,
    jobBytes: jobsOfAll(budget, runs),
    chunkWeights: budget.chunkWeights,
    residentBytes: residentLimit,
  };
  const { encoder, release } = sharedEncoder(options, 'keep warm');
  return async () => {
    // The handle lives as long as the threads are to be kept.
    void encoder;
    await release();
  };
}

/** The same for a stage that is about to encode: its threads start now, while vocabularies and headers are read. */
export function preparedEncoder(context: RunContext, wish?: EngineWish, variants?: number): RowEncoder {
  const encoder = encoderOf(context, wish, variants);
  if (context.planOnly === true) return encoder;
  encoder.prepare?.();
  return encoder;
}

/** Throws `KERNEL_UNAVAILABLE` when the engine that the run or a stage asks for cannot be used. */
export async function requireEngineOf(context: RunContext, wish: EngineWish): Promise<void> {
  await requireEngine(engineIn(context, wish), context.env);
}

/** `PIPELINE_ENGINE` wins over what a stage says, as the variables of limits do; the configuration speaks last. */
function engineIn(context: RunContext, wish: EngineWish): EngineChoice {
  const chosen = engineNamed(context.env['PIPELINE_ENGINE']);
  if (chosen !== undefined) return chosen;
  return wish.engine === undefined && wish.kernel === undefined ? (context.engine ?? 'auto') : engineChoice(wish);
}

/** The run's one process that runs models; it ends with the run. One that died is replaced. */
export async function engineOf(context: RunContext, options: Omit<EngineOptions, 'env'> = {}): Promise<Engine> {
  const present = await context.state.get(ENGINE)?.catch(() => undefined);
  if (present?.alive === true) return present;
  const opening = Engine.open({ ...options, env: context.env }, context.signal);
  void context.state.set(ENGINE, opening);
  const engine = await opening;
  context.defer(async () => engine.close());
  return engine;
}
