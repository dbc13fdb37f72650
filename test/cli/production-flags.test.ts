import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunEvent } from '../../src/core/index.js';
import { runCommandLine } from '../../src/cli/program/command-line.js';
import { buildLlama, startTestHub } from '../../src/testing/index.js';
import { FakeTerminal, pipelineCommand, type Outcome } from './fake-terminal.js';

/** Waits for ever on one file, warns when WARN is set, ends by itself when END is. */
const CONFIG = `
  const run = async (_input, context) => {
    const { emit, env, signal } = context;
    if (env.WARN) emit({ type: 'warning', code: 'ODD', message: 'odd' });
    emit({ type: 'item.start', stage: 'push', id: 'a', name: 'model.gguf', total: 1000 });
    emit({ type: 'item.progress', stage: 'push', id: 'a', done: 300, total: 1000 });
    emit({ type: 'retry', stage: 'push', id: 'https://r/v2/', attempt: 2, of: 5, delayMs: 1, code: 'NET_UNAVAILABLE', status: 503, message: '503' });
    emit({ type: 'tensor', stage: 'push', variant: 'v', name: 'w', from: 'F16', to: 'Q8_0', weights: 1, size: 1 });
    context.countBytes?.('sent', 'r:443', 300);
    if (env.END) return;
    signal.throwIfAborted();
    await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  };
  const details = Array.from({ length: 5000 }, (_, index) => 'blk.' + index + '.weight F16 → Q8_0 [1, 1]');
  const plan = async () => ({ reports: [{ stage: 'push', summary: 'it', details, data: { tensors: details, kind: 'x' } }] });
  export default { name: 'wait', pipeline: { name: 'push', run, plan } };
`;

let cwd: string;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'slipway-production-'));
  await writeFile(join(cwd, 'wait.mjs'), CONFIG);
});
afterAll(async () => rm(cwd, { recursive: true, force: true }));

const pipe = async (argv: readonly string[], env: Record<string, string> = {}): Promise<Outcome> =>
  pipelineCommand(argv, cwd, env);
const eventsIn = (text: string): RunEvent[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as RunEvent);

test('--timeout stops a command as Ctrl-C does, with an exit code of its own', async () => {
  const { code, stderr } = await pipe(['run', 'wait.mjs', '--timeout', '50ms']);
  expect([code, stderr]).toEqual([124, expect.stringContaining('error[TIME_LIMIT]: stopped after 50 ms')]);
  expect(stderr).toContain('try     pipeline run wait.mjs');
});

test('times of weeks are weeks, and none is no time at all', async () => {
  for (const flag of ['--timeout', '--stall']) {
    const { code } = await pipe(['run', 'wait.mjs', flag, '30d', '--progress', 'none'], { END: '1' });
    expect([flag, code]).toEqual([flag, 0]);
    const none = await pipe(['run', 'wait.mjs', flag, '0s']);
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('at least 1ms')]);
  }
  for (const time of ['0s', '0ms', '1', '-1h', '']) {
    expect([time, (await pipe(['sync', 'wait.mjs', '--watch', time])).code]).toEqual([time, 2]);
  }
});

test('a file that could not be written at the end is refused at the beginning', async () => {
  for (const flag of ['--metrics', '--dotenv']) {
    const { code, stderr } = await pipe(['run', 'wait.mjs', flag, '.'], { END: '1' });
    expect([flag, code, stderr]).toEqual([flag, 2, expect.stringContaining(`${flag} names a directory`)]);
  }
});

