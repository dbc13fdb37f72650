import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { importanceFile, type ImportanceSums } from '../../src/evaluate/index.js';
import { readWhole } from '../../src/files/index.js';
import { pipelineCommand } from './fake-terminal.js';

describe('files behind --in-file', () => {
  let cwd = '';
  beforeAll(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'slipway-imatrix-'));
    for (const [index, name] of ['a.gguf', 'b.gguf', 'c,d.gguf'].entries()) {
      const sums: ImportanceSums = {
        datasets: [name],
        chunkSize: 128,
        entries: new Map([
          [
            'blk.0.ffn_up.weight',
            { name: 'blk.0.ffn_up.weight', values: Float32Array.of(index, 2), counts: Float64Array.of(128) },
          ],
        ]),
      };
      await writeFile(join(cwd, name), await readWhole(importanceFile(name, sums), 1024 ** 2));
    }
  });
  afterAll(async () => await rm(cwd, { recursive: true }));

  const merged = async (...files: readonly string[]): Promise<Buffer> => {
    const argv = ['imatrix', ...files.flatMap((file) => ['--in-file', file]), '-o', 'merged.gguf'];
    const { code, stderr } = await pipelineCommand(argv, cwd, { HOME: cwd });
    expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
    return readFile(join(cwd, 'merged.gguf'));
  };

  test('stand behind commas, as llama-imatrix takes them, or one after another', async () => {
    expect(await merged('a.gguf,b.gguf')).toEqual(await merged('a.gguf', 'b.gguf'));
  });

  test('a name with a comma is one file', async () => {
    expect(await merged('c,d.gguf', 'a.gguf')).toEqual(await merged(join(cwd, 'c,d.gguf'), 'a.gguf'));
  });

  test('one that is not there is named', async () => {
    const { code, stderr } = await pipelineCommand(['imatrix', '--in-file', 'a.gguf,no.gguf', '-o', 'x.gguf'], cwd, {});
    expect(code).toBe(4);
    expect(stderr).toContain(join(cwd, 'no.gguf'));
  });
});
