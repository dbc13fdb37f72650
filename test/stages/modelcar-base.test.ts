import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createContext, pipeline } from '../../src/core/index.js';
import { memoryFile, sha256 } from '../../src/files/index.js';
import { openTarget } from '../../src/registry/index.js';
import { deploymentOf, download, pack, push } from '../../src/stages/index.js';
import { buildLlama, startTestRegistry, type TestRegistry } from '../../src/testing/index.js';
import { saveRepository } from '../support/save-repository.js';

let registry: TestRegistry;
let folder: string;

const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';

/** A base image of one compressed layer, in an index as those of distributions are. */
async function pushBase(repository: string): Promise<string> {
  const { target } = openTarget(`${registry.host}/${repository}`);
  const tar = Buffer.alloc(1024);
  const layer = await target.pushBlob(memoryFile('layer', gzipSync(tar)));
  const config = await target.pushBlob(
    memoryFile(
      'config',
      JSON.stringify({
        architecture: 'amd64',
        os: 'linux',
        config: { Cmd: ['sh'], Env: ['PATH=/bin'] },
        rootfs: { type: 'layers', diff_ids: [sha256(tar)] },
      }),
    ),
  );
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: config.digest, size: config.size },
    layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', digest: layer.digest, size: layer.size }],
  };
  const pushed = await target.pushManifest(Buffer.from(JSON.stringify(manifest)), MANIFEST);
  const index = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [{ ...pushed, platform: { os: 'linux', architecture: 'amd64' } }],
  };
  const top = await target.pushManifest(Buffer.from(JSON.stringify(index)), index.mediaType);
  await target.tag(top, 'musl');
  return pushed.digest;
}

beforeAll(async () => {
  registry = await startTestRegistry();
  folder = await mkdtemp(join(tmpdir(), 'base-'));
  await saveRepository(
    buildLlama({ layers: 1, hidden: 128, heads: 2, kvHeads: 1, vocab: 512, seed: 5 }),
    join(folder, 'tiny'),
  );
});
afterAll(async () => {
  await registry.close();
  await rm(folder, { recursive: true, force: true });
});

describe('a base below a modelcar', () => {
  test('is pinned by digest, its layers come first, and KServe can run it', async () => {
    const digest = await pushBase('library/busybox');
    const base = `${registry.host}/library/busybox:musl`;
    const context = createContext();
    const to = `${registry.host}/models/tiny`;
    const [pushed] = await pipeline(
      download(join(folder, 'tiny')),
      pack({ formats: ['modelcar'], modelcar: { base } }),
      push(to, { tags: ['car'] }),
    ).run(undefined, context);
    const { target } = openTarget(to);
    const { bytes } = await target.readManifest(pushed!.digest);
    const manifest = JSON.parse(Buffer.from(bytes).toString()) as {
      readonly annotations: Readonly<Record<string, string>>;
      readonly layers: readonly { readonly mediaType: string; readonly digest: `sha256:${string}` }[];
    };
    expect(manifest.annotations['org.opencontainers.image.base.digest']).toBe(digest);
    expect(manifest.annotations['org.opencontainers.image.base.name']).toBe(base);
    expect(manifest.layers[0]?.mediaType).toBe('application/vnd.oci.image.layer.v1.tar+gzip');
    for (const layer of manifest.layers) expect(await target.hasBlob(layer.digest)).toBe(true);
    const { model, deployed } = await deploymentOf(`${to}:car`, { target: 'kserve', kserve: '0.15' }, context);
    expect(model.hasShell).toBe(true);
    expect(JSON.stringify(deployed.resources)).toContain(`oci://${model.pinned}`);
  });

  test('for another processor is refused', async () => {
    await pushBase('library/other');
    const stages = pipeline(
      download(join(folder, 'tiny')),
      pack({ formats: ['modelcar'], modelcar: { architecture: 'arm64', base: `${registry.host}/library/other:musl` } }),
    );
    await expect(stages.run(undefined, createContext())).rejects.toThrow(/cannot be the base of a modelcar/);
  });
});
