import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createContext, pipeline, type RunContext, type StageEvent } from '../../src/core/index.js';
import { DiskStore } from '../../src/files/index.js';
import { convert, download, pack, push, save, type PushedArtifact } from '../../src/stages/index.js';
import {
  buildLlama,
  startTestHub,
  startTestRegistry,
  type TestHub,
  type TestRegistry,
} from '../../src/testing/index.js';

const MODEL = 'acme/tiny-llama';
let hub: TestHub;
let registry: TestRegistry;
let folder = '';
let cleanup: (() => Promise<void>)[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-chain-'));
  hub = await startTestHub({ repositories: { [MODEL]: buildLlama({ layers: 2, hidden: 256, shards: 2, seed: 7 }) } });
  registry = await startTestRegistry({ auth: 'bearer', users: { ci: 'secret' } });
});
afterEach(async () => {
  for (const close of cleanup.splice(0).toReversed()) await close();
  cleanup = [];
  await registry.close();
  await hub.close();
  await rm(folder, { recursive: true, force: true });
});

function context(options: Partial<RunContext> = {}): RunContext {
  return createContext({
    env: { ...hub.env, HOME: folder },
    credentials: async () => ({ kind: 'basic', username: 'ci', password: 'secret', origin: 'test' }),
    defer: (close) => cleanup.push(close),
    ...options,
  });
}

const chain = (to: string) =>
  pipeline(download(`hf://${MODEL}`), convert({ quantize: ['Q4_K_M', 'Q8_0'] }), pack(), push(to));

/** Bytes of `bytes=a-b`; what is asked for without a range counts as everything. */
function rangeLength(range: string | undefined): number {
  const match = /^bytes=(\d+)-(\d+)$/.exec(range ?? '');
  return match === null ? Number.POSITIVE_INFINITY : Number(match[2]) - Number(match[1]) + 1;
}

async function wholeSize(): Promise<number> {
  const snapshot = await download(`hf://${MODEL}`).run(undefined, context());
  return snapshot.files.reduce((sum, file) => sum + file.size, 0);
}

const digests = (pushed: readonly PushedArtifact[]): string[] => pushed.map((artifact) => artifact.digest);

describe('Hub to registry', () => {
  test('without a store, with one, and into a layout: the same digests', async () => {
    const streamed = await chain(`${registry.host}/models/a`).run(undefined, context());
    const stored = await chain(`${registry.host}/models/b`).run(
      undefined,
      context({ store: new DiskStore(join(folder, 'store')) }),
    );
    const local = await chain(`layout:${join(folder, 'layout')}`).run(
      undefined,
      context({ limits: { concurrency: 1, threads: 1, memory: 2 ** 25 } }),
    );
    expect(digests(stored)).toEqual(digests(streamed));
    expect(digests(local)).toEqual(digests(streamed));
    expect(registry.problems()).toEqual([]);
    expect([...registry.tags('models/a').keys()]).toEqual(['q4_k_m', 'q8_0']);
  });

  test("store: 'none' and a registry: no file is written", async () => {
    const before = await readdir(folder, { recursive: true });
    await chain(`${registry.host}/models/a`).run(undefined, context());
    expect(await readdir(folder, { recursive: true })).toEqual(before);
  });

  test('the weights are read once for both types, and once more to be confirmed', async () => {
    // Above 16 MiB: smaller files are read whole, and verified, for every range of them.
    hub.add(MODEL, buildLlama({ layers: 2, hidden: 1024, heads: 8, kvHeads: 4, seed: 8 }));
    await chain(`${registry.host}/models/a`).run(undefined, context());
    const weights = hub.requests.filter(({ host, method }) => host === 'storage' && method === 'GET');
    const bytes = weights.reduce((sum, { range }) => sum + rangeLength(range), 0);
    const size = await wholeSize();
    // Headers and the last partial segments come on top.
    expect(bytes).toBeLessThan(2.2 * size);
  });

  test('a second run sends nothing that is there', async () => {
    const target = `${registry.host}/models/a`;
    const first = await chain(target).run(undefined, context());
    const sent = (): number =>
      registry.requests.filter(({ method, path }) => method === 'PUT' && path.includes('/blobs/')).length;
    const after = sent();
    const second = await chain(target).run(undefined, context());
    expect(digests(second)).toEqual(digests(first));
    // Only blobs whose digest nobody can know beforehand travel again: the two quantized files.
    expect(sent() - after).toBeLessThanOrEqual(2);
  });

  test('a Hub that serves other bytes than it announces: nothing is tagged', async () => {
    hub.fail({ kind: 'corrupt', match: /safetensors/, times: 50 });
    const running = chain(`${registry.host}/models/a`).run(undefined, context());
    await expect(running).rejects.toMatchObject({
      code: expect.stringMatching(/DIGEST_MISMATCH|SAFETENSORS_INVALID|JSON_INVALID|HUB_/),
    });
    expect(registry.tagMoves).toEqual([]);
  });

  test('a connection that is cut on both sides is taken up again', async () => {
    const expected = digests(await chain(`${registry.host}/models/a`).run(undefined, context()));
    hub.fail({ kind: 'drop', match: '/blobs/', after: 5000, times: 3 });
    registry.fail({
      path: /blobs\/uploads/,
      method: 'PATCH',
      times: 2,
      fault: { kind: 'drop-request', afterBytes: 20_000 },
    });
    const again = await chain(`${registry.host}/models/b`).run(undefined, context());
    expect(digests(again)).toEqual(expected);
  });

  test('a tag that stands for something else is not moved when that is refused', async () => {
    const target = `${registry.host}/models/a`;
    await chain(target).run(undefined, context());
    const other = pipeline(
      download(`hf://${MODEL}`),
      convert({ quantize: 'Q8_0' }),
      pack(),
      push(target, { tags: ['q4_k_m'], overwrite: false }),
    );
    await expect(other.run(undefined, context())).rejects.toMatchObject({ code: 'TAG_EXISTS' });
  });

  test('wrong credentials fail before anything is converted', async () => {
    const wrong = context({
      credentials: async () => ({ kind: 'basic', username: 'ci', password: 'wrong', origin: 'test' }),
    });
    const running = chain(`${registry.host}/models/a`).run(undefined, wrong);
    await expect(running).rejects.toMatchObject({ code: expect.stringMatching(/OCI_UNAUTHORIZED|OCI_DENIED/) });
  });
});

