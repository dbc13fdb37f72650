import { describe, expect, test } from 'vitest';
import type { Digest } from '../../src/core/index.js';
import { memoryFile, readRange, readWhole, sha256, verified, type Snapshot } from '../../src/files/index.js';
import { ARTIFACT_FORMATS, artifactSnapshot, packAs } from '../../src/package/index.js';
import type { Artifact, Descriptor, ReadableTarget } from '../../src/registry/index.js';
import { build, variant } from './sample.js';

describe('an artifact', () => {
  const blobs = new Map<Digest, Uint8Array>();
  const put = (content: string): { digest: Digest; size: number } => {
    const bytes = new TextEncoder().encode(content);
    blobs.set(sha256(bytes), bytes);
    return { digest: sha256(bytes), size: bytes.byteLength };
  };
  const layer = (kind: string, content: string, path: string): Descriptor => ({
    mediaType: `application/vnd.cncf.model.${kind}.v1.raw`,
    ...put(content),
    annotations: { 'org.cncf.model.filepath': path, 'org.opencontainers.image.title': path },
  });
  const manifest = (layers: readonly Descriptor[]): { digest: Digest; size: number } =>
    put(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        artifactType: 'application/vnd.cncf.model.manifest.v1+json',
        config: { mediaType: 'application/vnd.cncf.model.config.v1+json', ...put('{}') },
        layers,
      }),
    );
  const targetFor = (digest: Digest): ReadableTarget => ({
    resolve: () => expect.fail(),
    tags: () => expect.fail(),
    referrers: () => expect.fail(),
    referrersSoFar: () => expect.fail(),
    readManifest: async (reference) => {
      const bytes = blobs.get(reference.startsWith('sha256:') ? (reference as Digest) : digest) ?? expect.fail();
      return {
        descriptor: { mediaType: '', digest: sha256(bytes), size: bytes.byteLength },
        bytes,
      };
    },
    readBlob: (descriptor, range, signal) =>
      memoryFile('', blobs.get(descriptor.digest) ?? expect.fail()).read(range, signal),
  });
  const open = (digest: Digest, variant?: string): ReturnType<typeof artifactSnapshot> =>
    artifactSnapshot({ target: targetFor(digest), reference: 'v1', name: 'h/models/tiny' }, { variant });

  test('gives its files by their annotations, pinned to its digest', async () => {
    const { digest } = manifest([layer('weight', 'GGUF', 'tiny.gguf'), layer('doc', '# Tiny', 'README.md')]);
    const snapshot = await open(digest);
    expect(snapshot.source).toMatchObject({ kind: 'registry', revision: digest, requestedRevision: 'v1' });
    expect(snapshot.files.map(({ path }) => path)).toEqual(['README.md', 'tiny.gguf']);
    expect(new TextDecoder().decode(await readWhole(snapshot.files[1]!, 10))).toBe('GGUF');
  });

  test('of several variants gives the named one', async () => {
    const members = ['Q4_K_M', 'Q8_0'].map((variant) => ({
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      ...manifest([layer('weight', variant, `tiny-${variant}.gguf`)]),
      annotations: { 'org.cncf.model.quantization': variant },
    }));
    const { digest } = put(JSON.stringify({ schemaVersion: 2, manifests: members }));
    expect((await open(digest, 'Q8_0')).files[0]?.path).toBe('tiny-Q8_0.gguf');
    await expect(open(digest)).rejects.toMatchObject({ code: 'USAGE' });
  });

  test.each(['../../etc/passwd', '/etc/passwd', 'a\\b', 'con'])('with a file called %s is refused', async (path) => {
    await expect(open(manifest([layer('weight', 'x', path)]).digest)).rejects.toMatchObject({ code: 'PATH_UNSAFE' });
  });
});

