import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256 } from '../../src/files/index.js';
import { blobFile, copy, openLayout, openRegistry, parseManifest, pushArtifacts } from '../../src/registry/index.js';
import { startTestRegistry } from '../../src/testing/registry.js';
import {
  havePeer,
  runPeer,
  startDistribution,
  startOlareg,
  startReferrersRegistry,
  type PeerRegistry,
} from './peers.js';
import { collect, sampleArtifact, sampleBytes, sampleFile } from './samples.js';

// Other people's programs read what we wrote, and we read what they wrote.

const SIZE = 20_000_000;
const NEEDED = ['registry', 'oras', 'crane', 'regctl'];
const present = NEEDED.map(havePeer).every(Boolean);

describe.skipIf(!present)('other clients', () => {
  let registry: PeerRegistry;
  let directory = '';
  const ours = (): string => `${registry.host}/team/model:v1`;

  beforeAll(async () => {
    registry = await startDistribution();
    directory = await mkdtemp(join(tmpdir(), 'slipway-interop-'));
    const files = [sampleFile('model.gguf', 1, SIZE), sampleFile('README.md', 2, 1000)];
    await pushArtifacts(openRegistry(ours()), [sampleArtifact('a', files)], { tags: () => ['v1'] });
  });
  afterAll(async () => {
    await registry.close();
    await rm(directory, { recursive: true, force: true });
  });

  test('oras pulls what we pushed', async () => {
    await runPeer('oras', ['pull', '--plain-http', ours(), '-o', join(directory, 'oras')]);
    expect(sha256(await readFile(join(directory, 'oras', 'model.gguf')))).toBe(sha256(sampleBytes(1, SIZE)));
    expect(sha256(await readFile(join(directory, 'oras', 'README.md')))).toBe(sha256(sampleBytes(2, 1000)));
  });

  test('crane and regctl agree on its digest', async () => {
    const { digest } = await openRegistry(ours()).resolve('v1');
    expect((await runPeer('crane', ['digest', '--insecure', ours()])).trim()).toBe(digest);
    const config = join(directory, 'regctl.json');
    await writeFile(
      config,
      JSON.stringify({ hosts: { [registry.host]: { tls: 'disabled', hostname: registry.host } } }),
    );
    const host = ['--host', `reg=${registry.host},tls=disabled`];
    expect((await runPeer('regctl', [...host, 'manifest', 'head', ours()])).trim()).toBe(digest);
    await runPeer('regctl', [...host, 'image', 'copy', ours(), `ocidir://${join(directory, 'regctl')}:v1`]);
    expect((await openLayout(join(directory, 'regctl')).resolve('v1')).digest).toBe(digest);
  });

  test('crane validates it, every blob read', async () => {
    expect(await runPeer('crane', ['validate', '--insecure', '--remote', ours()])).toContain('PASS');
  });

  test('oras reads our layout, and we read its', async () => {
    const layout = openLayout(join(directory, 'layout'));
    const copied = await copy(openRegistry(ours()), layout, { references: ['v1'] });
    const listed = await runPeer('oras', ['repo', 'tags', '--oci-layout', join(directory, 'layout')]);
    expect(listed.trim()).toBe('v1');
    const to = join(directory, 'from-layout');
    await runPeer('oras', ['pull', '--oci-layout', `${join(directory, 'layout')}:v1`, '-o', to]);
    expect(sha256(await readFile(join(to, 'model.gguf')))).toBe(sha256(sampleBytes(1, SIZE)));
    const theirs = join(directory, 'theirs');
    await runPeer('oras', ['copy', '--from-plain-http', ours(), '--to-oci-layout', `${theirs}:v2`]);
    expect((await openLayout(theirs).resolve('v2')).digest).toBe(copied.copied[0]?.digest);
    const back = openRegistry(`${registry.host}/back`);
    expect((await copy(openLayout(theirs), back)).copied[0]?.digest).toBe(copied.copied[0]?.digest);
  });

  test('what oras pushed and attached, we pull, list and copy', async () => {
    await writeFile(join(directory, 'weights.bin'), sampleBytes(3, SIZE));
    await writeFile(join(directory, 'sbom.json'), '{}');
    const theirs = `${registry.host}/oras/pushed:v1`;
    const push = [
      'push',
      '--plain-http',
      '--artifact-type',
      'application/x.test',
      theirs,
      'weights.bin:application/octet-stream',
    ];
    await runPeer('oras', push, directory);
    await runPeer(
      'oras',
      ['attach', '--plain-http', '--artifact-type', 'application/spdx+json', theirs, 'sbom.json'],
      directory,
    );
    const target = openRegistry(theirs);
    const { descriptor, bytes } = await target.readManifest('v1');
    const layer = parseManifest(bytes, 'oras').blobs.at(-1);
    if (layer === undefined) throw new Error('oras pushed no layer');
    expect((await collect(target.readBlob(layer))).equals(sampleBytes(3, SIZE))).toBe(true);
    expect(blobFile(target, layer).path).toBe('weights.bin');
    const referrers = await target.referrers(descriptor.digest);
    expect(referrers.map(({ artifactType }) => artifactType)).toEqual(['application/spdx+json']);
    const fake = await startTestRegistry();
    const there = openRegistry(`${fake.host}/copied`);
    await copy(target, there, { references: ['v1'], referrers: true });
    expect((await there.referrers(descriptor.digest)).map(({ digest }) => digest)).toEqual(
      referrers.map(({ digest }) => digest),
    );
    const seen = await runPeer('oras', ['discover', '--plain-http', '--format', 'json', `${fake.host}/copied:v1`]);
    expect(seen).toContain(referrers[0]?.digest ?? 'none');
    await fake.close();
  });

  test('they use the registry for tests as they use a real one', async () => {
    const fake = await startTestRegistry({ auth: 'basic', users: { me: 'secret' }, minChunk: 0 });
    await writeFile(join(directory, 'file.txt'), 'hello');
    const login = ['--plain-http', '-u', 'me', '-p', 'secret'];
    await runPeer('oras', ['push', ...login, `${fake.host}/x:v1`, 'file.txt:text/plain'], directory);
    await runPeer('oras', ['pull', ...login, `${fake.host}/x:v1`, '-o', join(directory, 'again')]);
    expect(await readFile(join(directory, 'again', 'file.txt'), 'utf8')).toBe('hello');
    expect(fake.problems()).toEqual([]);
    await fake.close();
  });
});

