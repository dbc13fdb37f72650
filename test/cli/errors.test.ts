import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXIT_CODES, SlipwayError, type ErrorCode, type Stage } from '../../src/core/index.js';
import { errorJson, errorText } from '../../src/cli/program/error-text.js';
import { pipelineCommand } from './fake-terminal.js';

const CODES = Object.keys(EXIT_CODES) as ErrorCode[];

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'slipway-errors-'));
});
afterAll(async () => rm(cwd, { recursive: true, force: true }));

test('docs/errors.md has one row for every code, with its exit code and what to do', async () => {
  const text = await readFile(join(import.meta.dirname, '../../docs/errors.md'), 'utf8');
  const rows = [...text.matchAll(/^\| `([A-Z_]+)` +\| +(\d+) +\| \S.+? +\| \S.+? +\|$/gm)].map(([, code, exit]) => [
    code,
    Number(exit),
  ]);
  expect(new Map(rows as [string, number][])).toEqual(new Map(Object.entries(EXIT_CODES)));
  expect(rows).toHaveLength(CODES.length);
  const exits = [...text.matchAll(/^\| ([\d, ]+?) +\| /gm)].flatMap(([, list = '']) => list.split(',').map(Number));
  expect([...new Set(Object.values(EXIT_CODES))].filter((exit) => !exits.includes(exit))).toEqual([]);
});

/** What the configurations of this file find here: a stage that fails. Modules of the sources would be compiled for each anew. */
const failing = globalThis as { failsWith?: (code: ErrorCode) => Stage<unknown, unknown> };

test.each(CODES)('%s ends a run with its exit code, in text and in JSON', async (code) => {
  failing.failsWith = (wanted) => ({
    name: 'fail',
    run: async () => {
      throw new SlipwayError(wanted, "'it' failed", { where: 'here', got: '1, expected 2', try: 'this' });
    },
  });
  const config = `export default { name: 'x', store: 'none', pipeline: globalThis.failsWith('${code}') };`;
  await writeFile(join(cwd, `${code}.mjs`), config);
  const argv = ['run', `${code}.mjs`, '--json', '--progress', 'none'];
  const { code: exit, stdout, stderr } = await pipelineCommand(argv, cwd);
  expect(exit).toBe(EXIT_CODES[code]);
  expect(JSON.parse(stdout)).toMatchObject({ ok: false, error: { code } });
  if (code !== 'ABORTED' && code !== 'TERMINATED')
    expect(stderr).toContain(`error[${code}]: 'it' failed\n  where   here\n`);
});

describe('the text of an error', () => {
  const plain = { color: false };

  test('has every part in its place, the deepest cause last', () => {
    const deepest = new Error('ECONNRESET');
    const error = new SlipwayError('DIGEST_MISMATCH', "'model.safetensors' is not what was announced", {
      where: 'hf://acme/tiny',
      got: 'sha256:4c9e, expected sha256:b70d',
      kept: 'parts 1 and 3',
      try: ['run again', 'another mirror'],
      cause: new Error('the body ended early', { cause: deepest }),
    });
    expect(errorText(error, plain, false)).toBe(`error[DIGEST_MISMATCH]: 'model.safetensors' is not what was announced
  where   hf://acme/tiny
  got     sha256:4c9e, expected sha256:b70d
  because the body ended early
          ECONNRESET
  kept    parts 1 and 3
  try     run again
          another mirror`);
    expect(errorJson(error)).toMatchObject({
      ok: false,
      error: {
        hint: ['run again', 'another mirror'],
        causes: ['the body ended early', 'ECONNRESET'],
        retryable: false,
      },
    });
  });

  test('lines problems up', () => {
    const error = new SlipwayError('CONFIG_INVALID', "2 problems in 'c.yaml'", {
      problems: [
        { at: 'store', text: "got 'disc'" },
        { at: 'limits.memory', text: 'missing' },
      ],
    });
    expect(errorText(error, plain, false)).toBe(`error[CONFIG_INVALID]: 2 problems in 'c.yaml'
  store           got 'disc'
  limits.memory   missing`);
  });

  test('has a stack only for bugs and with --debug', () => {
    const usage = new SlipwayError('USAGE', 'no');
    expect(errorText(usage, plain, false)).not.toContain('at ');
    expect(errorText(usage, plain, true)).toMatch(/\n {4}at /);
    const bug = new SlipwayError('INTERNAL', 'x is undefined', { cause: new TypeError('x is undefined') });
    expect(errorText(bug, plain, false)).toMatch(/TypeError: x is undefined\n {4}at /);
  });

  test('is never a way to write to the terminal', () => {
    const evil = 'a\u001b[2Jb\u202ec\rd\u0007e';
    const error = new SlipwayError('GGUF_INVALID', evil, {
      where: evil,
      got: evil,
      try: evil,
      cause: new Error(evil),
      kept: evil,
    });
    // oxlint-disable-next-line no-control-regex -- these are what must not be there
    expect(errorText(error, plain, false)).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
  });

  test('does not repeat what a cause only says again', () => {
    const error = new SlipwayError('CONFIG_LOAD', 'cannot be loaded', {
      got: 'Unexpected token',
      cause: new Error('Unexpected token'),
    });
    expect(errorText(error, plain, false)).not.toContain('because');
  });
});
