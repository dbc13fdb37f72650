import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { chooseTags } from '../../src/cli/sync/prune.js';
import type { Followed } from '../../src/cli/sync/follow.js';
import { startTestHub, startTestRegistry, type TestHub, type TestRegistry } from '../../src/testing/index.js';
import { runCommandLine } from '../../src/cli/program/command-line.js';
import { filesOf, NAMES, syncConfiguration } from '../support/twenty-repositories.js';
import { FakeTerminal, pipelineCommand, type Outcome } from './fake-terminal.js';

const MAIN = join(import.meta.dirname, '../../dist/lib/cli/main.js');

let hub: TestHub;
let registry: TestRegistry;
let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'slipway-sync-'));
  registry = await startTestRegistry();
  hub = await startTestHub({
    repositories: Object.fromEntries(NAMES.map((name) => [`acme/${name}`, filesOf(name)])),
  });
  await configure(NAMES);
});
afterEach(async () => {
  await Promise.all([hub.close(), registry.close()]);
  await rm(cwd, { recursive: true, force: true });
});

async function configure(names: readonly string[]): Promise<void> {
  await writeFile(join(cwd, 'sync.yaml'), syncConfiguration(registry.host, names));
}

const sync = async (...more: string[]): Promise<Outcome> =>
  pipelineCommand(['sync', 'sync.yaml', '--json', ...more], cwd, {
    HF_ENDPOINT: hub.url,
    PIPELINE_HOME: join(cwd, 'home'),
  });

interface Report {
  readonly exitCode: number;
  readonly pipelines: readonly { readonly name: string; readonly status: string; readonly exitCode: number }[];
  readonly pruned: readonly { readonly reference: string; readonly rule: string }[];
}

/** `{ published: ['m00'], … }`, without those that are unchanged. */
function changesIn({ stdout }: Outcome): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const { name, status } of (JSON.parse(stdout) as Report).pipelines) {
    if (status !== 'unchanged') found[status] = [...(found[status] ?? []), name];
  }
  return found;
}

const tagsNow = (): Record<string, string> => Object.fromEntries(registry.tags('models/all'));

/** Three change, one goes (what is private looks missing without a token), one is broken. */
function change(): void {
  for (const name of ['m03', 'm07', 'm11']) hub.commit(`acme/${name}`, filesOf(`${name} anew`));
  hub.add('acme/m15', { files: filesOf('m15'), private: true });
  hub.add('acme/m18', { 'pytorch_model.bin': 'x' });
}

