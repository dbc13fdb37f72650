import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Digest } from '../../src/core/index.js';
import { memoryFile, readWhole, sha256, untar } from '../../src/files/index.js';
import type { GgufMetadata } from '../../src/gguf/index.js';
import { openTarget, pushArtifacts, type Descriptor, type Manifest } from '../../src/registry/index.js';
import {
  ARTIFACT_FORMATS,
  explainReaders,
  filesOfArtifact,
  formatOfArtifact,
  membersOf,
  modelcar,
  modelkit,
  ollama,
  packAs,
  READERS,
  shapeOfArtifact,
  VARIANT_ANNOTATIONS,
  variantIndex,
  type ArtifactFormat,
  type ModelVariant,
} from '../../src/package/index.js';
import { havePeer, peer, runPeer, startDistribution, type PeerRegistry } from '../registry/peers.js';
import { build, outline, variant, writeLayout } from './sample.js';

const CHATML = variant({
  facts: {
    ...variant().facts,
    chatTemplate: "{{ '<|im_start|>' + message.role }}",
    sampling: { topK: 20, temperature: 1 },
  },
});

describe('formats', () => {
  test('oras: an empty config and a titled layer a file', async () => {
    const { manifest } = await build(packAs('oras', variant()));
    expect(manifest).toMatchObject({
      artifactType: 'application/vnd.slipway.model.v1',
      config: {
        mediaType: 'application/vnd.oci.empty.v1+json',
        digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
        size: 2,
      },
    });
    expect(outline(manifest)).toEqual([
      'tiny-Q4_K_M.gguf application/octet-stream',
      'config.json application/json',
      'tokenizer.json application/json',
      'LICENSE.md text/markdown',
      'README.md text/markdown',
    ]);
  });

  test('docker: what its code reads, not what its specification says (trap 6)', async () => {
    const metadata: GgufMetadata = new Map([
      ['qwen3.rope.freq_base', { type: 'FLOAT32', value: 1_000_000 }],
      ['general.name', { type: 'STRING', value: 'tiny' }],
      ['general.file_type', { type: 'UINT32', value: 15 }],
      ['general.tags', { type: 'ARRAY', items: 'STRING', value: ['a', 'b'] }],
      ['tokenizer.ggml.scores', { type: 'ARRAY', items: 'FLOAT32', value: new Float32Array(51) }],
    ] as const);
    const { manifest, config, digests } = await build(packAs('docker', variant(), { docker: { metadata } }));
    expect(manifest.artifactType).toBeUndefined();
    expect(manifest.config.mediaType).toBe('application/vnd.docker.ai.model.config.v0.1+json');
    expect(outline(manifest)).toEqual([
      'tiny-Q4_K_M.gguf application/vnd.docker.ai.gguf.v3',
      'LICENSE.md application/vnd.docker.ai.license',
    ]);
    expect(config).toEqual({
      config: {
        format: 'gguf',
        quantization: 'Q4_K_M',
        parameters: '596.05M',
        architecture: 'qwen3',
        size: '10B',
        gguf: {
          'general.file_type': '15',
          'general.name': 'tiny',
          'general.tags': 'a, b',
          'qwen3.rope.freq_base': '1000000.000000',
        },
        context_size: 32_768,
      },
      descriptor: { created: '2026-01-05T10:00:00Z' },
      rootfs: { type: 'rootfs', diff_ids: digests },
    });
    // Any of these keys would make Docker take it for a ModelPack.
    expect(JSON.stringify(config)).not.toMatch(/paramSize|createdAt|modelfs/);
  });

  test('docker: safetensors keep their paths', async () => {
    const model = safetensors();
    const { manifest } = await build(packAs('docker', model));
    expect(manifest.config.mediaType).toBe('application/vnd.docker.ai.model.config.v0.2+json');
    expect(outline(manifest)).toEqual([
      'model-00001-of-00002.safetensors application/vnd.docker.ai.safetensors',
      'model-00002-of-00002.safetensors application/vnd.docker.ai.safetensors',
      '1_Pooling/config.json application/vnd.docker.ai.model.file',
      'config.json application/vnd.docker.ai.model.file',
      'README.md application/vnd.docker.ai.model.file',
    ]);
  });

  test('ollama: one GGUF, the licence, a Go template and its stops', async () => {
    const { manifest, config } = await build(ollama(CHATML, { system: 'Be brief.', parameters: { temperature: 0.6 } }));
    expect(manifest.mediaType).toBe('application/vnd.docker.distribution.manifest.v2+json');
    expect(manifest.config.mediaType).toBe('application/vnd.docker.container.image.v1+json');
    expect(manifest.layers.map(({ mediaType }) => mediaType.slice('application/vnd.ollama.image.'.length))).toEqual([
      'model',
      'template',
      'system',
      'license',
      'params',
    ]);
    expect(manifest.layers.every(({ annotations }) => annotations === undefined)).toBe(true);
    expect(config).toMatchObject({
      model_format: 'gguf',
      model_family: 'qwen3',
      model_type: '596M',
      file_type: 'Q4_K_M',
      os: 'linux',
    });
    const params = ollama(CHATML, { parameters: { temperature: 0.6 } }).layers.at(-1)!.file;
    expect(JSON.parse(new TextDecoder().decode(await readWhole(params, 1000)))).toEqual({
      stop: ['<|im_start|>', '<|im_end|>'],
      temperature: 0.6,
      top_k: 20,
    });
    expect((await build(ollama(variant()))).manifest.layers).toHaveLength(2);
  });

  test('ollama: split or unconverted models are refused', () => {
    for (const model of [safetensors(), variant({ weights: [memoryFile('a.gguf', ''), memoryFile('b.gguf', '')] })]) {
      expect(() => ollama(model)).toThrow(expect.objectContaining({ code: 'FORMAT_UNSUPPORTED' }) as Error);
    }
  });

  test('kitops: entries and layers in the same order, each with its digest', async () => {
    const { manifest, config, digests } = await build(packAs('kitops', variant()));
    expect(manifest.artifactType).toBe('application/vnd.kitops.modelkit.manifest.v1+json');
    expect(outline(manifest)).toEqual([
      'tiny-Q4_K_M.gguf application/vnd.kitops.modelkit.model.v1.tar',
      'config.json application/vnd.kitops.modelkit.modelpart.v1.tar',
      'tokenizer.json application/vnd.kitops.modelkit.modelpart.v1.tar',
      'LICENSE.md application/vnd.kitops.modelkit.docs.v1.tar',
      'README.md application/vnd.kitops.modelkit.docs.v1.tar',
    ]);
    const at = (index: number): object => ({ digest: digests[index], diffId: digests[index] });
    expect(config).toEqual({
      manifestVersion: '1.0.0',
      package: { name: 'tiny', license: 'Apache-2.0', authors: ['acme'] },
      model: {
        name: 'tiny',
        path: 'tiny-Q4_K_M.gguf',
        license: 'Apache-2.0',
        format: 'gguf',
        parts: [
          { name: 'config.json', path: 'config.json', ...at(1) },
          { name: 'tokenizer.json', path: 'tokenizer.json', ...at(2) },
        ],
        ...at(0),
      },
      docs: [
        { path: 'LICENSE.md', ...at(3) },
        { path: 'README.md', ...at(4) },
      ],
    });
  });

  test('modelcar: an image whose layers unpack to /models', async () => {
    const base = {
      layers: [
        {
          file: memoryFile('base.tar.gz', 'base'),
          mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
          annotations: {},
        },
      ],
      diffIds: [sha256('uncompressed base')],
      architecture: 'arm64',
      config: { User: '1000' },
    };
    const { manifest, config, digests } = await build(modelcar(variant(), { base }));
    expect(manifest.config.mediaType).toBe('application/vnd.oci.image.config.v1+json');
    expect(config).toMatchObject({
      architecture: 'arm64',
      os: 'linux',
      config: { User: '1000' },
      rootfs: { type: 'layers', diff_ids: [base.diffIds[0], ...digests.slice(1)] },
    });
    expect((config as { history: unknown[] }).history).toHaveLength(digests.length);
  });

  test('all raw formats send the same blobs (trap 11)', async () => {
    const model = variant();
    const shared = (['modelpack', 'cnai', 'docker', 'ollama', 'oras'] as const).map((format) => packAs(format, model));
    shared.push(modelkit(model, { layers: 'raw' }));
    for (const artifact of shared) expect(artifact.layers[0]?.file, artifact.format).toBe(model.weights[0]);
  });

  test.each(ARTIFACT_FORMATS)(
    '%s: the same bytes every time, no date but the commit’s, its shape recognised',
    async (format) => {
      const first = await build(packAs(format, CHATML));
      const again = await build(packAs(format, { ...CHATML, companions: [...CHATML.companions].reverse() }));
      expect(again.manifestBytes).toEqual(first.manifestBytes);
      expect(JSON.stringify([first.manifest, first.config])).not.toMatch(/20\d\d-(?!01-05T10:00:00Z)/);
      expect(formatOfArtifact(first.manifest)).toBe(format);
    },
  );
});

