import { afterEach, describe, expect, test } from 'vitest';
import { createContext, pipeline, type RunContext, type StageEvent } from '../../src/core/index.js';
import { convert, download, pack, push } from '../../src/stages/index.js';
import { buildLlama, startTestHub, startTestRegistry } from '../../src/testing/index.js';

type RetryEvent = Extract<StageEvent, { type: 'retry' }>;

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function retries(): Promise<readonly RetryEvent[]> {
  const hub = await startTestHub({ repositories: { 'acme/tiny': buildLlama({ seed: 5 }) } });
  const registry = await startTestRegistry();
  closers.push(
    async () => hub.close(),
    async () => registry.close(),
  );
  hub.fail({ kind: 'status', status: 429, match: '/resolve/' });
  registry.fail({ fault: { kind: 'status', status: 503 }, method: 'HEAD' });
  registry.fail({ fault: { kind: 'drop-request', afterBytes: 1000 }, method: 'PATCH' });
  registry.fail({ fault: { kind: 'drop-request', afterBytes: 1000 }, method: 'PUT', path: /blobs/ });
  const events: RetryEvent[] = [];
  const context: RunContext = createContext({
    env: hub.env,
    defer: (close) => closers.push(close),
    emit: (event) => {
      if (event.type === 'retry') events.push(event);
    },
  });
  const chain = pipeline(
    download('hf://acme/tiny'),
    convert({ quantize: 'Q8_0' }),
    pack(),
    push(`${registry.host}/models/tiny`),
  );
  await chain.run(undefined, context);
  registry.fail({ fault: { kind: 'drop-response', afterBytes: 1000 }, method: 'GET', path: /blobs\/sha256/ });
  const { files } = await download(`oci://${registry.host}/models/tiny:q8_0`).run(undefined, context);
  for await (const _ of files.find(({ path }) => path.endsWith('.gguf'))?.read() ?? []) {
    // Only the reading counts.
  }
  return events;
}

describe('a reading of the Hub that is cut off', () => {
  test.each([
    ['after some bytes, and goes on at once', 1000, { attempt: 2, of: 3, delayMs: 0 }],
    ['before any, and waits', 0, { attempt: 2, of: 3, delayMs: 100 }],
  ])('is told (%s)', async (_, after, counts) => {
    const path = 'model.safetensors';
    const hub = await startTestHub({ repositories: { 'acme/tiny': buildLlama({ seed: 5 }) } });
    closers.push(async () => hub.close());
    const events: RetryEvent[] = [];
    const context = createContext({
      env: hub.env,
      defer: (close) => closers.push(close),
      emit: (event) => {
        if (event.type === 'retry') events.push(event);
      },
    });
    const { files } = await download('hf://acme/tiny').run(undefined, context);
    hub.fail({ kind: 'drop', after, match: '/blobs/' });
    for await (const _chunk of files.find((file) => file.path === path)?.read() ?? []) {
      // Only the reading counts.
    }
    expect(events).toEqual([expect.objectContaining({ stage: 'download', code: 'NET_UNREACHABLE', ...counts })]);
    expect(events[0]?.id).toMatch(/\/acme\/tiny\/resolve\/[0-9a-f]{40}\/model\.safetensors$/);
  });
});

describe('a request that is repeated', () => {
  test('is told as the stage that made it, with what the server or the connection said', async () => {
    const events = await retries();
    const told = events.map(({ stage, code, status, attempt, of }) => ({ stage, code, status, attempt, of }));
    expect(told).toContainEqual({ stage: 'download', code: 'NET_UNAVAILABLE', status: 429, attempt: 2, of: 5 });
    expect(told).toContainEqual({ stage: 'push', code: 'NET_UNAVAILABLE', status: 503, attempt: 2, of: 5 });
    expect(told).toContainEqual(
      expect.objectContaining({ stage: 'push', code: 'NET_UNREACHABLE', status: undefined, attempt: 2 }),
    );
    expect(told).toContainEqual(expect.objectContaining({ stage: 'download', status: undefined, attempt: 2, of: 6 }));
    expect(events.find(({ status }) => status === 429)?.message).toBe('HTTP 429 (too many requests)');
  });
});
