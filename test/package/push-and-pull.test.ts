import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memoryFile, readWhole } from '../../src/files/index.js';
import {
  ARTIFACT_FORMATS,
  artifactSnapshot,
  filesOfArtifact,
  packAs,
  variantIndex,
  variantOfSnapshot,
} from '../../src/package/index.js';
import { openLayout, pushArtifacts, type Manifest } from '../../src/registry/index.js';
import { openSource } from '../../src/source/index.js';
import { havePeer, peer } from '../registry/peers.js';
import { variant } from './sample.js';

const offline = { env: {}, fetch: (): never => expect.fail('a request was made'), readArtifact: artifactSnapshot };
let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'slipway-push-'));
});
afterAll(() => rm(root, { recursive: true }));

async function manifestOf(layout: string, tag: string): Promise<Manifest> {
  const { bytes } = await openLayout(layout).readManifest(tag);
  return JSON.parse(new TextDecoder().decode(bytes)) as Manifest;
}

describe('what is pushed', () => {
  test('in every format sends each file once, and comes back as files', async () => {
    const layout = join(root, 'all');
    const model = variant();
    const artifacts = ARTIFACT_FORMATS.map((format) => packAs(format, model));
    const pushed = await pushArtifacts(openLayout(layout), artifacts, { tags: ({ format }) => [format] });
    const weights = pushed.map(({ artifact }) => artifact.layers[0]?.file);
    expect(new Set(weights).size).toBe(3);
    for (const format of ['modelpack', 'cnai', 'oras', 'docker', 'kitops', 'modelcar']) {
      const snapshot = await openSource(`layout:${layout}:${format}`, offline);
      expect(snapshot.source.revision, format).toBe(pushed.find(({ artifact }) => artifact.format === format)?.digest);
      const gguf = snapshot.files.find(({ path }) => path === 'tiny-Q4_K_M.gguf')!;
      expect(new TextDecoder().decode(await readWhole(gguf, 100))).toBe('GGUF bytes');
    }
  });

  test('can be packed again in another format, with the same blobs', async () => {
    const layout = join(root, 'again');
    await pushArtifacts(openLayout(layout), [packAs('oras', variant())], { tags: () => ['first'] });
    const snapshot = await openSource(`layout:${layout}:first`, offline);
    const again = packAs('modelpack', await variantOfSnapshot(snapshot));
    const [second] = await pushArtifacts(openLayout(layout), [again], { tags: () => ['second'] });
    const [a, b] = [await manifestOf(layout, 'first'), await manifestOf(layout, 'second')];
    expect(new Set(b.layers.map(({ digest }) => digest))).toEqual(new Set(a.layers.map(({ digest }) => digest)));
    expect(second?.blobs).toMatchObject({ sent: expect.any(Number) as number });
  });

  test('as an index gives the variant that is named', async () => {
    const layout = join(root, 'index');
    const target = openLayout(layout);
    const variants = ['Q4_K_M', 'Q8_0'].map((name) =>
      variant({ name, weights: [memoryFile(`tiny-${name}.gguf`, name)] }),
    );
    const pushed = await pushArtifacts(
      target,
      variants.map((one) => packAs('modelpack', one)),
      { tags: () => [] },
    );
    const members = pushed.map(({ digest, mediaType }, index) => ({
      variant: variants[index]!,
      descriptor: { mediaType, digest, size: 0, artifactType: 'application/vnd.cncf.model.manifest.v1+json' },
    }));
    for (const member of members)
      Object.assign(member.descriptor, { size: (await target.resolve(member.descriptor.digest)).size });
    const index = variantIndex(members);
    await target.tag(await target.pushManifest(index.bytes, index.mediaType), 'latest');
    const snapshot = await openSource(`layout:${layout}`, { ...offline, variant: 'Q8_0' });
    expect(snapshot.files.map(({ path }) => path)).toContain('tiny-Q8_0.gguf');
    await expect(openSource(`layout:${layout}`, offline)).rejects.toMatchObject({ code: 'USAGE' });
  });
});

test.skipIf(!havePeer('oras'))('what oras push wrote is read, folders as archives', async () => {
  const folder = join(root, 'source');
  await mkdir(join(folder, 'onnx'), { recursive: true });
  await writeFile(join(folder, 'tiny.gguf'), 'GGUF');
  await writeFile(join(folder, 'onnx', 'a.json'), '{}');
  const layout = join(root, 'oras');
  const done = spawnSync(peer('oras')!, ['push', '--oci-layout', `${layout}:v1`, 'tiny.gguf', 'onnx'], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect(done.status, done.stderr).toBe(0);
  const { format, files } = filesOfArtifact(await manifestOf(layout, 'v1'));
  expect(format).toBe('oras');
  expect(files.map(({ path, form }) => `${path} ${form}`)).toEqual(['tiny.gguf raw', 'onnx tar+gzip']);
  const snapshot = await openSource(`layout:${layout}:v1`, offline);
  expect(snapshot.files.map(({ path }) => path)).toEqual(['onnx/a.json', 'tiny.gguf']);
  expect(new TextDecoder().decode(await readWhole(snapshot.files[0]!, 10))).toBe('{}');
});
