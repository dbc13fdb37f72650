import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memoryFile, readWhole, type ModelFile } from '../../src/files/index.js';
import { pipelineCommand } from '../cli/fake-terminal.js';
import { buildRepository, readRecipes, type Recipe } from './recipe.js';

/** Nothing that these repositories hold may take longer, or the test runner stops it. */
const TIME_LIMIT = 60_000;

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-hostile-'));
  // The first conversion loads what it needs, which takes a minute on a busy machine and is not the time of a case.
  const { code } = await pipelineCommand(['convert', folder, '-o', join(folder, 'out.gguf')], folder, {
    PIPELINE_THREADS: '1',
  });
  expect(code).toBeGreaterThan(0);
});
afterAll(async () => rm(folder, { recursive: true, force: true }));

function recipe(name: string, of: string): Recipe {
  const found = readRecipes(of).find((one) => one.name === name);
  if (found === undefined) throw new Error(`no recipe '${name}'`);
  return found;
}

const LLAMA = recipe('tiny-llama-gqa', 'llama');
const QWEN = recipe('tiny-qwen2-bare-tied', 'qwen2');
const MISTRAL = recipe('mistral-dense-tekken3', 'mistral-format');

type Files = readonly ModelFile[];

function filesOf(of: Recipe, config: Readonly<Record<string, unknown>> = {}, shards = 1): Files {
  const changed = of.config === undefined ? {} : { config: { ...of.config, ...config } };
  return buildRepository({ ...of, ...changed, shards }).files;
}

/** The files with some replaced, or added. */
function withFiles(files: Files, more: Readonly<Record<string, string | Uint8Array>>): Files {
  const added = Object.entries(more).map(([path, content]) => memoryFile(path, content));
  return [...files.filter(({ path }) => !added.some((file) => file.path === path)), ...added];
}

function withoutTensors(of: Recipe, pattern: RegExp): Files {
  return buildRepository({
    ...of,
    tensors: Object.fromEntries(Object.entries(of.tensors).filter(([name]) => !pattern.test(name))),
  }).files;
}

/** Two shards whose index says something else. */
async function withIndex(change: (map: Map<string, string>) => void): Promise<Files> {
  const files = filesOf(LLAMA, {}, 2);
  const index = files.find(({ path }) => path.endsWith('.index.json'));
  if (index === undefined) throw new Error('no index');
  const { weight_map: entries } = JSON.parse(new TextDecoder().decode(await readWhole(index, 2 ** 20))) as {
    readonly weight_map: Readonly<Record<string, string>>;
  };
  const map = new Map(Object.entries(entries));
  change(map);
  return withFiles(files, { [index.path]: JSON.stringify({ metadata: {}, weight_map: Object.fromEntries(map) }) });
}

/** The last bytes of the second shard are missing. */
async function cutOff(): Promise<Files> {
  const files = filesOf(LLAMA, {}, 2);
  const shard = files.find(({ path }) => path.includes('00002-of'));
  if (shard === undefined) throw new Error('no shard');
  return withFiles(files, { [shard.path]: (await readWhole(shard, 2 ** 24)).subarray(0, -100) });
}

/** A tokenizer with so many merges that they would fill gigabytes once they were looked at. */
function manyMerges(): Files {
  const merges = `[${'"a b",'.repeat(10_000_000)}"a b"]`;
  return withFiles(filesOf(QWEN), {
    'tokenizer.json': `{"model": {"type": "BPE", "vocab": {"a": 0, "b": 1, "ab": 2}, "merges": ${merges}}}`,
  });
}

function manyMergeLines(): Files {
  const files = filesOf(QWEN).filter(({ path }) => path !== 'tokenizer.json');
  return withFiles(files, {
    'vocab.json': '{"a": 0, "b": 1, "ab": 2}',
    'merges.txt': `#version: 0.2\n${'a b\n'.repeat(10_000_000)}`,
  });
}

const padding = `"${'x'.repeat(50_000_000)}"`;

