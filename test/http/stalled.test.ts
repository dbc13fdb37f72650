import { describe, expect, test } from 'vitest';
import { lowSpeedOf, notStalled } from '../../src/http/stalled.js';

async function* trickle(count: number, size: number, pauseMs: number): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < count; index++) {
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
    yield new Uint8Array(size);
  }
}

async function size(content: AsyncIterable<Uint8Array>, pauseMs = 0): Promise<number> {
  let total = 0;
  for await (const chunk of content) {
    total += chunk.byteLength;
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  return total;
}

describe('a transfer that trickles', () => {
  const limit = { bytesPerSecond: 1000, seconds: 0.2 };

  test('is ended, and can be tried again', async () => {
    await expect(size(notStalled(trickle(100, 1, 20), limit, 'x'))).rejects.toMatchObject({
      code: 'NET_TIMEOUT',
      details: { retryable: true, context: { stalled: true } },
    });
  });

  test('is none when it is fast enough, when nothing is asked of it, or when the reader is slow', async () => {
    expect(await size(notStalled(trickle(30, 1000, 20), limit, 'x'))).toBe(30_000);
    expect(await size(notStalled(trickle(30, 1, 20), { bytesPerSecond: 0, seconds: 0.2 }, 'x'))).toBe(30);
    expect(await size(notStalled(trickle(10, 1, 0), limit, 'x'), 50)).toBe(10);
  });

  test('the environment says what is slow', () => {
    expect(lowSpeedOf({})).toEqual({ bytesPerSecond: 1000, seconds: 60 });
    expect(lowSpeedOf({ PIPELINE_LOW_SPEED_LIMIT: '5', PIPELINE_LOW_SPEED_TIME: '7' })).toEqual({
      bytesPerSecond: 5,
      seconds: 7,
    });
    expect(() => lowSpeedOf({ PIPELINE_LOW_SPEED_LIMIT: 'x' })).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});
