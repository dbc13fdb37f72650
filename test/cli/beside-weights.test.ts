import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { memoryFile, readWhole, type ModelFile } from '../../src/files/index.js';
import { languageModel, loraAdapter, projector } from '../support/beside-weights.js';
import { pipelineCommand, type Outcome } from './fake-terminal.js';

// What commands say of projectors and adapters, whatever their files are called.

let cwd: string;

async function write(name: string, files: readonly ModelFile[]): Promise<void> {
  await mkdir(join(cwd, name), { recursive: true });
  for (const file of files) await writeFile(join(cwd, name, file.path), await readWhole(file, 2 ** 24));
}

const pipe = async (...argv: readonly string[]): Promise<Outcome> => pipelineCommand(argv, cwd);

async function json(...argv: readonly string[]): Promise<unknown> {
  const { code, stdout, stderr } = await pipe(...argv, '--json');
  expect([code, stderr]).toEqual([0, '']);
  return JSON.parse(stdout);
}

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'slipway-beside-'));
  process.chdir(cwd);
  const card = memoryFile('README.md', '---\nbase_model: acme/base\n---\n');
  await write('model', [
    await languageModel('m-F16.gguf'),
    await projector('sees.gguf', 'vision', 'audio'),
    memoryFile('config.json', '{}'),
  ]);
  await write('lora', [await loraAdapter('style.gguf'), card]);
  for (const source of ['model', 'lora']) await pipe('push', `./${source}`, `layout:./out:${source}`);
});
afterAll(async () => {
  process.chdir(tmpdir());
  await rm(cwd, { recursive: true, force: true });
});

test('inspect names them: in a file, in a directory, in an artifact', async () => {
  expect((await pipe('inspect', './model/sees.gguf')).stdout).toMatch(/^sees\.gguf .*projector \(image, audio\)\n/);
  expect(await json('inspect', './lora/style.gguf')).toMatchObject({ kind: 'gguf', role: 'adapter' });
  expect(await json('inspect', './model')).toMatchObject({
    quantizations: [{ name: 'F16' }],
    projectors: [{ path: 'sees.gguf' }],
    adapters: [],
  });
  const artifact = await json('inspect', 'layout:./out:model');
  expect(artifact).toMatchObject({
    files: [
      { path: 'm-F16.gguf', kind: 'weight' },
      { path: 'sees.gguf', kind: 'projector' },
      { path: 'config.json', kind: 'weight.config' },
    ],
    config: { config: { capabilities: { inputTypes: ['text', 'image', 'audio'] } } },
  });
  const { stdout } = await pipe('inspect', 'layout:./out:model');
  expect(stdout).toMatch(/sees\.gguf +projector /);
  expect(stdout).toMatch(/config\.capabilities\.inputTypes +text, image, audio/);
});

test('a plan names them', async () => {
  const plan = async (source: string): Promise<string> => {
    const { stdout, stderr } = await pipe('push', source, 'layout:./other:v1', '--dry-run');
    return stdout + stderr;
  };
  expect(await plan('./model')).toContain('projector sees.gguf (takes text, image, audio)');
  expect(await plan('./lora')).toContain('an adapter on acme/base');
});

test('readers say who has no use for an adapter', async () => {
  const { readers } = (await json('readers', 'layout:./out:lora')) as { readers: { reader: string; why?: string }[] };
  expect(readers.find(({ reader }) => reader === 'Docker Model Runner')?.why).toMatch(/^it is a LoRA adapter/);
});

test('pull --kind takes some files, by every word for their kind', async () => {
  const pulled = async (...kinds: readonly string[]): Promise<string[]> => {
    const to = await mkdtemp(join(cwd, 'pulled-'));
    const { code } = await pipe('pull', 'layout:./out:model', to, ...kinds.flatMap((kind) => ['--kind', kind]));
    expect(code).toBe(0);
    return (await readdir(to)).toSorted();
  };
  expect(await pulled('projector')).toEqual(['sees.gguf']);
  expect(await pulled('weights')).toEqual(['m-F16.gguf']);
  expect(await pulled('weight', 'mmproj')).toEqual(['m-F16.gguf', 'sees.gguf']);
  expect(await pulled('config')).toEqual(['config.json']);
  const { code, stderr } = await pipe('pull', 'layout:./out:model', './none', '--kind', 'adapter');
  expect(code).toBe(4);
  expect(stderr).toMatch(/is of the kind adapter[^]*3 files: 1 weight, 1 projector, 1 weight\.config/);
  const unknown = await pipe('pull', 'layout:./out:model', './none', '--kind', 'picture');
  expect(unknown.code).toBe(2);
  expect(unknown.stderr).toContain('weight, projector, adapter, draft, weight.config, doc, code, dataset');
});

test('quantizing a directory writes the model alone', async () => {
  const { code, stderr } = await pipe('quantize', './model', 'Q8_0', '-o', 'small.gguf');
  expect([code, stderr]).toEqual([0, expect.stringContaining('ok')]);
  expect((await pipe('quantize', './model', 'Q8_0', '-o', 'small.gguf', '--dry-run')).stdout).toContain(
    'projector sees.gguf stays as it is, F16',
  );
});
