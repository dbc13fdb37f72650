import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import {
  abortedError,
  EXIT_CODES,
  SlipwayError,
  toSlipwayError,
  type Bottleneck,
  type RunContext,
  type RunEvent,
} from '../core/index.js';
import { secretVariables, type Config } from '../config/index.js';
import { DiskStore } from '../files/index.js';
import { enginesOf } from '../stages/index.js';
import { bottleneckOf } from './bottleneck.js';
import { EventBus, type UnstampedEvent } from './event-bus.js';
import { planPipeline, type RunPlan } from './plan.js';
import { preflight } from './preflight.js';
import { RunRecord } from './record.js';
import { createRedactor, secretsOf } from './redact.js';
import { renderReport } from './report/report.js';
import { openRunScope, type RunContextOptions, type RunScope } from './run-context.js';
import { createRunId } from './run-id.js';
import { StallWatch, type StallOptions } from './stall-watch.js';
import { SummaryCollector, type ArtifactSummary, type RunSummary, type StageSummary } from './summary.js';
import { openTelemetry, type Telemetry } from './telemetry.js';
import { weightErrors, type VariantWeightError } from './weight-errors.js';
import { StageTracer, stagesOf } from './trace.js';
import { Traffic } from './traffic.js';

/** Is told what happens. */
export type RunListener = (event: RunEvent) => void;

/** How a pipeline is run. Everything is optional; without options nothing is recorded or kept. */
export interface RunOptions extends Omit<RunContextOptions, 'emit' | 'countBytes' | 'countWaits'> {
  /**
   * Where records and what was fetched live, usually `.pipeline`: it brings its store (`<home>/store`) unless one is given.
   * Without it, or with `store: 'none'`, nothing is recorded.
   */
  readonly home?: string;
  /** Told every event; of several each for itself: one that throws is told nothing further. */
  readonly onEvent?: RunListener | readonly RunListener[];
  /** What the record keeps as the configuration, with secrets as references. */
  readonly description?: unknown;
  /** Version of the program that runs, for the record. */
  readonly version?: string;
  /** Wall clock, for the record's time stamps only. */
  readonly clock?: () => Date;
  /** Name of the run, in the form that `createRunId` makes; a new one unless given. */
  readonly run?: string;
  /** Say when nothing moves any more, and end the run if it is asked for. */
  readonly stall?: StallOptions;
}

/** A run that succeeded. */
export interface RunResult<O = unknown> {
  readonly run: string;
  readonly name: string;
  readonly durationMs: number;
  /** What the last stage returned. */
  readonly output: O;
  readonly artifacts: readonly ArtifactSummary[];
  /** What was set up elsewhere: projects, accounts. */
  readonly changes: RunSummary['changes'];
  readonly stages: readonly StageSummary[];
  readonly warnings: RunSummary['warnings'];
  /** What has encoded weights, such as `native (avx2)`; all give the same bytes. */
  readonly engines: readonly string[];
  /** What held the run up most, where something took half of its time. */
  readonly bottleneck: Bottleneck | undefined;
  /** What storing weights in blocks has cost, variant by variant and tensor by tensor. */
  readonly weightError: readonly VariantWeightError[];
  /** Directory of the record, when there is one. */
  readonly record: string | undefined;
}

/**
 * Plans, checks and runs a pipeline, telling everything as events, and leaves a record of it.
 * Rejects with the SlipwayError that stopped the run. `run.end` is emitted when everything is settled: connections and
 * threads are given back and the record is written.
 */
export async function runPipeline<O>(config: Config<O>, options: RunOptions = {}): Promise<RunResult<O>> {
  try {
    checkConfig(config);
    const open = await openRun(config, withStore(config, options));
    return await open.telemetry.around(() => carryOut(open));
  } catch (error) {
    throw toSlipwayError(error);
  }
}

/** What a run works with. */
interface OpenRun<O> {
  readonly run: string;
  readonly config: Config<O>;
  readonly options: RunOptions;
  readonly record: RunRecord | undefined;
  readonly bus: EventBus;
  readonly collector: SummaryCollector;
  readonly traffic: Traffic;
  readonly telemetry: Telemetry;
  readonly stall: StallWatch | undefined;
  readonly signal: AbortSignal;
}

type Outcome<O> = { readonly output: O } | { readonly error: SlipwayError };

async function openRun<O>(config: Config<O>, options: RunOptions): Promise<OpenRun<O>> {
  const run = options.run ?? createRunId((options.clock ?? wallClock)());
  const record = await openRecord(config, options, run);
  const redact = createRedactor(secretsOf(options.env ?? {}, secretVariables(config.credentials)));
  const bus = new EventBus({ run, clock: options.clock ?? wallClock, now: () => performance.now(), redact });
  const collector = new SummaryCollector();
  bus.subscribe((event) => collector.add(event));
  if (record !== undefined) bus.subscribe((event) => record.append(event));
  const telemetry = await openTelemetry(config.name, run, options.env ?? {});
  bus.subscribe((event) => telemetry.add(event));
  const stall = options.stall === undefined ? undefined : new StallWatch(options.stall, (event) => bus.emit(event));
  if (stall !== undefined) bus.subscribe((event) => stall.add(event));
  for (const listener of [options.onEvent ?? []].flat()) bus.subscribe(listener);
  const signals = [options.signal, stall?.signal].filter((signal) => signal !== undefined);
  const signal = signals.length === 1 && signals[0] !== undefined ? signals[0] : AbortSignal.any(signals);
  return {
    run,
    config,
    options,
    record,
    bus,
    collector,
    traffic: new Traffic(() => performance.now()),
    telemetry,
    stall,
    signal,
  };
}

