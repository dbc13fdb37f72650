import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createContext, SlipwayError } from '../../src/core/index.js';
import { loadConfig, loadConfigs, type LoadConfigOptions, type LoadedConfig } from '../../src/config/index.js';
import { FAKE_ROWS } from './fake-stages.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'slipway-several-'));
});
afterAll(async () => rm(directory, { recursive: true, force: true }));

let count = 0;
async function load(text: string, options: Partial<LoadConfigOptions> = {}): Promise<readonly LoadedConfig[]> {
  count += 1;
  const name = `several-${count}.${text.startsWith('export') ? 'mjs' : 'yaml'}`;
  await writeFile(join(directory, name), text);
  return loadConfigs(name, { directory, env: {}, mode: 'run', stages: FAKE_ROWS, ...options });
}

async function failure(promise: Promise<unknown>): Promise<SlipwayError> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (SlipwayError.is(error)) return error;
  throw new Error('it should have failed');
}

const namesOf = (loaded: readonly LoadedConfig[]): string[] => loaded.map(({ config }) => config.name);

/** What the first stage was given, as a run of it shows. */
async function optionsOf({ config }: LoadedConfig): Promise<unknown> {
  const stages: unknown[] = [];
  let at: unknown = await config.pipeline.run(undefined, createContext());
  while (typeof at === 'object' && at !== null) {
    const { name, options, input } = at as { name: string; options: unknown; input?: unknown };
    stages.unshift([name, options]);
    at = input;
  }
  return Object.fromEntries(stages as [string, unknown][]);
}

const STAGES = "stages: [download: {from: './${matrix.model}'}, convert: {quantize: '${matrix.types}'}]";