describe('following 20 repositories', () => {
  test('publishes what has changed, tells what is gone or broken, and touches nothing else', async () => {
    const first = await sync();
    expect([first.code, changesIn(first)]).toEqual([0, { published: NAMES }]);
    const before = tagsNow();
    expect(Object.keys(before)).toEqual(NAMES);

    const again = await sync();
    expect([again.code, changesIn(again)]).toEqual([0, {}]);

    change();
    const moves = registry.tagMoves.length;
    const second = await sync();
    expect(changesIn(second)).toEqual({ published: ['m03', 'm07', 'm11'], gone: ['m15'], failed: ['m18'] });
    expect([second.code, second.stderr]).toEqual([11, expect.stringContaining('error[PICKLE_REFUSED]')]);
    expect(registry.tagMoves.slice(moves).map(({ tag }) => tag)).toEqual(['m03', 'm07', 'm11']);
    const after = tagsNow();
    expect(NAMES.filter((name) => before[name] !== after[name])).toEqual(['m03', 'm07', 'm11']);
  });

  test('a dry run says it, and does nothing', async () => {
    const { code, stdout } = await sync('--dry-run', '--only', 'm0*');
    expect([code, (JSON.parse(stdout) as Report).pipelines.map(({ status }) => status)]).toEqual([
      0,
      NAMES.slice(0, 10).map(() => 'stale'),
    ]);
    expect(registry.tagMoves).toEqual([]);
  });

  test.skipIf(!existsSync(MAIN))(
    'a process that is killed in the middle and one that follows come to the same end',
    async () => {
      const child = spawn(process.execPath, [MAIN, 'sync', 'sync.yaml'], {
        cwd,
        env: { PATH: process.env['PATH'], HOME: cwd, CI: 'true', ...hub.env },
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let told = '';
      child.stderr.on('data', (chunk: Buffer) => {
        told += chunk.toString();
        if (told.includes('published  m02')) child.kill('SIGKILL');
      });
      await new Promise((resolve) => child.once('exit', resolve));
      expect(Object.keys(tagsNow()).length).toBeLessThan(NAMES.length);
      const kept = tagsNow();
      const rest = await sync();
      expect(rest.code).toBe(0);
      expect(Object.keys(tagsNow())).toEqual(NAMES);
      expect(changesIn(rest)['published']).toEqual(NAMES.filter((name) => kept[name] === undefined));
      expect(registry.problems()).toEqual([]);
    },
  );

  test('--watch looks again until it is interrupted, and reads the configuration anew', async () => {
    await configure(['m00', 'm01']);
    const terminal = new FakeTerminal(cwd, { ...hub.env, PIPELINE_HOME: join(cwd, 'home') });
    let rounds = 0;
    terminal.stderr.onWrite = (text) => {
      if (!text.includes('next in')) return;
      rounds += 1;
      if (rounds === 1) hub.commit('acme/m01', filesOf('m01 anew'));
      if (rounds === 2) terminal.signal?.('SIGTERM');
    };
    const code = await runCommandLine(['sync', 'sync.yaml', '--watch', '10ms', '--metrics', 'm.prom'], terminal);
    expect([code, rounds]).toEqual([143, 2]);
    expect(terminal.stderr.text).toMatch(/2 pipelines: 2 published\n[\s\S]*2 pipelines: 1 published, 1 unchanged\n/);
  });
});

describe('pruning', () => {
  test('takes away what is gone, and what nothing names, and nothing that others have put there', async () => {
    await sync('--only', 'm0*');
    await pipelineCommand(['tag', `${registry.host}/models/all:m00`, 'stable'], cwd);
    await configure(['m00', 'm01', 'm02']);
    const { code, stdout } = await sync('--prune', 'unlisted', '--dry-run');
    const { pruned } = JSON.parse(stdout) as Report;
    expect([code, pruned.map(({ reference }) => reference.split(':').at(-1) ?? '').sort()]).toEqual([
      0,
      ['m03', 'm04', 'm05', 'm06', 'm07', 'm08', 'm09', 'stable'],
    ]);
    expect(Object.keys(tagsNow())).toHaveLength(11);
    await sync('--prune', 'unlisted');
    expect(Object.keys(tagsNow()).sort()).toEqual(['m00', 'm01', 'm02']);
  });

  const tag = (name: string, source: string, created = ''): Parameters<typeof chooseTags>[0][number] => ({
    tag: name,
    digest: `sha256:${name.padEnd(64, '0')}`,
    source: `https://huggingface.co/${source}`,
    created,
  });
  const one = (status: Followed['status'], source: string, tags: readonly string[] | undefined): Followed => ({
    name: source,
    status,
    source,
    tags,
    artifacts: [],
    error: undefined,
    targets: [],
  });
  const chosen = (...given: Parameters<typeof chooseTags>): string[] =>
    chooseTags(...given).map(({ tag: name, rule }) => `${name} ${rule}`);
  const NONE = { gone: false, unlisted: false, keep: undefined };

  test('of a source that is gone only when that is asked for, and not while a branch of it is followed', () => {
    const tags = [tag('a1', 'acme/a'), tag('b1', 'acme/b')];
    const gone = [one('gone', 'acme/a', undefined), one('unchanged', 'acme/b', ['b1'])];
    expect(chosen(tags, gone, { ...NONE, unlisted: true })).toEqual([]);
    expect(chosen(tags, gone, { ...NONE, gone: true })).toEqual(['a1 gone']);
    expect(chosen(tags, [...gone, one('unchanged', 'acme/a', ['a2'])], { ...NONE, gone: true })).toEqual([]);
  });

  test('never of a pipeline that failed: what it would publish is not known', () => {
    const tags = [tag('a1', 'acme/a'), tag('c1', 'acme/c')];
    const failed = [one('failed', 'acme/a', undefined)];
    expect(chosen(tags, failed, { gone: true, unlisted: true, keep: 0 })).toEqual(['c1 unlisted']);
    expect(
      chosen(tags, [{ ...one('failed', 'x', undefined), source: undefined }], { gone: true, unlisted: true, keep: 0 }),
    ).toEqual([]);
  });

  test('keeps the newest beside those that are named now', () => {
    const tags = [
      tag('a1', 'acme/a', '2026-01'),
      tag('a2', 'acme/a', '2026-02'),
      tag('a3', 'acme/a', '2026-03'),
      tag('a4', 'acme/a', '2026-04'),
    ];
    expect(chosen(tags, [one('unchanged', 'acme/a', ['a4'])], { ...NONE, keep: 1 })).toEqual(['a1 keep', 'a2 keep']);
  });
});