function safetensors(): ModelVariant {
  return variant({
    name: 'safetensors',
    weights: ['model-00002-of-00002.safetensors', 'model-00001-of-00002.safetensors'].map((path) =>
      memoryFile(path, path),
    ),
    companions: ['config.json', '1_Pooling/config.json', 'README.md'].map((path) => memoryFile(path, path)),
    facts: { ...variant().facts, format: 'safetensors' },
  });
}

describe('reading back', () => {
  async function contents(format: ArtifactFormat, model = variant()): Promise<Map<string, string>> {
    const artifact = packAs(format, model);
    const { manifest, config } = await build(artifact);
    const { files, unnamed } = filesOfArtifact(manifest, config);
    expect(unnamed).toEqual([]);
    const found = new Map<string, string>();
    for (const file of files) {
      const layer = artifact.layers[manifest.layers.indexOf(file.descriptor)]!;
      for await (const member of membersOf(file, format, layer.file.read())) {
        const parts: Uint8Array[] = [];
        for await (const part of member.content()) parts.push(part);
        found.set(member.path, Buffer.concat(parts).toString());
      }
    }
    return found;
  }

  const all = {
    'tiny-Q4_K_M.gguf': 'GGUF bytes',
    'config.json': '{"model_type":"qwen3"}',
    'tokenizer.json': '{}',
    'LICENSE.md': 'Apache',
    'README.md': '# Tiny',
  };

  test.each([
    ['modelpack', { ...all, LICENSE: 'Apache' }],
    ['cnai', { ...all, LICENSE: 'Apache' }],
    ['kitops', all],
    ['modelcar', all],
    ['oras', all],
    ['docker', { 'tiny-Q4_K_M.gguf': 'GGUF bytes', 'LICENSE.md': 'Apache' }],
    ['ollama', { 'model.gguf': 'GGUF bytes', LICENSE: 'Apache' }],
  ] as const)('%s', async (format, expected) => {
    expect(Object.fromEntries(await contents(format))).toEqual(expected);
  });

  test('folders survive every format that has names', async () => {
    for (const format of ['modelpack', 'kitops', 'modelcar', 'oras', 'docker'] as const) {
      expect((await contents(format, safetensors())).get('1_Pooling/config.json'), format).toBe(
        '1_Pooling/config.json',
      );
    }
  });

  const digest = (text: string): Digest => sha256(text);
  const descriptor = (mediaType: string, name?: string, more: Record<string, string> = {}): Descriptor => ({
    mediaType,
    digest: digest(name ?? mediaType),
    size: 1,
    ...(name === undefined ? {} : { annotations: { 'org.opencontainers.image.title': name, ...more } }),
  });
  const manifest = (config: string, layers: Descriptor[], artifactType?: string): Manifest => ({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: descriptor(config),
    layers,
    ...(artifactType === undefined ? {} : { artifactType }),
  });
  const names = (value: Manifest, config?: unknown): string[] =>
    filesOfArtifact(value, config).files.map(({ path, form }) => `${path} ${form}`);

  test('trap 8: what RamaLama stores, a ModelPack with an empty config and sniffed layers', () => {
    const found = manifest(
      'application/vnd.oci.empty.v1+json',
      [descriptor('application/octet-stream', 'm.gguf')],
      'application/vnd.cncf.model.manifest.v1+json',
    );
    expect(formatOfArtifact(found)).toBe('modelpack');
    expect(names(found)).toEqual(['m.gguf raw']);
  });

  test('files that oras gives the type of a tar, and folders that are one', () => {
    const layer = 'application/vnd.oci.image.layer.v1.tar';
    const unpack = { 'io.deis.oras.content.unpack': 'true' };
    const folder = descriptor(`${layer}+gzip`, 'onnx', unpack);
    const typed = descriptor('application/x.folder', 'typed', unpack);
    const plain = descriptor(layer, 'plain', { ...unpack, 'io.deis.oras.content.digest': digest('plain') });
    const layers = [descriptor(layer, 'm.gguf'), folder, typed, plain];
    expect(names(manifest('application/vnd.oci.empty.v1+json', layers, 'x/y'))).toEqual([
      'm.gguf raw',
      'onnx tar+gzip',
      'typed tar+gzip',
      'plain tar',
    ]);
  });

  test('old ModelKits name their layers in the Kitfile alone', () => {
    const raw = 'application/vnd.kitops.modelkit.model.v1.raw';
    const kit = manifest('application/vnd.kitops.modelkit.config.v1+json', [
      descriptor(raw),
      descriptor('application/vnd.kitops.modelkit.docs.v1.tar+gzip'),
    ]);
    expect(names(kit, { model: { path: './m.gguf', digest: digest(raw) } })).toEqual([
      'm.gguf raw',
      'layer-1.tar tar+gzip',
    ]);
  });

  test('nameless Docker shards and Ollama licences are numbered', () => {
    const gguf = descriptor('application/vnd.docker.ai.gguf.v3');
    const docker = manifest('application/vnd.docker.ai.model.config.v0.1+json', [
      gguf,
      { ...gguf, digest: digest('2') },
    ]);
    expect(names(docker)).toEqual(['model-00001-of-00002.gguf raw', 'model-00002-of-00002.gguf raw']);
    const license = descriptor('application/vnd.ollama.image.license');
    const model = descriptor('application/vnd.ollama.image.model');
    const other = manifest('application/vnd.docker.container.image.v1+json', [
      model,
      license,
      { ...license, digest: digest('2') },
    ]);
    expect(names(other)).toEqual(['model.gguf raw', 'LICENSE raw', 'LICENSE-2 raw']);
  });

  test.each(['../x', '/x', 'a\\x', 'nul', 'x\n'])('a layer called %j is refused', (name) => {
    const value = manifest('application/vnd.cncf.model.config.v1+json', [
      descriptor('application/vnd.cncf.model.doc.v1.raw', name),
    ]);
    expect(() => filesOfArtifact(value)).toThrow(expect.objectContaining({ code: 'PATH_UNSAFE' }) as Error);
  });

  test('two layers that would be one file are refused, one blob named twice alike is not', () => {
    const doc = 'application/vnd.cncf.model.doc.v1.raw';
    const one = descriptor(doc, 'README.md');
    const config = 'application/vnd.cncf.model.config.v1+json';
    expect(names(manifest(config, [one, one]))).toEqual(['README.md raw']);
    expect(() => filesOfArtifact(manifest(config, [one, { ...one, digest: digest('2') }]))).toThrow(
      'cannot stand in one directory',
    );
  });

  test.each([
    ['no object', null],
    ['no config', { layers: [] }],
    ['no layers', { config: descriptor('a') }],
    [
      'a digest that is a path',
      { config: descriptor('a'), layers: [{ mediaType: 'a', digest: 'sha256:../../x', size: 1 }] },
    ],
    ['a negative size', { config: descriptor('a'), layers: [{ ...descriptor('a'), size: -1 }] }],
    ['a size above 2^53', { config: descriptor('a'), layers: [{ ...descriptor('a'), size: 2 ** 60 }] }],
    [
      'an annotation that is no text',
      { config: descriptor('a'), layers: [{ ...descriptor('a'), annotations: { a: 1 } }] },
    ],
    ['a million layers', { config: descriptor('a'), layers: Array.from({ length: 1_000_000 }, () => descriptor('a')) }],
  ])('a manifest with %s is refused', (_, value) => {
    expect(() => filesOfArtifact(value as Manifest)).toThrow(
      expect.objectContaining({ code: 'MANIFEST_INVALID' }) as Error,
    );
  });

  test('gzip layers are unpacked, broken ones refused in our words', async () => {
    const tar = await readWhole(packAs('modelcar', variant()).layers[0]!.file, 1e6);
    const file = { path: 'x', kind: 'weight', form: 'tar+gzip', descriptor: descriptor('x') } as const;
    const content = async function* (bytes: Uint8Array): AsyncGenerator<Uint8Array> {
      yield bytes;
    };
    const found: string[] = [];
    for await (const member of membersOf(file, 'modelcar', content(gzipSync(tar)))) found.push(member.path);
    expect(found).toEqual(['tiny-Q4_K_M.gguf']);
    await expect(membersOf(file, 'modelcar', content(tar)).next()).rejects.toMatchObject({ code: 'MODEL_INVALID' });
  });

  /** A frame of raw blocks (RFC 8878): valid zstd without a compressor. */
  function zstdFrame(bytes: Uint8Array): Uint8Array {
    const head = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0, 0]);
    head.writeUInt32LE(bytes.byteLength, 5);
    const parts: Uint8Array[] = [head];
    for (let start = 0; start < bytes.byteLength; start += 100_000) {
      const block = bytes.subarray(start, start + 100_000);
      const header = Buffer.alloc(4);
      const isLast = start + block.byteLength === bytes.byteLength;
      header.writeUInt32LE(block.byteLength * 8 + (isLast ? 1 : 0));
      parts.push(header.subarray(0, 3), block);
    }
    return Buffer.concat(parts);
  }

  test('zstd layers are unpacked, broken ones refused in our words', async () => {
    const tar = await readWhole(packAs('modelcar', variant()).layers[0]!.file, 1e6);
    const file = { path: 'x', kind: 'weight', form: 'tar+zstd', descriptor: descriptor('x') } as const;
    const content = async function* (bytes: Uint8Array): AsyncGenerator<Uint8Array> {
      for (let start = 0; start < bytes.byteLength; start += 1000) yield bytes.subarray(start, start + 1000);
    };
    const found: string[] = [];
    for await (const member of membersOf(file, 'modelcar', content(zstdFrame(tar)))) found.push(member.path);
    expect(found).toEqual(['tiny-Q4_K_M.gguf']);
    await expect(membersOf(file, 'modelcar', content(tar)).next()).rejects.toMatchObject({ code: 'MODEL_INVALID' });
  });
});

