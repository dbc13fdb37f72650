import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createContext, pipeline, type RunContext, type Stage, type StageEvent } from '../../src/core/index.js';
import { convert, download, pack, push, save } from '../../src/stages/index.js';
import {
  buildLlama,
  startTestHub,
  startTestRegistry,
  type TestHub,
  type TestRegistry,
} from '../../src/testing/index.js';

const MODEL = 'acme/once';
const MIB = 1024 * 1024;
let hub: TestHub;
let registry: TestRegistry;
let folder = '';
let size = 0;
let cleanup: (() => Promise<void>)[] = [];

/** Twelve layers: their names are sorted as text in the files, and by number in what is written. Each file has over 16 MiB. */
const repository = buildLlama({ layers: 12, hidden: 512, intermediate: 1024, shards: 1, seed: 3 });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-once-'));
  size = repository.reduce((sum, file) => sum + file.size, 0);
  hub = await startTestHub({ repositories: { [MODEL]: repository } });
  registry = await startTestRegistry();
});
afterEach(async () => {
  for (const close of cleanup.splice(0).toReversed()) await close();
  await registry.close();
  await hub.close();
  await rm(folder, { recursive: true, force: true });
});

function context(options: Partial<RunContext> = {}): RunContext {
  return createContext({ env: { ...hub.env, HOME: folder }, defer: (close) => cleanup.push(close), ...options });
}

/** A plan and its run, as the command line carries them out. */
async function run<T>(
  stage: Stage<void, T>,
  used: RunContext,
): Promise<{ readonly result: T; readonly warnings: readonly string[]; readonly twice: number }> {
  const planned = await stage.plan?.(undefined, used);
  const result = await stage.run(undefined, used);
  const last = planned?.reports.at(-1)?.data as { readonly reading?: { readonly twice: number } } | undefined;
  const warnings = planned?.reports.flatMap((report) => report.warnings ?? []) ?? [];
  return { result, warnings, twice: last?.reading?.twice ?? 0 };
}

const chain = (options: Parameters<typeof download>[1] = {}, to = `${registry.host}/models/once`) =>
  pipeline(download(`hf://${MODEL}`, options), convert({ quantize: ['Q4_K_M'] }), pack(), push(to));

/** Bytes that were asked for, of all files. */
function asked(): number {
  const ranges = hub.requests.filter(({ host }) => host === 'storage').map(({ range }) => range ?? '');
  return ranges.reduce((sum, range) => {
    const [, from = '0', to = '-1'] = /^bytes=(\d+)-(\d+)$/.exec(range) ?? [];
    return sum + Number(to) - Number(from) + 1;
  }, 0);
}

const questions = (part: string): number => hub.requests.filter(({ url }) => url.includes(part)).length;

describe('Hub to registry without a store', () => {
  test('each byte is asked for once, in few requests, and the repository once', async () => {
    const events: StageEvent[] = [];
    await run(chain(), context({ emit: (event) => events.push(event) }));
    expect(asked() / size).toBeLessThanOrEqual(1.02);
    expect(hub.requests.filter(({ host }) => host === 'storage').length).toBeLessThan(10);
    expect(questions('/revision/')).toBe(1);
    expect(questions('/tree/')).toBe(1);
    expect(questions('/config.json')).toBe(1);
    const [weights] = events.filter((event) => event.type === 'item.end' && event.id.endsWith('.safetensors'));
    expect(weights).toMatchObject({ moved: repository.find(({ path }) => path.endsWith('.safetensors'))?.size });
  });

  test('without room, the plan says what is fetched twice, and it is that', async () => {
    const limits = { concurrency: 4, threads: 1, memory: 4 * MIB };
    const { result, warnings, twice: planned } = await run(chain(), context({ limits }));
    const twice = asked() - size;
    expect(twice / size).toBeGreaterThan(0.1);
    expect(twice / size).toBeLessThan(1);
    expect(Math.abs(twice - planned) / planned).toBeLessThan(0.1);
    expect(warnings.join()).toMatch(/of .* are fetched twice .*model.safetensors.*--spill/);
    const before = asked();
    const aside = join(folder, 'aside');
    const spilled = await run(chain({ spill: aside }, `${registry.host}/models/spilled`), context({ limits }));
    expect(asked() - before).toBeLessThanOrEqual(1.02 * size);
    expect(spilled.warnings).toEqual([]);
    expect(await readdir(aside)).toEqual([]);
    expect(spilled.result.map(({ digest }) => digest)).toEqual(result.map(({ digest }) => digest));
  });

  test('a layer that is sent again after a cut reads only what it must', async () => {
    registry.fail({ method: 'PATCH', fault: { kind: 'drop-request', afterBytes: 2 * MIB }, times: 1 });
    await run(chain(), context());
    expect(asked() / size).toBeLessThanOrEqual(1.5);
  });

  test('several files of one model, and several models of one reading', async () => {
    await run(
      pipeline(
        download(`hf://${MODEL}`),
        convert({ quantize: ['Q4_K_M', 'Q8_0'] }),
        pack(),
        push(`${registry.host}/models/two`),
      ),
      context(),
    );
    expect(asked() / size).toBeLessThanOrEqual(1.02);
    const before = asked();
    await run(pipeline(download(`hf://${MODEL}`), save(join(folder, 'saved'))), context());
    expect(asked() - before).toBeLessThanOrEqual(1.02 * size);
  });

  test('several models of one reading that go to the disk', async () => {
    const quantized = pipeline(download(`hf://${MODEL}`), convert({ quantize: ['Q4_K_M', 'Q8_0'] }));
    const { result } = await run(pipeline(quantized, save(join(folder, 'variants'))), context());
    expect(result.filter(({ path }) => path.endsWith('.gguf'))).toHaveLength(2);
    expect(asked() / size).toBeLessThanOrEqual(1.02);
  });

  test.each([
    ['the first bytes', 100],
    ['the middle', 8 * MIB],
    ['the last request', 20 * MIB],
  ])('a wrong byte in %s is found before any tag moves', async (_where, after) => {
    hub.fail({ kind: 'corrupt', match: '/blobs/', after, times: 1000 });
    const attempt = run(chain(), context({ limits: { concurrency: 4, threads: 1, memory: 4 * MIB } }));
    await expect(attempt).rejects.toMatchObject({ code: expect.stringMatching(/DIGEST_MISMATCH|SAFETENSORS_INVALID/) });
    expect(registry.requests.filter(({ method, path }) => method === 'PUT' && /manifests\/[^s]/.test(path))).toEqual(
      [],
    );
  });
});
