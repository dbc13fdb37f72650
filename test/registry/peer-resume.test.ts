import { describe, expect, test } from 'vitest';
import { sha256 } from '../../src/files/index.js';
import { openRegistry } from '../../src/registry/index.js';
import { startCuttingProxy } from './cutting-proxy.js';
import { havePeer, startCraneRegistry, startDistribution } from './peers.js';
import { collect, sampleBytes, sampleFile } from './samples.js';

const SIZE = 20_000_000;

// What real registries hold after a cut, and how they say so.
describe.skipIf(!havePeer('registry'))('CNCF distribution behind a connection that is cut', () => {
  test.each([true, false])('goes on with the bytes it has (digest known: %s)', async (digest) => {
    const registry = await startDistribution();
    const proxy = await startCuttingProxy(registry.host, 3_000_000, 2);
    const target = openRegistry(`${proxy.host}/cut`, { retryDelayMs: 20, uploads: { chunkSize: 8_000_000 } });
    const pushed = await target.pushBlob(sampleFile('w', 3, SIZE, { digest }));
    expect((await collect(target.readBlob(pushed))).equals(sampleBytes(3, SIZE))).toBe(true);
    const starts = proxy.uploads
      .filter((one) => one.startsWith('PATCH'))
      .map((one) => Number(one.slice(6).split('-')[0]));
    // Each request begins further on than the one before: nothing that arrived is sent again.
    expect(starts).toEqual([...new Set(starts)].sort((a, b) => a - b));
    expect(starts.filter((start) => start > 0).length).toBeGreaterThanOrEqual(2);
    await proxy.close();
    await registry.close();
  });
});

describe.skipIf(!havePeer('crane'))("go-containerregistry's registry, which cannot say where an upload stands", () => {
  test.each([true, false])('is sent everything again (digest known: %s)', async (digest) => {
    const registry = await startCraneRegistry();
    const proxy = await startCuttingProxy(registry.host, 3_000_000, 2);
    const target = openRegistry(`${proxy.host}/cut`, { retryDelayMs: 20, uploads: { chunkSize: 8_000_000 } });
    expect((await target.pushBlob(sampleFile('w', 3, SIZE, { digest }))).digest).toBe(sha256(sampleBytes(3, SIZE)));
    await proxy.close();
    await registry.close();
  });
});
