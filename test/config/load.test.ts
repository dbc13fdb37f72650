import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createContext, SlipwayError } from '../../src/core/index.js';
import { configJsonSchema, loadConfig, type LoadConfigOptions } from '../../src/config/index.js';
import { FAKE_ROWS } from './fake-stages.js';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'slipway-config-'));
});
afterAll(async () => rm(directory, { recursive: true, force: true }));

let count = 0;
async function load(
  extension: string,
  text: string,
  options: Partial<LoadConfigOptions> = {},
): ReturnType<typeof loadConfig> {
  count += 1;
  const name = `config-${count}.${extension}`;
  await writeFile(join(directory, name), text);
  return loadConfig(name, { directory, env: {}, mode: 'run', stages: FAKE_ROWS, ...options });
}

async function failure(promise: Promise<unknown>): Promise<SlipwayError> {
  try {
    await promise;
  } catch (error) {
    if (SlipwayError.is(error)) return error;
    throw error;
  }
  throw new Error('it should have failed');
}

const problemsOf = (error: SlipwayError): Record<string, string> =>
  Object.fromEntries((error.details.problems ?? []).map(({ at, text }) => [at, text]));

const GOOD = `
name: tiny
stages:
  - download: { from: hf://acme/tiny }
  - convert: { quantize: [Q4_K_M, Q8_0] }
  - pack
  - push: { to: 'layout:./out' }
limits: { memory: 4GiB }
`;

