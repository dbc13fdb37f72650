import { describe, expect, test } from 'vitest';
import { memoryFile, sha256 } from '../../src/files/index.js';
import { copy, MEDIA_TYPES, pushArtifacts, type DeletableTarget, type Descriptor } from '../../src/registry/index.js';
import { failure } from './failure.js';
import { collect, manifestOf, sampleArtifact, sampleBytes, sampleFile } from './samples.js';

const EMPTY = Buffer.from('{}');
const CONFIG: Descriptor = { mediaType: MEDIA_TYPES.empty, digest: sha256(EMPTY), size: 2 };

/** What every target must do, whoever made it. `open` gives a repository of its own to each test. */
export function targetContract(
  name: string,
  open: (repository: string) => Promise<DeletableTarget> | DeletableTarget,
  /** Not strict: takes manifests without their blobs, and shows every blob to every repository. */
  traits: { readonly strict: boolean } = { strict: true },
): void {
  let count = 0;
  const fresh = async (): Promise<DeletableTarget> => open(`team/model-${++count}`);

  describe(name, () => {
    for (const size of [0, 1, 2, 65_536, 3_000_001]) {
      for (const digest of [true, false]) {
        test(`a blob of ${size} bytes goes and comes, digest ${digest ? 'known' : 'computed on the way'}`, async () => {
          const target = await fresh();
          const file = sampleFile('weights.gguf', size, size, { digest });
          const seen: number[] = [];
          const pushed = await target.pushBlob(file, { onProgress: (done) => seen.push(done) });
          const bytes = sampleBytes(size, size);
          expect(pushed).toEqual({ digest: sha256(bytes), size, how: 'sent' });
          expect(seen.at(-1) ?? 0).toBe(size);
          expect(await target.hasBlob(pushed.digest)).toBe(true);
          expect((await collect(target.readBlob(pushed))).equals(bytes)).toBe(true);
          if (digest) expect((await target.pushBlob(file)).how).toBe('exists');
        });
      }
    }

    test('any range of a blob can be read', async () => {
      const target = await fresh();
      const bytes = sampleBytes(9, 100_000);
      const pushed = await target.pushBlob(memoryFile('blob', bytes));
      for (const [start, end] of [
        [0, 1],
        [0, 100_000],
        [99_999, 100_000],
        [12_345, 67_890],
        [5, 5],
      ] as const) {
        const part = await collect(target.readBlob(pushed, { start, end }));
        expect(part.equals(bytes.subarray(start, end))).toBe(true);
      }
      expect((await failure(collect(target.readBlob(pushed, { start: 0, end: 100_001 })))).code).toBe('SIZE_MISMATCH');
    });

    test('a file that is not what it announced is refused', async () => {
      const target = await fresh();
      const wrong = { ...sampleFile('w', 1, 5000), digest: sha256('something else') };
      expect((await failure(target.pushBlob(wrong))).code).toBe('DIGEST_MISMATCH');
      expect(await target.hasBlob(wrong.digest)).toBe(false);
      const long = { ...sampleFile('w', 1, 5000), size: 4000, read: () => sampleFile('w', 1, 5000).read() };
      expect((await failure(target.pushBlob(long))).code).toBe('SIZE_MISMATCH');
      const short = { ...sampleFile('w', 1, 5000), size: 6000, read: () => sampleFile('w', 1, 5000).read() };
      expect((await failure(target.pushBlob(short))).code).toBe('SIZE_MISMATCH');
    });

    test('a descriptor that lies about its size is found out', async () => {
      const target = await fresh();
      const { digest } = await target.pushBlob(memoryFile('blob', sampleBytes(3, 1000)));
      expect((await failure(collect(target.readBlob({ digest, size: 999 })))).code).toMatch(/_MISMATCH$/);
      expect((await failure(collect(target.readBlob({ digest, size: 1001 })))).code).toMatch(/_MISMATCH$/);
    }, 30_000);

    test('what is not there is not found', async () => {
      const target = await fresh();
      await target.pushBlob(memoryFile('blob', 'x'));
      expect(await target.hasBlob(sha256('nothing'))).toBe(false);
      expect((await failure(target.resolve('missing'))).code).toBe('OCI_NOT_FOUND');
      expect((await failure(target.readManifest(sha256('nothing')))).code).toBe('OCI_NOT_FOUND');
      expect((await failure(collect(target.readBlob({ digest: sha256('nothing'), size: 7 })))).code).toBe(
        'OCI_NOT_FOUND',
      );
      expect(await target.tags()).toEqual([]);
    });

    test('manifests keep their bytes, tags move', async () => {
      const target = await fresh();
      await target.pushBlob(memoryFile('config', EMPTY));
      const layer = await target.pushBlob(memoryFile('layer', 'hello'));
      const layers = [{ mediaType: 'text/plain', digest: layer.digest, size: layer.size }];
      const [first, second] = [manifestOf(CONFIG, layers), manifestOf(CONFIG, layers, { annotations: { a: 'b' } })];
      const one = await target.pushManifest(first, MEDIA_TYPES.manifest);
      const two = await target.pushManifest(second, MEDIA_TYPES.manifest);
      expect([one.digest, two.digest]).toEqual([sha256(first), sha256(second)]);
      expect(await target.tags()).toEqual([]);
      await target.tag(one, 'latest');
      await target.tag(one, 'v1');
      await target.tag(two, 'latest');
      expect([...(await target.tags())].sort()).toEqual(['latest', 'v1']);
      expect((await target.resolve('v1')).digest).toBe(one.digest);
      const read = await target.readManifest('latest');
      expect(read.descriptor).toMatchObject({
        digest: two.digest,
        mediaType: MEDIA_TYPES.manifest,
        size: second.byteLength,
      });
      expect(Buffer.from(read.bytes).equals(second)).toBe(true);
      expect(await target.hasManifest(one.digest)).toBe(true);
    });

    test.runIf(traits.strict)('a manifest without its blobs is refused', async () => {
      const target = await fresh();
      await target.pushBlob(memoryFile('config', EMPTY));
      const layers = [{ mediaType: 'text/plain', digest: sha256('missing'), size: 7 }];
      await failure(target.pushManifest(manifestOf(CONFIG, layers), MEDIA_TYPES.manifest));
    });

    test('names that are no tags never get anywhere', async () => {
      const target = await fresh();
      const descriptor = { ...CONFIG, mediaType: MEDIA_TYPES.manifest };
      for (const tag of ['', '../x', 'a/b', 'a b', '-x', 'x'.repeat(129), 'ä']) {
        expect((await failure(target.tag(descriptor, tag))).code).toBe('USAGE');
      }
    });

    test('what refers to a manifest is found', async () => {
      const target = await fresh();
      await target.pushBlob(memoryFile('config', EMPTY));
      const subject = await target.pushManifest(manifestOf(CONFIG, []), MEDIA_TYPES.manifest);
      await target.tag(subject, 'v1');
      const { mediaType, digest, size } = subject;
      const about = { subject: { mediaType, digest, size } };
      const sbom = manifestOf(CONFIG, [], { ...about, artifactType: 'application/spdx+json', annotations: { k: 'v' } });
      const signature = manifestOf(CONFIG, [], { ...about, artifactType: 'application/x.signature' });
      const pushed = [
        await target.pushManifest(sbom, MEDIA_TYPES.manifest),
        await target.pushManifest(signature, MEDIA_TYPES.manifest),
      ];
      const found = await target.referrers(digest);
      expect(found.map((one) => one.digest).sort()).toEqual(pushed.map((one) => one.digest).sort());
      const [only, ...rest] = await target.referrers(digest, 'application/spdx+json');
      expect([only?.digest, rest]).toEqual([sha256(sbom), []]);
      expect(only?.annotations).toEqual({ k: 'v' });
      expect(await target.referrers(sha256('nothing'))).toEqual([]);
    });

    test('artifacts are pushed with shared files once and tags last', async () => {
      const target = await fresh();
      const readme = sampleFile('README.md', 1, 1000);
      const weights = sampleFile('model.gguf', 2, 500_000);
      const artifacts = [sampleArtifact('one', [weights, readme]), sampleArtifact('two', [weights])];
      const events: string[] = [];
      const ids: string[] = [];
      const pushed = await pushArtifacts(target, artifacts, {
        tags: (artifact) => (artifact.format === 'one' ? ['one', 'latest'] : ['two']),
        onEvent: (event) => {
          events.push(event.type);
          if (event.type === 'start') ids.push(event.id);
        },
      });
      expect(pushed.map(({ blobs }) => blobs)).toEqual([
        { sent: 3, exists: 0, mounted: 0 },
        { sent: 2, exists: 0, mounted: 0 },
      ]);
      expect(pushed[0]?.reference).toBe(`${target.name}:one@${pushed[0]?.digest}`);
      expect(new Set(ids).size).toBe(4);
      expect(events.slice(-3)).toEqual(['tag', 'tag', 'tag']);
      expect([...(await target.tags())].sort()).toEqual(['latest', 'one', 'two']);
      const other = [sampleArtifact('three', [readme])];
      const refused = await failure(pushArtifacts(target, other, { tags: () => ['one'], noOverwrite: true }));
      expect(refused.code).toBe('TAG_EXISTS');
      expect((await target.resolve('one')).digest).toBe(pushed[0]?.digest);
      await pushArtifacts(target, artifacts.slice(0, 1), { tags: () => ['one'], noOverwrite: true });
    });

    test('a copy keeps every digest, and a second one moves no bytes', async () => {
      const [source, target] = [await fresh(), await fresh()];
      const artifacts = [
        sampleArtifact('one', [sampleFile('a', 1, 100_000)]),
        sampleArtifact('two', [sampleFile('b', 2, 200_000)]),
      ];
      const children = await pushArtifacts(source, artifacts, { tags: (artifact) => [artifact.format] });
      const manifests = children.map(({ digest, mediaType }, at) => ({
        mediaType,
        digest,
        size: 0,
        platform: { os: 'linux', architecture: at === 0 ? 'amd64' : 'arm64' },
      }));
      const sized = await Promise.all(
        manifests.map(async (one) => ({ ...one, size: (await source.resolve(one.digest)).size })),
      );
      const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPES.index, manifests: sized }));
      await source.tag(await source.pushManifest(bytes, MEDIA_TYPES.index), 'all');
      const first = await copy(source, target, { references: ['all'] });
      expect(first.copied).toEqual([
        { reference: `${target.name}:all@${sha256(bytes)}`, digest: sha256(bytes), tags: ['all'] },
      ]);
      expect(first.manifests).toBe(3);
      expect(first.blobs.sent + first.blobs.mounted + first.blobs.exists).toBe(4);
      if (traits.strict) expect(first.blobs.exists).toBe(0);
      const second = await copy(source, target, { references: ['all'] });
      expect([second.manifests, second.blobs]).toEqual([0, { sent: 0, exists: 0, mounted: 0 }]);
      expect((await copy(source, target)).copied).toHaveLength(3);
      const single = await copy(source, target, { references: ['all'], platform: 'linux/arm64', as: 'arm' });
      expect(single.copied[0]?.digest).toBe(children[1]?.digest);
      expect((await failure(copy(source, target, { references: ['all'], platform: 'plan9/mips' }))).code).toBe(
        'OCI_NOT_FOUND',
      );
    });

    test.runIf(traits.strict)('a manifest is deleted with its tags', async () => {
      const target = await fresh();
      const [pushed] = await pushArtifacts(target, [sampleArtifact('x', [])], { tags: () => ['a', 'b'] });
      await target.deleteManifest(pushed?.digest ?? '');
      expect(await target.tags()).toEqual([]);
    });

    test('an abort ends a download and a copy', async () => {
      const [source, target] = [await fresh(), await fresh()];
      const file = sampleFile('a', 1, 3_000_000);
      await pushArtifacts(source, [sampleArtifact('one', [file])], { tags: () => ['one'] });
      const control = new AbortController();
      const reading = (async (): Promise<void> => {
        const { digest } = await source.pushBlob({ ...file, digest: sha256(sampleBytes(1, file.size)) });
        for await (const _ of source.readBlob({ digest, size: file.size }, undefined, control.signal)) control.abort();
      })();
      expect((await failure(reading)).code).toBe('ABORTED');
      expect((await failure(copy(source, target, { signal: control.signal }))).code).toBe('ABORTED');
      expect(await target.tags()).toEqual([]);
    });

    test('an abort ends a push that has no end', async () => {
      const target = await fresh();
      const endless = {
        path: 'slow',
        size: 1_000_000_000,
        async *read(_?: unknown, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
          for (;;) {
            yield sampleBytes(1, 1000);
            await new Promise((resolve) => setTimeout(resolve, 20));
            signal?.throwIfAborted();
          }
        },
      };
      const control = new AbortController();
      const pushing = failure(target.pushBlob(endless, { signal: control.signal }));
      await new Promise((resolve) => setTimeout(resolve, 100));
      control.abort();
      expect((await pushing).code).toBe('ABORTED');
    });
  });
}
