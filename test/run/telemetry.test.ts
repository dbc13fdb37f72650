import { context, metrics, trace, type Context, type ContextManager } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { AsyncLocalStorage } from 'node:async_hooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { SlipwayError } from '../../src/core/index.js';
import { runPipeline } from '../../src/run/index.js';
import { fakeConfig } from './fake-run.js';

const spans = new InMemorySpanExporter();
const numbers = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const reader = new PeriodicExportingMetricReader({ exporter: numbers, exportIntervalMillis: 60_000 });

/** What a host's SDK brings: the current context goes along with asynchronous work. */
class Contexts implements ContextManager {
  readonly #storage = new AsyncLocalStorage<Context>();
  active = (): Context => this.#storage.getStore() ?? (this.#root as Context);
  with: ContextManager['with'] = (current, work, self, ...given) =>
    this.#storage.run(current, () => work.apply(self as never, given));
  bind = <T>(_current: Context, target: T): T => target;
  enable = (): this => this;
  disable = (): this => this;
  #root: Context | undefined;
  constructor(root: Context) {
    this.#root = root;
  }
}

beforeAll(async () => {
  const { ROOT_CONTEXT } = await import('@opentelemetry/api');
  context.setGlobalContextManager(new Contexts(ROOT_CONTEXT));
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] }));
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
});
afterAll(() => {
  trace.disable();
  metrics.disable();
  context.disable();
});

const TRACE = 'ab'.repeat(16);
const PARENT = 'cd'.repeat(8);

test('a run is a span in the trace that the environment names, with a span for each stage', async () => {
  spans.reset();
  let current: string | undefined;
  const config = fakeConfig();
  await runPipeline(
    { ...config, name: 'traced' },
    {
      env: { TRACEPARENT: `00-${TRACE}-${PARENT}-01` },
      onEvent: () => (current ??= trace.getActiveSpan()?.spanContext().spanId),
    },
  );
  const [root] = spans.getFinishedSpans().filter(({ name }) => name === 'pipeline traced');
  expect(root?.spanContext().traceId).toBe(TRACE);
  expect(root?.parentSpanContext?.spanId).toBe(PARENT);
  expect(current).toBe(root?.spanContext().spanId);
  const stages = spans.getFinishedSpans().filter(({ name }) => name.startsWith('stage '));
  expect(stages.map(({ name }) => name).sort()).toEqual(['stage download', 'stage push']);
  expect(new Set(stages.map(({ parentSpanContext }) => parentSpanContext?.spanId))).toEqual(
    new Set([root?.spanContext().spanId]),
  );
  expect(root?.events.map(({ name }) => name)).toContain('artifact');
  expect(root?.attributes).toMatchObject({ 'pipeline.name': 'traced', 'pipeline.exit_code': 0 });
});

test('a failure is the status of the span, and the numbers are metrics', async () => {
  spans.reset();
  numbers.reset();
  const fail = new SlipwayError('OCI_DENIED', 'no');
  await expect(runPipeline(fakeConfig({ fail }))).rejects.toBe(fail);
  const [root] = spans.getFinishedSpans().filter(({ name }) => name.startsWith('pipeline '));
  expect([root?.status.message, root?.attributes['error.type']]).toEqual(['no', 'OCI_DENIED']);
  await reader.forceFlush();
  const found = numbers.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
  const names = new Set(found.map(({ descriptor }) => descriptor.name));
  expect([...names]).toEqual(
    expect.arrayContaining(['slipway.runs', 'slipway.tensors', 'slipway.stage.duration', 'slipway.peak_memory']),
  );
  const tensors = found.findLast(({ descriptor }) => descriptor.name === 'slipway.tensors');
  expect(tensors?.dataPoints.map(({ attributes }) => attributes['type']).sort()).toEqual(['F32', 'Q8_0']);
});
