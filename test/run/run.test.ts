import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SlipwayError, type RunEvent } from '../../src/core/index.js';
import { runPipeline } from '../../src/run/index.js';
import { fakeConfig } from './fake-run.js';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'slipway-run-'));
});
afterEach(async () => rm(home, { recursive: true, force: true }));

async function eventsIn(directory: string): Promise<RunEvent[]> {
  const text = await readFile(join(directory, 'events.ndjson'), 'utf8');
  expect(text.endsWith('\n')).toBe(true);
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as RunEvent);
}

describe('a run', () => {
  test('leaves its configuration, plan, events, result and report', async () => {
    const result = await runPipeline(fakeConfig(), { home, version: '1.2.3', description: { name: 'as written' } });
    expect(result.output).toBe('sent');
    expect(result.artifacts).toHaveLength(1);
    const record = result.record ?? '';
    expect((await readdir(record)).sort()).toEqual([
      'config.json',
      'events.ndjson',
      'plan.json',
      'report.html',
      'result.json',
    ]);
    const json = async (name: string): Promise<unknown> => JSON.parse(await readFile(join(record, name), 'utf8'));
    expect(await json('config.json')).toEqual({ name: 'as written' });
    expect(await json('plan.json')).toMatchObject({ warnings: ['a branch moves'], needs: { disk: 0 } });
    expect(await json('result.json')).toMatchObject({ ok: true, run: result.run, artifacts: [{ size: 1000 }] });
    const events = await eventsIn(record);
    expect(events[0]).toMatchObject({ v: 1, type: 'run.start', run: result.run, version: '1.2.3' });
    expect(events[1]).toMatchObject({ type: 'plan' });
    expect(events.at(-1)).toMatchObject({ type: 'run.end', ok: true, exitCode: 0 });
  });

  test('tells each stage once, and ends them when the last has returned', async () => {
    const events: RunEvent[] = [];
    await runPipeline(fakeConfig(), { onEvent: (event) => events.push(event) });
    const marks = events.flatMap((event) =>
      event.type === 'stage.start' || event.type === 'stage.end' ? [`${event.type} ${event.stage}`] : [],
    );
    expect(marks).toEqual(['stage.start download', 'stage.start push', 'stage.end download', 'stage.end push']);
    const push = events.find((event) => event.type === 'stage.end' && event.stage === 'push');
    expect(push).toMatchObject({ ok: true, summary: '1 artifact' });
  });

  test('tells progress at most four times a second for one item', async () => {
    const events: RunEvent[] = [];
    await runPipeline(fakeConfig(), { onEvent: (event) => events.push(event) });
    const progress = events.filter((event) => event.type === 'item.progress' && event.stage === 'push');
    expect(progress).toHaveLength(1);
  });

  test('that fails keeps its record, ends with run.end and rejects with what happened', async () => {
    const fail = new SlipwayError('OCI_DENIED', 'no', { where: 'PUT /v2/', try: ['log in', 'or not'] });
    await expect(runPipeline(fakeConfig({ fail }), { home })).rejects.toBe(fail);
    const [id = ''] = await readdir(join(home, 'runs'));
    const events = await eventsIn(join(home, 'runs', id));
    expect(events.at(-2)).toMatchObject({ type: 'error', code: 'OCI_DENIED', where: 'PUT /v2/', hint: 'log in' });
    expect(events.at(-1)).toMatchObject({ type: 'run.end', ok: false, exitCode: 5 });
    expect(events.find((event) => event.type === 'stage.end' && event.stage === 'push')).toMatchObject({ ok: false });
    const report = await readFile(join(home, 'runs', id, 'report.html'), 'utf8');
    expect(report).toContain('OCI_DENIED');
  });

  test('that throws something unknown still ends with run.end, as a bug', async () => {
    const events: RunEvent[] = [];
    const run = runPipeline(fakeConfig({ fail: new TypeError('x is undefined') }), { onEvent: (e) => events.push(e) });
    await expect(run).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(events.at(-1)).toMatchObject({ type: 'run.end', exitCode: 1 });
  });

  test('with store none writes no file', async () => {
    const result = await runPipeline(fakeConfig({ plan: { store: 'none' } }), { home });
    expect(result.record).toBeUndefined();
    expect(await readdir(home)).toEqual([]);
  });

  test('that needs more disk or memory than there is does not start', async () => {
    const needy = (report: { disk?: number; memory?: number }): ReturnType<typeof runPipeline> => {
      const stage = {
        name: 'greedy',
        plan: async () => ({ reports: [{ stage: 'greedy', summary: 'much', ...report }] }),
        run: async (): Promise<never> => {
          throw new Error('it must not start');
        },
      };
      return runPipeline({ name: 'x', pipeline: stage }, { home });
    };
    await expect(needy({ disk: 2 ** 60 })).rejects.toMatchObject({ code: 'DISK_SPACE' });
    await expect(needy({ memory: 2 ** 50 })).rejects.toMatchObject({ code: 'MEMORY_LIMIT' });
  });

  test('closes what stages have registered, last first, whatever happens', async () => {
    const closed: string[] = [];
    const stage = {
      name: 'open',
      run: async (_input: void, context: { defer(cleanup: () => Promise<void>): void }): Promise<void> => {
        context.defer(async () => void closed.push('first'));
        context.defer(async () => {
          closed.push('second');
          throw new Error('closing failed');
        });
        throw new SlipwayError('NET_TIMEOUT', 'slow');
      },
    };
    await expect(runPipeline({ name: 'x', pipeline: stage })).rejects.toMatchObject({ code: 'NET_TIMEOUT' });
    expect(closed).toEqual(['second', 'first']);
  });

  test('is aborted with the reason that the signal gives', async () => {
    const interrupt = new AbortController();
    const stage = {
      name: 'wait',
      run: async (_input: void, context: { signal: AbortSignal }): Promise<void> => {
        interrupt.abort(new SlipwayError('TERMINATED', 'terminated'));
        context.signal.throwIfAborted();
      },
    };
    const run = runPipeline({ name: 'x', pipeline: stage }, { signal: interrupt.signal });
    await expect(run).rejects.toMatchObject({ code: 'TERMINATED' });
  });
});

