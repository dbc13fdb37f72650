import { execFile } from 'node:child_process';
import { appendFile, mkdtemp, open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sha256, type ModelFile } from '../../src/files/index.js';
import {
  copy,
  MEDIA_TYPES,
  openArchive,
  openLayout,
  openTarget,
  pushArtifacts,
  recognisedAddress,
  wantedReference,
} from '../../src/registry/index.js';
import { failure } from './failure.js';
import { havePeer, runPeer } from './peers.js';
import { collect, manifestOf, sampleArtifact, sampleBytes, sampleFile } from './samples.js';

const run = promisify(execFile);
let root = '';
let file = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'slipway-archive-'));
  file = join(root, 'model.tar');
});
afterEach(() => rm(root, { recursive: true, force: true }));

/** Names in the archive as the system's own tar reads them. */
async function names(): Promise<readonly string[]> {
  return (await run('tar', ['tf', file])).stdout.trim().split('\n');
}

async function pushed(tag: string, seed: number, size = 100_000): Promise<string> {
  const artifacts = [sampleArtifact(tag, [sampleFile('w', seed, size)])];
  const [one] = await pushArtifacts(openArchive(file), artifacts, { tags: () => [tag] });
  return one?.digest ?? '';
}

describe('an archive of an image layout', () => {
  test('is one list, and blobs that are what their names say, to the tar of the system', async () => {
    const digest = await pushed('v1', 1);
    await pushed('v2', 2);
    expect((await names()).filter((name) => name === 'index.json')).toHaveLength(1);
    await run('tar', ['xf', file, '-C', root]);
    const layout = openLayout(root);
    expect(await layout.tags()).toEqual(['v1', 'v2']);
    expect((await layout.resolve('v1')).digest).toBe(digest);
    expect((await layout.verify()).damaged).toEqual([]);
  });

  test('a tar of a layout that another program made is read, and written to', async () => {
    const folder = join(root, 'layout');
    await pushArtifacts(openLayout(folder), [sampleArtifact('a', [sampleFile('w', 1, 5000)])], { tags: () => ['v1'] });
    await run('tar', ['--format=posix', '-C', folder, '-cf', file, '.']);
    expect(await openArchive(file).tags()).toEqual(['v1']);
    await pushed('v2', 2);
    expect(await openArchive(file).tags()).toEqual(['v1', 'v2']);
    expect((await names()).filter((name) => /(^|\/)index\.json$/.test(name))).toHaveLength(1);
    expect((await openArchive(file).verify()).damaged).toEqual([]);
  });

  test('many writers at once lose nothing', async () => {
    await Promise.all(Array.from({ length: 8 }, async (_, index) => pushed(`v${index}`, index + 1, 300_000)));
    expect(await openArchive(file).tags()).toEqual(Array.from({ length: 8 }, (_, index) => `v${index}`));
    expect((await openArchive(file).verify()).damaged).toEqual([]);
  });

  test('it can be read while it grows', async () => {
    await pushed('v0', 1, 1000);
    const archive = openArchive(file);
    const state = { growing: true };
    const writing = (async () => {
      for (let index = 0; index < 60; index++) await archive.pushBlob(sampleFile(`w${index}`, index + 2, 50_000));
      state.growing = false;
    })();
    const reading = Array.from({ length: 4 }, async () => {
      while (state.growing) expect(await openArchive(file).tags()).toEqual(['v0']);
    });
    await Promise.all([writing, ...reading]);
  });

  test('what fails in the middle leaves the archive as it was', async () => {
    await pushed('v1', 1);
    const before = await readFile(file);
    const broken: ModelFile = {
      path: 'w',
      size: 1_000_000,
      async *read() {
        yield new Uint8Array(500_000);
        throw new Error('the source broke off');
      },
    };
    expect(
      String(
        await openArchive(file)
          .pushBlob(broken)
          .catch((error: unknown) => error),
      ),
    ).toContain('broke off');
    expect((await readFile(file)).equals(before)).toBe(true);
  });

  test('what a killed writer left is no content, and its room is taken by the next', async () => {
    const digest = await pushed('v1', 1);
    const { size } = await stat(file);
    const script = `
      import { openArchive } from ${JSON.stringify(join(import.meta.dirname, '../../dist/lib/index.js'))};
      const read = async function* () { yield new Uint8Array(400_000); process.kill(process.pid, 'SIGKILL'); yield new Uint8Array(1); };
      await openArchive(${JSON.stringify(file)}).pushBlob({ path: 'w', size: 9_000_000, read });`;
    await writeFile(join(root, 'killed.mjs'), script);
    await run(process.execPath, [join(root, 'killed.mjs')]).catch(() => {});
    expect((await stat(file)).size).toBeGreaterThan(size + 9_000_000);
    expect((await openArchive(file).resolve('v1')).digest).toBe(digest);
    expect(await names()).toContainEqual(expect.stringMatching(/^unfinished-/));
    await pushed('v2', 2);
    expect((await stat(file)).size).toBeLessThan(size + 1_000_000);
    expect(await names()).not.toContainEqual(expect.stringMatching(/^unfinished-/));
    expect((await openArchive(file).verify()).damaged).toEqual([]);
  });

  test('a collection of garbage takes out what no tag leads to', async () => {
    await pushed('v1', 1);
    await pushed('v2', 2);
    const archive = openArchive(file);
    await archive.deleteManifest('v2');
    expect(await archive.collectGarbage()).toMatchObject({ blobs: 3 });
    expect(await archive.tags()).toEqual(['v1']);
    expect((await archive.verify()).blobs).toBe(3);
    expect((await names()).toSorted()).toHaveLength(5);
    expect(await archive.collectGarbage()).toEqual({ blobs: 0, bytes: 0 });
  });

  test('a damaged blob is set aside, and written again by the next push', async () => {
    await pushed('v1', 1);
    const archive = openArchive(file);
    const at = (await readFile(file)).indexOf(sampleBytes(1, 64));
    const handle = await open(file, 'r+');
    await handle.write(Buffer.from([0xff, 0xff, 0xfe]), 0, 3, at + 10);
    await handle.close();
    const { damaged } = await archive.verify();
    expect(damaged).toEqual([
      { digest: sha256(sampleBytes(1, 100_000)), setAside: expect.stringContaining('damaged/') as string },
    ]);
    await pushed('v1', 1);
    expect((await openArchive(file).verify()).damaged).toEqual([]);
  });

  test('sizes above 8 GiB go into a header of their own', async () => {
    await pushed('v1', 1);
    const { size } = await stat(file);
    // Sparse: room is taken, and given up at once.
    const huge: ModelFile = {
      path: 'w',
      size: 9 * 2 ** 30,
      async *read() {
        expect((await stat(file)).size).toBeGreaterThan(9 * 2 ** 30);
        expect(await openArchive(file).tags()).toEqual(['v1']);
        yield* [];
      },
    };
    expect((await failure(openArchive(file).pushBlob(huge))).code).toBe('SIZE_MISMATCH');
    expect((await stat(file)).size).toBe(size);
  });
});

