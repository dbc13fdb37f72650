import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { memoryFile, sha256 } from '../../src/files/index.js';
import { MEDIA_TYPES, openLayout, openTarget, pushArtifacts } from '../../src/registry/index.js';
import { failure } from './failure.js';
import { collect, manifestOf, sampleArtifact, sampleFile } from './samples.js';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'slipway-layout-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function index(): Promise<
  { manifests: { digest: string; annotations?: Record<string, string> }[] } & Record<string, unknown>
> {
  return JSON.parse(await readFile(join(root, 'index.json'), 'utf8')) as never;
}

describe('an image layout', () => {
  test('is what the specification says', async () => {
    const [pushed] = await pushArtifacts(openLayout(root), [sampleArtifact('a', [sampleFile('w', 1, 10)])], {
      tags: () => ['v1'],
    });
    expect(JSON.parse(await readFile(join(root, 'oci-layout'), 'utf8'))).toEqual({ imageLayoutVersion: '1.0.0' });
    expect(await index()).toEqual({
      schemaVersion: 2,
      mediaType: MEDIA_TYPES.index,
      manifests: [
        {
          mediaType: MEDIA_TYPES.manifest,
          digest: pushed?.digest,
          size: expect.any(Number),
          artifactType: 'application/vnd.slipway.test',
          annotations: { 'org.opencontainers.image.ref.name': 'v1' },
        },
      ],
    });
    for (const name of await readdir(join(root, 'blobs', 'sha256'))) {
      expect(sha256(await readFile(join(root, 'blobs', 'sha256', name)))).toBe(`sha256:${name}`);
    }
    expect(await readdir(join(root, '.staging'))).toEqual([]);
  });

  test('keeps what others wrote into its index', async () => {
    const foreign = {
      mediaType: 'application/x',
      digest: sha256('x'),
      size: 1,
      annotations: { 'org.opencontainers.image.ref.name': 'theirs' },
    };
    await writeFile(
      join(root, 'index.json'),
      JSON.stringify({ schemaVersion: 2, manifests: [foreign], annotations: { a: 'b' } }),
    );
    await pushArtifacts(openLayout(root), [sampleArtifact('a', [])], { tags: () => ['ours'] });
    const after = await index();
    expect(after['annotations']).toEqual({ a: 'b' });
    expect(after.manifests[0]).toEqual(foreign);
    expect(after.manifests).toHaveLength(2);
  });

  test('many writers at once lose nothing', async () => {
    const names = Array.from({ length: 24 }, (_, at) => `t${at}`);
    // A target each, as separate runs have it.
    await Promise.all(
      names.map((name, at) =>
        pushArtifacts(openLayout(root), [sampleArtifact(name, [sampleFile(name, at, 5000)])], { tags: () => [name] }),
      ),
    );
    expect(await openLayout(root).tags()).toEqual([...names].sort());
    expect(await readdir(root)).not.toContain('index.json.lock');
  });

  test('a lock whose holder died is taken over, one that is held is waited for', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    const dead = child.pid;
    await new Promise((resolve) => child.once('exit', resolve));
    await writeFile(join(root, 'index.json.lock'), JSON.stringify({ pid: dead, host: hostname() }));
    const layout = openLayout(root);
    await pushArtifacts(layout, [sampleArtifact('a', [])], { tags: () => ['v1'] });
    await writeFile(join(root, 'index.json.lock'), JSON.stringify({ pid: process.pid, host: hostname() }));
    const control = new AbortController();
    const waiting = failure(layout.tag(await layout.resolve('v1'), 'v2', control.signal));
    setTimeout(() => control.abort(), 200);
    expect((await waiting).code).toBe('ABORTED');
    expect(await layout.tags()).toEqual(['v1']);
  });

  test('what a killed writer left is not taken for content, and goes with the garbage', async () => {
    const layout = openLayout(root);
    await mkdir(join(root, '.staging'), { recursive: true });
    await writeFile(join(root, '.staging', 'half'), 'half a file');
    const [pushed] = await pushArtifacts(layout, [sampleArtifact('a', [sampleFile('w', 1, 1000)])], {
      tags: () => ['v1'],
    });
    const orphan = await layout.pushBlob(memoryFile('orphan', 'nobody needs this'));
    expect(await layout.collectGarbage()).toEqual({ blobs: 1, bytes: 17 });
    expect(await layout.hasBlob(orphan.digest)).toBe(false);
    expect(await readdir(root)).not.toContain('.staging');
    expect((await layout.resolve('v1')).digest).toBe(pushed?.digest);
    await layout.deleteManifest('v1');
    expect((await layout.collectGarbage()).blobs).toBe(3);
  });

  test('an index keeps its children through a collection, a referrer its place', async () => {
    const layout = openLayout(root);
    const [child] = await pushArtifacts(layout, [sampleArtifact('a', [sampleFile('w', 1, 1000)])], { tags: () => [] });
    const descriptor = await layout.resolve(child?.digest ?? '');
    const bytes = Buffer.from(
      JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPES.index, manifests: [descriptor] }),
    );
    const parent = await layout.pushManifest(bytes, MEDIA_TYPES.index);
    expect((await index()).manifests.map(({ digest }) => digest)).toEqual([parent.digest]);
    await layout.pushBlob(memoryFile('empty', '{}'));
    const config = { mediaType: MEDIA_TYPES.empty, digest: sha256('{}'), size: 2 };
    const { mediaType, digest, size } = parent;
    const referrer = await layout.pushManifest(
      manifestOf(config, [], { subject: { mediaType, digest, size } }),
      MEDIA_TYPES.manifest,
    );
    expect((await layout.collectGarbage()).blobs).toBe(0);
    expect((await layout.referrers(parent.digest)).map((one) => one.digest)).toEqual([referrer.digest]);
  });

  test('damage is noticed when it is read', async () => {
    const layout = openLayout(root);
    const blob = await layout.pushBlob(sampleFile('w', 1, 1000));
    const path = join(root, 'blobs', 'sha256', blob.digest.slice(7));
    await truncate(path, 999);
    expect((await failure(collect(layout.readBlob(blob)))).code).toBe('SIZE_MISMATCH');
    await writeFile(path, Buffer.alloc(1000));
    expect((await failure(collect(layout.readBlob(blob)))).code).toBe('DIGEST_MISMATCH');
    await writeFile(path, Buffer.alloc(1001));
    expect((await failure(collect(layout.readBlob(blob)))).code).toBe('SIZE_MISMATCH');
    await writeFile(join(root, 'index.json'), '{"manifests":');
    expect((await failure(layout.tags())).code).toBe('MANIFEST_INVALID');
  });

  test('a damaged blob of the right name is written again', async () => {
    const layout = openLayout(root);
    const file = sampleFile('w', 1, 1000, { digest: true });
    const { digest } = await layout.pushBlob(file);
    await truncate(join(root, 'blobs', 'sha256', digest.slice(7)), 10);
    expect((await layout.pushBlob(file)).how).toBe('sent');
    expect((await collect(layout.readBlob({ digest, size: 1000 }))).byteLength).toBe(1000);
  });

  test('a digest from outside never becomes a path', async () => {
    for (const digest of ['sha256:../../../etc/passwd', 'sha256:', `sha256:${'A'.repeat(64)}`]) {
      const blob = { digest: digest as 'sha256:x', size: 10 };
      expect((await failure(collect(openLayout(root).readBlob(blob)))).code).toBe('USAGE');
    }
  });

  test('an address opens it', async () => {
    const { target, tag } = openTarget(`layout:${root}:v1`);
    expect([target.name, tag]).toEqual([`layout:${root}`, 'v1']);
    await writeFile(join(root, 'file'), '');
    const place = join(root, 'file');
    for (const [directory, code] of [
      [place, 'NOT_FOUND'],
      [root, 'TARGET_EXISTS'],
    ] as const) {
      if (directory === root) await writeFile(join(root, '.staging'), '');
      const error = await failure(openLayout(directory).pushBlob(memoryFile('x', 'y')));
      expect(error).toMatchObject({ code, details: { where: directory } });
    }
  });
});
