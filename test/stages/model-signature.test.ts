import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { pipelineCommand, type Outcome } from '../cli/fake-terminal.js';
import { havePeer, peer } from '../registry/peers.js';
import { saveRepository } from '../support/save-repository.js';
import { hubAndRegistry } from '../support/hub-and-registry.js';
import { buildLlama } from '../../src/testing/index.js';

// An OpenSSF model.sig as a layer of the artifact, made of the digests that sending gives.

const at = hubAndRegistry();

interface Manifest {
  readonly layers: readonly {
    readonly size: number;
    readonly digest: string;
    readonly annotations: Record<string, string>;
  }[];
}

const pipe = async (...argv: readonly string[]): Promise<Outcome> =>
  pipelineCommand(argv, at.folder, { COSIGN_PASSWORD: 'secret', ...at.hub.env });

function layersOf(tag = 'v1'): Manifest['layers'] {
  const digest = at.registry.tags('m/tiny').get(tag) ?? expect.fail();
  const { bytes } = at.registry.manifests('m/tiny').get(digest) ?? expect.fail();
  return (JSON.parse(Buffer.from(bytes).toString()) as Manifest).layers;
}

async function run(sign: string, formats = 'modelpack'): Promise<Outcome> {
  await saveRepository(buildLlama({ layers: 1, hidden: 64, seed: 7 }), join(at.folder, 'tiny'));
  const rows = [
    `download: { from: ${join(at.folder, 'tiny')} }`,
    'convert: { outtype: f16 }',
    `pack: { formats: [${formats}] }`,
    `attest: ${keyed()}`,
    `sign: ${sign}`,
    `push: { to: ${at.registry.host}/m/tiny, tags: [v1] }`,
  ];
  await writeFile(join(at.folder, 'c.yaml'), `name: t\nstages:\n${rows.map((row) => `  - ${row}\n`).join('')}`);
  return pipe('run', 'c.yaml');
}

const keyed = (more = ''): string => `{ key: { file: ${join(at.folder, 'k.key')} }${more} }`;
const signed = (): string => keyed(', modelSignature: true');

describe('a model.sig as a layer', () => {
  test('covers all files; who pulls them verifies them without a registry', async () => {
    expect((await pipe('key', 'generate', '--output-key-prefix', 'k')).code).toBe(0);
    const { code, stderr } = await run(signed());
    expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
    const names = layersOf().map(({ annotations }) => annotations['org.opencontainers.image.title']);
    expect(names.filter((name) => name === 'model.sig')).toHaveLength(1);
    const reference = `${at.registry.host}/m/tiny:v1`;
    expect((await pipe('pull', reference, './got')).code).toBe(0);
    const { code: good, stdout } = await pipe('verify', './got', '--key', 'k.pub');
    expect([good, stdout]).toEqual([0, expect.stringContaining(`${names.length - 1} resources`)]);
    // The artifact is signed, too, and made again it is the same.
    expect((await pipe('verify', reference, '--key', 'k.pub')).code).toBe(0);
    const rebuilt = await pipe('verify', reference, '--rebuild', '--source', './tiny', '--json');
    expect([rebuilt.code, (JSON.parse(rebuilt.stdout) as { result: string }).result]).toEqual([0, 'identical']);
    if (havePeer('model_signing')) await referenceVerifies(join(at.folder, 'got'));
    const weights = join(at.folder, 'got', names.find((name) => name?.endsWith('.gguf')) ?? '');
    const bytes = await readFile(weights);
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    await writeFile(weights, bytes);
    expect((await pipe('verify', './got', '--key', 'k.pub')).code).toBe(11);
  });

  test('a second run adds nothing; with the option off the artifact has none', async () => {
    await pipe('key', 'generate', '--output-key-prefix', 'k');
    await run(signed());
    const [first, count] = [at.registry.tags('m/tiny').get('v1'), at.registry.manifests('m/tiny').size];
    expect((await run(signed())).code).toBe(0);
    expect([at.registry.tags('m/tiny').get('v1'), at.registry.manifests('m/tiny').size]).toEqual([first, count]);
    expect((await run(keyed())).code).toBe(0);
    expect(at.registry.tags('m/tiny').get('v1')).not.toBe(first);
    expect(layersOf().some(({ annotations }) => Object.values(annotations).includes('model.sig'))).toBe(false);
  });

  test.each(['cnai', 'oras'])('%s has a place for it', async (format) => {
    await pipe('key', 'generate', '--output-key-prefix', 'k');
    expect((await run(signed(), format)).code).toBe(0);
    expect((await pipe('pull', `${at.registry.host}/m/tiny:v1`, './got')).code).toBe(0);
    expect((await pipe('verify', './got', '--key', 'k.pub')).code).toBe(0);
  });

  test('a format without named files is refused before anything is sent', async () => {
    await pipe('key', 'generate', '--output-key-prefix', 'k');
    const { code, stderr } = await run(signed(), 'docker');
    expect([code, stderr]).toEqual([3, expect.stringContaining('no place for a model.sig')]);
    expect(at.registry.repositories()).toEqual([]);
  });
});

async function referenceVerifies(directory: string): Promise<void> {
  const argv = ['verify', 'key', directory, '--signature', join(directory, 'model.sig'), '--public_key'];
  await promisify(execFile)(peer('model_signing') ?? '', [...argv, join(at.folder, 'k.pub')]);
}