describe('an index of variants', () => {
  const member = (name: string, bytes: number, artifactType = 'application/vnd.cncf.model.manifest.v1+json') => ({
    variant: variant({
      name,
      weights: [{ ...memoryFile('w', ''), digest: sha256(''), size: bytes }],
      facts: { ...variant().facts, quantization: name },
    }),
    descriptor: {
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      digest: sha256(name),
      size: 10,
      artifactType,
    },
  });

  test('lists the smallest first, with what a client chooses by', () => {
    const index = variantIndex([member('Q8_0', 800), member('Q4_K_M', 400)]);
    const value = JSON.parse(new TextDecoder().decode(index.bytes)) as {
      artifactType: string;
      manifests: Descriptor[];
    };
    expect(value.artifactType).toBe('application/vnd.cncf.model.manifest.v1+json');
    expect(value.manifests.map(({ annotations }) => annotations?.[VARIANT_ANNOTATIONS.name])).toEqual([
      'Q4_K_M',
      'Q8_0',
    ]);
    expect(value.manifests[0]?.annotations).toMatchObject({
      'dev.slipway.quantization': 'Q4_K_M',
      'dev.slipway.weight.bytes': '400',
    });
    expect(index.descriptor).toMatchObject({ digest: sha256(index.bytes), size: index.bytes.byteLength });
    expect(variantIndex([member('Q4_K_M', 400), member('Q8_0', 800)]).bytes).toEqual(index.bytes);
  });

  test('of several formats has no type of its own', () => {
    expect(
      variantIndex([member('Q8_0', 1), member('Q4_0', 2, 'application/vnd.cnai.model.manifest.v1+json')]).artifactType,
    ).toBeUndefined();
  });
});

