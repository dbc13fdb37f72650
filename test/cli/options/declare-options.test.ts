import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { declareOptions } from '../../../src/cli/options/declare-options.js';
import { flagsIn } from '../../../src/cli/options/table-option.js';
import { findProblems } from '../../../src/config/problems.js';
import { optionSchema } from '../../../src/config/option-schema.js';
import { optionTable, type OptionsOf } from '../../../src/core/index.js';

const TABLE = optionTable({
  pure: { kind: 'flag', help: 'x' },
  overwrite: { kind: 'flag', off: true, help: 'x' },
  cache: { kind: 'flag', both: true, help: 'x' },
  noTensorFirst: { kind: 'flag', help: 'x' },
  name: { kind: 'text', help: 'x' },
  system: { kind: 'text', orFile: true, help: 'x' },
  level: { kind: 'choice', choice: ['Low', 'High'], anyCase: true, help: 'x' },
  form: { kind: 'choice', choice: ['tar', 'raw'], open: true, help: 'x' },
  connections: { kind: 'count', most: 32, help: 'x' },
  share: { kind: 'number', least: 0, most: 1, help: 'x' },
  layers: { kind: 'numbers', help: 'x' },
  limit: { kind: 'size', help: 'x' },
  age: { kind: 'duration', help: 'x' },
  output: { kind: 'path', short: 'o', aliases: ['outfile'], help: 'x' },
  imatrix: { kind: 'path', asGiven: true, help: 'x' },
  annotations: { kind: 'pairs', example: '--annotation a=b', help: 'x' },
  tags: { kind: 'text', list: true, help: 'x' },
  stages: { kind: 'text', list: 'commas', help: 'x' },
  kitops: { kind: 'options', help: 'x', rows: { layers: { kind: 'choice', choice: ['tar', 'raw'], help: 'x' } } },
  parameters: {
    kind: 'settings',
    flag: 'parameters',
    example: 'temperature=0.7',
    help: 'x',
    rows: { temperature: { kind: 'number', help: 'x' }, stop: { kind: 'text', list: true, help: 'x' } },
  },
});

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'slipway-options-'));
});
afterAll(async () => rm(directory, { recursive: true, force: true }));

async function read(...argv: readonly string[]): Promise<OptionsOf<typeof TABLE>> {
  const command = new Command('x').exitOverride().configureOutput({ writeErr: () => {} });
  const reader = declareOptions(command, { own: TABLE });
  await command.parseAsync([...argv], { from: 'user' });
  return (await reader((given) => join(directory, given))).own;
}

describe('a table of options, on a command line', () => {
  test('says nothing of what was not given', async () => {
    expect(await read()).toEqual({});
  });

  test.each<readonly [string, object]>([
    ['--pure', { pure: true }],
    ['--no-overwrite', { overwrite: false }],
    ['--cache', { cache: true }],
    ['--no-cache', { cache: false }],
    ['--no-tensor-first', { noTensorFirst: true }],
    ['--name it', { name: 'it' }],
    ['--level hIGh', { level: 'High' }],
    ['--form zip', { form: 'zip' }],
    ['--connections 32', { connections: 32 }],
    ['--share 0.5', { share: 0.5 }],
    ['--layers 1,2', { layers: '1,2' }],
    ['--limit 2GiB', { limit: 2 ** 31 }],
    ['--limit 500M', { limit: 500_000_000 }],
    ['--age 12h', { age: 43_200_000 }],
    ['--imatrix a.gguf', { imatrix: 'a.gguf' }],
    ['--annotation a=b=c --annotation d=', { annotations: { a: 'b=c', d: '' } }],
    ['--tag a --tag b,c', { tags: ['a', 'b,c'] }],
    ['--stage a,b --stage c', { stages: ['a', 'b', 'c'] }],
    ['--kitops-layers raw', { kitops: { layers: 'raw' } }],
    [
      '--parameters temperature=0.7 --parameters stop=a --parameters stop=b',
      { parameters: { temperature: 0.7, stop: ['a', 'b'] } },
    ],
  ])('%s', async (line, options) => {
    expect(await read(...line.split(' '))).toEqual(options);
  });

  test('makes paths absolute, under any of their names', async () => {
    const output = join(directory, 'out.gguf');
    for (const flag of ['-o', '--output', '--outfile']) expect(await read(flag, 'out.gguf')).toEqual({ output });
  });

  test('reads text from a file behind an @', async () => {
    await writeFile(join(directory, 'system.txt'), 'Be kind.\n');
    expect(await read('--system', '@system.txt')).toEqual({ system: 'Be kind.\n' });
    expect(await read('--system', 'Be brief.')).toEqual({ system: 'Be brief.' });
    await expect(read('--system', '@none.txt')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test.each([
    ['--level middle', /Allowed choices are Low, High/],
    ['--connections 33', /It needs a whole number from 1 to 32/],
    ['--connections 0', /It needs a whole number/],
    ['--share 2', /It needs a number from 0 to 1/],
    ['--limit lots', /It needs a size/],
    ['--age 5y', /It needs a time/],
    ['--annotation ab', /It needs KEY=VALUE: --annotation a=b/],
    ['--parameters heat=1', /It is no parameter that is written, known: temperature, stop/],
    ['--parameters temperature=hot', /It needs a number/],
  ])('%s is refused', async (line, message) => {
    await expect(read(...line.split(' '))).rejects.toThrow(message);
  });

  test('says by which flags options were given', () => {
    expect(flagsIn(TABLE, { overwrite: false, kitops: { layers: 'raw' }, tags: ['a'] })).toEqual([
      '--no-overwrite',
      '--kitops-layers',
      '--tag',
    ]);
  });
});

describe('the same table, in a configuration', () => {
  const schema = optionSchema(TABLE);

  test('takes what the library takes', () => {
    const all: OptionsOf<typeof TABLE> = {
      pure: true,
      overwrite: false,
      level: 'Low',
      connections: 4,
      layers: [1, 2],
      limit: '2GiB',
      age: '30d',
      annotations: { a: 'b' },
      tags: ['a'],
      kitops: { layers: 'tar' },
      parameters: { temperature: 1, stop: ['a'] },
    };
    expect(findProblems(schema, all)).toEqual([]);
  });

  test('says what a value has to be', () => {
    const wrong = {
      pure: 1,
      level: 'Middle',
      connections: 33,
      layers: true,
      limit: 'lots',
      age: 'soon',
      tags: 'a',
      kitops: 3,
      annotations: [],
    };
    expect(Object.fromEntries(findProblems(schema, wrong).map(({ path, text }) => [path.join('.'), text]))).toEqual({
      pure: 'got 1, needs true or false',
      level: "got 'Middle', allowed: Low, High",
      connections: 'got 33, needs a whole number from 1 to 32',
      layers: "got true, needs text such as '20,21', or a list of whole numbers",
      limit: "got 'lots', needs a size such as '4GiB' or '2G', or a number of bytes",
      age: "got 'soon', needs a time such as '90s', '12h' or '30d', or milliseconds",
      tags: "got 'a', needs a list of text",
      kitops: 'got 3, needs an object',
      annotations: 'got a list, needs an object of text',
    });
  });
});
