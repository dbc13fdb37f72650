import { afterEach, describe, expect, test } from 'vitest';
import { pipeline, SlipwayError, type Limits, type RunEvent, type Stage } from '../../src/core/index.js';
import { runPipeline } from '../../src/run/index.js';
import { createSlipway, type Slipway } from '../../src/service/index.js';
import { Turns } from '../../src/service/turns.js';
import { sharedEncoder } from '../../src/stages/shared-encoder.js';

let slipway: Slipway;
afterEach(async () => slipway.close());

/** A stage that works until it is let go, or stopped. */
function held(): { stage: Stage<void, string>; begun: Promise<void>; letGo: () => void } {
  let [begin, letGo] = [(): void => {}, (): void => {}];
  const begun = new Promise<void>((resolve) => (begin = resolve));
  const gate = new Promise<void>((resolve) => (letGo = resolve));
  const stage: Stage<void, string> = {
    name: 'hold',
    run: async (_input, { signal }) => {
      begin();
      await Promise.race([
        gate,
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      ]);
      return 'held';
    },
  };
  return { stage, begun, letGo };
}

describe('a service', () => {
  test('runs so many at once; the others wait, in their order', async () => {
    slipway = createSlipway({ limits: { pipelines: 1 } });
    const [first, second, third] = [held(), held(), held()];
    const handles = [first, second, third].map(({ stage }, index) =>
      slipway.run({ name: `run ${index}`, pipeline: stage }),
    );
    await first.begun;
    expect(slipway.runs().map(({ name, state }) => `${name} ${state}`)).toEqual([
      'run 0 running',
      'run 1 queued',
      'run 2 queued',
    ]);
    handles[1]?.cancel('not wanted');
    await expect(handles[1]?.result).rejects.toMatchObject({ code: 'ABORTED', message: 'not wanted' });
    first.letGo();
    await expect(handles[0]?.result).resolves.toMatchObject({ output: 'held' });
    await third.begun;
    expect(slipway.runs().map(({ state }) => state)).toEqual(['done', 'cancelled', 'running']);
  });

  test('gives each run its share of memory and streams, and the threads of all', async () => {
    slipway = createSlipway({ limits: { memory: '512MiB', threads: 3, concurrency: 8, pipelines: 4 } });
    const look: Stage<void, unknown> = { name: 'look', run: async (_input, { limits }) => limits };
    const env = { PIPELINE_MEMORY: '4GiB', PIPELINE_THREADS: '64', PIPELINE_CONCURRENCY: '64' };
    const config = { name: 'greedy', pipeline: look, limits: { memory: '8GiB' } } as const;
    const { output } = await slipway.run(config, { env }).result;
    const { memory, process, ...others } = output as Limits;
    expect(others).toEqual({ concurrency: 2, threads: 3 });
    // What the process takes without runs is there once; a fourth of the rest is this run's.
    expect(process?.memory).toBeGreaterThanOrEqual(512 * 1024 * 1024);
    expect(memory).toBe((process?.base ?? 0) + Math.floor((512 * 1024 * 1024 - (process?.base ?? 0)) / 4));
  });

  test('streams events to whom asks for them, and ends the stream with the run', async () => {
    slipway = createSlipway();
    const { stage, letGo } = held();
    const run = slipway.run({ name: 'x', pipeline: stage });
    const types: string[] = [];
    for await (const event of run.events()) {
      types.push(event.type);
      if (event.type === 'stage.start') letGo();
    }
    expect([types[0], types.at(-1)]).toEqual(['run.start', 'run.end']);
    expect((await run.events().next()).done).toBe(true);
    expect(slipway.find(run.id)?.info).toMatchObject({ state: 'done', id: run.id });
  });

  test('stops everything when it is closed, and takes nothing more', async () => {
    slipway = createSlipway({ limits: { pipelines: 1 } });
    const [first, second] = [held(), held()];
    const handles = [first, second].map(({ stage }) => slipway.run({ name: 'x', pipeline: stage }));
    await first.begun;
    await slipway.close();
    await expect(Promise.allSettled(handles.map(({ result }) => result))).resolves.toEqual([
      { status: 'rejected', reason: expect.objectContaining({ code: 'ABORTED' }) as Error },
      { status: 'rejected', reason: expect.objectContaining({ code: 'ABORTED' }) as Error },
    ]);
    await expect(slipway.run({ name: 'late', pipeline: first.stage }).result).rejects.toMatchObject({
      code: 'ABORTED',
    });
  });

  test('a listener that rejects ends no process, and is told nothing further', async () => {
    const warnings: RunEvent[] = [];
    let calls = 0;
    slipway = createSlipway({
      onEvent: (event) => void (event.type === 'warning' && warnings.push(event)),
    });
    const stage: Stage<void, string> = {
      name: 'slow',
      run: async () => new Promise((resolve) => setTimeout(() => resolve('done'), 20)),
    };
    const onEvent = async (): Promise<void> => {
      calls += 1;
      throw new Error('nobody listens');
    };
    const { result } = slipway.run({ name: 'rejecting', pipeline: stage }, { onEvent: onEvent as () => void });
    await expect(result).resolves.toMatchObject({ output: 'done' });
    expect(warnings).toMatchObject([{ code: 'LISTENER_FAILED' }]);
    // What was told before the first rejection was heard of.
    expect(calls).toBeLessThan(4);
  });

  test('a signal that has fired is ABORTED, whatever its reason is', async () => {
    slipway = createSlipway();
    const stage: Stage<void, string> = { name: 'never', run: async () => Promise.resolve('done') };
    for (const reason of ['because', 7, undefined, new Error('gone')]) {
      const { result } = slipway.run({ name: 'fired', pipeline: stage }, { signal: AbortSignal.abort(reason) });
      await expect(result).rejects.toMatchObject({ code: 'ABORTED' });
      await expect(
        runPipeline({ name: 'fired', pipeline: stage }, { signal: AbortSignal.abort(reason) }),
      ).rejects.toMatchObject({ code: 'ABORTED' });
    }
  });

  test('a listener that throws breaks nothing, and what fails is a SlipwayError', async () => {
    const heard: RunEvent[] = [];
    slipway = createSlipway({ onEvent: (event) => void heard.push(event) });
    const onEvent = (): never => {
      throw new Error('broken');
    };
    const own = pipeline(async function mine(): Promise<string> {
      throw new TypeError('mistake');
    });
    const run = slipway.run({ name: 'x', pipeline: own }, { onEvent });
    const error: unknown = await run.result.catch((thrown: unknown) => thrown);
    expect(SlipwayError.is(error) && [error.code, (error.cause as Error).message]).toEqual(['STAGE_FAILED', 'mistake']);
    expect(heard.filter(({ type }) => type === 'warning')).toMatchObject([{ code: 'LISTENER_FAILED' }]);
    expect(heard.at(-1)).toMatchObject({ type: 'run.end', exitCode: 1 });
    await expect(slipway.run(undefined as never).result).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });

  test('limits that are none are refused at once', () => {
    slipway = createSlipway();
    expect(() => createSlipway({ limits: { pipelines: 0 } })).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID' }) as Error,
    );
    expect(() => createSlipway({ limits: { memory: '2MiB', pipelines: 4 } })).toThrow(/memory/);
  });
});

test('turns that are given back twice count once', async () => {
  slipway = createSlipway();
  const turns = new Turns(1);
  const { signal } = new AbortController();
  const giveBack = await turns.take(signal);
  const next = turns.take(signal);
  giveBack();
  giveBack();
  await next;
  let third = false;
  void turns.take(signal).then(() => (third = true));
  await new Promise((resolve) => setImmediate(resolve));
  expect(third).toBe(false);
});

test('encoders of one pool share the jobs in flight', async () => {
  slipway = createSlipway();
  const options = { threads: 2, kernel: 'js' } as const;
  const [warm, first] = [sharedEncoder(options, 'keep warm'), sharedEncoder(options)];
  expect(first.encoder.width).toBe(4);
  const others = Array.from({ length: 7 }, () => sharedEncoder(options));
  expect([first.encoder.width, others[0]?.encoder.width]).toEqual([1, 1]);
  await Promise.all(others.map(({ release }) => release()));
  expect(first.encoder.width).toBe(4);
  await Promise.all([warm, first].map(({ release }) => release()));
});
