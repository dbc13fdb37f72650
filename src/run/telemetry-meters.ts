import type { Counter, Histogram, Meter } from '@opentelemetry/api';
import type { RunEvent } from '../core/index.js';

/** The numbers of runs, as OpenTelemetry instruments. `docs/observability.md` lists them, with their Prometheus names. */
export class RunMeters {
  readonly #name: string;
  readonly #runs: Counter;
  readonly #bytes: Counter;
  readonly #retries: Counter;
  readonly #tensors: Counter;
  readonly #warnings: Counter;
  readonly #stageDuration: Histogram;
  readonly #runDuration: Histogram;
  readonly #peakMemory: Histogram;

  constructor(meter: Meter, name: string) {
    this.#name = name;
    this.#runs = meter.createCounter('slipway.runs', { description: 'runs that have ended' });
    this.#bytes = meter.createCounter('slipway.network.bytes', { unit: 'By', description: 'bytes of bodies' });
    this.#retries = meter.createCounter('slipway.retries', { description: 'requests that were repeated' });
    this.#tensors = meter.createCounter('slipway.tensors', { description: 'tensors written' });
    this.#warnings = meter.createCounter('slipway.warnings', { description: 'warnings' });
    this.#stageDuration = meter.createHistogram('slipway.stage.duration', {
      unit: 's',
      description: 'time of a stage',
    });
    this.#runDuration = meter.createHistogram('slipway.run.duration', { unit: 's', description: 'time of a run' });
    this.#peakMemory = meter.createHistogram('slipway.peak_memory', {
      unit: 'By',
      description: 'the most memory that the process has held when a run ended',
    });
  }

  add(event: RunEvent): void {
    switch (event.type) {
      case 'tensor':
        this.#tensors.add(1, { type: event.to });
        return;
      case 'retry':
        this.#retries.add(1, { reason: event.status === undefined ? event.code : `${event.code} ${event.status}` });
        return;
      case 'warning':
        this.#warnings.add(1, { code: event.code });
        return;
      case 'stage.end':
        this.#stageDuration.record(event.durationMs / 1000, { pipeline: this.#name, stage: event.stage });
        return;
      case 'resources':
        this.#peakMemory.record(event.peakMemory);
        for (const { host, received, sent } of event.hosts) {
          this.#bytes.add(received, { direction: 'received', host });
          this.#bytes.add(sent, { direction: 'sent', host });
        }
        return;
      case 'run.end':
        this.#runs.add(1, { pipeline: this.#name, ok: event.ok });
        this.#runDuration.record(event.durationMs / 1000, { pipeline: this.#name, ok: event.ok });
        return;
      default:
    }
  }
}