describe('readers', () => {
  const verdicts = async (format: ArtifactFormat, model = variant()): Promise<Record<string, string>> => {
    const { manifest } = await build(packAs(format, model));
    return Object.fromEntries(explainReaders(manifest).map(({ reader, verdict }) => [reader, verdict]));
  };

  test('trap 1 and 9: who shows and mounts what', async () => {
    expect(await verdicts('modelpack')).toMatchObject({
      'Harbor 2.16 (model view)': 'yes',
      'Harbor 2.14-2.15 (model view)': 'metadata',
      'containerd image volume': 'no',
      'KServe oci://': 'no',
    });
    expect(await verdicts('cnai')).toMatchObject({
      'Harbor 2.16 (model view)': 'metadata',
      'Harbor 2.14-2.15 (model view)': 'yes',
      'Docker Model Runner': 'no',
    });
    expect(await verdicts('modelcar')).toMatchObject({ 'containerd image volume': 'yes', 'KServe oci://': 'yes' });
    expect(await verdicts('ollama')).toMatchObject({
      Ollama: 'yes',
      'oras pull': 'no',
      'Harbor 2.16 (model view)': 'metadata',
    });
    expect(await verdicts('docker')).toMatchObject({ 'llama.cpp --docker-repo': 'yes', 'oras pull': 'yes' });
    expect(await verdicts('kitops')).toMatchObject({ 'KitOps 1.7': 'yes', 'oras pull': 'no' });
  });

  test('every no says why, every shape has an answer of every reader', async () => {
    for (const format of ARTIFACT_FORMATS) {
      const { manifest } = await build(packAs(format, variant()));
      expect(shapeOfArtifact(manifest)).toBeTruthy();
      const answers = explainReaders(manifest);
      expect(answers).toHaveLength(READERS.length);
      for (const { reader, verdict, why } of answers) expect(verdict === 'no' && why === undefined, reader).toBe(false);
    }
  });
});

