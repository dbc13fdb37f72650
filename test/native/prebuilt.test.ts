import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { kernelsDigest } from '../../native/kernels/compile.mjs';
import { assetPath } from '../../src/core/index.js';
import { loadKernelModule } from '../../workers/kernel-module.js';
import { loadKernelAddon } from '../../workers/native-kernels.js';
import { createMemory } from '../../workers/row-memory.js';

const native = join(import.meta.dirname, '..', '..', 'native');
const addon = (platform: string, name = 'slipway.node'): string => join(native, 'prebuilt', platform, name);
const SOURCES = readFileSync(join(native, 'prebuilt', 'sources.sha256'), 'utf8')
  .trim()
  .split('\n');
const isHere = process.platform === 'linux' && process.arch === 'x64';

describe('the binding that comes with the package', () => {
  test.each([
    ['linux-x64', 0x3e],
    ['linux-arm64', 0xb7],
  ])('for %s is small and for that machine', (platform, machine) => {
    const bytes = readFileSync(addon(platform));
    expect(bytes.subarray(0, 4).toString('latin1')).toBe('\u007fELF');
    expect(bytes.readUInt16LE(18)).toBe(machine);
    expect(bytes.length).toBeLessThan(200_000);
  });

  test('was made of the sources that are here: native/prebuild.mjs makes it anew', () => {
    const digest = createHash('sha256');
    for (const name of readdirSync(native).sort()) {
      if (/\.(cc|h)$/.test(name)) digest.update(readFileSync(join(native, name)));
    }
    expect(SOURCES[0]).toBe(digest.digest('hex'));
  });

  test.skipIf(!isHere)('can be loaded', () => {
    const binding = createRequire(import.meta.url)(addon('linux-x64')) as Record<string, unknown>;
    expect(Object.keys(binding)).toEqual(expect.arrayContaining(['openLlama', 'dieWith', 'limitMemory']));
  });
});

describe('the kernels that come with the package', () => {
  test.each([
    ['linux-x64', 0x3e],
    ['linux-arm64', 0xb7],
  ])('for %s are small, for that machine, and need no library', (platform, machine) => {
    const bytes = readFileSync(addon(platform, 'kernels.node'));
    expect(bytes.readUInt16LE(18)).toBe(machine);
    expect(bytes.length).toBeLessThan(1_000_000);
    expect(bytes.includes('libc.so')).toBe(false);
  });

  test('were made of the sources that are here: native/prebuild.mjs makes them anew', async () => {
    expect(SOURCES[1]).toBe(await kernelsDigest());
  });

  test.skipIf(!isHere)('hold all that WebAssembly has, for each kind of processor', async () => {
    const { variants, open } = loadKernelAddon(addon('linux-x64', 'kernels.node'));
    const { exports } = new WebAssembly.Instance(await loadKernelModule(assetPath('kernels.wasm')), {
      env: { memory: createMemory(0) },
    });
    const names = Object.keys(exports).filter((name) => name !== '__heap_base' && name !== 'memory_end');
    for (const variant of variants) expect(Object.keys(open(variant)).sort()).toEqual(names.sort());
  });
});
