import { afterEach, describe, expect, test, vi } from 'vitest';
import { delayBefore, retryAfterMs } from '../../src/http/retry.js';

afterEach(() => vi.restoreAllMocks());

/** The delay with the random half at one of its ends. */
function delay(attempt: number, random: number, asked?: number): number | undefined {
  vi.spyOn(Math, 'random').mockReturnValue(random);
  return delayBefore(attempt, 500, asked);
}

describe('the wait before another try', () => {
  test('doubles with every failure, up to half a minute', () => {
    expect([1, 2, 3, 4, 5].map((attempt) => delay(attempt, 1))).toEqual([500, 1000, 2000, 4000, 8000]);
    expect([7, 8, 20].map((attempt) => delay(attempt, 1))).toEqual([30_000, 30_000, 30_000]);
  });

  test('is half chance, so that clients that failed together do not come back together', () => {
    expect([0, 0.5, 1].map((random) => delay(3, random))).toEqual([1000, 1500, 2000]);
  });

  test('is as long as the server asks for, and none when it asks for more than five minutes', () => {
    expect(delay(1, 0, 7000)).toBe(7000);
    expect(delay(5, 1, 7000)).toBe(8000);
    expect([delay(1, 0, 300_000), delay(1, 0, 300_001)]).toEqual([300_000, undefined]);
  });

  test('of a date is counted from now, and is never negative', () => {
    const now = Date.parse('Wed, 21 Oct 2026 07:28:00 GMT');
    const asked = (date: string): number | undefined => retryAfterMs(new Headers({ 'retry-after': date }), now);
    expect(asked('Wed, 21 Oct 2026 07:28:30 GMT')).toBe(30_000);
    expect(asked('Wed, 21 Oct 2026 07:27:00 GMT')).toBe(0);
    expect(asked('120')).toBe(120_000);
    expect(asked('soon')).toBeUndefined();
  });
});
