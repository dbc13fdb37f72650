import { createRequire } from 'node:module';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createEncoderPool, createLocalEncoder, prepareGgml } from '../../src/quantize/index.js';
import { ADDON, CONDITION, IS_BUILT, LIBRARY } from './installed.js';
import { HAS_COMPILER, stubLibrary } from './stub-library.js';

const OURS = 'return "0.25.3";';

async function refusal(env: Record<string, string | undefined>): Promise<{ code: string; details: { got: string } }> {
  return prepareGgml(env).then(
    () => expect.unreachable('it was taken'),
    (error: unknown) => error as { code: string; details: { got: string } },
  );
}

describe('without a library', () => {
  test.each([
    ['no library', { SLIPWAY_LLAMA_CPP: 'none' }, 'there is no llama.cpp library'],
    ['a path to nothing', { SLIPWAY_LLAMA_CPP: '/nowhere/at/all' }, 'SLIPWAY_LLAMA_CPP names no llama.cpp library'],
    ['an empty folder', { SLIPWAY_LLAMA_CPP: import.meta.dirname }, 'SLIPWAY_LLAMA_CPP names no llama.cpp library'],
  ])('%s is said', async (_, env, message) => {
    const pool = createEncoderPool({ threads: 1, engine: 'llama.cpp', env });
    const job = { from: 'F32', to: 'Q8_0', input: new Uint8Array(128), rowLength: 32, tensor: 't' } as const;
    await expect(pool.encode(job)).rejects.toMatchObject({ code: 'KERNEL_UNAVAILABLE', message });
    await pool.close();
    await expect(createLocalEncoder('llama.cpp', env).encode(job)).rejects.toMatchObject({ message });
  });
});

describe.skipIf(!IS_BUILT || !HAS_COMPILER)('libraries that cannot be used (needs npm run build:native, cc)', () => {
  test.each([
    ['another version', () => stubLibrary('return "0.24.0";'), 'it is ggml 0.24.0, expected 0.25.3 or 0.25.1'],
    ['a missing function', () => stubLibrary(OURS, 'ggml_quantize_chunk'), 'it exports no ggml_quantize_chunk'],
    ['another type table', () => stubLibrary(OURS), /its type 1 is f32 with 4 bytes for 1 weights, expected F16/],
    ['not a library', textFile, /invalid ELF header|file too short|not a mach-o file/],
    ['a library that aborts', () => stubLibrary('fprintf(stderr, "stub says no"); abort();'), /SIGABRT.*stub says no/s],
    ['a library that ends the process', () => stubLibrary('_Exit(3);'), /exit code 3/],
    ['a library that crashes', () => stubLibrary('*(volatile int *) 8 = 1; return "";'), /SIGSEGV/],
  ])('%s', async (_, make, reason) => {
    const { code, details } = await refusal({ SLIPWAY_LLAMA_CPP: make() });
    expect(code).toBe('KERNEL_UNAVAILABLE');
    expect(details.got).toMatch(reason);
  });

  test('another version is taken when told so, and still has to store the same', async () => {
    const env = { SLIPWAY_LLAMA_CPP: stubLibrary('return "0.24.0";'), SLIPWAY_LLAMA_CPP_ANY_VERSION: '1' };
    expect((await refusal(env)).details.got).toMatch(/its type 1 is f32/);
  });
});

describe.skipIf(!IS_BUILT || process.platform !== 'linux')('a library of another kind (needs build:native)', () => {
  test('the C library lacks every function', async () => {
    const report = process.report.getReport() as unknown as { sharedObjects: string[] };
    const libc = report.sharedObjects.find((name) => /libc[.-]/.test(name));
    expect((await refusal({ SLIPWAY_LLAMA_CPP: libc })).details.got).toBe('it exports no ggml_version');
  });
});

function textFile(): string {
  const path = join(mkdtempSync(join(tmpdir(), 'slipway-stub-')), 'libggml-base.so');
  writeFileSync(path, 'not a library at all, only a few words that are long enough to look like a header of one\n');
  return path;
}

interface Library {
  quantize(...values: unknown[]): Uint8Array;
  dequantize(...values: unknown[]): Float32Array;
  validate(...values: unknown[]): boolean;
  shape(...values: unknown[]): unknown;
}

describe.skipIf(LIBRARY === undefined || !IS_BUILT)(`arguments (${CONDITION})`, () => {
  const Q4_K = 12;
  const weights = new Float32Array(512);

  test.each<[string, (library: Library) => unknown]>([
    ['a type that does not exist', (it) => it.quantize(43, weights, 2, 256)],
    ['a type that is no target', (it) => it.quantize(0, weights, 2, 256)],
    ['a negative type', (it) => it.shape(-1)],
    ['a fraction', (it) => it.quantize(12.5, weights, 2, 256)],
    ['fewer weights than rows need', (it) => it.quantize(Q4_K, weights, 3, 256)],
    ['a product that overflows', (it) => it.quantize(Q4_K, weights, 2 ** 28, 2 ** 28)],
    ['no rows', (it) => it.quantize(Q4_K, new Float32Array(0), 0, 256)],
    ['half a block', (it) => it.quantize(Q4_K, weights, 4, 128)],
    ['doubles', (it) => it.quantize(Q4_K, new Float64Array(512), 2, 256)],
    ['an object', (it) => it.quantize(Q4_K, { length: 512 }, 2, 256)],
    ['importance for other columns', (it) => it.quantize(Q4_K, weights, 2, 256, new Float32Array(255))],
    ['no importance where it is needed', (it) => it.quantize(16, weights, 2, 256)],
    ['no arguments', (it) => it.quantize()],
    ['half a block to widen', (it) => it.dequantize(Q4_K, new Uint8Array(143))],
    ['more than fits a call', (it) => it.dequantize(Q4_K, new Uint8Array(144 * (2 ** 20 + 1)))],
    ['floats to validate', (it) => it.validate(Q4_K, weights)],
  ])('%s', async (_, call) => {
    const { library } = await prepareGgml({ SLIPWAY_LLAMA_CPP: LIBRARY });
    const binding = createRequire(import.meta.url)(ADDON) as { open(path: string): Library };
    expect(() => call(binding.open(library))).toThrow(expect.objectContaining({ code: 'ARGUMENT' }));
  });
});
