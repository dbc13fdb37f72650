import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { createContext, pipeline, SlipwayError, type RunContext, type StageEvent } from '../../src/core/index.js';
import { convert, download, harbor, pack, push, type HarborStageOptions } from '../../src/stages/index.js';
import { buildLlama, startTestHarbor, startTestHub, type TestHarbor, type TestHub } from '../../src/testing/index.js';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function servers(): Promise<{ hub: TestHub; server: TestHarbor; directory: string }> {
  const hub = await startTestHub({ repositories: { 'acme/tiny': buildLlama({ seed: 5 }) } });
  const server = await startTestHarbor();
  const directory = await mkdtemp(join(tmpdir(), 'slipway-harbor-'));
  closers.push(
    async () => hub.close(),
    async () => server.close(),
    async () => rm(directory, { recursive: true, force: true }),
  );
  return { hub, server, directory };
}

function contextFor(hub: TestHub, events: StageEvent[]): RunContext {
  return createContext({
    env: hub.env,
    credentials: async () => ({ kind: 'basic', username: 'admin', password: 'Harbor12345', origin: 'test' }),
    defer: (close) => closers.push(close),
    emit: (event) => events.push(event),
  });
}

function settings(server: TestHarbor, more: Partial<HarborStageOptions> = {}): HarborStageOptions {
  return {
    host: server.host,
    project: 'models',
    quota: '2 TiB',
    immutable: [{ tags: 'v*' }],
    retention: { rules: [{ keep: 'latestPushedK', count: 10 }] },
    ...more,
  };
}

const changesOf = (events: readonly StageEvent[]): string[] =>
  events.flatMap((event) => (event.type === 'change' ? [`${event.kind} ${event.name} ${event.change}`] : []));
const summaryOf = (events: readonly StageEvent[]): string | undefined =>
  events.flatMap((event) => (event.type === 'stage.end' && event.stage === 'harbor' ? [event.summary] : []))[0];

describe('a Harbor set up by a pipeline', () => {
  test('the project is there before the push, every change is told, and a second run changes nothing', async () => {
    const { hub, server } = await servers();
    const chain = pipeline(
      download('hf://acme/tiny'),
      convert({ quantize: 'Q8_0' }),
      pack(),
      harbor(settings(server)),
      push(`${server.host}/models/tiny`),
    );
    const first: StageEvent[] = [];
    await chain.run(undefined, contextFor(hub, first));
    expect(changesOf(first)).toEqual([
      'project models created',
      'immutable tags v* of all repositories created',
      'retention models created',
    ]);
    expect(summaryOf(first)).toBe(`${server.host}/models: 3 created`);
    expect(server.registry.tags('models/tiny').has('q8_0')).toBe(true);
    const second: StageEvent[] = [];
    const written = server.writes.length;
    await chain.run(undefined, contextFor(hub, second));
    expect(changesOf(second)).toEqual([]);
    expect(summaryOf(second)).toMatch(/: \d unchanged$/);
    expect(server.writes.length).toBe(written);
  });

  test('a plan says what would change, changes nothing, and goes on to the push', async () => {
    const { hub, server } = await servers();
    const chain = pipeline(
      harbor(settings(server)),
      download('hf://acme/tiny'),
      pack(),
      push(`${server.host}/models/tiny`),
    );
    const planned = await chain.plan?.(undefined, contextFor(hub, []));
    const lines = planned?.reports.map(({ stage, summary }) => `${stage}: ${summary}`) ?? [];
    expect(lines.slice(0, 4)).toEqual([
      `harbor: ${server.host}/models: 3 to be created`,
      'harbor: project models to be created: private, quota 2 TiB',
      'harbor: immutable tags v* of all repositories to be created',
      expect.stringMatching(/^harbor: retention models to be created/),
    ]);
    expect(lines.at(-1)).toMatch(/^push: .*tags .* new/);
    expect(server.writes).toEqual([]);
  });

  test('passwords of new robots go to a file that only its owner reads, and into no event', async () => {
    const { hub, server, directory } = await servers();
    const robotsFile = join(directory, 'robots.ndjson');
    const events: StageEvent[] = [];
    const stage = harbor(settings(server, { robots: [{ name: 'ci' }], robotsFile }));
    await stage.run(undefined, contextFor(hub, events));
    const [line = ''] = (await readFile(robotsFile, 'utf8')).split('\n');
    const robot = JSON.parse(line) as { name: string; secret: string };
    expect(robot.name).toBe('robot$models+ci');
    expect(robot.secret.length).toBeGreaterThan(8);
    expect((await stat(robotsFile)).mode & 0o777).toBe(0o600);
    expect(JSON.stringify(events)).not.toContain(robot.secret);
    // Nothing new the second time: the file stays as it is, and an empty one is not left behind.
    await stage.run(undefined, contextFor(hub, []));
    expect((await readFile(robotsFile, 'utf8')).trim()).toBe(line);
    await rm(robotsFile);
    await stage.run(undefined, contextFor(hub, []));
    await expect(stat(robotsFile)).rejects.toThrow('ENOENT');
  });

  test('robots without a file for their passwords are refused before anything is done', () => {
    const broken = (): unknown => harbor({ host: 'harbor.example.com', project: 'models', robots: [{ name: 'ci' }] });
    expect(broken).toThrow(SlipwayError);
    expect(broken).toThrow('a file for their passwords');
  });

  test('a file that cannot be written stops it before anything is done', async () => {
    const { hub, server, directory } = await servers();
    const stage = harbor(settings(server, { robots: [{ name: 'ci' }], robotsFile: join(directory, 'none/r.ndjson') }));
    await expect(stage.run(undefined, contextFor(hub, []))).rejects.toMatchObject({ code: 'DISK_PERMISSION' });
    expect(server.writes).toEqual([]);
  });
});
