import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createContext, pipeline, type RunContext, type StageEvent } from '../../src/core/index.js';
import { memoryFile, readWhole, sha256, type ModelFile } from '../../src/files/index.js';
import { ggufFile, type GgufContent } from '../../src/gguf/index.js';
import { chooseVariant, ggufRepository, quantizationInName } from '../../src/package/index.js';
import {
  convert,
  download,
  merge,
  pack,
  push,
  quantize,
  save,
  split,
  type DownloadOptions,
} from '../../src/stages/index.js';
import {
  buildLlama,
  startTestHub,
  startTestRegistry,
  type TestHub,
  type TestRegistry,
} from '../../src/testing/index.js';

let hub: TestHub;
let registry: TestRegistry;
let folder = '';
let context: RunContext;
const events: StageEvent[] = [];

const bytesOf = async (file: ModelFile): Promise<Uint8Array> => readWhole(file, 2 ** 30);

/** The digests of files by name. */
async function digests(files: readonly ModelFile[]): Promise<Record<string, string>> {
  const entries: [string, string][] = [];
  for (const file of files) entries.push([file.path, sha256(await bytesOf(file))]);
  return Object.fromEntries(entries);
}

function tinyGguf(fileType: number): GgufContent {
  return {
    metadata: new Map([
      ['general.architecture', { type: 'STRING', value: 'llama' }],
      ['general.file_type', { type: 'UINT32', value: fileType }],
    ]),
    tensors: [
      {
        name: 'token_embd.weight',
        dimensions: [32, 4],
        type: 'F32',
        read: async function* () {
          yield new Uint8Array(512);
        },
      },
      {
        name: 'output.weight',
        dimensions: [32, 4],
        type: 'F32',
        read: async function* () {
          yield new Uint8Array(512);
        },
      },
    ],
  };
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-ggufs-'));
  const one = async (path: string, fileType: number): Promise<[string, Uint8Array]> => [
    path,
    await bytesOf(ggufFile(path, tinyGguf(fileType))),
  ];
  const files = Object.fromEntries([
    ['README.md', '# x'],
    await one('x-Q4_K_M.gguf', 15),
    await one('x-UD-Q4_K_XL.gguf', 15),
    await one('x-Q8_0.gguf', 7),
    await one('mmproj-x-F16.gguf', 1),
    await one('mmproj-x-F32.gguf', 0),
    ['imatrix.dat', new Uint8Array(40)],
  ]);
  hub = await startTestHub({ repositories: { 'acme/x-GGUF': files, 'acme/tiny-llama': buildLlama({}) } });
  registry = await startTestRegistry();
  context = createContext({
    env: { ...hub.env, HOME: folder },
    emit: (event: StageEvent) => void events.push(event),
  });
});
afterAll(async () => {
  await hub.close();
  await registry.close();
  await rm(folder, { recursive: true, force: true });
});

const chosen = async (source: string, options: DownloadOptions = {}): Promise<readonly string[]> =>
  (await download(source, options).run(undefined, context)).files.map(({ path }) => path);

