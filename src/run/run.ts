import { EXIT_CODES, toSlipwayError, type RunEvent, type SlipwayError } from '../core/index.js';
import { secretVariables, type Config } from '../config/index.js';
import { EventBus, type UnstampedEvent } from './event-bus.js';
import { planPipeline, type RunPlan } from './plan.js';
import { preflight } from './preflight.js';
import { RunRecord } from './record.js';
import { createRedactor, secretsOf } from './redact.js';
import { renderReport } from './report/report.js';
import { openRunScope, type RunContextOptions, type RunScope } from './run-context.js';
import { createRunId } from './run-id.js';
import { SummaryCollector, type ArtifactSummary, type RunSummary, type StageSummary } from './summary.js';
import { StageTracer, stagesOf } from './trace.js';

/** How a pipeline is run. Everything is optional; without options nothing is recorded. */
export interface RunOptions extends Omit<RunContextOptions, 'emit'> {
  /** Where records live, usually `.pipeline`. Without it, or with `store: 'none'`, nothing is recorded. */
  readonly home?: string;
  readonly onEvent?: (event: RunEvent) => void;
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
  /** What was set up elsewhere: projects, accounts. */
  readonly changes: RunSummary['changes'];
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
  const run = createRunId((options.clock ?? wallClock)());
  const record = await openRecord(config, options, run);
  const { bus, collector } = openBus(run, config, options, record);
  const started = performance.now();
  const end = (ok: boolean, exitCode: number): void => {
    bus.emit({ type: 'run.end', ok, exitCode, durationMs: Math.round(performance.now() - started) });
  };
  bus.emit({
    type: 'run.start',
    version: options.version ?? '',
    config: options.configPath ?? null,
    name: config.name,
  });
  let scope: RunScope | undefined;
  let plan: RunPlan | undefined;
  try {
    const tracer = new StageTracer(
      (event) => bus.emit(event),
      () => performance.now(),
    );
    scope = await openRunScope(config, { ...options, emit: (event) => tracer.emit(event) });
    const { context } = scope;
    plan = await planPipeline(config, context);
    bus.emit({ type: 'plan', stages: plan.stages, warnings: plan.warnings });
    await preflight(plan.stages, context.limits, options.home ?? process.cwd());
    const output = await tracer.run(stagesOf(config.pipeline), context);
    end(true, 0);
    const { artifacts, changes, stages, warnings, durationMs } = collector.summary();
    const { name } = config;
    return { run, name, durationMs, output, artifacts, changes, stages, warnings, record: record?.directory };
  } catch (thrown) {
    const error = toSlipwayError(options.signal?.aborted === true ? options.signal.reason : thrown);
    bus.emit(errorEvent(error));
    end(false, EXIT_CODES[error.code]);
    throw error;
  } finally {
    await scope?.close();
    await finish(record, plan, collector);
  }
}

function wallClock(): Date {
  return new Date();
}

function openBus(
  run: string,
  config: Config,
  options: RunOptions,
  record: RunRecord | undefined,
): { bus: EventBus; collector: SummaryCollector } {
  const redact = createRedactor(secretsOf(options.env ?? {}, secretVariables(config.credentials)));
  const bus = new EventBus({ run, clock: options.clock ?? wallClock, now: () => performance.now(), redact });
  const collector = new SummaryCollector();
  bus.subscribe((event) => collector.add(event));
  if (record !== undefined) bus.subscribe((event) => record.append(event));
  if (options.onEvent !== undefined) bus.subscribe(options.onEvent);
  return { bus, collector };
}

async function openRecord(config: Config, options: RunOptions, run: string): Promise<RunRecord | undefined> {
  if (options.home === undefined || config.store === 'none') return undefined;
  const record = await RunRecord.create(options.home, run);
  const { pipeline, ...plain } = config;
  await record.write('config.json', options.description ?? { ...plain, pipeline: pipeline.name });
  return record;
}

async function finish(
  record: RunRecord | undefined,
  plan: RunPlan | undefined,
  collector: SummaryCollector,
): Promise<void> {
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
