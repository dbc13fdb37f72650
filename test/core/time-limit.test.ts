import { stat } from 'node:fs/promises';
import { MessageChannel } from 'node:worker_threads';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { interruptibleStep, watchStandstill, withTimeLimit } from '../../src/core/index.js';

const LIMIT = { ms: 6000, code: 'JSON_INVALID', what: "'x'" } as const;

afterEach(() => watchStandstill(undefined));

test('the watch is told before long work and after it, also when the work fails', () => {
  const told: string[] = [];
  watchStandstill({ begin: () => told.push('begin'), end: () => told.push('end') });
  withTimeLimit(() => told.push('work'), LIMIT);
  expect(() =>
    withTimeLimit(() => {
      throw new TypeError('no');
    }, LIMIT),
  ).toThrow(TypeError);
  expect(told).toEqual(['begin', 'work', 'end', 'begin', 'end']);
});

test('of work that is ended soon the watch is not told: a signal that has come is heard after it', () => {
  const told: string[] = [];
  watchStandstill({ begin: () => told.push('begin'), end: () => told.push('end') });
  const endless = (): never => {
    for (;;);
  };
  const short = { ...LIMIT, ms: 5 };
  expect(() => withTimeLimit(endless, short)).toThrow(expect.objectContaining({ code: 'JSON_INVALID' }) as Error);
  withTimeLimit(() => withTimeLimit(() => told.push('work'), LIMIT), { ...LIMIT, ms: 4000 });
  expect(told).toEqual(['begin', 'work', 'end']);
});

test('within a limit the watch is told of the outermost alone', () => {
  const told: string[] = [];
  watchStandstill({ begin: () => told.push('begin'), end: () => told.push('end') });
  withTimeLimit(() => withTimeLimit(() => told.push('work'), LIMIT), LIMIT);
  expect(told).toEqual(['begin', 'work', 'end']);
});

describe('a step of several', () => {
  const long = 2 ** 23;

  test('what came before it is heard: the event loop has asked the system, wherever it stood', async () => {
    const { port1, port2 } = new MessageChannel();
    const controller = new AbortController();
    port2.once('message', () => controller.abort());
    const work = vi.fn<() => void>();
    // From within the poll phase: the loop would go on with immediates, without another look.
    await stat(import.meta.filename);
    port1.postMessage('signal');
    const step = interruptibleStep(work, long, LIMIT, controller.signal);
    await expect(step).rejects.toMatchObject({ code: 'ABORTED' });
    expect(work).not.toHaveBeenCalled();
    port1.close();
  });

  test('a short one is done at once, without a watch', async () => {
    const told: string[] = [];
    watchStandstill({ begin: () => told.push('begin'), end: () => told.push('end') });
    const step = interruptibleStep(() => told.push('work'), 10, LIMIT);
    expect(told).toEqual(['work']);
    await step;
    await interruptibleStep(() => told.push('work'), long, LIMIT);
    expect(told).toEqual(['work', 'begin', 'work', 'end']);
  });
});
