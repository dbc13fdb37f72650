import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { pipelineCommand } from './fake-terminal.js';

interface Check {
  readonly name: string;
  readonly state: string;
  readonly fact: string;
  readonly fix?: string;
}

let cwd = '';
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'slipway-doctor-'));
});
afterAll(async () => rm(cwd, { recursive: true, force: true }));

async function llamaCpp(env: Record<string, string>): Promise<Check | undefined> {
  const { stdout } = await pipelineCommand(['doctor', '--offline', '--json'], cwd, env);
  const { checks } = JSON.parse(stdout) as { checks: readonly Check[] };
  return checks.find(({ name }) => name === 'llama.cpp');
}

describe('doctor looks for the library that evaluate runs models with', () => {
  test('none: what is missing without it, and what to install', async () => {
    expect(await llamaCpp({ SLIPWAY_LLAMA_CPP: 'none' })).toMatchObject({
      state: 'warn',
      fact: expect.stringMatching(/weight error alone.*no library is looked for/),
      fix: expect.stringMatching(/npm install @node-llama-cpp\/|SLIPWAY_LLAMA_CPP=/),
    });
  });

  test('one that cannot be used: which, and why', async () => {
    const library = join(cwd, 'libllama.so');
    await writeFile(library, 'no library');
    expect(await llamaCpp({ SLIPWAY_LLAMA_CPP: library })).toMatchObject({ state: 'warn' });
  });
});
