import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const native = join(import.meta.dirname, '..', '..', 'native');
const addon = (platform: string): string => join(native, 'prebuilt', platform, 'slipway.node');

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
    expect(readFileSync(join(native, 'prebuilt', 'sources.sha256'), 'utf8').trim()).toBe(digest.digest('hex'));
  });

  test.skipIf(process.platform !== 'linux' || process.arch !== 'x64')('can be loaded', () => {
    const binding = createRequire(import.meta.url)(addon('linux-x64')) as Record<string, unknown>;
    expect(Object.keys(binding)).toEqual(expect.arrayContaining(['openLlama', 'dieWith', 'limitMemory']));
  });
});