describe('a repository of GGUF files', () => {
  test.each([
    ['model-Q4_K_M.gguf', 'Q4_K_M'],
    ['model.q4_k_m.gguf', 'Q4_K_M'],
    ['Model-UD-Q4_K_XL-00001-of-00002.gguf', 'UD-Q4_K_XL'],
    ['UD-IQ2_M/model-UD-IQ2_M-00001-of-00002.gguf', 'UD-IQ2_M'],
    ['BF16/model-00001-of-00003.gguf', 'BF16'],
    ['model-MXFP4.gguf', 'MXFP4'],
    ['model-7B.gguf', undefined],
  ])('%s is %s', (path, name) => {
    expect(quantizationInName(path)).toBe(name);
  });

  test('sorts into quantizations, projectors and importance matrices', () => {
    const paths = ['a-Q8_0.gguf', 'b/a-Q4_0-00001-of-00002.gguf', 'b/a-Q4_0-00002-of-00002.gguf', 'mmproj-F16.gguf'];
    const sizes = [900, 100, 200, 50];
    const files = [
      ...paths.map((path, index) => memoryFile(path, new Uint8Array(sizes[index] ?? 1))),
      memoryFile('imatrix_unsloth.dat', ''),
    ];
    const { variants, projectors, imatrices, companions } = ggufRepository(files);
    expect(variants.map(({ name, size, files: parts }) => [name, size, parts.length])).toEqual([
      ['Q4_0', 300, 2],
      ['Q8_0', 900, 1],
    ]);
    expect([projectors.length, imatrices.length, companions.length]).toEqual([1, 1, 0]);
  });

  test('pushes every quantization as an artifact and a tag, with the projector beside it', async () => {
    const stage = pipeline(download('hf://acme/x-GGUF'), pack({ index: true }), push(`${registry.host}/m/x`));
    const pushed = await stage.run(undefined, context);
    expect(pushed.flatMap(({ tags }) => tags).sort()).toEqual(['latest', 'q4_k_m', 'q8_0', 'ud-q4_k_xl']);
    const manifests = [...registry.manifests('m/x').values()].map(
      ({ bytes }) =>
        JSON.parse(Buffer.from(bytes).toString('utf8')) as { layers?: { annotations: Record<string, string> }[] },
    );
    for (const { layers } of manifests) {
      if (layers === undefined) continue;
      const paths = layers.map(({ annotations }) => annotations['org.cncf.model.filepath'] ?? '');
      expect(paths.filter((path) => path.startsWith('x-'))).toHaveLength(1);
      expect(paths.filter((path) => path.includes('mmproj'))).toEqual(['mmproj-x-F16.gguf']);
      expect(paths).toContain('imatrix.dat');
    }
  });

  test.each(['hf://acme/x-GGUF:Q4_K_M', 'hf://acme/x-GGUF:q4_k_m@main'])('%s chooses', async (address) => {
    expect(await chosen(address)).toEqual([
      'README.md',
      'imatrix.dat',
      'mmproj-x-F16.gguf',
      'mmproj-x-F32.gguf',
      'x-Q4_K_M.gguf',
    ]);
  });

  test('so does the option, in any case', async () => {
    expect(await chosen('hf://acme/x-GGUF', { variant: 'ud-q4_k_xl' })).toContain('x-UD-Q4_K_XL.gguf');
  });

  test.each(['docker', 'ollama'])('in the format %s one has to be chosen', async (format) => {
    const stage = (variant?: string) =>
      pipeline(download('hf://acme/x-GGUF', { variant }), pack({ formats: [format as 'docker'] }));
    await expect(stage().run(undefined, context)).rejects.toMatchObject({
      code: 'USAGE',
      details: {
        got: expect.stringContaining('UD-Q4_K_XL'),
        try: expect.arrayContaining([expect.stringContaining('--quant Q4_K_M')]),
      },
    });
    expect((await stage('Q8_0').run(undefined, context)).artifacts).toHaveLength(1);
  });

  test('a quantization that is not there is answered with those that are', async () => {
    await expect(chosen('hf://acme/x-GGUF:Q5_K_M')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      details: { got: expect.stringMatching(/Q4_K_M .*Q8_0/) },
    });
    await expect(chosen('hf://acme/tiny-llama:Q4_K_M')).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(chosen('hf://acme/x-GGUF:Q4_K_M', { variant: 'Q8_0' })).rejects.toMatchObject({ code: 'USAGE' });
  });

  test('quantize names them instead of taking one', async () => {
    const stage = pipeline(download('hf://acme/x-GGUF'), quantize({ types: 'Q8_0' }));
    await expect(stage.run(undefined, context)).rejects.toMatchObject({ code: 'USAGE' });
  });

  test('a split that is missing is named', () => {
    const file = memoryFile('a-Q4_0-00001-of-00002.gguf', 'GGUF');
    const source = { kind: 'directory', name: 'a', url: './a', revision: 'x' } as const;
    expect(() => chooseVariant({ source, files: [file] }, 'q4_0')).toThrow("'a-Q4_0-00002-of-00002.gguf' is missing");
  });
});

