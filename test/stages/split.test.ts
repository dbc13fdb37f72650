import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createContext, pipeline, type RunContext } from '../../src/core/index.js';
import { readWhole, sha256, type ModelFile } from '../../src/files/index.js';
import { ggufFile, readSplitGguf, splitGguf, splitName } from '../../src/gguf/index.js';
import type { ModelVariant } from '../../src/package/index.js';
import { convert, download, pack, push, quantize, save } from '../../src/stages/index.js';
import { fitTarget } from '../../src/stages/push/push-split.js';
import { smallModel } from '../quantize/small-models.js';
import { buildLlama, startTestHub, startTestRegistry, type TestHub } from '../../src/testing/index.js';

const MODEL = 'acme/tiny-llama';
let hub: TestHub;
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-split-'));
  hub = await startTestHub({ repositories: { [MODEL]: buildLlama({}) } });
});
afterEach(async () => {
  await hub.close();
  await rm(folder, { recursive: true, force: true });
});

const context = (options: Partial<RunContext> = {}): RunContext =>
  createContext({ env: { ...hub.env, HOME: folder }, ...options });

async function digests(files: readonly ModelFile[]): Promise<Record<string, string>> {
  const entries: [string, string][] = [];
  for (const file of files) entries.push([file.path, sha256(await readWhole(file, 2 ** 30))]);
  return Object.fromEntries(entries);
}

type Golden = Record<string, Record<string, string>>;
const golden = async (): Promise<Golden> =>
  JSON.parse(await readFile(join(import.meta.dirname, '../fixtures/golden/splits.json'), 'utf8')) as Golden;

const converted = async (options: object): Promise<readonly ModelVariant[]> => {
  const directory = join(folder, 'tiny-llama');
  if (!existsSync(directory)) await pipeline(download(`hf://${MODEL}`), save(directory)).run(undefined, context());
  return pipeline(download(directory), convert({ outtype: 'f16', ...options })).run(undefined, context());
};

