import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256 } from '../../src/files/index.js';
import { ARTIFACT_FORMATS, explainReaders, type ArtifactFormat } from '../../src/package/index.js';
import { openLayout, openRegistry, type Manifest } from '../../src/registry/index.js';
import { havePeer } from '../registry/peers.js';
import { digests, filesOf, GGUF, openYard, type Yard } from './yard.js';

// Every packaging format, in the hands of clients that know nothing of models.

const present = ['registry', 'oras', 'crane', 'regctl'].map(havePeer).every(Boolean);
/** Measured with skopeo 1.9.3: it takes a Docker manifest for a container image, whose layer types it knows by heart. */
const REFUSED_BY_SKOPEO: ReadonlySet<ArtifactFormat> = new Set(['ollama']);
const TITLED: ReadonlySet<ArtifactFormat> = new Set(['modelpack', 'cnai', 'docker', 'oras']);

describe.skipIf(!present)('every format', () => {
  let yard: Yard;
  const pushed = new Map<ArtifactFormat, string>();
  const reference = (format: ArtifactFormat): string => `${yard.host}/ours/${format}:v1`;

  beforeAll(async () => {
    yard = await openYard();
    for (const format of ARTIFACT_FORMATS) pushed.set(format, await yard.push(format));
  });
  afterAll(async () => yard.close());

  test.each(ARTIFACT_FORMATS)('%s: crane validates every blob', async (format) => {
    // Without --fast crane takes every tar layer for gzip, and a modelcar's are not: see `pipeline readers`.
    const fast = format === 'modelcar' ? ['--fast'] : [];
    expect(await yard.run('crane', 'validate', '--insecure', ...fast, '--remote', reference(format))).toContain('PASS');
    expect((await yard.run('crane', 'digest', '--insecure', reference(format))).trim()).toBe(pushed.get(format));
  });

  test.each(ARTIFACT_FORMATS)('%s: regctl copies it into a layout, digest kept', async (format) => {
    const to = join(yard.directory, `regctl-${format}`);
    const host = `reg=${yard.host},tls=disabled`;
    await yard.run('regctl', '--host', host, 'image', 'copy', reference(format), `ocidir://${to}:v1`);
    expect((await openLayout(to).resolve('v1')).digest).toBe(pushed.get(format));
  });

  test.each(ARTIFACT_FORMATS)(
    '%s: oras copies it into a layout, digest kept, and pulls what has a title',
    async (format) => {
      const layout = join(yard.directory, `oras-${format}`);
      await yard.run('oras', 'copy', '--from-plain-http', reference(format), '--to-oci-layout', `${layout}:v1`);
      expect((await openLayout(layout).resolve('v1')).digest).toBe(pushed.get(format));
      const to = join(yard.directory, `oras-files-${format}`);
      await yard.run('oras', 'pull', '--plain-http', reference(format), '-o', to);
      if (!TITLED.has(format)) return;
      const { 'README.md': readme, ...others } = digests(await filesOf(yard.model));
      // Docker's form for GGUF has no place for a README.
      expect(digests(await filesOf(to))).toEqual(format === 'docker' ? others : { ...others, 'README.md': readme });
    },
  );

  test.skipIf(!havePeer('skopeo')).each(ARTIFACT_FORMATS)('%s: skopeo copies it into a layout', async (format) => {
    const layout = `oci:${join(yard.directory, `skopeo-${format}`)}:v1`;
    const copied = yard.run(
      'skopeo',
      'copy',
      '--preserve-digests',
      '--src-tls-verify=false',
      `docker://${reference(format)}`,
      layout,
    );
    const { bytes } = await openRegistry(reference(format)).readManifest('v1');
    const manifest = JSON.parse(Buffer.from(bytes).toString()) as Manifest;
    const skopeo = explainReaders(manifest).find(({ reader }) => reader === 'skopeo copy');
    if (REFUSED_BY_SKOPEO.has(format)) {
      await expect(copied).rejects.toThrow('unsupported docker v2s2 media type');
      expect(skopeo?.verdict).toBe('no');
      return;
    }
    await copied;
    expect(skopeo?.verdict).toBe('yes');
    const index = JSON.parse(await readFile(join(yard.directory, `skopeo-${format}`, 'index.json'), 'utf8')) as {
      manifests: readonly { digest: string }[];
    };
    expect(index.manifests[0]?.digest).toBe(pushed.get(format));
  });

  test('what oras pushed, folder and all, is pulled by us', async () => {
    const theirs = `${yard.host}/theirs/oras:v1`;
    const folders = ['typed', 'plain'];
    for (const folder of folders) {
      await mkdir(join(yard.directory, folder, 'below'), { recursive: true });
      await writeFile(join(yard.directory, folder, 'below', 'a.txt'), folder);
    }
    const files = [`model/${GGUF}:application/octet-stream`, 'typed:application/x.folder', 'plain', 'model/README.md'];
    await yard.run('oras', 'push', '--plain-http', theirs, ...files);
    const model = digests(await filesOf(yard.model));
    expect(digests(await yard.pull(theirs))).toEqual({
      [`model/${GGUF}`]: model[GGUF],
      'model/README.md': model['README.md'],
      'plain/below/a.txt': sha256(Buffer.from('plain')),
      'typed/below/a.txt': sha256(Buffer.from('typed')),
    });
  });
});
