import { dirname } from 'node:path';
import {
  createContext,
  EXIT_CODES,
  toSlipwayError,
  type BlobStore,
  type Limits,
  type NetworkOptions,
  type RunContext,
  type RunEvent,
  type SlipwayError,
} from '../core/index.js';
import {
  credentialLookup,
  readAuthorities,
  resolveLimits,
  secretVariables,
  type Config,
} from '../config/index.js';
import { EventBus, type UnstampedEvent } from './event-bus.js';
import { planPipeline, type RunPlan } from './plan.js';
import { preflight } from './preflight.js';
import { RunRecord } from './record.js';
import { createRedactor, secretsOf } from './redact.js';
import { renderReport } from './report/report.js';
import { createRunId } from './run-id.js';
import { SummaryCollector, type ArtifactSummary, type RunSummary, type StageSummary } from './summary.js';

/** How a pipeline is run. Everything is optional; without options nothing is recorded. */
export interface RunOptions {
  /** Where records (and the store) live, usually `.pipeline`. Without it, or with `store: 'none'`, nothing is recorded. */
  readonly home?: string;
  /** Keeps what was fetched and built, so that a second run goes on where the first stopped. */
  readonly store?: BlobStore;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
  /** Added to what the configuration says. */
  readonly network?: NetworkOptions;
  readonly onEvent?: (event: RunEvent) => void;
  /** Path of the configuration file; relative paths in it start at its directory. */
  readonly configPath?: string;
  /** What the record keeps as the configuration, with secrets as references. */
  readonly description?: unknown;
  /** Version of the program that runs, for the record. */
  readonly version?: string;
  /** Wall clock, for the record's time stamps only. */
  readonly clock?: () => Date;
}

/** A run that succeeded. */
export interface RunResult {
  readonly run: string;
  readonly name: string;
  readonly durationMs: number;
  /** What the last stage returned. */
  readonly output: unknown;
  readonly artifacts: readonly ArtifactSummary[];
  readonly stages: readonly StageSummary[];
  readonly warnings: RunSummary['warnings'];
  /** Directory of the record, when there is one. */
  readonly record: string | undefined;
}

/**
 * Plans, checks and runs a pipeline, telling everything as events, and leaves a record of it.
 * Rejects with the SlipwayError that stopped the run, after the record was written and `run.end` was emitted.
 */
export async function runPipeline(config: Config, options: RunOptions = {}): Promise<RunResult> {
  const clock = options.clock ?? ((): Date => new Date());
  const run = createRunId(clock());
  const record = await openRecord(config, options, run);
  const redact = createRedactor(secretsOf(options.env ?? {}, secretVariables(config.credentials)));
  const bus = new EventBus({ run, clock, now: () => performance.now(), redact });
  const collector = new SummaryCollector();
  bus.subscribe((event) => collector.add(event));
  if (record !== undefined) bus.subscribe((event) => record.append(event));
  if (options.onEvent !== undefined) bus.subscribe(options.onEvent);

  const started = performance.now();
  const elapsed = (): number => Math.round(performance.now() - started);
  bus.emit({ type: 'run.start', version: options.version ?? '', config: options.configPath ?? null, name: config.name });
  let plan: RunPlan | undefined;
  try {
    const context = await createRunContext(config, { ...options, emit: (event) => bus.emit(event) });
    plan = await planPipeline(config, context);
    bus.emit({ type: 'plan', stages: plan.stages, warnings: plan.warnings });
    await preflight(plan.stages, context.limits, options.home ?? process.cwd());
    const output = await config.pipeline.run(undefined, context);
    bus.emit({ type: 'run.end', ok: true, exitCode: 0, durationMs: elapsed() });
    await finish(record, plan, collector);
    const { artifacts, stages, warnings, durationMs } = collector.summary();
    return { run, name: config.name, durationMs, output, artifacts, stages, warnings, record: record?.directory };
  } catch (thrown) {
    const error = toSlipwayError(options.signal?.aborted === true ? options.signal.reason : thrown);
    bus.emit(errorEvent(error));
    bus.emit({ type: 'run.end', ok: false, exitCode: EXIT_CODES[error.code], durationMs: elapsed() });
    await finish(record, plan, collector);
    throw error;
  }
}

/** What stages are handed: limits, credentials and network from the configuration, the environment and the options. */
export async function createRunContext(
  config: Config,
  options: Pick<RunOptions, 'env' | 'signal' | 'store' | 'network' | 'configPath'> & Partial<Pick<RunContext, 'emit'>>,
): Promise<RunContext> {
  const env = options.env ?? {};
  const directory = options.configPath === undefined ? process.cwd() : dirname(options.configPath);
  const authorities = await readAuthorities(config, options.configPath ?? directory);
  const limits: Limits = resolveLimits(config.limits, env);
  return createContext({
    limits,
    env,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    store: config.store === 'none' ? undefined : options.store,
    credentials: credentialLookup(config.credentials, env, directory),
    network: mergeNetwork(config, authorities, options.network ?? {}),
    ...(options.emit === undefined ? {} : { emit: options.emit }),
  });
}

function mergeNetwork(config: Config, authorities: string | undefined, options: NetworkOptions): NetworkOptions {
  const ca = [authorities, options.ca].filter((text) => text !== undefined).join('\n');
  return {
    insecureHosts: [...(config.network?.insecureHosts ?? []), ...(options.insecureHosts ?? [])],
    ...(ca === '' ? {} : { ca }),
    ...(options.offline === undefined ? {} : { offline: options.offline }),
  };
}

async function openRecord(config: Config, options: RunOptions, run: string): Promise<RunRecord | undefined> {
  if (options.home === undefined || config.store === 'none') return undefined;
  const record = await RunRecord.create(options.home, run);
  const { pipeline, ...plain } = config;
  await record.write('config.json', options.description ?? { ...plain, pipeline: pipeline.name });
  return record;
}

async function finish(record: RunRecord | undefined, plan: RunPlan | undefined, collector: SummaryCollector): Promise<void> {
  if (record === undefined) return;
  const summary = collector.summary();
  const { tensors: _tensors, items: _items, ...result } = summary;
  // The record is a courtesy: a full disk must not hide how the run ended.
  await Promise.allSettled([
    plan === undefined ? undefined : record.write('plan.json', plan),
    record.write('result.json', result),
    record.write('report.html', renderReport(summary)),
    record.close(),
  ]);
}

function errorEvent(error: SlipwayError): UnstampedEvent {
  const { where, try: tries } = error.details;
  const hint = typeof tries === 'string' ? tries : tries?.[0];
  return {
    type: 'error',
    code: error.code,
    message: error.message,
    ...(where === undefined ? {} : { where }),
    ...(hint === undefined ? {} : { hint }),
  };
}
