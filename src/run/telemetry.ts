import type * as OpenTelemetry from '@opentelemetry/api';
import type { Attributes, Context, Span } from '@opentelemetry/api';
import { packageFacts, type RunEvent } from '../core/index.js';
import { RunMeters } from './telemetry-meters.js';

type Api = typeof OpenTelemetry;

/** What a host's OpenTelemetry is told of a run. */
export interface Telemetry {
  add(event: RunEvent): void;
  /** Does the run's work with its span as the current one, so that what the host traces (requests) belongs to it. */
  around<T>(work: () => Promise<T>): Promise<T>;
}

const NONE: Telemetry = { add: () => {}, around: async (work) => work() };

/** Where the API keeps what a host has registered (`opentelemetry.js.api.` and its major). */
const REGISTERED = Symbol.for('opentelemetry.js.api.1');
/** Smaller files and blobs have no span of their own. */
const WORTH_A_SPAN = 64 * 1024 * 1024;

/**
 * Spans and metrics of a run through `@opentelemetry/api`, when the host has registered a provider there; otherwise
 * nothing is loaded. One span a run, one a stage, one an item of 64 MiB and more. The run's parent is the host's current
 * span, else what `TRACEPARENT` in `env` names (W3C Trace Context).
 */
export async function openTelemetry(
  name: string,
  run: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Telemetry> {
  if ((globalThis as Record<symbol, unknown>)[REGISTERED] === undefined) return NONE;
  const api = await import('@opentelemetry/api').catch(() => undefined);
  if (api === undefined) return NONE;
  const { version } = await packageFacts();
  return new RunSpans(api, { name, run, version, parent: parentOf(api, env) });
}

/** `00-<trace>-<span>-<flags>`. */
const TRACEPARENT = /^[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})$/;

function parentOf(
  { context, trace, ROOT_CONTEXT, isSpanContextValid }: Api,
  env: Readonly<Record<string, string | undefined>>,
): Context {
  const current = context.active();
  if (trace.getSpan(current) !== undefined) return current;
  const traceparent = env['TRACEPARENT'] ?? env['traceparent'] ?? '';
  const [, traceId = '', spanId = '', flags = ''] = TRACEPARENT.exec(traceparent.trim().toLowerCase()) ?? [];
  const remote = { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
  return isSpanContextValid(remote) ? trace.setSpanContext(ROOT_CONTEXT, remote) : current;
}

interface RunFacts {
  readonly name: string;
  readonly run: string;
  readonly version: string;
  readonly parent: Context;
}

class RunSpans implements Telemetry {
  readonly #api: Api;
  readonly #root: Span;
  readonly #context: Context;
  readonly #meters: RunMeters;
  readonly #stages = new Map<string, { readonly span: Span; readonly context: Context; lastAt: Date }>();
  readonly #items = new Map<string, Span>();

  constructor(api: Api, { name, run, version, parent }: RunFacts) {
    this.#api = api;
    const attributes = { 'pipeline.name': name, 'pipeline.run': run };
    this.#root = api.trace.getTracer('slipway', version).startSpan(`pipeline ${name}`, { attributes }, parent);
    this.#context = api.trace.setSpan(parent, this.#root);
    this.#meters = new RunMeters(api.metrics.getMeter('slipway', version), name);
  }

  async around<T>(work: () => Promise<T>): Promise<T> {
    return this.#api.context.with(this.#context, work);
  }

  add(event: RunEvent): void {
    this.#meters.add(event);
    const at = new Date(event.ts);
    if ('stage' in event) this.#stage(event.stage, at).lastAt = at;
    switch (event.type) {
      case 'item.start':
        if ((event.total ?? 0) >= WORTH_A_SPAN) this.#startItem(event, at);
        return;
      case 'item.end':
        return this.#endItem(event, at);
      case 'stage.end':
        return this.#endStage(event);
      case 'retry':
        this.#stage(event.stage, at).span.addEvent('retry', retryFacts(event), at);
        return;
      case 'warning':
        this.#root.addEvent('warning', { code: event.code, message: event.message }, at);
        return;
      case 'artifact':
        this.#root.addEvent('artifact', { reference: event.reference, digest: event.digest, size: event.size }, at);
        return;
      case 'error':
        this.#root.setAttribute('error.type', event.code);
        this.#root.setStatus({ code: this.#api.SpanStatusCode.ERROR, message: event.message });
        return;
      case 'run.end':
        for (const { span, lastAt } of this.#stages.values()) span.end(lastAt);
        this.#root.setAttribute('pipeline.exit_code', event.exitCode);
        this.#root.end(at);
        return;
      default:
    }
  }

  #stage(name: string, at: Date): { readonly span: Span; readonly context: Context; lastAt: Date } {
    const known = this.#stages.get(name);
    if (known !== undefined) return known;
    const attributes = { 'pipeline.stage': name };
    const span = this.#tracer().startSpan(`stage ${name}`, { attributes, startTime: at }, this.#context);
    const stage = { span, context: this.#api.trace.setSpan(this.#context, span), lastAt: at };
    this.#stages.set(name, stage);
    return stage;
  }

  #startItem(event: Extract<RunEvent, { type: 'item.start' }>, at: Date): void {
    const { stage, id, name, total } = event;
    const attributes: Attributes = { 'pipeline.stage': stage, 'pipeline.item': name, 'pipeline.bytes': total ?? 0 };
    const parent = this.#stage(stage, at).context;
    this.#items.set(
      `${stage}\n${id}`,
      this.#tracer().startSpan(`${stage} ${name}`, { attributes, startTime: at }, parent),
    );
  }

  #endItem({ stage, id, size, digest }: Extract<RunEvent, { type: 'item.end' }>, at: Date): void {
    const span = this.#items.get(`${stage}\n${id}`);
    if (span === undefined) return;
    this.#items.delete(`${stage}\n${id}`);
    span.setAttributes({ 'pipeline.bytes': size, ...(digest !== undefined && { 'pipeline.digest': digest }) });
    span.end(at);
  }

  #endStage({ stage, ok, ts, durationMs }: Extract<RunEvent, { type: 'stage.end' }>): void {
    const known = this.#stage(stage, new Date(ts));
    // A stage's time is that of its own events: it ends before the last of all stages is through.
    known.lastAt = new Date(Math.min(Date.parse(ts), known.lastAt.getTime()));
    known.span.setAttribute('pipeline.duration_ms', durationMs);
    if (!ok) known.span.setStatus({ code: this.#api.SpanStatusCode.ERROR });
  }

  #tracer(): ReturnType<Api['trace']['getTracer']> {
    return this.#api.trace.getTracer('slipway');
  }
}

function retryFacts({ id, attempt, of, delayMs, code, message }: Extract<RunEvent, { type: 'retry' }>): Attributes {
  return { url: id, attempt, of, delay_ms: delayMs, code, message };
}
