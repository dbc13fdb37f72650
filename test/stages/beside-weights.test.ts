import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createContext, pipeline, type RunContext } from '../../src/core/index.js';
import { memoryFile, readWhole, type ModelFile, type Snapshot } from '../../src/files/index.js';
import { explainReaders, filesOfArtifact, type ArtifactFormat } from '../../src/package/index.js';
import type { Descriptor, Manifest } from '../../src/registry/index.js';
import {
  download,
  openRunTarget,
  pack,
  PACKAGE_FORMATS,
  push,
  quantize,
  repackage,
  save,
} from '../../src/stages/index.js';
import { languageModel, loraAdapter, projector } from '../support/beside-weights.js';

// A model with what goes with it under one manifest, in every format: the files tell what they are, not their names.

let folder = '';
let context: RunContext;

async function write(name: string, files: readonly ModelFile[]): Promise<string> {
  await mkdir(join(folder, name), { recursive: true });
  for (const file of files) await writeFile(join(folder, name, file.path), await readWhole(file, 2 ** 24));
  return join(folder, name);
}

const layout = (tag: string): string => `layout:${join(folder, 'layout')}:${tag}`;

/** Publishes a directory in one format. */
async function publish(
  source: string,
  format: ArtifactFormat,
  options: Parameters<typeof pack>[0] = {},
): Promise<string> {
  const tag = `${source}-${format}`;
  const chain = pipeline(download(join(folder, source)), pack({ ...options, formats: [format] }), push(layout(tag)));
  await chain.run(undefined, context);
  return layout(tag);
}

async function manifestOf(address: string): Promise<Manifest> {
  const { target, tag } = openRunTarget(address, context, 'inspect');
  return JSON.parse(new TextDecoder().decode((await target.readManifest(tag ?? '')).bytes)) as Manifest;
}

async function configOf(address: string): Promise<unknown> {
  const { target } = openRunTarget(address, context, 'inspect');
  const { digest, size } = (await manifestOf(address)).config;
  const file = memoryFile('config', '');
  return JSON.parse(
    new TextDecoder().decode(await readWhole({ ...file, size, read: () => target.readBlob({ digest, size }) }, size)),
  );
}

/** Names of the files that a download of some kinds writes. */
async function pulled(address: string, ...kinds: ('weight' | 'projector' | 'adapter')[]): Promise<string[]> {
  const to = await mkdtemp(join(folder, 'pulled-'));
  await pipeline(download(address, { kinds }), save(to)).run(undefined, context);
  return (await readdir(to)).toSorted();
}

const PROJECTOR = 'sees.gguf';
const ADAPTER = 'style.gguf';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-beside-'));
  context = createContext();
  const model = await languageModel('tiny-F16.gguf');
  await write('seeing', [model, await projector(PROJECTOR, 'vision'), memoryFile('config.json', '{}')]);
  await write('hearing', [model, await projector(PROJECTOR, 'vision', 'audio')]);
  await write('dressed', [model, await projector(PROJECTOR, 'vision'), await loraAdapter(ADAPTER)]);
  const peft = JSON.stringify({ peft_type: 'LORA', base_model_name_or_path: 'acme/base', revision: 'v2' });
  await write('adapter', [await loraAdapter(ADAPTER), memoryFile('adapter_config.json', peft)]);
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

/** Names by kind, as a manifest tells them. */
function kindsOf(manifest: Manifest, config: unknown): Record<string, string> {
  return Object.fromEntries(filesOfArtifact(manifest, config).files.map(({ path, kind }) => [path, kind]));
}

