import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { createEncoderPool, createLocalEncoder, type EncodeJob, type EncoderPool } from '../../src/quantize/index.js';
import { normal, ROW_LENGTH, sha256 } from './kernel-data.js';

const weights = normal(5, 8 * ROW_LENGTH);
const DYING = join(import.meta.dirname, 'pool-dying-worker.mjs');
const pools: EncoderPool[] = [];

function pool(threads: number, entry?: string): EncoderPool {
  const created = createEncoderPool(entry === undefined ? { threads } : { threads, entry });
  pools.push(created);
  return created;
}
afterEach(async () => {
  await Promise.all(pools.splice(0).map((open) => open.close()));
});

function job(changes: Partial<EncodeJob> = {}): EncodeJob {
  const input = new Uint8Array(weights.slice().buffer);
  return { from: 'F32', to: 'Q4_K', input, rowLength: ROW_LENGTH, tensor: 'blk.0.ffn_up.weight', ...changes };
}

describe('the pool', () => {
  test('stores what the calling thread stores, whatever the number of threads', async () => {
    const types = ['F16', 'BF16', 'Q8_0', 'Q4_0', 'Q4_K', 'Q6_K'] as const;
    const local = await Promise.all(types.map((to) => createLocalEncoder('js').encode(job({ to }))));
    for (const threads of [1, 3]) {
      const open = pool(threads);
      const encoded = await Promise.all(types.map((to) => open.encode(job({ to }))));
      expect(encoded.map((bytes) => sha256(bytes))).toEqual(local.map((bytes) => sha256(bytes)));
    }
  });

  test('answers more jobs than it keeps in flight, in the order of asking', async () => {
    const open = pool(2);
    expect(open.width).toBe(4);
    const jobs = Array.from({ length: 40 }, (_, i) => {
      const rows = weights.slice().fill(i + 1, 0, 32);
      return job({ to: 'Q8_0', input: new Uint8Array(rows.buffer) });
    });
    const encoded = await Promise.all(jobs.map((each) => open.encode(each)));
    // The scale of the first block tells the chunks apart: (i + 1) / 127.
    const scales = encoded.map((bytes) => new DataView(bytes.buffer).getUint16(0, true));
    expect(scales).toEqual([...scales].sort((a, b) => a - b));
    expect(new Set(scales).size).toBe(40);
  });

  test('leaves the rest of a larger buffer alone', async () => {
    const large = new Uint8Array(weights.byteLength + 64).fill(7);
    large.set(new Uint8Array(weights.buffer), 32);
    const input = large.subarray(32, 32 + weights.byteLength);
    const encoded = await pool(1).encode(job({ to: 'Q8_0', input }));
    expect(sha256(encoded)).toBe(sha256(await createLocalEncoder('wasm').encode(job({ to: 'Q8_0' }))));
    expect(large.byteLength).toBe(weights.byteLength + 64);
    expect([large[0], large.at(-1)]).toEqual([7, 7]);
  });

  test('takes the memory of the input along', async () => {
    const given = job();
    await pool(1).encode(given);
    expect(given.input.byteLength).toBe(0);
  });
});