describe('every format', () => {
  interface Served {
    readonly target: ReadableTarget;
    /** Bytes read of each blob. */
    readonly read: Map<Digest, number>;
    readonly blobs: Map<Digest, Uint8Array>;
  }

  /** An artifact as a repository that keeps its promise: whole reads are verified. */
  async function serve(artifact: Artifact): Promise<Served> {
    const built = await build(artifact);
    const blobs = new Map<Digest, Uint8Array>([[sha256(built.configBytes), built.configBytes]]);
    for (const { file } of artifact.layers) {
      const bytes = await readWhole(file, 1e7);
      blobs.set(sha256(bytes), bytes);
    }
    const read = new Map<Digest, number>();
    const target: ReadableTarget = {
      resolve: () => expect.fail(),
      tags: () => expect.fail(),
      referrers: () => expect.fail(),
      referrersSoFar: () => expect.fail(),
      readManifest: async () => ({
        descriptor: { mediaType: '', digest: sha256(built.manifestBytes), size: 1 },
        bytes: built.manifestBytes,
      }),
      async *readBlob({ digest, size }, range) {
        const content = memoryFile('', blobs.get(digest) ?? expect.fail()).read(range);
        const chunks = range === undefined ? verified(content, { size, digest, name: digest }) : content;
        for await (const chunk of chunks) {
          read.set(digest, (read.get(digest) ?? 0) + chunk.byteLength);
          yield chunk;
        }
      },
    };
    return { target, read, blobs };
  }

  const large = variant({ weights: [memoryFile('sub/tiny.gguf', 'w'.repeat(100_000))] });
  const open = (served: Served, options = {}): Promise<Snapshot> =>
    artifactSnapshot({ target: served.target, reference: 'v1', name: 'h/m' }, options);

  test.each(ARTIFACT_FORMATS)('%s gives its files, whole and in part', async (format) => {
    const snapshot = await open(await serve(packAs(format, large)));
    const gguf = snapshot.files.find(({ path }) => path.endsWith('.gguf'))!;
    expect(gguf.path).toBe(format === 'ollama' ? 'model.gguf' : 'sub/tiny.gguf');
    expect(new TextDecoder().decode(await readWhole(gguf, 1e6))).toBe('w'.repeat(100_000));
    expect(new TextDecoder().decode(await readRange(gguf, { start: 99_990, end: 100_000 }))).toBe('w'.repeat(10));
    expect(snapshot.files.some(({ path }) => path.startsWith('LICENSE'))).toBe(true);
  });

  test.each(ARTIFACT_FORMATS)('%s: the config is fetched and checked before anything is published', async (format) => {
    const artifact = packAs(format, large);
    const served = await serve(artifact);
    const { configBytes } = await build(artifact);
    const digest = sha256(configBytes);
    await (await open(served)).confirm?.();
    expect(served.read.get(digest)).toBe(configBytes.byteLength);
    served.blobs.set(
      digest,
      configBytes.map((byte, index) => (index === 0 ? byte ^ 1 : byte)),
    );
    await expect(open(served).then((snapshot) => snapshot.confirm?.())).rejects.toMatchObject({
      code: 'DIGEST_MISMATCH',
    });
  });

  test.each(['kitops', 'modelcar'] as const)('%s: names are read without the contents', async (format) => {
    const served = await serve(packAs(format, large));
    await open(served);
    expect(Math.max(...served.read.values())).toBeLessThan(10_000);
  });

  test.each(['kitops', 'modelcar'] as const)('%s: a flipped bit in an archive is found', async (format) => {
    const served = await serve(packAs(format, large));
    const snapshot = await open(served);
    const blob = [...served.blobs.values()].find((bytes) => bytes.byteLength > 100_000)!;
    blob[50_000] = 0x78;
    const gguf = snapshot.files.find(({ path }) => path.endsWith('.gguf'))!;
    let seen = 0;
    const reading = (async (): Promise<void> => {
      for await (const chunk of gguf.read()) seen += chunk.byteLength;
    })();
    await expect(reading).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    expect(seen).toBeLessThan(gguf.size);
  });

  test('takes what is asked for', async () => {
    const served = await serve(packAs('modelpack', large));
    expect((await open(served, { include: ['*.md'] })).files.map(({ path }) => path)).toEqual([
      'LICENSE.md',
      'README.md',
    ]);
    await expect(open(served, { include: ['*.xyz'] })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
