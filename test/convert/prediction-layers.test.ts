import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { convertContent } from '../../src/convert/index.js';
import { createContext } from '../../src/core/index.js';
import { readWhole } from '../../src/files/index.js';
import { createLocalEncoder } from '../../src/quantize/index.js';
import { convert } from '../../src/stages/index.js';
import { pipelineCommand } from '../cli/fake-terminal.js';
import { buildRepository, readRecipes, type Recipe } from './recipe.js';

const golden = JSON.parse(
  readFileSync(new URL('../fixtures/golden/convert-mtp.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, { readonly auto: { readonly sha256: string } }>>;
const encoder = createLocalEncoder();

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-prediction-'));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

function recipe(family: string, name: string): Recipe {
  const found = readRecipes(family).find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no recipe '${name}'`);
  return found;
}

async function onDisk(source: Recipe): Promise<string> {
  const directory = join(folder, source.name);
  for (const file of buildRepository(source).files) {
    await mkdir(dirname(join(directory, file.path)), { recursive: true });
    await writeFile(join(directory, file.path), await readWhole(file, 2 ** 24));
  }
  return directory;
}

async function run(source: Recipe, ...flags: readonly string[]): ReturnType<typeof pipelineCommand> {
  const args = ['convert', await onDisk(source), '-o', join(folder, 'out.gguf'), '--pre', source.pre ?? '', ...flags];
  return pipelineCommand(args, folder, { PIPELINE_THREADS: '1' });
}

test.each([
  ['--mtp', 'mtp-glm4-moe'],
  ['--no-mtp', 'no-mtp-glm4-moe'],
  ['--no-nextn', 'no-mtp-qwen35'],
  ['--mtp', 'mtp-qwen35'],
])("%s writes the reference's bytes without --as-reference (%s)", async (flag, name) => {
  const { code, stderr } = await run(recipe('mtp', name), flag, '--outtype', 'auto');
  expect({ code, stderr }).toMatchObject({ code: 0 });
  const written = createHash('sha256').update(await readFile(join(folder, 'out.gguf')));
  expect(written.digest('hex')).toBe(golden[name]?.auto.sha256);
});

test('both at once are a usage error', async () => {
  const { code, stderr } = await run(recipe('mtp', 'mtp-glm4-moe'), '--mtp', '--no-mtp');
  expect(code).toBe(2);
  expect(stderr).toContain('--mtp and --no-mtp cannot be given together');
});

test.each([
  ['glm4', 'tiny-glm4', { noMtp: true }, 'ARCH_UNSUPPORTED'],
  ['glm4', 'tiny-solar-open', { mtp: true }, 'ARCH_UNSUPPORTED'],
  ['nemotron-h', 'tiny-nemotron-puzzle', { mtp: true }, 'ARCH_UNSUPPORTED'],
  ['glm4', 'tiny-glm4v-moe', { mtp: true }, 'MODEL_INVALID'],
  ['glm4', 'tiny-glm4-moe', { mtp: true, noMtp: true }, 'CONFIG_INVALID'],
])('%s: %s with %o is %s', async (family, name, options, code) => {
  const converting = convertContent(buildRepository(recipe(family, name)), { ...options, pre: 'glm4', encoder });
  await expect(converting).rejects.toMatchObject({ code });
});

test("a draft's file says what it is", async () => {
  const stage = convert({ mtp: true, outtype: 'f16', pre: 'glm4' });
  const [variant] = await stage.run(
    buildRepository(recipe('glm4', 'tiny-glm4-moe')),
    createContext({ env: { HOME: folder } }),
  );
  expect(variant?.weights[0]?.path).toBe('mtp-tiny-glm4-moe-F16.gguf');
});

test('a projector has no draft', async () => {
  const stage = convert({ mtp: true, mmproj: 'only' });
  const running = stage.run(
    buildRepository(recipe('glm4', 'tiny-glm4v-moe')),
    createContext({ env: { HOME: folder } }),
  );
  await expect(running).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
});
