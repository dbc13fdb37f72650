import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { startLongTimer, waitLong } from '../../src/core/index.js';

// Node's own timers go off at once when they are set for more than 2^31 - 1 milliseconds, not quite 25 days.

const DAY = 86_400_000;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test.each([1, 30, 400])('%i days are as long as they are', (days) => {
  const done = vi.fn();
  startLongTimer(days * DAY, done);
  vi.advanceTimersByTime(days * DAY - 1);
  expect(done).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(done).toHaveBeenCalledTimes(1);
});

test('what is called off in its second stretch does not go off', () => {
  const done = vi.fn();
  const cancel = startLongTimer(60 * DAY, done);
  vi.advanceTimersByTime(30 * DAY);
  cancel();
  vi.advanceTimersByTime(60 * DAY);
  expect(done).not.toHaveBeenCalled();
});

test('waiting ends with its signal', async () => {
  const controller = new AbortController();
  const waiting = waitLong(30 * DAY, controller.signal);
  controller.abort();
  await waiting;
  await waitLong(30 * DAY, controller.signal);
  expect(vi.getTimerCount()).toBe(0);
});

test('a wait that is over leaves nothing at its signal', async () => {
  const { signal } = new AbortController();
  const waiting = waitLong(DAY, signal);
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  vi.advanceTimersByTime(DAY);
  await waiting;
  expect(getEventListeners(signal, 'abort')).toEqual([]);
});
