import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SlipwayError } from '../../src/core/index.js';
import { configJsonSchema, loadConfig } from '../../src/config/index.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'slipway-table-'));
});
afterAll(async () => rm(directory, { recursive: true, force: true }));

async function load(stages: string): Promise<string> {
  const path = join(directory, 'c.yaml');
  await writeFile(path, `name: x\nstages:\n${stages}`);
  return (await loadConfig(path, { directory, env: {}, mode: 'plan' })).config.pipeline.name;
}

async function problems(stages: string): Promise<Record<string, string>> {
  try {
    await load(stages);
  } catch (error) {
    if (SlipwayError.is(error))
      return Object.fromEntries((error.details.problems ?? []).map(({ at, text }) => [at, text]));
    throw error;
  }
  throw new Error('it should have failed');
}

describe('the real stages', () => {
  test('can all be named, with all their options', async () => {
    const name = await load(`
  - download: { from: hf://acme/tiny, revision: main, include: ['*.json', '*.safetensors'], exclude: [x], verify: transport }
  - convert: { outtype: bf16, modelName: Tiny, pre: llama-bpe, kernel: js }
  - quantize: { types: [q4_k_m, Q8_0], fallback: allow, pure: false, leaveOutputTensor: true, allowRequantize: true }
  - pack: { formats: [modelpack, cnai], annotations: { org.example: 'yes' }, name: tiny }
  - push: { to: localhost:5000/team/tiny, tags: [v1], overwrite: false }
`);
    expect(name).toBe('download → convert → quantize → pack → push');
    expect(await load('  - download: { from: ./x }\n  - save: { to: ./out }\n')).toBe('download → save');
  });

  test('say which quantization was meant, in its place', async () => {
    const found = await problems('  - download: { from: ./x }\n  - convert: { quantize: [Q8_0, Q4_KM] }\n');
    expect(found['stages[1].convert.quantize[1]']).toMatch(
      /^got 'Q4_KM', no such quantization — did you mean 'Q4_K_M'\?/,
    );
    const single = await problems('  - download: { from: ./x }\n  - convert: { quantize: Q9 }\n');
    expect(single['stages[1].convert.quantize']).toMatch(/^got 'Q9', no such quantization/);
    const wrong = await problems('  - download: { from: ./x }\n  - convert: { quantize: 4, outtype: 16 }\n');
    expect(wrong['stages[1].convert.quantize']).toMatch(/^got 4, needs Q4_K_M, Q8_0/);
    expect(wrong['stages[1].convert.outtype']).toMatch(/^got 16, allowed: auto, f32/);
  });

  test('a Harbor can be set up at any place, and hands on what it was given', async () => {
    const stage = '  - harbor: { host: harbor.example.com, project: models, quota: 2 TiB }\n';
    const first = await load(`${stage}  - download: { from: ./x }\n  - save: { to: ./out }\n`);
    expect(first).toBe('harbor → download → save');
    const late = '  - download: { from: ./x }\n  - pack\n';
    expect(await load(`${late}${stage}  - push: { to: 'layout:./out' }\n`)).toBe('download → pack → harbor → push');
    expect(await load(stage)).toBe('harbor');
    const misfit = await problems(`  - download: { from: ./x }\n${stage}  - push: { to: 'layout:./out' }\n`);
    expect(misfit['stages[2].push']).toContain("'push' needs a packed model, but 'download' gives files");
  });

  test("say what is wrong with a Harbor's settings, in its place", async () => {
    const found = await problems(`
  - harbor:
      host: harbor.example.com
      project: Models
      qota: 2 TiB
      retention: { rules: [{ keep: latestPushedK }, { keep: newest, count: 1 }] }
      replication: [{ to: { name: m, url: m.example.com, password: [hunter2] } }]
`);
    expect(found['stages[0].harbor.project']).toMatch(/^got 'Models', needs lower-case letters/);
    expect(found['stages[0].harbor.qota']).toMatch(/unknown key — did you mean 'quota'/);
    expect(found['stages[0].harbor.retention.rules[0]']).toMatch(/needs a count/);
    expect(found['stages[0].harbor.retention.rules[1].keep']).toMatch(/^got 'newest', allowed: latestPushedK/);
    expect(found['stages[0].harbor.replication[0].to.url']).toMatch(/needs an address/);
    expect(JSON.stringify(found)).not.toContain('hunter2');
    const robots = '  - harbor: { host: h.example.com, project: m, robots: [{ name: ci }] }\n';
    expect((await problems(robots))['stages[0].harbor']).toMatch(/need a file for their passwords/);
  });

  test('are all in the JSON Schema', async () => {
    const schema = JSON.stringify(await configJsonSchema());
    for (const key of ['download', 'convert', 'quantize', 'pack', 'harbor', 'push', 'save'])
      expect(schema).toContain(`"${key}":{`);
  });
});

test.each([
  ['hub-to-harbor.config.ts', 'download → convert → pack → push'],
  ['hub-to-layout.yaml', 'download → convert → pack → push'],
  ['hub-to-new-harbor-project.yaml', 'harbor → download → convert → pack → push'],
  ['quickstart.config.ts', 'download → convert → pack → push'],
  ['pipeline.config.yaml', 'download → convert → pack → push'],
])('examples/%s loads', async (name, stages) => {
  const directory = join(import.meta.dirname, '../../examples');
  const { config } = await loadConfig(name, {
    directory,
    env: { MIRROR_PASSWORD: 'secret', HARBOR_USER: 'u', HARBOR_TOKEN: 't' },
    mode: 'plan',
  });
  expect(config.pipeline.name).toBe(stages);
});
