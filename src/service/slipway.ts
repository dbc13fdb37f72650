import { putMainThreadFirst, SlipwayError, type NetworkOptions, type RunEvent } from '../core/index.js';
import type { Config } from '../config/index.js';
import { createRunId, openRunScope, planPipeline, runPipeline, type RunOptions, type RunPlan } from '../run/index.js';
import { keepEncoderWarm } from '../stages/index.js';
import { serviceLimits, type ServiceLimitOptions, type ServiceLimits } from './limits.js';
import { openArtifact, type OpenArtifactOptions, type OpenedArtifact } from './open-artifact.js';
import { ServiceRun, type RunHandle, type RunInfo } from './service-run.js';
import { Turns } from './turns.js';

/** What a service has for all of its runs. */
export interface SlipwayOptions {
  /** Of all runs together. */
  readonly limits?: ServiceLimitOptions;
  /** Where records and the store live; without it nothing is kept. */
  readonly home?: string;
  /** Variables that stages may consult: tokens, endpoints. Empty unless given. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly network?: NetworkOptions;
  /** Told every event of every run; events name their run. */
  readonly onEvent?: (event: RunEvent) => void;
}

/** What one run has for itself. */
export type ServiceRunOptions = Omit<RunOptions, 'home' | 'allowed' | 'run'>;

/** A process's runs: they share threads, memory and streams, wait for their turn, are listed and cancelled. */
export interface Slipway {
  readonly limits: ServiceLimits;
  /** Runs a pipeline, now or when its turn comes. Never throws: what is wrong is in `result`. */
  run<O>(config: Config<O>, options?: ServiceRunOptions): RunHandle<O>;
  /** Says what a run would do. */
  plan(
    config: Config,
    options?: Pick<ServiceRunOptions, 'env' | 'signal' | 'network' | 'configPath'>,
  ): Promise<RunPlan>;
  /** Runs that wait, work, or have ended lately, oldest first. */
  runs(): readonly RunInfo[];
  /** A run of this list. */
  find(id: string): RunHandle | undefined;
  /** An artifact in a registry or layout: what it is and what is in it. */
  openArtifact(reference: string, options?: OpenArtifactOptions): Promise<OpenedArtifact>;
  /** Cancels what runs, waits until it is settled, and ends the threads. Further runs are refused. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Ended runs that are listed. */
const ENDED_RUNS = 100;

/**
 * Opens a service: the way for a process that runs many pipelines. Whatever their number, runs together use no more
 * threads, memory and streams than `limits` say; threads stay warm from one run to the next. Throws `CONFIG_INVALID`.
 */
export function createSlipway(options: SlipwayOptions = {}): Slipway {
  return new Service(options);
}

class Service implements Slipway {
  readonly limits: ServiceLimits;
  readonly #options: SlipwayOptions;
  readonly #turns: Turns;
  readonly #runs = new Map<string, ServiceRun<unknown>>();
  #coolDown: (() => Promise<void>) | undefined;
  #closed = false;

  constructor(options: SlipwayOptions) {
    this.#options = options;
    this.limits = serviceLimits(options.limits);
    putMainThreadFirst();
    this.#turns = new Turns(this.limits.pipelines);
  }

  run<O>(config: Config<O>, options: ServiceRunOptions = {}): RunHandle<O> {
    const id = createRunId(new Date());
    const run = new ServiceRun<O>(id, nameOf(config), (own) => this.#carryOut(own, config, options));
    this.#runs.set(id, run);
    this.#forgetOldest();
    return run;
  }

  async plan(config: Config, options: Parameters<Slipway['plan']>[1] = {}): Promise<RunPlan> {
    const { env, network } = this.#options;
    const shared = { ...(env && { env }), ...(network && { network }) };
    const scope = await openRunScope(config, { ...shared, ...options, allowed: this.limits.each, planOnly: true });
    try {
      return await planPipeline(config, scope.context);
    } finally {
      await scope.close();
    }
  }

  runs(): readonly RunInfo[] {
    return [...this.#runs.values()].map(({ info }) => info);
  }

  find(id: string): RunHandle | undefined {
    return this.#runs.get(id);
  }

  async openArtifact(reference: string, options: OpenArtifactOptions = {}): Promise<OpenedArtifact> {
    const { env, network } = this.#options;
    return openArtifact(reference, { ...(env && { env }), ...(network && { network }), ...options });
  }

  async close(): Promise<void> {
    this.#closed = true;
    const open = [...this.#runs.values()].filter(({ info }) => info.endedAt === undefined);
    for (const run of open) run.cancel('the service was closed');
    await Promise.allSettled(open.map(({ result }) => result));
    await this.#coolDown?.();
    this.#coolDown = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #carryOut<O>(
    run: ServiceRun<O>,
    config: Config<O>,
    options: ServiceRunOptions,
  ): ReturnType<typeof runPipeline<O>> {
    if (this.#closed) throw new SlipwayError('ABORTED', 'the service was closed');
    const { signal: own, onEvent = [], ...rest } = options;
    const signal = own === undefined ? run.signal : AbortSignal.any([own, run.signal]);
    const giveBack = await this.#turns.take(signal);
    try {
      run.begin();
      this.#coolDown ??= keepEncoderWarm(this.limits.each, this.limits.pipelines);
      const { home, env, network } = this.#options;
      const shared = { ...(home && { home }), ...(env && { env }), ...(network && { network }) };
      return await runPipeline(config, {
        ...shared,
        ...rest,
        run: run.id,
        signal,
        allowed: this.limits.each,
        onEvent: [(event: RunEvent) => run.deliver(event), this.#options.onEvent ?? [], onEvent].flat(),
      });
    } finally {
      giveBack();
    }
  }

  #forgetOldest(): void {
    const ended = [...this.#runs.values()].filter(({ info }) => info.endedAt !== undefined);
    for (const { id } of ended.slice(0, Math.max(0, ended.length - ENDED_RUNS))) this.#runs.delete(id);
  }
}

/** What is no configuration is told by the run itself. */
function nameOf(config: unknown): string {
  const name = (config as { readonly name?: unknown } | undefined)?.name;
  return typeof name === 'string' ? name : '';
}