describe.each(PACKAGE_FORMATS)('%s', (format) => {
  test('a projector and an adapter are told from the model', async () => {
    const address = await publish('dressed', format);
    const manifest = await manifestOf(address);
    // Of an image the names stand within its layers.
    const kinds = Object.values(kindsOf(manifest, await configOf(address)));
    expect(kinds.slice(1)).toEqual(['projector', 'adapter']);
    expect(await pulled(address, 'projector')).toHaveLength(1);
    expect(await pulled(address, 'adapter')).toHaveLength(1);
    expect(await pulled(address, 'weight', 'projector')).toHaveLength(2);
    const weights = await pulled(address, 'weight');
    expect(weights).toEqual([format === 'ollama' ? 'model.gguf' : 'tiny-F16.gguf']);
  });

  test('an adapter by itself names its base', async () => {
    const { annotations } = await manifestOf(await publish('adapter', format));
    expect(annotations).toMatchObject({
      'dev.slipway.adapter.base': 'acme/base',
      'dev.slipway.adapter.base.revision': 'v2',
      'dev.slipway.adapter.type': 'lora',
    });
  });

  test('what is not there is said, with what is', async () => {
    const address = await publish('hearing', format);
    await expect(download(address, { kinds: ['adapter'] }).run(undefined, context)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      details: { got: '2 files: 1 weight, 1 projector' },
    });
  });
});

test('media types of the formats that have one for it', async () => {
  const types = async (format: ArtifactFormat): Promise<string[]> =>
    (await manifestOf(await publish('dressed', format))).layers.map(({ mediaType }) => mediaType);
  expect(await types('docker')).toEqual([
    'application/vnd.docker.ai.gguf.v3',
    'application/vnd.docker.ai.mmproj',
    'application/vnd.docker.ai.gguf.v3.lora',
  ]);
  expect(await types('ollama')).toEqual([
    'application/vnd.ollama.image.model',
    'application/vnd.ollama.image.projector',
    'application/vnd.ollama.image.adapter',
  ]);
  expect(new Set(await types('modelpack'))).toEqual(new Set(['application/vnd.cncf.model.weight.v1.raw']));
  expect(await types('kitops')).toEqual([
    'application/vnd.kitops.modelkit.model.v1.tar',
    'application/vnd.kitops.modelkit.modelpart.v1.tar',
    'application/vnd.kitops.modelkit.modelpart.v1.tar',
  ]);
  expect(await configOf(await publish('dressed', 'kitops'))).toMatchObject({
    model: {
      path: 'tiny-F16.gguf',
      parts: [
        { path: PROJECTOR, type: 'projector' },
        { path: ADAPTER, type: 'adapter' },
      ],
    },
  });
});

test('capabilities are what the projector says, whatever a card says of all its kind', async () => {
  const inputs = async (source: string, format: ArtifactFormat): Promise<unknown> =>
    ((await configOf(await publish(source, format))) as { config: { capabilities: unknown } }).config.capabilities;
  expect(await inputs('seeing', 'modelpack')).toEqual({ inputTypes: ['text', 'image'], outputTypes: ['text'] });
  expect(await inputs('hearing', 'modelpack')).toMatchObject({ inputTypes: ['text', 'image', 'audio'] });
  expect(await inputs('hearing', 'cnai')).toEqual({
    inputTypes: ['text', 'image', 'audio'],
    outputTypes: ['text'],
    input_types: ['text', 'image', 'audio'],
    output_types: ['text'],
  });
  const card = memoryFile('README.md', '---\npipeline_tag: image-text-to-text\n---\n');
  await write('blind', [await languageModel('tiny-F16.gguf'), card]);
  expect(await inputs('blind', 'modelpack')).toEqual({ inputTypes: ['text'], outputTypes: ['text'] });
});

test('another format keeps what the files are, and the base', async () => {
  const from = await publish('dressed', 'docker');
  await repackage(from, layout('again'), { formats: ['modelpack'] }).run(undefined, context);
  const kinds = kindsOf(await manifestOf(layout('again')), undefined);
  expect(kinds).toEqual({ 'tiny-F16.gguf': 'weight', [PROJECTOR]: 'projector', [ADAPTER]: 'adapter' });
  const adapter = await publish('adapter', 'ollama');
  await repackage(adapter, layout('adapter-again'), { formats: ['oras'] }).run(undefined, context);
  const { annotations } = await manifestOf(layout('adapter-again'));
  expect(annotations).toMatchObject({ 'dev.slipway.adapter.base': 'acme/base' });
});