describe('documents', () => {
  test('become the pipeline they describe', async () => {
    const { config } = await load('yaml', GOOD);
    expect(config.name).toBe('tiny');
    expect(config.pipeline.name).toBe('download → convert → pack → push');
    const output = await config.pipeline.run(undefined, createContext());
    expect(output).toMatchObject({ name: 'push', options: { to: 'layout:./out' }, input: { name: 'pack' } });
  });

  test('may be JSON, which is read strictly', async () => {
    const json = JSON.stringify({ name: 'tiny', stages: [{ download: { from: './x' } }] });
    expect((await load('json', json)).config.pipeline.name).toBe('download');
    const error = await failure(load('json', `${json.slice(0, -1)},}`));
    expect(error.code).toBe('CONFIG_LOAD');
  });

  test('say line and column of what cannot be parsed', async () => {
    const error = await failure(load('yaml', 'name: tiny\nstages: [\n  - x\n'));
    expect(error.code).toBe('CONFIG_LOAD');
    expect(error.details.where).toMatch(/\.yaml:\d+:\d+$/);
  });

  test('are refused whole, with every problem and its place', async () => {
    const error = await failure(
      load(
        'yaml',
        `
name: tiny
stges: []
stages:
  - download: { from: hf://acme/tiny, revison: main }
  - convert: { outtype: f61, quantize: [Q4_KM] }
  - pusch: { to: x }
limits: { memory: lots, threads: 0 }
store: disc
`,
      ),
    );
    expect(error.code).toBe('CONFIG_INVALID');
    const problems = problemsOf(error);
    expect(Object.keys(problems).sort()).toEqual([
      'limits.memory',
      'limits.threads',
      'stages[0].download.revison',
      'stages[1].convert.outtype',
      'stages[1].convert.quantize[0]',
      'stages[2].pusch',
      'stges',
      'store',
    ]);
    expect(problems['stages[0].download.revison']).toMatch(
      /^unknown key — did you mean 'revision'\? {3}\(line 5, column/,
    );
    expect(problems['stages[1].convert.outtype']).toMatch(/^got 'f61', allowed: auto, f32, f16 — did you mean 'f16'\?/);
    expect(problems['stages[1].convert.quantize[0]']).toMatch(/^got 'Q4_KM', allowed: .* — did you mean 'Q4_K_M'\?/);
    expect(problems['stages[2].pusch']).toMatch(/^unknown stage — did you mean 'push'\?/);
    expect(problems['stges']).toMatch(/^unknown key — did you mean 'stages'\?/);
    expect(problems['limits.memory']).toMatch(/^got 'lots', needs a size such as '4GiB'/);
    expect(problems['store']).toMatch(/^got 'disc', allowed: disk, none — did you mean 'disk'\?/);
  });

  test('say why two stages do not fit', async () => {
    const error = await failure(load('yaml', 'name: x\nstages: [download: {from: ./x}, push: {to: y}]'));
    expect(problemsOf(error)['stages[1].push']).toMatch(/^'push' needs a packed model, but 'download' gives files/);
    const first = await failure(load('yaml', 'name: x\nstages: [pack]'));
    expect(problemsOf(first)['stages[0].pack']).toMatch(/cannot come first/);
  });

  test('take ${env:NAME} from the environment, and a missing one is a problem', async () => {
    const text = 'name: x\nstages: [download: {from: "hf://acme/${env:MODEL}"}]';
    const { config, description } = await load('yaml', text, { env: { MODEL: 'tiny' } });
    expect(await config.pipeline.run(undefined, createContext())).toMatchObject({
      options: { from: 'hf://acme/tiny' },
    });
    expect(JSON.stringify(description)).toContain('${env:MODEL}');
    const error = await failure(load('yaml', text));
    expect(problemsOf(error)['stages[0].download.from']).toMatch(/MODEL, which is not set/);
  });

  test('refuse a secret that is written down, without repeating it', async () => {
    const error = await failure(
      load('yaml', `${GOOD}\ncredentials: { 'r.example.com': { username: me, password: hunter2-marker } }`),
    );
    expect(JSON.stringify(error.details)).not.toContain('hunter2-marker');
    expect(problemsOf(error)['credentials.r.example.com.password']).toMatch(/needs a reference such as/);
  });

  test('cannot be alias bombs or reach a prototype', async () => {
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]'];
    for (let i = 1; i < 9; i += 1) {
      const [from, to] = ['abcdefghi'[i - 1], 'abcdefghi'[i]];
      bomb.push(`${to}: &${to} [${Array(9).fill(`*${from}`).join(',')}]`);
    }
    expect((await failure(load('yaml', bomb.join('\n')))).code).toBe('CONFIG_LOAD');
    const error = await failure(load('yaml', `${GOOD}\n__proto__: { polluted: true }`));
    expect(error.code).toBe('CONFIG_INVALID');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('have a JSON Schema with every stage in it', async () => {
    const schema = JSON.stringify(await configJsonSchema(FAKE_ROWS));
    for (const word of ['download', 'convert', 'quantize', 'limits', 'insecureHosts'])
      expect(schema).toContain(`"${word}"`);
  });
});

describe('code', () => {
  const stage = `{ name: 'noop', run: async () => 42 }`;

  test('may be an object, a function or a promise', async () => {
    const forms = [
      `export default { name: 'x', pipeline: ${stage} };`,
      `export default ({ env, mode }: { env: Record<string, string>, mode: string }) => ({ name: 'x' + env.SUFFIX + mode, pipeline: ${stage} });`,
      `enum E { A = 'x' }\nexport default Promise.resolve({ name: E.A, pipeline: ${stage} } satisfies object);`,
    ];
    const names = [];
    for (const text of forms) names.push((await load('ts', text, { env: { SUFFIX: '-ci-' } })).config.name);
    expect(names).toEqual(['x', 'x-ci-run', 'x']);
  });

  test('may be plain JavaScript', async () => {
    expect((await load('mjs', `export default { name: 'js', pipeline: ${stage} };`)).config.name).toBe('js');
  });

  test('shares the error class with the program that loads it', async () => {
    const core = join(import.meta.dirname, '../../src/core/index.ts');
    const text = `import { SlipwayError } from '${core}';\nexport default () => { throw new SlipwayError('OFFLINE', 'marker'); };`;
    const error = await failure(load('ts', text));
    expect(error.code).toBe('OFFLINE');
  });

  test('that fails to load says where', async () => {
    const syntax = await failure(load('ts', 'export default {\n  name: "x",,\n};'));
    expect(syntax.code).toBe('CONFIG_LOAD');
    expect(`${syntax.details.where} ${syntax.details.got}`).toMatch(/2:\d+/);
    const missing = await failure(load('ts', `import 'no-such-package-here';\nexport default {};`));
    expect(missing.details.try).toBe('npm install no-such-package-here');
    const nothing = await failure(load('ts', 'export const x = 1;'));
    expect(nothing.message).toContain('no default export');
  });

  test('is checked like a document', async () => {
    const error = await failure(
      load('ts', `export default { nmae: 'x', pipeline: { run: 1 }, limits: { memory: '4Gib' } };`),
    );
    expect(problemsOf(error)).toMatchObject({
      nmae: "unknown key — did you mean 'name'?",
      name: expect.stringMatching(/^missing/),
      pipeline: expect.stringMatching(/needs a stage/),
    });
  });
});

describe('--set', () => {
  test('reaches fields and stage options of a document', async () => {
    const { config } = await load('yaml', GOOD, {
      set: ['limits.memory=2GiB', 'convert.quantize=[Q8_0]', 'stages[3].push.to=layout:./other'],
    });
    expect(config.limits?.memory).toBe('2GiB');
    const output = await config.pipeline.run(undefined, createContext());
    expect(output).toMatchObject({
      options: { to: 'layout:./other' },
      input: { input: { options: { quantize: ['Q8_0'] } } },
    });
  });

  test('reaches plain fields of code, and says why it cannot reach stages', async () => {
    const text = `export default { name: 'x', pipeline: { name: 'n', run: async () => 1 } };`;
    expect((await load('ts', text, { set: ['limits.threads=3', 'name=y'] })).config).toMatchObject({
      name: 'y',
      limits: { threads: 3 },
    });
    const error = await failure(load('ts', text, { set: ['convert.quantize=Q8_0'] }));
    expect(error.code).toBe('USAGE');
    expect(error.message).toContain("cannot change 'convert'");
  });

  test.each(['nonsense', '=x', '__proto__.x=1', 'stages[9].x=1', 'name.x=1'])('refuses %s', async (set) => {
    const error = await failure(load('yaml', GOOD, { set: [set] }));
    expect(error.code).toBe('USAGE');
  });

  test.each(['limits.threads=&a [*a]', 'limits.threads=&a [*a, *a]', 'limits=&a {threads: *a}'])(
    'a value that holds itself is text: %s',
    async (set) => {
      expect((await failure(load('yaml', GOOD, { set: [set] }))).code).toBe('CONFIG_INVALID');
    },
  );

  test('is checked after it was applied', async () => {
    const error = await failure(load('yaml', GOOD, { set: ['limits.memroy=2GiB'] }));
    expect(problemsOf(error)['limits.memroy']).toMatch(/did you mean 'memory'/);
  });
});

test('a configuration is found by name, and its absence says how to make one', async () => {
  const empty = await mkdtemp(join(tmpdir(), 'slipway-none-'));
  const error = await failure(loadConfig(undefined, { directory: empty, env: {}, mode: 'run' }));
  expect(error.details.try).toContain('pipeline init');
  await writeFile(join(empty, 'pipeline.config.yml'), GOOD);
  expect((await loadConfig(undefined, { directory: empty, env: {}, mode: 'run', stages: FAKE_ROWS })).config.name).toBe(
    'tiny',
  );
  await rm(empty, { recursive: true });
});