describe('real tools', () => {
  let root: string;
  let layout: string;
  beforeAll(async () => {
    root = await mkdtemp(join(tmpdir(), 'slipway-formats-'));
    layout = join(root, 'layout');
    await writeLayout(layout, Object.fromEntries(ARTIFACT_FORMATS.map((format) => [format, packAs(format, CHATML)])));
  });
  afterAll(() => rm(root, { recursive: true }));

  test.skipIf(!havePeer('oras')).each(['modelpack', 'cnai', 'oras', 'docker'] as const)(
    'oras pull writes the files of %s',
    async (format) => {
      const folder = join(root, format);
      const done = spawnSync(peer('oras')!, ['pull', '--oci-layout', `${layout}:${format}`, '-o', folder], {
        encoding: 'utf8',
      });
      expect(done.stderr).toBe('');
      expect(done.status).toBe(0);
      for (const { file, annotations } of packAs(format, CHATML).layers) {
        const path = annotations['org.opencontainers.image.title']!;
        expect((await readFile(join(folder, path))).equals(await readWhole(file, 1e6)), path).toBe(true);
      }
    },
  );

  test.skipIf(!havePeer('regctl')).each(ARTIFACT_FORMATS)('regctl copies %s with the same digest', async (format) => {
    const { manifestBytes } = await build(packAs(format, CHATML));
    const copied = `ocidir://${join(root, `copy-${format}`)}:x`;
    const done = spawnSync(peer('regctl')!, ['image', 'copy', `ocidir://${layout}:${format}`, copied], {
      encoding: 'utf8',
    });
    expect(done.status, done.stderr).toBe(0);
    const digest = spawnSync(peer('regctl')!, ['image', 'digest', copied], { encoding: 'utf8' }).stdout.trim();
    expect(digest).toBe(sha256(manifestBytes));
  });
});