test("an adapter's base by its digest", async () => {
  const base = await publish('blind', 'oras');
  const { digest } = await openRunTarget(base, context, 'inspect').target.resolve('blind-oras');
  const annotations = async (adapterBase: string): Promise<Manifest['annotations']> =>
    (await manifestOf(await publish('adapter', 'oras', { adapterBase }))).annotations;
  expect(await annotations(base)).toMatchObject({
    'dev.slipway.adapter.base': 'acme/base',
    'dev.slipway.adapter.base.digest': digest,
  });
  const named = await annotations('hf://acme/other@v3');
  expect(named).toMatchObject({ 'dev.slipway.adapter.base': 'acme/other', 'dev.slipway.adapter.base.revision': 'v3' });
  await expect(publish('seeing', 'oras', { adapterBase: base })).rejects.toMatchObject({ code: 'USAGE' });
});

test('quantizing leaves what goes with a model as it is, and the plan says so', async () => {
  const stage = pipeline(download(join(folder, 'dressed')), quantize({ types: ['Q8_0'] }));
  const planned = await stage.plan?.(undefined, context);
  expect(planned?.reports.map(({ summary }) => summary)).toContain(
    `projector ${PROJECTOR} stays as it is, F16: the mix is for the language model`,
  );
  const [variant] = await stage.run(undefined, context);
  expect(variant?.weights.map(({ path }) => path)).toEqual(['tiny-Q8_0.gguf', PROJECTOR, ADAPTER]);
  expect(variant?.facts.inputTypes).toEqual(['text', 'image']);
});

test('a projector that is given by itself is quantized by itself', async () => {
  const alone: Snapshot = {
    source: { kind: 'directory', name: 'alone', url: './alone', revision: 'fixture' },
    files: [await projector(PROJECTOR, 'audio')],
  };
  const [variant, ...more] = await quantize({ types: ['Q8_0'] }).run(alone, context);
  expect(more).toEqual([]);
  expect(variant?.weights.map(({ path }) => path)).toEqual(['sees-Q8_0.gguf']);
});

test('only the model is cut into files', async () => {
  const cut = await publish('dressed', 'modelpack', { splitMaxSize: 12_000 });
  const { layers } = await manifestOf(cut);
  const titles = layers.map(({ annotations }: Descriptor) => annotations?.['org.opencontainers.image.title'] ?? '');
  expect(titles.filter((title) => /^tiny-F16-\d+-of-\d+\.gguf$/.test(title)).length).toBeGreaterThan(1);
  expect(titles.slice(-2)).toEqual([PROJECTOR, ADAPTER]);
});

test('who can use it', async () => {
  const answers = async (source: string, format: ArtifactFormat): Promise<Map<string, string>> =>
    new Map(
      explainReaders(await manifestOf(await publish(source, format))).map(({ reader, verdict, why }) => [
        reader,
        `${verdict}: ${why ?? ''}`,
      ]),
    );
  expect((await answers('seeing', 'docker')).get('Docker Model Runner')).toBe('yes: with its projector');
  expect((await answers('seeing', 'modelpack')).get('Docker Model Runner')).toMatch(
    /^metadata: .*'mmproj' in its name/,
  );
  expect((await answers('dressed', 'ollama')).get('Ollama')).toMatch(/^yes: with its projector and adapter/);
  expect((await answers('adapter', 'docker')).get('Docker Model Runner')).toMatch(/^no: it is a LoRA adapter/);
  expect((await answers('adapter', 'modelcar')).get('KServe oci://')).toMatch(/^no: it is a LoRA adapter/);
  expect((await answers('dressed', 'modelcar')).get('KServe oci://')).toMatch(/^yes/);
});