describe('convert', () => {
  test.each([
    ['tensors-5', { splitMaxTensors: 5 }],
    ['size-200000', { splitMaxSize: 200_000 }],
    ['both', { splitMaxSize: 400_000, splitMaxTensors: 4 }],
    ['fits', { splitMaxSize: '1G' }],
    ['size-700K', { splitMaxSize: '700K' }],
    ['size-200000', { splitMaxSize: '200000' }],
    ['keys-first', { noTensorFirstSplit: true }],
    ['keys-first-5', { noTensorFirstSplit: true, splitMaxTensors: 5 }],
  ])('%s: the files of convert_hf_to_gguf.py, byte for byte', async (name, options) => {
    const [variant] = await converted(options);
    expect(await digests(variant?.weights ?? [])).toEqual((await golden())[name]);
  });

  test('keys alone come first when a quantized model is split, too', async () => {
    const [variant] = await converted({ quantize: 'Q8_0', splitMaxSize: '1M', noTensorFirstSplit: true });
    const parts = await readSplitGguf(variant?.weights ?? []);
    expect(parts.map(({ tensors }) => tensors.length > 0)).toEqual([false, true, true]);
  });

  test('a vocabulary alone is one file', async () => {
    const both = { vocabOnly: true, noTensorFirstSplit: true };
    await expect(converted(both)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  test('what is quantized is split after that', async () => {
    const [variant] = await converted({ quantize: 'Q8_0', splitMaxSize: '1M' });
    expect(variant?.weights.map(({ path }) => path)).toEqual([
      'tiny-llama-Q8_0-00001-of-00002.gguf',
      'tiny-llama-Q8_0-00002-of-00002.gguf',
    ]);
  });
});

describe('quantize', () => {
  test('a model in splits gives the file that the whole model gives; keepSplit keeps the splits', async () => {
    const whole = await converted({});
    const parts = await converted({ splitMaxTensors: 8 });
    const run = async (variants: readonly ModelVariant[], keepSplit: boolean): Promise<readonly ModelFile[]> => {
      const made = await quantize({ types: 'Q8_0', keepSplit }).run(variants, context());
      return made.flatMap(({ weights }) => weights);
    };
    const one = await run(whole, false);
    expect(await digests(await run(parts, false))).toEqual(await digests(one));
    const kept = await run(parts, true);
    expect(kept.map(({ path }) => path)).toEqual(
      [1, 2, 3].map((number) => `tiny-llama-Q8_0-0000${number}-of-00003.gguf`),
    );
    const tensors = (await readSplitGguf(kept)).flatMap((part) => part.tensors);
    const expected = (await readSplitGguf(one)).flatMap((part) => part.tensors);
    const bytesOf = async (list: typeof tensors): Promise<Map<string, string>> => {
      const map = new Map<string, string>();
      for (const tensor of list.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
        const chunks: Uint8Array[] = [];
        for await (const chunk of tensor.read()) chunks.push(chunk);
        map.set(tensor.name, sha256(Buffer.concat(chunks)));
      }
      return map;
    };
    expect(await bytesOf(tensors)).toEqual(await bytesOf(expected));
  });
});

test('a projector in splits is quantized as one in a file is, to the bytes that llama-quantize writes', async () => {
  const content = smallModel('clip');
  const parts = splitGguf(content, { maxTensors: 5 });
  const files = parts.map((part, index) => ggufFile(splitName('p', index, parts.length), part));
  const source = { kind: 'directory', name: 'p', url: 'file:///p', revision: 'r' } as const;
  const made = await quantize({ types: 'Q8_0' }).run({ source, files }, context());
  const cases = JSON.parse(
    await readFile(join(import.meta.dirname, '../fixtures/golden/quantize-mixes.json'), 'utf8'),
  ) as {
    cases: { model: string; options: { splits?: unknown; keepSplit?: true }; files?: [string, number, string][] }[];
  };
  const golden = cases.cases.find(
    ({ model, options }) => model === 'clip' && options.splits !== undefined && options.keepSplit !== true,
  );
  const [digest] = Object.values(await digests(made.flatMap(({ weights }) => weights)));
  expect(digest).toBe(`sha256:${golden?.files?.[0]?.[2] ?? ''}`);
  const incomplete = quantize({ types: 'Q8_0' }).run({ source, files: files.slice(0, 1) }, context());
  await expect(incomplete).rejects.toMatchObject({ code: 'GGUF_INVALID' });
});

describe('push', () => {
  test('cuts what is larger than the limit; every file fits, and the set is whole', async () => {
    const registry = await startTestRegistry();
    try {
      const target = `${registry.host}/models/a`;
      const chain = pipeline(
        download(`hf://${MODEL}`),
        convert({ outtype: 'f16' }),
        pack({ formats: ['modelpack', 'docker'] }),
        push(target, { splitMaxSize: 1_000_000 }),
      );
      const planned = await chain.plan?.(undefined, context());
      expect(planned?.reports.at(-1)?.summary).toContain('split into files of at most 976.6 KiB');
      await chain.run(undefined, context());
      const snapshot = await download(`oci://${target}:f16`, { include: ['*.gguf'] }).run(undefined, context());
      expect(snapshot.files.length).toBeGreaterThan(2);
      expect(Math.max(...snapshot.files.map(({ size }) => size))).toBeLessThanOrEqual(1_000_000);
      const whole = (await converted({}))[0]?.gguf?.tensors.length;
      expect((await readSplitGguf(snapshot.files)).flatMap(({ tensors }) => tensors)).toHaveLength(whole ?? -1);
      expect(registry.problems()).toEqual([]);
    } finally {
      await registry.close();
    }
  });

  test('knows the limits of registries; S3 behind Harbor is a hint', () => {
    const layer = (size: number) => ({
      file: { path: 'm.gguf', size, read: async function* () {} },
      mediaType: 'x',
      annotations: {},
    });
    const model = (size: number, manifest = 1000): Parameters<typeof fitTarget>[0] => ({
      name: 'm',
      artifacts: [
        {
          format: 'modelpack',
          layers: [layer(size)],
          seal: () => ({
            config: { mediaType: 'x', bytes: new Uint8Array() },
            manifest: { mediaType: 'x', bytes: new Uint8Array(manifest) },
          }),
        },
      ],
      fit: (largest) => model(largest),
    });
    const on = (host: string, size: number, options = {}, manifest = 1000) =>
      fitTarget(model(size, manifest), { host, name: `${host}/m` } as Parameters<typeof fitTarget>[1], options);
    const GIB = 2 ** 30;
    expect(on('public.ecr.aws', 20 * GIB).note).toBe('weights split into files of at most 9.8 GiB');
    expect(on('public.ecr.aws', 5 * GIB).note).toBeUndefined();
    expect(on('1.dkr.ecr.eu-west-1.amazonaws.com', 60 * GIB).note).toContain('50.8 GiB');
    expect(on('x.azurecr.io', 150 * GIB)).toMatchObject({ warnings: [] });
    expect(on('x.azurecr.io', 250 * GIB).note).toContain('200 GiB');
    const never = on('public.ecr.aws', 20 * GIB, { split: 'never' });
    expect([never.note, never.warnings]).toEqual([undefined, ['a layer of 20 GiB, but the registry takes 9.8 GiB']]);
    expect(on('harbor.example.com', 120 * GIB).warnings[0]).toContain('usually takes 97.7 GiB');
    expect(on('harbor.example.com', 90 * GIB).warnings).toEqual([]);
    expect(on('ghcr.io', 9 * GIB).note).toBeUndefined();
    expect(on('ghcr.io', 10 * GIB).note).toBe('weights split into files of at most 9.3 GiB');
    expect(on('docker.io', 20 * GIB)).toMatchObject({
      warnings: ['a layer of 20 GiB: Docker Hub usually takes 9.3 GiB; splitMaxSize cuts the weights'],
    });
    for (const host of ['us-central1-docker.pkg.dev', 'quay.io', 'registry.gitlab.com']) {
      expect(on(host, 500 * GIB)).toMatchObject({ warnings: [] });
    }
    // Before the first byte is sent: a manifest's size is known before any digest is.
    expect(() => on('registry.gitlab.com', GIB, {}, 300 * 1024)).toThrow(
      "manifest is larger than 'registry.gitlab.com/m'",
    );
    expect(() => on('harbor.example.com', GIB, {}, 5 * 1024 * 1024)).toThrow('manifest is larger');
    expect(on('harbor.example.com', GIB, {}, 300 * 1024).warnings).toEqual([]);
  });
});