describe.skipIf(!havePeer('registry'))('a real registry', () => {
  let registry: PeerRegistry;
  beforeAll(async () => {
    registry = await startDistribution();
    const { target } = openTarget(`${registry.host}/models/tiny`);
    await pushArtifacts(
      target,
      ARTIFACT_FORMATS.map((format) => packAs(format, variant())),
      { tags: ({ format }) => [format] },
    );
  });
  afterAll(() => registry.close());

  // Without --fast crane unpacks every layer as gzip, which an uncompressed image's are not.
  test.skipIf(!havePeer('crane')).each(ARTIFACT_FORMATS)('crane finds %s valid', async (format) => {
    const reference = `${registry.host}/models/tiny:${format}`;
    expect(await runPeer('crane', ['validate', '--fast', '--remote', reference, '--insecure'])).toContain('PASS');
  });

  test.skipIf(!havePeer('crane'))('crane exports the image’s files', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'slipway-export-'));
    await runPeer('crane', ['export', `${registry.host}/models/tiny:modelcar`, join(folder, 'x.tar'), '--insecure']);
    const found: string[] = [];
    async function* content(): AsyncGenerator<Uint8Array> {
      yield await readFile(join(folder, 'x.tar'));
    }
    for await (const { path } of untar(content())) found.push(path);
    expect(found.sort()).toEqual(
      ['README.md', 'LICENSE.md', 'config.json', 'tiny-Q4_K_M.gguf', 'tokenizer.json']
        .map((name) => `models/${name}`)
        .sort(),
    );
    await rm(folder, { recursive: true });
  });
});