test('twenty records are kept', async () => {
  let time = 1_700_000_000_000;
  const config = { name: 'x', pipeline: { name: 'noop', run: async (): Promise<void> => {} } };
  const ids: string[] = [];
  for (let index = 0; index < 23; index += 1) {
    time += 1000;
    ids.push((await runPipeline(config, { home, clock: () => new Date(time) })).run);
  }
  expect(ids).toEqual(ids.toSorted());
  const left = await readdir(join(home, 'runs'));
  expect(left.sort()).toEqual(ids.slice(-20));
});

test('secrets that the environment holds reach neither events nor record', async () => {
  const marker = 'MARKER-"secret\\-5f1c';
  const events: RunEvent[] = [];
  const fail = new SlipwayError('NET_TIMEOUT', `asked with ${marker}`, {
    where: `https://x/?token=${encodeURIComponent(marker)}`,
  });
  const config = fakeConfig({
    fail,
    plan: { credentials: { 'r.example.com': { username: 'me', password: { env: 'DEPLOY_KEY' } } } },
  });
  const run = runPipeline(config, { home, env: { DEPLOY_KEY: marker }, onEvent: (event) => events.push(event) });
  await expect(run).rejects.toThrow();
  const [id = ''] = await readdir(join(home, 'runs'));
  const written = [JSON.stringify(events)];
  for (const name of await readdir(join(home, 'runs', id))) {
    written.push(await readFile(join(home, 'runs', id, name), 'utf8'));
  }
  expect(written.join('')).not.toMatch(/5f1c/);
  expect(written.join('')).toContain('***');
});
