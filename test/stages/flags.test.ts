import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createContext, pipeline } from '../../src/core/index.js';
import { localFile } from '../../src/files/index.js';
import { readGguf } from '../../src/gguf/index.js';
import { download, save } from '../../src/stages/index.js';
import { buildLlama, startTestHub, type TestHub } from '../../src/testing/index.js';
import { pipelineCommand } from '../cli/fake-terminal.js';

let hub: TestHub;
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-flags-'));
  hub = await startTestHub({ repositories: { 'acme/tiny': buildLlama({ layers: 3, hidden: 256, seed: 7 }) } });
  await pipeline(download('hf://acme/tiny'), save(join(folder, 'tiny'))).run(
    undefined,
    createContext({ env: { ...hub.env, HOME: folder } }),
  );
  process.chdir(folder);
});
afterAll(async () => {
  process.chdir(tmpdir());
  await hub.close();
  await rm(folder, { recursive: true, force: true });
});

const pipe = async (...argv: readonly string[]) => pipelineCommand(argv, folder, {});

describe("llama-quantize's flags", () => {
  test('split, quantize with --keep-split, rules from flags and a file, layers left out, keys set', async () => {
    const split = await pipe('convert', './tiny', '--outtype', 'f16', '--split-max-tensors', '10', '-o', 'parts');
    expect([split.code, split.code === 0 ? '' : split.stderr]).toEqual([0, '']);
    expect((await readdir(join(folder, 'parts'))).toSorted()).toEqual(
      [1, 2, 3].map((number) => `tiny-F16-0000${number}-of-00003.gguf`),
    );
    const kept = await pipe('quantize', './parts', 'Q8_0', '--keep-split', '-o', 'kept');
    expect(kept.stdout.trim().split('\n')).toHaveLength(3);
    await writeFile(join(folder, 'rules.txt'), 'attn_q=q5_0\n attn_k=q4_0');
    const command = 'quantize ./parts Q8_0 --tensor-type attn_v=q6_k --tensor-type-file rules.txt --prune-layers 2';
    const made = await pipe(...command.split(' '), '--override-kv', 'general.name=str:Sloop', '-o', 'one.gguf');
    expect([made.code, made.code === 0 ? '' : made.stderr]).toEqual([0, '']);
    const path = join(folder, 'one.gguf');
    const { tensors, metadata } = await readGguf(await localFile(path, path));
    const typeOf = (name: string): string | undefined => tensors.find((tensor) => tensor.name === name)?.type;
    expect(['attn_v', 'attn_q', 'attn_k', 'attn_output'].map((name) => typeOf(`blk.0.${name}.weight`))).toEqual([
      'Q6_K',
      'Q5_0',
      'Q4_0',
      'Q8_0',
    ]);
    expect(tensors.some(({ name }) => name.startsWith('blk.2.'))).toBe(false);
    expect(metadata.get('general.name')?.value).toBe('Sloop');
    expect(metadata.has('split.count')).toBe(false);
  });

  test('what cannot be meant is refused', async () => {
    const wrong = await pipe('convert', './tiny', '--split-max-tensors', 'many', '-o', 'x.gguf');
    expect(wrong.code).toBe(2);
    const size = await pipe('convert', './tiny', '--split-max-size', '12X', '-o', 'x.gguf');
    expect(size.stderr).toContain("'12X'");
    const rule = await pipe('quantize', './parts', 'Q8_0', '--tensor-type', 'attn_v', '-o', 'x.gguf');
    expect(rule.stderr).toContain('NAME=TYPE');
    const file = await pipe('quantize', './parts', 'Q8_0', '--tensor-type-file', 'none.txt', '-o', 'x.gguf');
    expect(file.stderr).toContain('none.txt');
  });

  test('the same in a configuration', async () => {
    await writeFile(
      join(folder, 'c.yaml'),
      `name: x
store: none
stages:
  - download: { from: ./parts, connections: 2, allowRenamed: false }
  - quantize: { types: Q8_0, keepSplit: true, tensorTypes: [attn_v=q6_k], pruneLayers: [2], overrideKv: ['general.name=str:Sloop'] }
  - pack: { formats: [modelpack, docker], index: true, ollama: { parameters: { temperature: 0.5 } }, splitMaxSize: 1G }
  - push: { to: 'layout:./layout', split: never }
`,
    );
    const run = await pipe('run', 'c.yaml');
    expect([run.code, run.code === 0 ? '' : run.stderr]).toEqual([0, '']);
    const index = JSON.parse(await readFile(join(folder, 'layout', 'index.json'), 'utf8')) as {
      manifests: { annotations?: Record<string, string> }[];
    };
    const tags = index.manifests.map(({ annotations }) => annotations?.['org.opencontainers.image.ref.name']);
    expect(tags).toEqual(expect.arrayContaining(['q8_0', 'q8_0-docker', 'latest', 'latest-docker']));
    await writeFile(
      join(folder, 'd.yaml'),
      'name: x\nstages:\n  - download: { from: ./tiny }\n  - pack: { formats: [dokcer] }\n',
    );
    expect((await pipe('run', 'd.yaml')).stderr).toContain("did you mean 'docker'");
  });
});