describe('several pipelines in one file', () => {
  test('may be YAML documents, a list, or a list beside shared keys', async () => {
    const one = (name: string): string => `name: ${name}\nstages: [download: {from: ./${name}}]\n`;
    expect(namesOf(await load(`${one('a')}---\n${one('b')}---\n`))).toEqual(['a', 'b']);
    expect(
      namesOf(await load('- {name: a, stages: [download: {from: x}]}\n- {name: b, stages: [download: {from: x}]}')),
    ).toEqual(['a', 'b']);
    const shared = await load(
      'limits: {memory: 2GiB, threads: 2}\nstages: [download: {from: ./x}]\npipelines:\n  - {name: a}\n  - {name: b, limits: {threads: 1}, stages: [download: {from: ./y}]}\n',
    );
    expect(shared.map(({ config }) => config.limits)).toEqual([
      { memory: '2GiB', threads: 2 },
      { memory: '2GiB', threads: 1 },
    ]);
    expect(await optionsOf(shared[1] as LoadedConfig)).toEqual({ download: { from: './y' } });
  });

  test('may be a list that code exports', async () => {
    const stage = "{ name: 'x', run: async () => 1 }";
    const text = `export default [{ name: 'a', pipeline: ${stage} }, { name: 'b', pipeline: ${stage} }];`;
    expect(namesOf(await load(text))).toEqual(['a', 'b']);
    expect(namesOf(await load(text, { only: ['b'] }))).toEqual(['b']);
  });

  test('may be a matrix: every combination, with values of any kind filled in', async () => {
    const loaded = await load(
      `name: "\${matrix.model}"\nmatrix: {model: [a, b], types: [[Q4_K_M], [Q8_0, Q4_0]]}\n${STAGES}\n`,
    );
    expect(namesOf(loaded)).toEqual(['a-Q4_K_M', 'a-Q8_0-Q4_0', 'b-Q4_K_M', 'b-Q8_0-Q4_0']);
    expect(await optionsOf(loaded[3] as LoadedConfig)).toEqual({
      download: { from: './b' },
      convert: { quantize: ['Q8_0', 'Q4_0'] },
    });
  });

  test('a matrix takes combinations out and rows in, and may be a list of rows', async () => {
    const axes =
      'model: [a, b], types: [Q4_K_M, Q8_0], exclude: [{model: a, types: Q8_0}], include: [{model: c, types: Q4_0}]';
    const name = 'name: ${matrix.model}.${matrix.types}';
    expect(namesOf(await load(`${name}\nmatrix: {${axes}}\n${STAGES}\n`))).toEqual([
      'a.Q4_K_M',
      'b.Q4_K_M',
      'b.Q8_0',
      'c.Q4_0',
    ]);
    const rows = 'matrix: [{model: a, types: Q4_K_M}, {model: b, types: Q8_0}]';
    expect(namesOf(await load(`name: "\${{ matrix.model }}"\n${rows}\n${STAGES}\n`))).toEqual(['a', 'b']);
  });

  test.each([
    [
      'an axis that nothing uses',
      `name: x\nmatrix: {modle: [a]}\nstages: [pack]`,
      'matrix.modle',
      /nothing refers to it/,
    ],
    ['a name that no row has', `name: x\nmatrix: {model: [a]}\n${STAGES}`, 'matrix.types', /a row has none/],
    ['a matrix that is text', 'name: x\nmatrix: a\nstages: [pack]', 'matrix', /needs lists of values/],
    [
      'one without end',
      `name: x\nmatrix: {a: [${'1,'.repeat(99)}1], b: [${'1,'.repeat(99)}1]}\nstages: [pack]`,
      'matrix',
      /more than 256/,
    ],
  ])('%s is refused', async (_what, text, at, problem) => {
    const error = await failure(load(text));
    expect([error.code, error.details.problems]).toEqual([
      'CONFIG_INVALID',
      [{ at, text: expect.stringMatching(problem) as string }],
    ]);
  });

  test('are chosen by name, with * for any letters', async () => {
    const text = 'pipelines: [{name: qwen-a}, {name: qwen-b}, {name: llama}]\nstages: [download: {from: ./x}]\n';
    expect(namesOf(await load(text, { only: ['qwen-*'] }))).toEqual(['qwen-a', 'qwen-b']);
    expect(namesOf(await load(text, { only: ['llama', 'qwen-b'] }))).toEqual(['qwen-b', 'llama']);
    expect(await failure(load(text, { only: ['lama'] }))).toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining("did you mean 'llama'?") as string,
    });
  });

  test('have names of their own, and where one is wanted several are refused', async () => {
    expect(await failure(load('[{name: a, stages: [pack]}, {name: a, stages: [pack]}]'))).toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining("called 'a'") as string,
    });
    await writeFile(
      join(directory, 'two.yaml'),
      'pipelines: [{name: a}, {name: b}]\nstages: [download: {from: ./x}]\n',
    );
    const options = { directory, env: {}, mode: 'run', stages: FAKE_ROWS } as const;
    expect(await failure(loadConfig('two.yaml', options))).toMatchObject({
      code: 'USAGE',
      details: { try: '--only a' },
    });
    expect((await loadConfig('two.yaml', { ...options, only: ['b'] })).config.name).toBe('b');
  });

  test('are refused whole: every problem, with its pipeline and its line', async () => {
    const error = await failure(
      load('name: a\nstages: [download: {from: ./x}]\n---\nname: b\nstges: 1\nstages:\n  - download: {form: ./x}\n'),
    );
    expect(error.details.problems?.map(({ at }) => at).sort()).toEqual([
      'b.stages[0].download.form',
      'b.stages[0].download.from',
      'b.stges',
    ]);
    expect(error.details.problems?.[0]?.text).toContain('(line 5, column');
  });
});

test('--set reaches the options of a stage that is written as its name alone', async () => {
  const { STAGE_ROWS } = await import('../../src/config/stage-table.js');
  for (const pack of ['pack', '{pack: }']) {
    const set = ['pack.formats=[docker]'];
    const [loaded] = await load(`name: x\nstages: [download: {from: ./x}, ${pack}]`, { set, stages: STAGE_ROWS });
    expect(loaded?.description).toMatchObject({ stages: [{}, { pack: { formats: ['docker'] } }] });
  }
});

test('braces without quotes are explained', async () => {
  const error = await failure(load('name: x\nmatrix: {model: [a]}\nstages: [download: {from: ./${matrix.model}}]\n'));
  expect([error.code, error.details.try]).toEqual(['CONFIG_LOAD', expect.stringContaining('put quotes')]);
});
