import { expect, test } from 'vitest';
import { pipeline, SlipwayError, type RunEvent, type Stage } from '../../src/core/index.js';
import { runPipeline } from '../../src/run/index.js';
import { pack } from '../../src/stages/index.js';
import { fakeConfig } from './fake-run.js';

const broken: Stage<void, void> = {
  name: 'mine',
  run: async () => {
    const nothing = undefined as unknown as { length: number };
    if (nothing.length > 0) return;
  },
};

test("a mistake in a stage of one's own is called that, with its cause", async () => {
  const error: unknown = await runPipeline({ name: 'mine', pipeline: broken }).catch((thrown: unknown) => thrown);
  expect(SlipwayError.is(error) && [error.code, error.message]).toEqual([
    'STAGE_FAILED',
    expect.stringMatching(/^the stage 'mine' failed: TypeError: /),
  ]);
  expect((error as Error).cause).toBeInstanceOf(TypeError);
});

test('what it throws is shown, whatever that is', async () => {
  const pipeline: Stage<void, void> = {
    name: 'mine',
    run: async () => {
      // oxlint-disable-next-line no-throw-literal, only-throw-error -- what code of others may do
      throw { reason: 'no luck' };
    },
  };
  const error: unknown = await runPipeline({ name: 'mine', pipeline }).catch((thrown: unknown) => thrown);
  expect((error as Error).message).toBe("the stage 'mine' failed: { reason: 'no luck' }");
});

test('what it returns and the next stage cannot use is its own mistake, and is shown', async () => {
  const mine = { name: 'mine', run: async () => 42 } as unknown as Stage<void, never>;
  const error: unknown = await runPipeline({ name: 'mine', pipeline: pipeline(mine, pack()) }).catch(
    (thrown: unknown) => thrown,
  );
  expect(SlipwayError.is(error) && [error.code, error.message, error.details.got]).toEqual([
    'STAGE_FAILED',
    "'pack' cannot use what the stage 'mine' returned",
    '42',
  ]);
});

test('what a stage of the program throws unexpectedly is no mistake of the user', async () => {
  const error: unknown = await runPipeline(fakeConfig({ fail: new TypeError('x') })).catch((thrown: unknown) => thrown);
  expect(SlipwayError.is(error) && error.code).toBe('INTERNAL');
});

test('a listener that throws is told nothing further, the others are told of it, and the run goes on', async () => {
  const events: RunEvent[] = [];
  let told = 0;
  const { output, warnings } = await runPipeline(fakeConfig(), {
    onEvent: (event) => {
      events.push(event);
      told++;
      if (told === 3) throw new Error('a display that broke');
    },
  });
  expect([output, told]).toEqual(['sent', 3]);
  expect(warnings).toContainEqual(
    expect.objectContaining({
      code: 'LISTENER_FAILED',
      message: expect.stringContaining('a display that broke') as string,
    }),
  );
});