describe.skipIf(!['referrers-registry', 'oras'].map(havePeer).every(Boolean))(
  'a registry with the referrers API',
  () => {
    test('oras discovers what we attached, and we what oras attached', async () => {
      const registry = await startReferrersRegistry();
      const directory = await mkdtemp(join(tmpdir(), 'slipway-referrers-'));
      const reference = `${registry.host}/team/model:v1`;
      const target = openRegistry(reference);
      const [pushed] = await pushArtifacts(target, [sampleArtifact('a', [])], { tags: () => ['v1'] });
      const { descriptor, bytes } = await target.readManifest('v1');
      const { mediaType, digest, size } = descriptor;
      const ours = { ...(JSON.parse(Buffer.from(bytes).toString()) as object), subject: { mediaType, digest, size } };
      const attached = await target.pushManifest(Buffer.from(JSON.stringify(ours)), mediaType);
      // The API answers, so no fallback tag was written by us.
      expect(await target.tags()).toEqual(['v1']);
      await writeFile(join(directory, 'sbom.json'), '{}');
      const attach = ['attach', '--plain-http', '--artifact-type', 'application/spdx+json', reference, 'sbom.json'];
      await runPeer('oras', attach, directory);
      const discovered = await runPeer('oras', ['discover', '--plain-http', '--format', 'json', reference]);
      expect(discovered).toContain(attached.digest);
      expect(await target.referrers(pushed?.digest ?? digest)).toHaveLength(2);
      expect(await target.referrers(digest, 'application/spdx+json')).toHaveLength(1);
      expect((await target.referrers(digest, 'application/vnd.slipway.test'))[0]?.digest).toBe(attached.digest);
      await registry.close();
      await rm(directory, { recursive: true, force: true });
    });
  },
);

describe.skipIf(!['olareg-registry', 'oras'].map(havePeer).every(Boolean))('olareg', () => {
  test('its warnings are told, what oras attached arrives with a copy, referrers in both directions', async () => {
    const registry = await startOlareg(['soon to be closed']);
    const directory = await mkdtemp(join(tmpdir(), 'slipway-olareg-files-'));
    try {
      const warnings: string[] = [];
      const reference = `${registry.host}/team/model:v1`;
      const target = openRegistry(reference, { onWarning: (message) => warnings.push(message) });
      const files = [sampleFile('model.gguf', 4, 3_000_000)];
      const [pushed] = await pushArtifacts(target, [sampleArtifact('a', files)], { tags: () => ['v1'] });
      expect(new Set(warnings)).toEqual(new Set(['soon to be closed']));
      for (const name of ['one', 'two', 'three']) {
        await writeFile(join(directory, `${name}.json`), `{"name":"${name}"}`);
        const attach = [
          'attach',
          '--plain-http',
          '--artifact-type',
          `application/x.${name}`,
          reference,
          `${name}.json`,
        ];
        await runPeer('oras', attach, directory);
      }
      const there = openRegistry(`${registry.host}/other/model`);
      await copy(target, there, { references: ['v1'], referrers: true });
      const types = ['application/x.one', 'application/x.two', 'application/x.three'];
      const referrers = await there.referrers(pushed?.digest ?? expect.fail());
      expect(new Set(referrers.map(({ artifactType }) => artifactType))).toEqual(new Set(types));
      const discover = ['discover', '--plain-http', '--format', 'json', `${registry.host}/other/model:v1`];
      const discovered = await runPeer('oras', discover);
      for (const type of types) expect(discovered).toContain(type);
    } finally {
      await registry.close();
      await rm(directory, { recursive: true, force: true });
    }
  });
});