describe('a hostile or broken repository gives one clear error and no file', () => {
  test.each<[string, string, () => Files | Promise<Files>, string[]?]>([
    [
      'an index with a tensor that nothing holds',
      'model.layers.9.rotten.weight',
      () => withIndex((map) => map.set('model.layers.9.rotten.weight', 'model-00001-of-00002.safetensors')),
    ],
    ['an index without a tensor', 'lm_head.weight', () => withIndex((map) => map.delete('lm_head.weight'))],
    [
      'an index with a shard that is not there',
      'model-00003-of-00002.safetensors',
      () => withIndex((map) => map.set('lm_head.weight', 'model-00003-of-00002.safetensors')),
    ],
    [
      'an index that leaves the repository',
      '../../etc/passwd',
      () => withIndex((map) => map.set('lm_head.weight', '../../etc/passwd')),
    ],
    [
      'a tensor in two shards',
      'is in two files',
      () => [
        ...filesOf(LLAMA, {}, 2).filter(({ path }) => !path.endsWith('.index.json')),
        ...filesOf(LLAMA).filter(({ path }) => path === 'model.safetensors'),
      ],
    ],
    ['a shard that was cut off', 'model-00002-of-00002.safetensors', cutOff],
    ['a model that is wider than its tensors', 'not as wide as the model', () => filesOf(LLAMA, { hidden_size: 128 })],
    ['more blocks than tensors', 'block 2 has no tensors', () => filesOf(LLAMA, { num_hidden_layers: 3 })],
    ['fewer blocks than tensors', 'model.layers.1.', () => filesOf(LLAMA, { num_hidden_layers: 1 })],
    ['heads that do not divide a projection', 'heads of even length', () => filesOf(LLAMA, { num_attention_heads: 5 })],
    [
      'a vocabulary with more tokens than the embedding has rows',
      '400 tokens, 320 rows',
      () => filesOf(LLAMA, { vocab_size: 400 }),
    ],
    [
      'a projection that is missing',
      'belong together',
      () => withoutTensors(recipe('tiny-mixtral', 'llama'), /\.w2\./),
    ],
    ['ten million merges', 'holds more than can be read', manyMerges],
    ['ten million lines of merges', 'too many merges', manyMergeLines],
    ['a config.json of 50 MB', 'config.json', () => withFiles(filesOf(LLAMA), { 'config.json': `{"a": ${padding}}` })],
    [
      'a config.json nested two million deep',
      'config.json',
      () => withFiles(filesOf(LLAMA), { 'config.json': '['.repeat(2e6) }),
    ],
    ['a config.json that is cut off', 'config.json', () => withFiles(filesOf(LLAMA), { 'config.json': '{"a": "' })],
    [
      'a params.json of 50 MB',
      'params.json',
      () => withFiles(filesOf(MISTRAL), { 'params.json': `{"a": ${padding}}` }),
      ['--mistral-format'],
    ],
    [
      'a hf_quant_config.json that is a list',
      'hf_quant_config.json',
      () => withFiles(filesOf(LLAMA), { 'hf_quant_config.json': '[]' }),
    ],
  ])(
    '%s',
    async (name, named, files, flags = []) => {
      const directory = join(folder, name.replaceAll(/\W+/g, '-'));
      for (const file of await files()) {
        await mkdir(dirname(join(directory, file.path)), { recursive: true });
        await writeFile(join(directory, file.path), await readWhole(file, 2 ** 28));
      }
      const before = await readdir(folder);
      const output = join(folder, 'out.gguf');
      const args = ['convert', directory, '-o', output, '--outtype', 'f16', ...flags];
      const { code, stderr } = await pipelineCommand(args, folder, { PIPELINE_THREADS: '1' });
      expect(code).toBeGreaterThan(0);
      expect(stderr).toContain(named);
      expect(stderr).not.toMatch(/\n\s+at /);
      expect(await readdir(folder)).toEqual(before);
      await rm(directory, { recursive: true });
    },
    TIME_LIMIT,
  );
});

test('keys named like members of objects change nothing', async () => {
  const convert = async (files: Files, name: string): Promise<Uint8Array> => {
    const directory = join(folder, name, 'model');
    await mkdir(directory, { recursive: true });
    for (const file of files) await writeFile(join(directory, file.path), await readWhole(file, 2 ** 24));
    const output = join(folder, name, 'out.gguf');
    const { code } = await pipelineCommand(['convert', directory, '-o', output], folder, { PIPELINE_THREADS: '1' });
    expect(code).toBe(0);
    return readFile(output);
  };
  const poison = '{"__proto__": {"head_dim": 1}, "constructor": {"head_dim": 2}, "hasOwnProperty": 1, ';
  const text = JSON.stringify(LLAMA.config).replace('{', poison);
  const poisoned = await convert(withFiles(filesOf(LLAMA), { 'config.json': text }), 'poisoned');
  expect(poisoned).toEqual(await convert(filesOf(LLAMA), 'plain'));
});
