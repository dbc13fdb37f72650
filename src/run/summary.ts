import type { Bottleneck, Digest, HostTraffic, RoundingError, RunEvent } from '../core/index.js';
import { WireBytes } from './wire-bytes.js';

/** One stage of a finished run. Times are milliseconds since the run's start, sizes bytes. */
export interface StageSummary {
  readonly stage: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly ok: boolean;
  readonly summary: string | undefined;
  /** That were read or sent, whatever became of the items; of a stage without items those of its tensors. */
  readonly bytes: number;
  readonly items: number;
  readonly skipped: number;
  readonly retries: number;
}

/** A tensor as it was written. */
export interface TensorSummary {
  readonly variant: string;
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly weights: number;
  readonly size: number;
  /** What storing it in blocks has cost. */
  readonly weightError?: RoundingError;
}

/** A file or blob that passed through, with its digest. */
export interface ItemSummary {
  readonly stage: string;
  readonly name: string;
  readonly size: number;
  readonly digest: Digest | undefined;
  readonly skipped: string | undefined;
}

/** What was sent somewhere. */
export interface ArtifactSummary {
  readonly reference: string;
  readonly digest: Digest;
  readonly mediaType: string;
  readonly size: number;
}

/** Something that a stage set up elsewhere. */
export interface ChangeSummary {
  readonly stage: string;
  readonly kind: string;
  readonly name: string;
  readonly change: 'created' | 'updated';
  readonly detail: string;
}

/** Something that a person should hear of. */
export interface WarningSummary {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  /** All files that it is about. */
  readonly files?: readonly string[];
}

/** A whole run, drawn from its events alone. */
export interface RunSummary {
  readonly run: string;
  readonly name: string;
  readonly version: string;
  readonly startedAt: string;
  readonly ok: boolean;
  readonly durationMs: number;
  readonly stages: readonly StageSummary[];
  readonly tensors: readonly TensorSummary[];
  readonly items: readonly ItemSummary[];
  readonly artifacts: readonly ArtifactSummary[];
  readonly changes: readonly ChangeSummary[];
  readonly warnings: readonly WarningSummary[];
  /** Requests that were repeated, by what became of the attempt before: `NET_UNAVAILABLE 503`. */
  readonly retries: Readonly<Record<string, number>>;
  /** `undefined` until the end of the run. */
  readonly resources:
    | {
        readonly peakMemory: number;
        readonly hosts: readonly HostTraffic[];
        /** What has encoded weights, such as `native (avx2)`. */
        readonly engines: readonly string[];
        /** What held the run up most, where something took half of its time. */
        readonly bottleneck: Bottleneck | undefined;
      }
    | undefined;
  readonly error:
    | { readonly code: string; readonly message: string; readonly where?: string; readonly hint?: string }
    | undefined;
}

/** A report must not grow without bound; real models stay far below. */
const TENSOR_LIMIT = 200_000;

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** Folds the events of a run into its summary. */
export class SummaryCollector {
  readonly #stages = new Map<string, Writable<StageSummary>>();
  readonly #wire = new WireBytes();
  readonly #tensors = new Map<string, TensorSummary>();
  /** What a stage without items of its own has moved. */
  readonly #tensorBytes = new Map<string, number>();
  readonly #withItems = new Set<string>();
  readonly #items: ItemSummary[] = [];
  readonly #artifacts = new Map<string, ArtifactSummary>();
  readonly #changes: ChangeSummary[] = [];
  readonly #warnings = new Map<string, RunSummary['warnings'][number]>();
  readonly #retries = new Map<string, number>();
  #resources: RunSummary['resources'];
  #head: Pick<RunSummary, 'run' | 'name' | 'version' | 'startedAt'> = { run: '', name: '', version: '', startedAt: '' };
  #end: Pick<RunSummary, 'ok' | 'durationMs' | 'error'> = { ok: false, durationMs: 0, error: undefined };
  #origin = 0;

