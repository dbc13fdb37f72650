import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startTestRegistry, type TestRegistry } from '../../src/testing/index.js';
import { runCommandLine } from '../../src/cli/program/command-line.js';
import { FakeTerminal, pipelineCommand, type Outcome } from './fake-terminal.js';

const SIZE = 20_000_000;
const TAKEN = 12_000_000;

let registry: TestRegistry;
let cwd: string;

beforeEach(async () => {
  registry = await startTestRegistry();
  cwd = await mkdtemp(join(tmpdir(), 'slipway-push-again-'));
  await mkdir(join(cwd, 'model'));
  await writeFile(join(cwd, 'model', 'data.bin'), Buffer.alloc(SIZE, 'weights'));
});

afterEach(async () => {
  await registry.close();
  await rm(cwd, { recursive: true });
});

function command(repository: string = 'team/model'): string[] {
  const options = ['--format', 'oras', '--include', 'data.bin', '--progress', 'none'];
  return ['push', './model', `${registry.host}/${repository}:v1`, ...options];
}

async function push(env: Record<string, string>): Promise<Outcome> {
  return pipelineCommand(command(), cwd, env);
}

/** A push that ends for good in the middle of its file. */
async function cutOff(env: Record<string, string>): Promise<void> {
  registry.fail({ method: 'PATCH', fault: { kind: 'drop-request', afterBytes: TAKEN } });
  registry.fail({ method: 'GET', path: /uploads/, fault: { kind: 'status', status: 403 } });
  expect((await push(env)).code).toBe(5);
  registry.clearFaults();
}

async function sentBy(work: () => Promise<Outcome>): Promise<number> {
  const before = registry.requests.length;
  expect((await work()).code).toBe(0);
  const bodies = registry.requests.slice(before).filter(({ method }) => method === 'PATCH');
  return bodies.reduce((sum, { received }) => sum + received, 0);
}

test.each([
  ['the directory for state', 'XDG_STATE_HOME', 'slipway'],
  ['the home of the runs', 'PIPELINE_HOME', '.'],
])('a push that was cut off goes on where the registry stands, by a note in %s', async (_, variable, below) => {
  const env = { [variable]: join(cwd, 'state') };
  const notes = join(cwd, 'state', below, 'uploads');
  await cutOff(env);
  expect(await readdir(notes)).toHaveLength(1);
  expect(await sentBy(async () => push(env))).toBe(SIZE - TAKEN);
  expect(await readdir(notes)).toEqual([]);
  expect(await readdir(cwd)).toEqual(['model', 'state']);
});

test('without a place for notes it is sent again', async () => {
  const env = { HOME: '' };
  await cutOff(env);
  expect(await sentBy(async () => push(env))).toBe(SIZE);
  expect(await readdir(cwd)).toEqual(['model']);
});

test('notes that nobody came back for are removed', async () => {
  const env = { XDG_STATE_HOME: join(cwd, 'state') };
  const notes = join(cwd, 'state', 'slipway', 'uploads');
  await mkdir(notes, { recursive: true });
  await writeFile(join(notes, 'old.json'), '{}');
  await writeFile(join(notes, 'new.json'), '{}');
  const past = new Date(Date.now() - 8 * 24 * 3_600_000);
  await utimes(join(notes, 'old.json'), past, past);
  await sentBy(async () => push(env));
  expect(await readdir(notes)).toEqual(['new.json']);
});

/** What a push says that is interrupted in its first request of this kind. */
async function interrupted(
  method: string,
  repository: string,
  env: Record<string, string>,
  ms: number = 5000,
): Promise<string> {
  registry.fail({ method, fault: { kind: 'delay', ms } });
  const terminal = new FakeTerminal(cwd, env);
  const before = registry.requests.length;
  const running = runCommandLine(command(repository), terminal);
  const isThere = (): boolean => registry.requests.slice(before).some((request) => request.method === method);
  await expect.poll(isThere, { timeout: 10_000, interval: 10 }).toBe(true);
  terminal.signal?.('SIGINT');
  expect(await running).toBe(130);
  registry.clearFaults();
  return terminal.stderr.text;
}

test('an interruption says that the push goes on where it has left a note, and not for the note of another', async () => {
  const env = { XDG_STATE_HOME: join(cwd, 'state') };
  expect(await interrupted('PATCH', 'team/model', env, 800)).toMatch(
    /\(goes on at [\d.]+ MB of 20.0 MB: 1 blob in the registry\)/,
  );
  expect(await interrupted('POST', 'team/other', env)).not.toContain('goes on');
}, 20_000);
