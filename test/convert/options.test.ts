import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createContext } from '../../src/core/index.js';
import { digestOf, readWhole } from '../../src/files/index.js';
import { convert } from '../../src/stages/index.js';
import { convertContent } from '../../src/convert/index.js';
import { createLocalEncoder } from '../../src/quantize/index.js';
import { pipelineCommand } from '../cli/fake-terminal.js';
import { buildRepository, readRecipes, type Recipe } from './recipe.js';

type Golden = Readonly<Record<string, Readonly<Record<string, { readonly sha256: string; readonly size: number }>>>>;

function goldenOf(family: string): Golden {
  return JSON.parse(
    readFileSync(new URL(`../fixtures/golden/convert-${family}.json`, import.meta.url), 'utf8'),
  ) as Golden;
}

const golden = goldenOf('options');
const mistral = goldenOf('mistral-format');

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-convert-options-'));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

function recipe(name: string, of = 'options'): Recipe {
  const found = readRecipes(of).find((one) => one.name === name);
  if (found === undefined) throw new Error(`no recipe '${name}'`);
  return found;
}

/** The repository as files in a directory of its own name. */
async function onDisk(source: Recipe): Promise<string> {
  const directory = join(folder, source.name);
  for (const file of buildRepository(source).files) {
    await mkdir(dirname(join(directory, file.path)), { recursive: true });
    await writeFile(join(directory, file.path), await readWhole(file, 2 ** 24));
  }
  return directory;
}

async function metadataFile(source: Recipe): Promise<string> {
  const path = join(folder, 'metadata.json');
  await writeFile(path, JSON.stringify(source.options?.metadata));
  return path;
}

describe("the converter's options on the command line", () => {
  const run = async (source: Recipe, flags: readonly string[]): Promise<string> => {
    const output = join(folder, 'out.gguf');
    const pre = source.pre === undefined ? [] : ['--pre', source.pre];
    const args = ['convert', await onDisk(source), '-o', output, '--outtype', 'auto', ...pre, ...flags];
    // One thread: Node ends the process when a thread is stopped that is still loading its modules.
    const { code, stderr } = await pipelineCommand(args, folder, { PIPELINE_THREADS: '1' });
    expect([code, stderr]).toEqual([0, expect.anything()]);
    return createHash('sha256')
      .update(await readFile(output))
      .digest('hex');
  };

  test.each([
    ['vocab-only-llama-gqa', ['--vocab-only']],
    ['model-name-qwen2-bare-tied', ['--model-name', 'My Model 7B']],
    ['fuse-qkv-llama-gqa', ['--fuse-qkv']],
    ['fuse-experts-qwen35-moe', ['--fuse-gate-up-exps']],
    ['as-q8-qwen3-fp8', ['--fp8-as-q8']],
  ])('%s', async (name, flags) => {
    expect(await run(recipe(name), flags)).toBe(golden[name]?.['auto']?.sha256);
  });

  test.each([
    ['mistral-dense-tekken11', ['--mistral-format']],
    ['mistral-dense-no-template', ['--mistral-format', '--disable-mistral-community-chat-template']],
  ])('%s', async (name, flags) => {
    expect(await run(recipe(name, 'mistral-format'), flags)).toBe(mistral[name]?.['auto']?.sha256);
  });

  test("a repository in Mistral's format is pointed to the option", async () => {
    const source = await onDisk(recipe('mistral-dense-tekken11', 'mistral-format'));
    const { code, stderr } = await pipelineCommand(['convert', source, '-o', join(folder, 'out.gguf')], folder);
    expect(code).not.toBe(0);
    expect(stderr).toContain('--mistral-format');
    expect(await readdir(folder)).toEqual(['mistral-dense-tekken11']);
  });

  test('metadata from a file, and a name that wins over it', async () => {
    const source = recipe('model-name-metadata-qwen3');
    const flags = ['--metadata', await metadataFile(source), '--model-name', source.options?.modelName ?? ''];
    expect(await run(source, flags)).toBe(golden[source.name]?.['auto']?.sha256);
  });
});

describe("the converter's options of the stage", () => {
  test('are those of the command line', async () => {
    const source = recipe('metadata-mixtral');
    const stage = convert({ metadata: await metadataFile(source), outtype: 'auto' });
    const [variant] = await stage.run(buildRepository(source), createContext({ env: { HOME: folder } }));
    const file = variant?.weights[0];
    if (file === undefined) throw new Error('no weights');
    expect((await digestOf(file.read())).digest).toBe(`sha256:${golden[source.name]?.['auto']?.sha256}`);
  });

  test("read Mistral's own format", async () => {
    const source = recipe('mistral-dense-no-template', 'mistral-format');
    const stage = convert({ mistralFormat: true, disableMistralCommunityChatTemplate: true, outtype: 'f16' });
    const [variant] = await stage.run(buildRepository(source), createContext({ env: { HOME: folder } }));
    const file = variant?.weights[0];
    if (file === undefined) throw new Error('no weights');
    expect((await digestOf(file.read())).digest).toBe(`sha256:${mistral[source.name]?.['f16']?.sha256}`);
  });

  test.each([
    ['nvfp4-qwen3-moe-compressed', 'nvfp4-sources', 'auto', 'NVFP4'],
    ['nvfp4-qwen3-moe-compressed', 'nvfp4-sources', 'q8_0', 'Q8_0'],
    ['tiny-gpt-oss', 'gpt-oss', 'f16', 'MXFP4_MOE'],
    ['tiny-qwen3-fp8', 'quantized-sources', 'auto', 'BF16'],
  ] as const)('name the file of %s (%s) as %s after what it holds', async (name, family, outtype, type) => {
    const source = recipe(name, family);
    const stage = convert({ outtype, ...(source.pre === undefined ? {} : { pre: source.pre }) });
    const [variant] = await stage.run(buildRepository(source), createContext({ env: { HOME: folder } }));
    expect([variant?.name, variant?.weights[0]?.path]).toEqual([type, `${name}-${type}.gguf`]);
  });

  test('a vocabulary alone is not quantized', async () => {
    const snapshot = buildRepository(recipe('vocab-only-llama-gqa'));
    const stage = convert({ vocabOnly: true, quantize: 'Q4_K_M' });
    const context = createContext({ env: { HOME: folder } });
    await expect(stage.run(snapshot, context)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  test('metadata that is no object is refused', async () => {
    const path = join(folder, 'metadata.json');
    await writeFile(path, '["general.name"]');
    const stage = convert({ metadata: path });
    const context = createContext({ env: { HOME: folder } });
    const snapshot = buildRepository(recipe('metadata-mixtral'));
    await expect(stage.run(snapshot, context)).rejects.toMatchObject({ code: 'JSON_INVALID' });
  });
});

test('a vocabulary needs no weights', async () => {
  const snapshot = buildRepository(recipe('vocab-only-llama-gqa'));
  const files = snapshot.files.filter(({ path }) => !path.endsWith('.safetensors'));
  const { content } = await convertContent({ ...snapshot, files }, { vocabOnly: true, encoder: createLocalEncoder() });
  expect(content.tensors).toEqual([]);
  expect(content.metadata.get('general.file_type')).toEqual({ type: 'UINT32', value: 1 });
});

test('experts are not joined where the architecture has no tensor for it, as the reference refuses', async () => {
  const converting = convertContent(buildRepository(recipe('tiny-mixtral', 'llama')), {
    fuseGateUpExps: true,
    encoder: createLocalEncoder(),
  });
  await expect(converting).rejects.toMatchObject({ code: 'ARCH_UNSUPPORTED' });
});