describe('what is no archive of a layout', () => {
  test('is named for what it is', async () => {
    await pushed('v1', 1);
    const whole = await readFile(file);
    const tried = async (): Promise<string> => {
      const { code, message, details } = await failure(openArchive(file).tags());
      return `${code} ${message} ${details.got ?? ''} ${String(details.try)}`;
    };
    await writeFile(file, gzipSync(whole));
    expect(await tried()).toMatch(/MANIFEST_INVALID .*gzip .*gunzip/);
    await writeFile(file, whole.subarray(0, 60_000));
    expect(await tried()).toMatch(/SIZE_MISMATCH .*cut off inside 'blobs/);
    await writeFile(file, 'a text of some length');
    expect(await tried()).toMatch(/MANIFEST_INVALID/);
    await writeFile(file, Buffer.alloc(4096, 'x'));
    expect(await tried()).toMatch(/MANIFEST_INVALID .*checksum/);
    await writeFile(join(root, 'manifest.json'), '[]');
    await run('tar', ['-C', root, '-cf', file, 'manifest.json']);
    expect(await tried()).toMatch(/MANIFEST_INVALID .*no index.json.*docker-archive/);
    // Nothing of it is taken for a new archive and written to.
    expect((await failure(openArchive(file).pushBlob(sampleFile('w', 1, 10)))).code).toBe('MANIFEST_INVALID');
  });

  test('an archive that is not there has no tags; an empty file becomes one', async () => {
    expect(await openArchive(file).tags()).toEqual([]);
    await writeFile(file, '');
    await pushed('v1', 1);
    await appendFile(file, new Uint8Array(1024));
    await truncate(file, (await stat(file)).size - 1024);
    expect(await openArchive(file).tags()).toEqual(['v1']);
  });
});

describe('addresses on this machine', () => {
  test('an archive is named by file and tag', async () => {
    const digest = await pushed('v1', 1);
    const { target, tag } = openTarget(`oci-archive:${file}:v1`);
    expect([target.name, tag]).toEqual([`oci-archive:${file}`, 'v1']);
    expect(await wantedReference(openTarget(`oci-archive:${file}`))).toBe('v1');
    expect(await wantedReference(openTarget(`oci-archive:${file}@${digest}`))).toBe(digest);
  });

  test('a prefix that was left out is recognised where a layout or an archive lies', async () => {
    await pushed('v1', 1);
    const folder = join(root, 'layout');
    await copy(openArchive(file), openLayout(folder), { references: ['v1'] });
    expect(recognisedAddress(`${file}:v1`)).toBe(`oci-archive:${file}:v1`);
    expect(recognisedAddress(folder)).toBe(`layout:${folder}`);
    expect(recognisedAddress(`${folder}:v1`)).toBe(`layout:${folder}:v1`);
    expect(recognisedAddress(`${root}/other`)).toBe(`${root}/other`);
    expect(recognisedAddress('registry.example.com/a:v1')).toBe('registry.example.com/a:v1');
    expect((await openTarget(`${folder}:v1`).target.resolve('v1')).digest).toMatch(/^sha256:/);
  });
});

describe('referrers', () => {
  test('travel with a copy to an archive and back', async () => {
    const digest = await pushed('v1', 1);
    const archive = openArchive(file);
    const subject = await archive.resolve(digest);
    const config = await archive.pushBlob(sampleFile('c', 3, 2, { digest: true }));
    const attached = await archive.pushManifest(
      manifestOf({ mediaType: MEDIA_TYPES.empty, digest: config.digest, size: 2 }, [], {
        artifactType: 'application/x.signature',
        subject: { mediaType: subject.mediaType, digest: subject.digest, size: subject.size },
      }),
      MEDIA_TYPES.manifest,
    );
    const other = openArchive(join(root, 'other.tar'));
    await copy(archive, other, { references: ['v1'], referrers: true });
    expect((await other.referrers(subject.digest)).map((one) => one.digest)).toEqual([attached.digest]);
    expect((await collect(other.readBlob({ digest: config.digest, size: 2 }))).byteLength).toBe(2);
  });
});

describe.skipIf(!['oras', 'skopeo'].map(havePeer).every(Boolean))('other programs', () => {
  test('oras and skopeo read our archive, and we what skopeo wrote', async () => {
    await pushed('v1', 1, 3000);
    await runPeer('oras', ['copy', '--from-oci-layout', `${file}:v1`, '--to-oci-layout', `${root}/oras:v1`]);
    expect((await openLayout(`${root}/oras`).verify()).damaged).toEqual([]);
    await runPeer('skopeo', [
      '--insecure-policy',
      'copy',
      `oci-archive:${file}:v1`,
      `oci-archive:${root}/theirs.tar:v1`,
    ]);
    const theirs = openArchive(`${root}/theirs.tar`);
    expect(await theirs.tags()).toEqual(['v1']);
    expect((await theirs.verify()).damaged).toEqual([]);
  });
});