describe('what goes wrong', () => {
  test('a worker that exits fails its job and the next one works on', async () => {
    const open = pool(1, DYING);
    await expect(open.encode(job({ to: 'Q8_0' }))).rejects.toMatchObject({
      code: 'WORKER_DIED',
      message: 'the worker that encoded "blk.0.ffn_up.weight" to Q8_0 died',
    });
    expect(await open.encode(job({ to: 'F16' }))).toHaveLength(weights.length * 2);
  });

  test('a worker that exits does not take the jobs of others along', async () => {
    const open = pool(2, DYING);
    const outcomes = await Promise.allSettled([
      open.encode(job({ to: 'F16' })),
      open.encode(job({ to: 'Q8_0' })),
      open.encode(job({ to: 'F16' })),
    ]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  });

  test('an abort ends a running job that would never end, and jobs that wait', async () => {
    const open = pool(1, DYING);
    await open.encode(job({ to: 'F16' }));
    const controller = new AbortController();
    // The worker of this file never answers when asked for Q6_K.
    const jobs = Array.from({ length: 5 }, () => open.encode(job({ to: 'Q6_K' }), controller.signal));
    const settled = Promise.allSettled(jobs);
    setTimeout(() => controller.abort(), 50);
    const outcomes = await settled;
    expect(outcomes.map((outcome) => outcome.status === 'rejected' && outcome.reason.code)).toEqual(
      Array.from({ length: 5 }, () => 'ABORTED'),
    );
    expect(await open.encode(job({ to: 'F16' }))).toHaveLength(weights.length * 2);
  });

  test('closing fails what is under way and what comes later', async () => {
    const open = pool(1, DYING);
    await open.encode(job({ to: 'F16' }));
    const jobs = Promise.allSettled(Array.from({ length: 5 }, () => open.encode(job({ to: 'Q6_K' }))));
    await open.close();
    for (const outcome of await jobs) expect(outcome).toMatchObject({ reason: { code: 'ABORTED' } });
    await expect(open.encode(job())).rejects.toMatchObject({ code: 'ABORTED' });
  });

  test('an aborted signal starts nothing', async () => {
    await expect(pool(1).encode(job(), AbortSignal.abort())).rejects.toMatchObject({ code: 'ABORTED' });
  });

  test.each([
    ['NaN', Number.NaN, 'NON_FINITE', 'tensor "blk.0.ffn_up.weight" holds a NaN or an infinity'],
    ['infinity', -Infinity, 'NON_FINITE', 'tensor "blk.0.ffn_up.weight" holds a NaN or an infinity'],
    ['an overflowing scale', 3e38, 'NON_FINITE', 'tensor "blk.0.ffn_up.weight" has weights too large for Q4_K'],
  ])('%s is refused, with its place', async (_, weight, code, message) => {
    for (const encoder of [pool(1), createLocalEncoder('wasm'), createLocalEncoder('js')]) {
      const rows = weights.slice();
      rows[3 * ROW_LENGTH + 700] = weight;
      const error = await encoder
        .encode(job({ input: new Uint8Array(rows.buffer) }))
        .catch((caught: unknown) => caught);
      const column = message.includes('too large') ? 512 : 700;
      expect(error).toMatchObject({ code, message, details: { context: { row: 3, column } } });
    }
  });

  test('the converter may keep what is not finite', async () => {
    const rows = weights.slice().fill(Infinity, 0, 1).fill(70_000, 1, 2);
    const input = new Uint8Array(rows.buffer);
    const halves = new Uint16Array((await pool(1).encode(job({ to: 'F16', input, nonFinite: 'keep' }))).slice().buffer);
    expect([...halves.subarray(0, 2)]).toEqual([0x7c00, 0x7c00]);
  });

  test.each([
    ['a chunk that ends within a row', { input: new Uint8Array(100) }],
    ['a row that is not whole blocks', { rowLength: 100, input: new Uint8Array(400) }],
    ['importance for other columns', { importance: new Float32Array(5) }],
  ])('%s is refused', async (_, changes) => {
    await expect(createLocalEncoder('js').encode(job(changes))).rejects.toMatchObject({ code: 'QUANT_SHAPE' });
  });

  test.each(['IQ2_XXS', 'IQ2_XS', 'IQ1_S'] as const)('%s without importance is refused', async (to) => {
    await expect(createLocalEncoder('js').encode(job({ to }))).rejects.toMatchObject({ code: 'IMATRIX_REQUIRED' });
  });

  test('a type that nothing is quantized to is refused', async () => {
    await expect(createLocalEncoder().encode(job({ to: 'Q8_K' }))).rejects.toMatchObject({ code: 'QUANT_UNSUPPORTED' });
  });
});

test('a pool that nobody closes does not keep the process alive', () => {
  const built = new URL('../../dist/src/quantize/index.js', import.meta.url);
  const script = `
    const { createEncoderPool } = await import(${JSON.stringify(built.href)});
    const input = new Uint8Array(1024);
    await createEncoderPool({ threads: 1 }).encode({ from: 'F32', to: 'Q8_0', input, rowLength: 256, tensor: 't' });`;
  execFileSync(process.execPath, ['--input-type=module', '-e', script], { timeout: 300_000 });
});

test('the built package finds its workers and kernels', () => {
  const built = new URL('../../dist/src/quantize/index.js', import.meta.url);
  expect(existsSync(built), 'npm run build comes first').toBe(true);
  const script = `
    const { createEncoderPool } = await import(${JSON.stringify(built.href)});
    const pool = createEncoderPool({ threads: 1, kernel: 'wasm' });
    const input = new Uint8Array(new Float32Array(256).fill(1).buffer);
    const bytes = await pool.encode({ from: 'F32', to: 'Q8_0', input, rowLength: 256, tensor: 't' });
    await pool.close();
    process.stdout.write(String(bytes.length));`;
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect(output).toBe('272');
});