async function carryOut<O>(open: OpenRun<O>): Promise<RunResult<O>> {
  const { run, config, options, bus, stall } = open;
  const started = performance.now();
  const processor = process.cpuUsage();
  bus.emit({
    type: 'run.start',
    version: options.version ?? '',
    config: options.configPath ?? null,
    name: config.name,
  });
  stall?.start();
  const plan: { made?: RunPlan } = {};
  const scope: { opened?: RunScope } = {};
  let outcome: Outcome<O>;
  try {
    outcome = { output: await runStages(open, scope, plan) };
  } catch (thrown) {
    outcome = { error: open.signal.aborted ? abortedError(open.signal) : toSlipwayError(thrown) };
  }
  await scope.opened?.close();
  stall?.stop();
  await settle(open, outcome, { plan: plan.made, context: scope.opened?.context }, started, processor);
  if ('error' in outcome) throw outcome.error;
  const { artifacts, changes, stages, warnings, durationMs, resources, tensors } = open.collector.summary();
  const weightError = weightErrors(tensors);
  const record = open.record?.directory;
  const { engines = [], bottleneck } = resources ?? {};
  const facts = { artifacts, changes, stages, warnings, weightError, engines, bottleneck };
  return { run, name: config.name, durationMs, output: outcome.output, ...facts, record };
}

/** Plans, checks and runs the stages. What was opened and planned is left in `scope` and `plan`, however it ends. */
async function runStages<O>(
  { config, options, bus, traffic, signal, record }: OpenRun<O>,
  scope: { opened?: RunScope },
  plan: { made?: RunPlan },
): Promise<O> {
  const now = (): number => performance.now();
  const tracer = new StageTracer((event) => bus.emit(event), now);
  const { opened } = Object.assign(scope, {
    opened: await openRunScope(config, {
      ...options,
      signal,
      emit: (event) => tracer.emit(event),
      countBytes: (direction, host, bytes) => traffic.count(direction, host, bytes),
      countWaits: (direction, host, isWaiting) => traffic.wait(direction, host, isWaiting),
    }),
  });
  const { context } = opened;
  const { made } = Object.assign(plan, { made: await planPipeline(config, context) });
  // A full disk ends the run soon enough, and says so better.
  await record?.write('plan.json', made).catch(() => {});
  const file = record === undefined ? {} : { file: record.path('plan.json') };
  bus.emit({ type: 'plan', stages: made.stages, warnings: made.warnings, ...file });
  await preflight(made.stages, context.limits, options.home ?? process.cwd());
  return (await tracer.run(stagesOf(config.pipeline), context)) as O;
}

/** Tells how it ended, when the record of it is written. */
async function settle<O>(
  { bus, collector, record, traffic }: OpenRun<O>,
  outcome: Outcome<O>,
  { plan, context }: { readonly plan: RunPlan | undefined; readonly context: RunContext | undefined },
  started: number,
  processor: NodeJS.CpuUsage,
): Promise<void> {
  const ok = 'output' in outcome;
  const durationMs = Math.round(performance.now() - started);
  const { user, system } = process.cpuUsage(processor);
  const hosts = traffic.hosts();
  const processors = Math.min(availableParallelism(), (context?.limits.threads ?? 0) + 1);
  const bottleneck = bottleneckOf({ durationMs, processorMs: (user + system) / 1000, processors, hosts });
  const engines = context === undefined ? [] : enginesOf(context);
  // Kilobytes, on every system.
  bus.emit({
    type: 'resources',
    peakMemory: process.resourceUsage().maxRSS * 1024,
    hosts,
    engines,
    ...(bottleneck && { bottleneck }),
  });
  if (!ok) bus.emit(errorEvent(outcome.error));
  else bus.catchUp();
  await writeResult(record, plan, collector.ended(ok, durationMs));
  bus.emit({ type: 'run.end', ok, exitCode: ok ? 0 : EXIT_CODES[outcome.error.code], durationMs });
  await record?.close();
}

function wallClock(): Date {
  return new Date();
}

function checkConfig(config: unknown): void {
  const pipeline = (config as Partial<Config> | undefined)?.pipeline as { readonly run?: unknown } | undefined;
  if (typeof pipeline?.run === 'function') return;
  throw new SlipwayError('CONFIG_INVALID', 'what is to be run has no pipeline', {
    got: pipeline === undefined ? 'nothing as its pipeline' : 'a pipeline without run()',
    try: "runPipeline({ name: 'x', pipeline: pipeline(download(…), convert(…), save(…)) })",
  });
}

/** The store of a home, where the run may keep something and none was brought. */
function withStore(config: Config, options: RunOptions): RunOptions {
  if (options.home === undefined || options.store !== undefined || config.store === 'none') return options;
  return { ...options, store: new DiskStore(join(options.home, 'store')) };
}

async function openRecord(config: Config, options: RunOptions, run: string): Promise<RunRecord | undefined> {
  if (options.home === undefined || config.store === 'none') return undefined;
  const record = await RunRecord.create(options.home, run);
  const { pipeline, ...plain } = config;
  await record.write('config.json', options.description ?? { ...plain, pipeline: pipeline.name });
  return record;
}

async function writeResult(
  record: RunRecord | undefined,
  plan: RunPlan | undefined,
  summary: RunSummary,
): Promise<void> {
  if (record === undefined) return;
  const { tensors, items: _items, ...result } = summary;
  // The record is a courtesy: a full disk must not hide how the run ended.
  await Promise.allSettled([
    plan === undefined ? undefined : record.write('plan.json', plan),
    record.write('result.json', { ...result, weightError: weightErrors(tensors) }),
    record.write('report.html', renderReport(summary)),
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