  /** Takes the next event of the run. */
  add(event: RunEvent): void {
    switch (event.type) {
      case 'run.start':
        this.#origin = Date.parse(event.ts);
        this.#head = { run: event.run, name: event.name, version: event.version, startedAt: event.ts };
        return;
      case 'error': {
        const { code, message, where, hint } = event;
        this.#end = {
          ...this.#end,
          error: { code, message, ...(where === undefined ? {} : { where }), ...(hint === undefined ? {} : { hint }) },
        };
        return;
      }
      case 'run.end':
        this.#end = { ...this.#end, ok: event.ok, durationMs: event.durationMs };
        return;
      case 'resources': {
        const { peakMemory, hosts, engines = [], bottleneck } = event;
        this.#resources = { peakMemory, hosts, engines, bottleneck };
        return;
      }
      case 'plan':
        return;
      case 'warning': {
        const { code, message, hint, files } = event;
        this.#warnings.set(`${code}\n${message}`, { code, message, ...(hint && { hint }), ...(files && { files }) });
        return;
      }
      case 'artifact': {
        const { reference, digest, mediaType, size } = event;
        this.#artifacts.set(`${reference}@${digest}`, { reference, digest, mediaType, size });
        return;
      }
      default:
        this.#addStageEvent(event);
    }
  }

  /** The run as it ends: what its last event will say is known already. */
  ended(ok: boolean, durationMs: number): RunSummary {
    this.#end = { ...this.#end, ok, durationMs };
    return this.summary();
  }

  /** The run so far. */
  summary(): RunSummary {
    return {
      ...this.#head,
      ...this.#end,
      stages: [...this.#stages.values()].map((stage) => ({
        ...stage,
        bytes: this.#withItems.has(stage.stage) ? stage.bytes : (this.#tensorBytes.get(stage.stage) ?? 0),
      })),
      tensors: [...this.#tensors.values()],
      items: this.#items,
      artifacts: [...this.#artifacts.values()],
      changes: this.#changes,
      warnings: [...this.#warnings.values()],
      retries: Object.fromEntries(this.#retries),
      resources: this.#resources,
    };
  }

  #addStageEvent(event: Extract<RunEvent, { stage: string }>): void {
    const at = Date.parse(event.ts) - this.#origin;
    if (event.type === 'retry') this.#addRetry(event);
    // A request that was repeated before its stage began (a listing, a token) does not make a stage.
    if (event.type === 'retry' && !this.#stages.has(event.stage)) return;
    const stage = this.#stage(event.stage, at);
    // Stages are lazy: what one has promised may be read long after it returned.
    if (event.type !== 'stage.end') stage.endMs = Math.max(stage.endMs, at);
    stage.bytes += this.#wire.add(event);
    if (event.type.startsWith('item.')) this.#withItems.add(event.stage);
    switch (event.type) {
      case 'stage.end':
        stage.ok = event.ok;
        stage.endMs = Math.max(stage.endMs, stage.startMs + event.durationMs);
        stage.summary = event.summary ?? stage.summary;
        return;
      case 'item.skip':
        stage.skipped += 1;
        this.#items.push({ ...pick(event), size: event.total ?? 0, digest: undefined, skipped: event.reason });
        return;
      case 'item.end':
        stage.items += 1;
        this.#items.push({ ...pick(event), size: event.size, digest: event.digest, skipped: undefined });
        return;
      case 'retry':
        stage.retries += 1;
        return;
      case 'tensor':
        this.#addTensor(event);
        return;
      case 'change': {
        const { kind, name, change, detail } = event;
        this.#changes.push({ stage: event.stage, kind, name, change, detail });
        return;
      }
      case 'stage.start':
      case 'item.start':
      case 'item.progress':
      case 'item.reset':
      case 'item.resume':
    }
  }

  #addRetry({ code, status }: Extract<RunEvent, { type: 'retry' }>): void {
    const reason = status === undefined ? code : `${code} ${status}`;
    this.#retries.set(reason, (this.#retries.get(reason) ?? 0) + 1);
  }

  #addTensor(event: Extract<RunEvent, { type: 'tensor' }>): void {
    if (this.#tensors.size >= TENSOR_LIMIT) return;
    const { stage, variant, name, from, to, weights, size, weightError } = event;
    this.#tensorBytes.set(stage, (this.#tensorBytes.get(stage) ?? 0) + size);
    // Set again when the same content is computed twice (a resumed upload).
    this.#tensors.set(`${variant}\n${name}`, {
      variant,
      name,
      from,
      to,
      weights,
      size,
      weightError,
    });
  }

  #stage(name: string, at: number): Writable<StageSummary> {
    const known = this.#stages.get(name);
    if (known !== undefined) return known;
    const fresh = {
      stage: name,
      startMs: at,
      endMs: at,
      ok: true,
      summary: undefined,
      bytes: 0,
      items: 0,
      skipped: 0,
      retries: 0,
    };
    this.#stages.set(name, fresh);
    return fresh;
  }
}

function pick(event: { readonly stage: string; readonly name: string }): Pick<ItemSummary, 'stage' | 'name'> {
  return { stage: event.stage, name: event.name };
}
