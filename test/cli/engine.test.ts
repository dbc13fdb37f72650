import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readWhole } from '../../src/files/index.js';
import { buildLlama } from '../../src/testing/index.js';
import { COMPILED } from '../native/engines.js';
import { pipelineCommand, type Outcome } from './fake-terminal.js';

let cwd = '';
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'slipway-engine-'));
  process.chdir(cwd);
  await mkdir(join(cwd, 'model'));
  for (const file of buildLlama({ layers: 1, seed: 7 }))
    await writeFile(join(cwd, 'model', file.path), await readWhole(file, 1e8));
  await writeFile(
    join(cwd, 'chain.yaml'),
    'name: chain\nstages:\n  - download: { from: ./model }\n  - convert: { quantize: Q8_0, engine: js }\n  - save: { to: out }\n',
  );
  await command('convert ./model --outtype bf16 -o plain.gguf');
});
afterAll(async () => {
  process.chdir(tmpdir());
  await rm(cwd, { recursive: true, force: true });
});

interface Made {
  readonly engines: readonly string[];
  readonly files: readonly { readonly digest: string }[];
}

function made({ stdout, stderr }: Outcome): Made {
  const result = JSON.parse(stdout) as Made & { readonly ok: boolean };
  expect(result.ok, stdout + stderr).toBe(true);
  return result;
}
const command = async (line: string, env: Record<string, string> = {}): Promise<Outcome> =>
  pipelineCommand([...line.split(' '), '--json', '--progress', 'none'], cwd, env);

describe('--engine', () => {
  test.each([
    ['Q4_K_M', COMPILED],
    ['Q8_0', [...COMPILED, 'js']],
  ])('%s: every engine makes the same file, and the result names it', async (type, choices) => {
    const digests = new Set<string>();
    for (const engine of choices) {
      const outcome = await command(`quantize plain.gguf ${type} --engine ${engine} -o ${engine}-${type}.gguf`);
      const { engines, files } = made(outcome);
      expect(engines).toEqual([engine === 'native' ? expect.stringMatching(/^native \((avx|neon)/) : engine]);
      digests.add(files[0]?.digest ?? engine);
    }
    expect(digests.size).toBe(1);
  });

  test('the fastest is taken unless another one is asked for', async () => {
    const { engines } = made(await command('quantize plain.gguf Q8_0 -o fast.gguf'));
    expect(engines[0]).toContain(COMPILED.includes('native') ? 'native' : 'wasm');
  });

  test('a flag wins over the variable, the variable over the configuration', async () => {
    const wasm = { PIPELINE_ENGINE: 'wasm' };
    expect(made(await command('run chain.yaml')).engines).toEqual(['js']);
    expect(made(await command('run chain.yaml --no-resume', wasm)).engines).toEqual(['wasm']);
    expect(made(await command('run chain.yaml --no-resume --engine js', wasm)).engines).toEqual(['js']);
    expect(made(await command('convert ./model --outtype f16 --engine js -o f.gguf', wasm)).engines).toEqual(['js']);
  });

  test('what is asked for and absent is an error with the way out', async () => {
    const absent = await command('convert ./model --engine llama.cpp -o x.gguf', { SLIPWAY_LLAMA_CPP: 'none' });
    expect([absent.code, absent.stderr]).toEqual([9, expect.stringContaining('KERNEL_UNAVAILABLE')]);
    const unknown = await command('convert ./model -o x.gguf', { PIPELINE_ENGINE: 'fastest' });
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining("'fastest'")]);
    expect((await command('convert ./model --engine fastest -o x.gguf')).code).toBe(2);
  });

  test('the older spelling means what it meant', async () => {
    const { engines } = made(await command('convert ./model --outtype f16 --kernel wasm -o k.gguf'));
    expect(engines).toEqual(['wasm']);
    expect((await command('convert ./model --kernel native -o k.gguf', { SLIPWAY_LLAMA_CPP: 'none' })).code).toBe(9);
  });
});