describe('planning', () => {
  test('says types, sizes and tags, and reads no weight', async () => {
    hub.add(MODEL, buildLlama({ layers: 2, hidden: 1024, heads: 8, kvHeads: 4, seed: 8 }));
    const planned = await chain(`${registry.host}/models/a`).plan?.(undefined, context());
    const text = planned?.reports.map((report) => `${report.stage}: ${report.summary}`).join('\n') ?? '';
    expect(text).toContain('LlamaForCausalLM → llama');
    expect(text).toContain('Q4_K_M');
    expect(text).toContain('q8_0 new');
    expect(registry.tagMoves).toEqual([]);
    const read = hub.requests
      .filter(({ host }) => host === 'storage')
      .reduce((sum, { range }) => sum + rangeLength(range), 0);
    expect(read).toBeLessThan(0.1 * (await wholeSize()));
  });
});

/** The event at which a run is aborted: one in every stage's work. */
const MOMENTS: readonly [string, (event: StageEvent) => boolean][] = [
  ['the first file is read', (event) => event.type === 'item.start' && event.stage === 'download'],
  ['a tensor has been written', (event) => event.type === 'tensor'],
  ['the first blob is on its way', (event) => event.type === 'item.start' && event.stage === 'push'],
  ['the first blob has arrived', (event) => event.type === 'item.end' && event.stage === 'push'],
];

describe('abort', () => {
  test.each(MOMENTS)('when %s: the run stops, nothing is tagged, and a second run ends the same', async (_, when) => {
    const target = `${registry.host}/models/a`;
    const controller = new AbortController();
    let abortedAt = 0;
    const running = chain(target).run(
      undefined,
      context({
        signal: controller.signal,
        store: new DiskStore(join(folder, 'store')),
        emit: (event) => {
          if (abortedAt > 0 || !when(event)) return;
          abortedAt = performance.now();
          controller.abort();
        },
      }),
    );
    await expect(running).rejects.toMatchObject({ code: 'ABORTED' });
    expect(abortedAt).toBeGreaterThan(0);
    expect(registry.tagMoves).toEqual([]);
    const again = await chain(target).run(undefined, context({ store: new DiskStore(join(folder, 'store')) }));
    const fresh = await chain(`layout:${join(folder, 'layout')}`).run(undefined, context());
    expect(digests(again)).toEqual(digests(fresh));
  });

  test('save() leaves no half-written file', async () => {
    const controller = new AbortController();
    const out = join(folder, 'out');
    const running = pipeline(download(`hf://${MODEL}`), convert({ quantize: 'Q8_0' }), save(out)).run(
      undefined,
      context({ signal: controller.signal, emit: (event) => event.type === 'tensor' && controller.abort() }),
    );
    await expect(running).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await readdir(out)).toEqual([]);
  });
});