describe('nothing without weights is published', () => {
  const files = { 'README.md': '# x', 'config.json': '{}', 'm.nemo': new Uint8Array(9), 'art.xyz': 'x' };

  test('unless that is asked for', async () => {
    const source = join(folder, 'bare');
    await mkdir(source);
    for (const [path, content] of Object.entries(files)) await writeFile(join(source, path), content);
    const stage = (allowNoWeights?: boolean) => pipeline(download(source), pack({ allowNoWeights }));
    await expect(stage().run(undefined, context)).rejects.toMatchObject({
      code: 'NO_WEIGHTS',
      details: { try: expect.arrayContaining([expect.stringContaining('--allow-no-weights')]) },
    });
    events.length = 0;
    expect((await stage(true).run(undefined, context)).artifacts).toHaveLength(1);
    expect(events.find((event) => event.type === 'warning')).toMatchObject({
      code: 'FILES_LEFT_OUT',
      files: ['art.xyz', 'm.nemo'],
    });
  });

  test('a name that some systems cannot hold is left out with the reason, a weight of such a name is not', async () => {
    const source = join(folder, 'odd');
    await mkdir(join(source, 'eval'), { recursive: true });
    await writeFile(join(source, 'eval', 'C1_or_C2?.json'), '{}');
    await writeFile(join(source, 'config.json'), '{}');
    const snapshot = await download(source).run(undefined, context);
    expect(snapshot.leftOut).toEqual([
      { path: 'eval/C1_or_C2?.json', mayRunCode: false, nameProblem: expect.stringContaining('?') },
    ]);
    await writeFile(join(source, 'model:1.safetensors'), 'x');
    await expect(download(source).run(undefined, context)).rejects.toMatchObject({
      code: 'PATH_UNSAFE',
      details: { try: expect.stringContaining('--exclude') },
    });
  });
});

describe('gguf-split', () => {
  type Golden = Record<string, { readonly files: Record<string, string>; readonly merged: string }>;

  test.each([
    ['tensors-5', { splitMaxTensors: 5 }],
    ['size-1M', { splitMaxSize: '1M' }],
    ['keys-first-8', { noTensorFirstSplit: true, splitMaxTensors: 8 }],
    ['usual', {}],
  ])('%s: the files of llama-gguf-split, byte for byte, and back', async (name, options) => {
    const golden = JSON.parse(
      await readFile(join(import.meta.dirname, '../fixtures/golden/gguf-split.json'), 'utf8'),
    ) as Golden;
    const model = join(folder, 'tiny-llama');
    await pipeline(download('hf://acme/tiny-llama'), save(model)).run(undefined, context);
    const [variant] = await pipeline(download(model), convert({ outtype: 'f16' })).run(undefined, context);
    const whole = join(folder, name, 'tiny.gguf');
    await mkdir(dirname(whole), { recursive: true });
    await writeFile(whole, await bytesOf(variant?.weights[0] ?? memoryFile('none', '')));
    const [cut] = await pipeline(download(whole), split(options)).run(undefined, context);
    expect(await digests(cut?.weights ?? [])).toEqual(golden[name]?.files);
    for (const file of cut?.weights ?? []) await writeFile(join(folder, name, file.path), await bytesOf(file));
    // The first split stands for its set.
    const first = join(folder, name, cut?.weights[0]?.path ?? '');
    const [joined] = await pipeline(download(first), merge()).run(undefined, context);
    expect(Object.values(await digests(joined?.weights ?? []))).toEqual([golden[name]?.merged]);
  });
});
