import { readdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openRegistry } from '../../src/registry/index.js';
import { failure } from './failure.js';
import { havePeer, startDistribution } from './peers.js';
import { collect, sampleBytes, sampleFile } from './samples.js';

const SIZE = 100_000;
const INDEX = 'application/vnd.oci.image.index.v1+json';
const BLOBS = 'data/docker/registry/v2/blobs/sha256';

/** What a full disk leaves: distribution 2.8 has begun the file that says that a repository has the blob, and not written it. */
async function emptyLinks(directory: string): Promise<number> {
  const files = await readdir(directory, { recursive: true, withFileTypes: true });
  const links = files.filter(({ name, parentPath }) => name === 'link' && parentPath.includes('_layers'));
  await Promise.all(links.map(async ({ name, parentPath }) => truncate(join(parentPath, name), 0)));
  return links.length;
}

for (const program of ['docker-registry', 'registry'] as const) {
  describe.skipIf(!havePeer(program))(`${program} (CNCF distribution) with an empty link to a blob`, () => {
    test('gets the blob again, and has it then', async () => {
      const registry = await startDistribution(program);
      try {
        const target = openRegistry(`${registry.host}/damaged`, { retryDelayMs: 1 });
        const file = sampleFile('w', 3, SIZE, { digest: true });
        const pushed = await target.pushBlob(file);
        expect(await emptyLinks(registry.directory)).toBe(1);
        expect((await target.pushBlob(file)).how).toBe('sent');
        expect((await collect(target.readBlob(pushed))).equals(sampleBytes(3, SIZE))).toBe(true);
      } finally {
        await registry.close();
      }
    });

    test('with an empty file in place of a manifest: no tag names what it cannot give back', async () => {
      const registry = await startDistribution(program);
      try {
        const target = openRegistry(`${registry.host}/damaged`, { retryDelayMs: 1 });
        const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests: [] }));
        const { digest } = await target.pushManifest(bytes, INDEX);
        await truncate(join(registry.directory, BLOBS, digest.slice(7, 9), digest.slice(7), 'data'), 0);
        const error = await failure(target.pushManifest(bytes, INDEX));
        expect(error.code).toBe('OCI_UNAVAILABLE');
        expect(error.message).toContain('took a manifest and cannot give it back');
        expect(error.details.try).toEqual([expect.stringContaining(digest), expect.stringContaining('--annotation')]);
      } finally {
        await registry.close();
      }
    });
  });
}
