import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { tensorType, type TensorType } from '../../src/gguf/index.js';
import { createEncoderPool, createLocalEncoder, type EncodeJob } from '../../src/quantize/index.js';
import { createCompiledEngine } from '../../workers/compiled-engine.js';
import { encodeRows } from '../../workers/encode-rows.js';
import { loadKernelAddon, nativeKernelsMaker } from '../../workers/native-kernels.js';
import { createMemory } from '../../workers/row-memory.js';
import { TWINS } from '../../workers/twins/index.js';
import { importance, normal, ROW_LENGTH, sha256 } from '../quantize/kernel-data.js';
import { COMPILED } from './engines.js';

const IS_HERE = COMPILED.includes('native');
const weights = normal(57, 6 * ROW_LENGTH);
const columns = importance();
const TYPES = [...TWINS.keys()].filter((type) => type !== 'F32') as TensorType[];

function job(changes: Partial<EncodeJob> = {}): EncodeJob {
  const input = new Uint8Array(weights.slice().buffer);
  return { from: 'F32', to: 'Q4_K', input, rowLength: ROW_LENGTH, tensor: 'blk.0.ffn_up.weight', ...changes };
}

describe.skipIf(!IS_HERE)('native kernels (Linux, or npm run build:native)', () => {
  const wasm = createLocalEncoder('wasm');
  const pool = createEncoderPool({ threads: 2, engine: 'native' });
  afterAll(() => pool.close());

  test.each(TYPES)('%s: the bytes of WebAssembly, from threads that share tables and memory', async (to) => {
    for (const extra of [{}, { importance: columns }]) {
      const expected = await wasm.encode(job({ to, importance: columns, ...extra }));
      const jobs = Array.from({ length: 4 }, () => {
        const rows = pool.lendRows?.(weights.byteLength) as Uint8Array;
        rows.set(new Uint8Array(weights.buffer));
        return pool.encode(job({ to, importance: columns, ...extra, input: rows }));
      });
      for (const bytes of await Promise.all(jobs)) expect(sha256(bytes)).toBe(sha256(expected));
    }
  });

  test('every variant that this processor runs stores the same', () => {
    const addon = createRequire(import.meta.url).resolve(
      `#native/prebuilt/${process.platform}-${process.arch}/kernels.node`,
    );
    const input = new Uint8Array(weights.buffer);
    for (const type of TYPES) {
      const digests = loadKernelAddon(addon).variants.map((variant) => {
        const engines = [createCompiledEngine(nativeKernelsMaker({ addon, variant })())];
        const to = tensorType(type);
        const task = { from: tensorType('F32'), to, input, rowLength: ROW_LENGTH, refuseNonFinite: true };
        const outcome = encodeRows(engines, { ...task, importance: columns }, new Uint8Array(input.length));
        return outcome.kind === 'encoded' ? sha256(outcome.bytes) : outcome.kind;
      });
      expect(new Set(digests).size, type).toBe(1);
    }
  });

  test('memory that has grown is found again', () => {
    const memory = createMemory(0);
    const addon = createRequire(import.meta.url).resolve(
      `#native/prebuilt/${process.platform}-${process.arch}/kernels.node`,
    );
    const [variant = ''] = loadKernelAddon(addon).variants;
    const { find } = nativeKernelsMaker({ addon, variant })(memory);
    const at = memory.buffer.byteLength + 64;
    const finite = find('all_finite') as (...numbers: number[]) => number;
    expect(() => finite(at, 1)).toThrow('out of range');
    memory.grow(1);
    expect(finite(at, 1)).toBe(1);
    new Float32Array(memory.buffer, at, 1)[0] = Number.NaN;
    expect(finite(at, 1)).toBe(0);
  });

  test('arguments are checked before a pointer is made of them', () => {
    const addon = join(import.meta.dirname, '..', '..', 'native', 'prebuilt', `linux-${process.arch}`, 'kernels.node');
    const { variants, open } = loadKernelAddon(addon);
    const { quantize_q8_0: kernel } = open(variants[0] ?? '') as Record<string, (...values: unknown[]) => number>;
    const memory = new Uint8Array(4096);
    for (const values of [[], [memory], [memory, 8192, 0, 1, 0, 0, 1], [memory, -1, 0, 1, 0, 0, 1]])
      expect(() => kernel?.(...values)).toThrow(expect.objectContaining({ code: 'ARGUMENT' }));
    expect(() => kernel?.(new Float32Array(4), 0, 0, 1, 0, 0, 1)).toThrow('no Uint8Array');
    expect(() => open('sse9')).toThrow('no such kernels');
  });
});