describe('--stall', () => {
  test('says on what a run waits, and the run goes on', async () => {
    const terminal = new FakeTerminal(cwd);
    terminal.stderr.onWrite = (text) => {
      // A busy machine may have stood still before: that is told, too.
      if (text.includes('at 300 B of')) terminal.signal?.('SIGINT');
    };
    expect(await runCommandLine(['run', 'wait.mjs', '--stall', '30ms'], terminal)).toBe(130);
    expect(terminal.stderr.text).toMatch(
      /warning\[STALLED\]: no progress for .*: it waits on push 'model\.gguf' at 300 B of 1\.00 kB/,
    );
  });

  test('ends it when that is asked for', async () => {
    const { code, stdout } = await pipe(['run', 'wait.mjs', '--stall', '30ms', '--stall-end', '--json']);
    expect([code, JSON.parse(stdout)]).toMatchObject([124, { error: { code: 'STALLED' } }]);
    expect((await pipe(['run', 'wait.mjs', '--stall-end'])).code).toBe(2);
  });
});

test('--strict makes an error of a warning, in a run', async () => {
  const { code, stdout } = await pipe(['run', 'wait.mjs', '--strict', '--json'], { WARN: '1', END: '1' });
  expect([code, JSON.parse(stdout)]).toMatchObject([11, { error: { code: 'WARNING_REFUSED' } }]);
  expect((await pipe(['run', 'wait.mjs', '--strict'], { END: '1' })).code).toBe(0);
});

test('--log-file has every event and the error, and is added to', async () => {
  await pipe(['run', 'wait.mjs', '--log-file', 'log.txt', '--progress', 'none'], { END: '1' });
  await pipe(['run', 'wait.mjs', '--log-file', 'log.txt', '--timeout', '20ms', '--quiet']);
  const log = await readFile(join(cwd, 'log.txt'), 'utf8');
  expect(log).toMatch(/^\d\d:\d\d:\d\d run {3}wait\n/);
  expect(log).toContain('"type":"tensor"');
  expect(log).toContain('error[TIME_LIMIT]');
});

test('--metrics writes numbers as Prometheus reads them, also of a run that failed', async () => {
  await pipe(['run', 'wait.mjs', '--metrics', 'm/ok.prom'], { END: '1' });
  const text = await readFile(join(cwd, 'm/ok.prom'), 'utf8');
  expect(text).toContain('# TYPE slipway_run_success gauge\nslipway_run_success{pipeline="wait"} 1\n');
  expect(text).toContain('slipway_bytes_total{pipeline="wait",direction="sent",host="r:443"} 300\n');
  expect(text).toContain('slipway_retries_total{pipeline="wait",reason="NET_UNAVAILABLE 503"} 1\n');
  expect(text).toContain('slipway_tensors_total{pipeline="wait",type="Q8_0"} 1\n');
  expect(text).toMatch(/^slipway_peak_memory_bytes\{pipeline="wait"\} [1-9]\d+$/m);
  await pipe(['run', 'wait.mjs', '--metrics', 'm/bad.prom', '--timeout', '20ms']);
  expect(await readFile(join(cwd, 'm/bad.prom'), 'utf8')).toContain('slipway_run_success{pipeline="wait"} 0\n');
});

