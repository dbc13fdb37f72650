import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isLater } from '../../src/cli/facts/latest-version.js';
import { pipelineCommand } from './fake-terminal.js';

let cwd = '';
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'slipway-version-'));
});
afterEach(async () => rm(cwd, { recursive: true, force: true }));

/** A program called npm that says and does what a test wants. */
async function withNpm(script: string): Promise<Record<string, string>> {
  await writeFile(join(cwd, 'npm'), `#!/bin/sh\n${script}\n`);
  await chmod(join(cwd, 'npm'), 0o755);
  return { PATH: `${cwd}${delimiter}${process.env['PATH'] ?? ''}` };
}

describe.skipIf(process.platform === 'win32')('version --check', () => {
  test('a later one is named with what installs it', async () => {
    const env = await withNpm(`[ "$*" = "view slipway version --json" ] && echo '"99.0.0"'`);
    const { code, stdout } = await pipelineCommand(['version', '--check'], cwd, env);
    expect([code, stdout]).toEqual([0, expect.stringContaining('99.0.0   (npm install slipway@99.0.0)')]);
    const json = await pipelineCommand(['version', '--check', '--json'], cwd, env);
    expect(JSON.parse(json.stdout)).toMatchObject({ latest: '99.0.0', upToDate: false });
    expect((await pipelineCommand(['version', '--check', '-q'], cwd, env)).stdout).toBe('99.0.0\n');
  });

  test('an earlier one is none', async () => {
    const env = await withNpm(`echo '"0.0.1"'`);
    const { stdout } = await pipelineCommand(['version', '--check', '--json'], cwd, env);
    expect(JSON.parse(stdout)).toMatchObject({ latest: '0.0.1', upToDate: true });
  });

  test.each([
    [`echo 'npm error code E404' >&2; echo 'npm error 404 Not Found' >&2; exit 1`, 4, 'has no'],
    [`echo 'npm error code ENOTFOUND' >&2; echo 'npm error network down' >&2; exit 1`, 6, 'network down'],
    ['echo hello', 6, 'hello'],
  ])('%s', async (script, code, told) => {
    const outcome = await pipelineCommand(['version', '--check'], cwd, await withNpm(script));
    expect([outcome.code, outcome.stdout]).toEqual([code, '']);
    expect(outcome.stderr).toContain(told);
  });

  test('no npm, and offline: nothing is asked', async () => {
    expect((await pipelineCommand(['version', '--check'], cwd, { PATH: cwd })).code).toBe(4);
    const env = await withNpm('touch asked');
    expect((await pipelineCommand(['version', '--check', '--offline'], cwd, env)).code).toBe(6);
    expect((await pipelineCommand(['version'], cwd, env)).stdout).not.toContain('latest');
  });
});

test.each([
  ['1.2.3', '1.2.2', true],
  ['1.2.3', '1.2.3', false],
  ['1.10.0', '1.9.9', true],
  ['1.0.0', '1.0.0-rc.1', true],
  ['1.0.0-rc.2', '1.0.0-rc.10', false],
  ['0.9.0', '1.0.0-alpha', false],
])('%s is later than %s: %s', (version, than, expected) => {
  expect(isLater(version, than)).toBe(expected);
});
