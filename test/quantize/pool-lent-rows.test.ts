import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { EventEmitter } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { LoadingThreads } from '../../src/quantize/loading-threads.js';
import { rowSize, type TensorType } from '../../src/gguf/index.js';
import { createEncoderPool, createLocalEncoder, type EncodeJob, type EncoderPool } from '../../src/quantize/index.js';
import { importance, normal, ROW_LENGTH, sha256 } from './kernel-data.js';

const weights = normal(6, 24 * ROW_LENGTH);
const DYING = join(import.meta.dirname, 'pool-dying-worker.mjs');
const local = createLocalEncoder('wasm');
const pools: EncoderPool[] = [];

function pool(threads: number, entry?: string): EncoderPool {
  const created = createEncoderPool(entry === undefined ? { threads } : { threads, entry });
  pools.push(created);
  return created;
}
afterEach(async () => {
  await Promise.all(pools.splice(0).map((open) => open.close()));
});

function job(to: TensorType, input: Uint8Array, changes: Partial<EncodeJob> = {}): EncodeJob {
  return { from: 'F32', to, input, rowLength: ROW_LENGTH, tensor: 'blk.0.ffn_up.weight', ...changes };
}

function lend(open: EncoderPool, rows: Uint8Array): Uint8Array {
  const lent = open.lendRows?.(rows.length) as Uint8Array;
  lent.set(rows);
  return lent;
}

/** The first rows of the weights in another type. */
async function stored(type: TensorType, rows: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(weights.slice(0, rows * ROW_LENGTH).buffer);
  return type === 'F32' ? bytes : (await local.encode(job(type, bytes))).slice();
}

describe('rows in lent memory', () => {
  test.each([
    ['F32', 'Q4_0'],
    ['F32', 'Q6_K'],
    ['F32', 'F32'],
    ['BF16', 'Q4_K'],
    ['F16', 'F32'],
    ['Q8_0', 'Q4_0'],
    ['Q4_0', 'F32'],
    ['Q4_0', 'Q4_0'],
    ['BF16', 'IQ3_S'],
  ] as const)('%s to %s is stored as from memory of the caller', async (from, to) => {
    const rows = await stored(from, 24);
    const columns = to === 'IQ3_S' || to === 'Q6_K' ? { importance: importance() } : {};
    const expected = await local.encode(job(to, rows.slice(), { from, ...columns }));
    const open = pool(1);
    const encoded = await open.encode(job(to, lend(open, rows), { from, ...columns }));
    expect(encoded.length).toBe(24 * rowSize(to, ROW_LENGTH));
    expect(sha256(encoded)).toBe(sha256(expected));
    expect(encoded.buffer).toBeInstanceOf(ArrayBuffer);
  });

  test('the twins see it, too', async () => {
    const open = createEncoderPool({ threads: 1, kernel: 'js' });
    pools.push(open);
    const rows = await stored('F32', 2);
    const encoded = await open.encode(job('Q4_K', lend(open, rows)));
    expect(sha256(encoded)).toBe(sha256(await local.encode(job('Q4_K', rows))));
  });

  test('many jobs on two threads, each with memory of its own, keep their rows apart', async () => {
    const open = pool(2);
    const sizes = Array.from({ length: 40 }, (_, i) => 1 + (i % 7) * 3);
    const all = await Promise.all(sizes.map((rows) => stored('F32', rows)));
    const lent = all.map((rows) => lend(open, rows));
    expect(new Set(lent.map((rows) => rows.buffer)).size).toBe(40);
    const encoded = await Promise.all(lent.map((rows, i) => open.encode(job(i % 2 === 0 ? 'Q4_K' : 'Q8_0', rows))));
    const expected = await Promise.all(all.map((rows, i) => local.encode(job(i % 2 === 0 ? 'Q4_K' : 'Q8_0', rows))));
    expect(encoded.map((bytes) => sha256(bytes))).toEqual(expected.map((bytes) => sha256(bytes)));
  });

  test('is lent again when the job is done, and grows', async () => {
    const open = pool(1);
    const first = lend(open, await stored('F32', 1));
    await open.encode(job('Q8_0', first));
    const large = normal(7, 512 * ROW_LENGTH);
    const rows = new Uint8Array(large.buffer);
    const second = lend(open, rows);
    const grown = await open.encode(job('Q4_0', second));
    expect(sha256(grown)).toBe(sha256(await local.encode(job('Q4_0', rows))));
    const third = open.lendRows?.(64) as Uint8Array;
    expect([third.byteOffset, third.length]).toEqual([second.byteOffset, 64]);
    // The same memory: what the last job's rows began with is still there.
    expect([...third]).toEqual([...second.subarray(0, 64)]);
  });

  test('is not lent again after an abort: the thread that ends may still write there', async () => {
    const open = pool(1, DYING);
    await open.encode(job('F16', await stored('F32', 1)));
    const rows = lend(open, await stored('F32', 2));
    const controller = new AbortController();
    const running = open.encode(job('Q6_K', rows), controller.signal);
    setTimeout(() => controller.abort(), 20);
    await expect(running).rejects.toMatchObject({ code: 'ABORTED' });
    rows.fill(9);
    const next = open.lendRows?.(64) as Uint8Array;
    expect([...next]).toEqual(Array.from({ length: 64 }, () => 0));
  });

  test('a NaN in it is found, and the memory is lent again', async () => {
    const open = pool(1);
    const rows = lend(open, await stored('F32', 3));
    new Float32Array(rows.buffer, rows.byteOffset)[2 * ROW_LENGTH + 77] = Number.NaN;
    for (const to of ['Q4_0', 'Q4_K'] as const) {
      const lent = to === 'Q4_0' ? rows : (open.lendRows?.(rows.length) as Uint8Array);
      await expect(open.encode(job(to, lent))).rejects.toMatchObject({
        code: 'NON_FINITE',
        details: { context: { row: 2, column: 77 } },
      });
    }
  });

  test('rows that were used once already are taken as rows like any others', async () => {
    const open = pool(1);
    const rows = await stored('F32', 2);
    const lent = lend(open, rows);
    const first = await open.encode(job('Q8_0', lent));
    lent.set(rows);
    expect(sha256(await open.encode(job('Q8_0', lent)))).toBe(sha256(first));
  });
});

test('a thread that replaced another, and told that it is ready, is not waited for when a pool closes', async () => {
  const thread = Object.assign(new EventEmitter(), { threadId: 7 }) as unknown as Worker;
  const loading = new LoadingThreads();
  loading.loaded([thread], 7);
  loading.watch([thread]);
  // It sends no message any more: a wait would end with the test's own time.
  await loading.settled();
});
