import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { whenIdle } from '../../src/core/index.js';
import { createEncoderPool, type EncodeJob } from '../../src/quantize/index.js';
import type { EncoderThreads } from '../../src/quantize/pool-threads.js';
import { WarmThreads } from '../../src/quantize/warm-threads.js';
import { normal, ROW_LENGTH, sha256 } from './kernel-data.js';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** Threads that do nothing, and say what becomes of them. */
function pretended(idleMs: number) {
  const events: string[] = [];
  const start = async (): Promise<EncoderThreads> => {
    events.push('started');
    return {
      threads: [],
      run: async () => Promise.reject(new Error('unused')),
      runMoved: async () => Promise.reject(new Error('unused')),
      onReplaced() {},
      close: async () => void events.push('ended'),
    };
  };
  const warm = new WarmThreads({ start, memories: 2, idleMs });
  closing.push(() => warm.close());
  return { warm, events };
}

async function until(condition: () => boolean): Promise<void> {
  for (let waits = 0; waits < 500 && !condition(); waits++) await sleep(10);
}

test('threads that have had no job for a while end, with the memories that they shared, and come back with the next job', async () => {
  const { warm, events } = pretended(20);
  let spares = 0;
  whenIdle(() => (spares += 1));
  const [memories] = [warm.memories];
  await warm.work(async () => {});
  expect([warm.isWarm, warm.memories]).toEqual([true, memories]);
  await until(() => spares > 0);
  expect([events, warm.isWarm, spares]).toEqual([['started', 'ended'], false, 1]);
  expect(warm.memories).not.toBe(memories);
  await warm.work(async () => {});
  expect(events).toEqual(['started', 'ended', 'started']);
});

test('a job that takes longer than that keeps its threads', async () => {
  const { warm, events } = pretended(1);
  await warm.work(async () => sleep(60));
  expect(events).toEqual(['started']);
});

test('threads that were prepared and have got no job end, too', async () => {
  const { warm, events } = pretended(5);
  warm.prepare();
  await until(() => events.length > 1);
  expect(events).toEqual(['started', 'ended']);
});

test('rows that were lent before are encoded by the threads that come after', async () => {
  const pool = createEncoderPool({ threads: 1, idleMs: 1 });
  closing.push(() => pool.close());
  const weights = new Uint8Array(normal(5, 8 * ROW_LENGTH).buffer);
  const job = (input: Uint8Array): EncodeJob => ({
    from: 'F32',
    to: 'Q4_K',
    input,
    rowLength: ROW_LENGTH,
    tensor: 'a',
  });
  const expected = sha256(await pool.encode(job(weights.slice())));
  const lent = pool.lendRows?.(weights.byteLength) ?? new Uint8Array();
  lent.set(weights);
  await sleep(100);
  expect(sha256(await pool.encode(job(lent)))).toBe(expected);
});
