import { describe, expect, test } from 'vitest';
import { createLocalEncoder, type EncodeJob } from '../../src/quantize/index.js';
import { COMPILED } from '../native/engines.js';
import { normal, ROW_LENGTH } from './kernel-data.js';

// Types whose kernels look for NaN and overflow themselves while they encode.
const TYPES = ['Q4_0', 'Q4_1', 'Q5_0', 'Q5_1', 'Q8_0'] as const;
const NOT_FINITE = [0x7fc00000, 0xffc00000, 0x7f800001, 0xff800001, 0x7fffffff, 0xffffffff, 0x7f800000, 0xff800000];

function job(to: (typeof TYPES)[number], rows: Float32Array, changes: Partial<EncodeJob> = {}): EncodeJob {
  const input = new Uint8Array(rows.slice().buffer);
  return { from: 'F32', to, input, rowLength: ROW_LENGTH, tensor: 't', ...changes };
}

describe.each(TYPES.flatMap((type) => COMPILED.map((engine) => [type, engine] as const)))('%s (%s)', (type, engine) => {
  const encoder = createLocalEncoder(engine);
  test('what is not finite is found wherever it stands', async () => {
    const rows = normal(11, 2 * ROW_LENGTH);
    const bits = new Uint32Array(rows.buffer);
    // All places of a block, in blocks that share a vector and at the end of a group.
    const places = [
      ...Array(34).keys(),
      63,
      64,
      95,
      96,
      127,
      1023,
      1024,
      ROW_LENGTH - 1,
      ROW_LENGTH,
      2 * ROW_LENGTH - 1,
    ];
    for (const [turn, at] of places.entries()) {
      const kept = bits[at] as number;
      bits[at] = NOT_FINITE[turn % NOT_FINITE.length] as number;
      const context = { row: Math.floor(at / ROW_LENGTH), column: at % ROW_LENGTH };
      await expect(encoder.encode(job(type, rows)), `${at}`).rejects.toMatchObject({
        code: 'NON_FINITE',
        message: 'tensor "t" holds a NaN or an infinity',
        details: { context },
      });
      bits[at] = kept;
    }
    await expect(encoder.encode(job(type, rows))).resolves.toBeInstanceOf(Uint8Array);
  });

  test('each way of not being finite is found', async () => {
    const rows = normal(12, ROW_LENGTH);
    for (const pattern of NOT_FINITE) {
      const damaged = rows.slice();
      new Uint32Array(damaged.buffer)[517] = pattern;
      await expect(encoder.encode(job(type, damaged)), pattern.toString(16)).rejects.toMatchObject({
        details: { context: { row: 0, column: 517 } },
      });
    }
  });

  test('a scale that is too large for a half is found, with its block', async () => {
    for (const weight of [9e6, -9e6, 3e38, -3e38]) {
      const rows = normal(13, 2 * ROW_LENGTH);
      rows[ROW_LENGTH + 70] = weight;
      await expect(encoder.encode(job(type, rows)), `${weight}`).rejects.toMatchObject({
        message: `tensor "t" has weights too large for ${type}`,
        details: { context: { row: 1, column: 64 } },
      });
    }
  });

  test('weights whose sum overflows, and tiny or equal ones, are no reason to refuse', async () => {
    const rows = normal(14, ROW_LENGTH);
    rows.fill(60_000, 0, 64).fill(1e-42, 64, 128).fill(0, 128, 192).fill(-0, 192, 224).fill(1e-7, 224, 256);
    await expect(encoder.encode(job(type, rows))).resolves.toBeInstanceOf(Uint8Array);
  });
});