describe('--progress ndjson', () => {
  test('has short lines: the tensors of a plan are in the file that it names', async () => {
    const { stderr } = await pipe(['run', 'wait.mjs', '--progress', 'ndjson'], { END: '1' });
    const lines = stderr.trimEnd().split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(2000);
    const plan = eventsIn(stderr).find((event) => event.type === 'plan');
    expect(plan).toMatchObject({ stages: [{ stage: 'push', data: { tensors: 5000, kind: 'x' } }] });
    const whole = JSON.parse(await readFile(plan?.file ?? '', 'utf8')) as { stages: { details: string[] }[] };
    expect(whole.stages[0]?.details).toHaveLength(5000);
  });

  test.each([
    ['a flag that is unknown', ['run', '--progress', 'ndjson', '--dryrun'], 2],
    ['a configuration that is not there', ['run', 'no.yaml', '--progress=ndjson'], 3],
    ['a run that fails', ['run', 'wait.mjs', '--progress', 'ndjson', '--timeout', '20ms'], 124],
    ['a warning that is refused', ['run', 'wait.mjs', '--progress', 'ndjson', '--strict'], 11],
  ])('is nothing but events for %s, and ends with run.end', async (_what, argv, code) => {
    const outcome = await pipe(argv, { WARN: '1' });
    const events = eventsIn(outcome.stderr);
    expect(outcome.code).toBe(code);
    expect(events.at(-1)).toMatchObject({ type: 'run.end', ok: false, exitCode: code });
    expect(events.filter(({ type }) => type === 'error')).toHaveLength(1);
  });

  test('ends with run.end when it is interrupted twice', async () => {
    const terminal = new FakeTerminal(cwd);
    await writeFile(
      join(cwd, 'deaf.mjs'),
      `export default { name: 'deaf', store: 'none', pipeline: { name: 'wait', run: () => new Promise((resolve) => { globalThis.endDeafToo = resolve; }) } };`,
    );
    let heard = 0;
    terminal.stderr.onWrite = (text) => {
      if (!text.includes('stage.start')) return;
      setImmediate(() => {
        while (heard++ < 2) terminal.signal?.('SIGINT');
        (globalThis as unknown as { endDeafToo: () => void }).endDeafToo();
      });
    };
    await runCommandLine(['run', 'deaf.mjs', '--progress', 'ndjson'], terminal);
    expect(terminal.exits).toEqual([130]);
    const lines = eventsIn(terminal.stderr.text);
    expect(lines.some((event) => event.type === 'run.end' && event.exitCode === 130)).toBe(true);
  });

  test('tells progress no more often than --progress-interval allows', async () => {
    const { stderr } = await pipe(['run', 'wait.mjs', '--progress', 'ndjson', '--progress-interval', '1h'], {
      END: '1',
    });
    expect(eventsIn(stderr).filter(({ type }) => type === 'item.progress').length).toBeLessThanOrEqual(1);
  });
});

test('plan --show-config prints the configuration as it would run', async () => {
  await writeFile(
    join(cwd, 'c.yaml'),
    "name: x\ncredentials: { 'r.example.com': { token: { env: T } } }\nstages: [download: { from: ./x }, convert, pack]\n",
  );
  const argv = ['plan', 'c.yaml', '--show-config', '--set', 'convert.quantize=[Q8_0]', '--memory', '1GiB'];
  const { code, stdout } = await pipe([...argv, '--json'], { T: 'very-secret' });
  expect([code, JSON.parse(stdout)]).toMatchObject([
    0,
    {
      ok: true,
      config: { name: 'x', limits: { memory: 2 ** 30 }, stages: [{}, { convert: { quantize: ['Q8_0'] } }, {}] },
    },
  ]);
  const text = (await pipe(argv, { T: 'very-secret' })).stdout;
  expect(text).toContain('token:\n      env: T\n');
  expect(stdout + text).not.toContain('very-secret');
});

test('a flag that other tools have is answered with what does it here', async () => {
  const { code, stderr } = await pipe(['convert', '--use-temp-file', 'org/name']);
  expect([code, stderr]).toEqual([2, expect.stringContaining('try     leave it out')]);
  expect((await pipe(['convert', './m', '--outtype', 'q4_k_m'])).stderr).toContain(
    'pipeline convert ./m --quantize Q4_K_M',
  );
});

test('--remote takes the name of a repository as the reference does', async () => {
  const model = buildLlama({ layers: 1, hidden: 256, seed: 5 });
  await using hub = await startTestHub({ repositories: { 'acme/tiny': model } });
  const made = await pipe(['convert', '--remote', 'acme/tiny', '--outtype', 'f16', '-o', join(cwd, 'r.gguf')], hub.env);
  expect([made.code, await readFile(join(cwd, 'r.gguf')).then(({ length }) => length > 1000)]).toEqual([0, true]);
  for (const source of ['./acme', '../x', 'acme', 's3://b/m']) {
    const { code, stderr } = await pipe(['convert', '--remote', source], hub.env);
    expect([source, code]).toEqual([source, 2]);
    expect(stderr).toContain('pipeline convert --remote org/name');
  }
});
