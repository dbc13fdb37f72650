import { describe, expect, test } from 'vitest';
import { memoryFile } from '../../src/files/index.js';
import { cnai, modelpack, modelPackProblems, parameterSize } from '../../src/package/index.js';
import { build, COMMIT, outline, variant } from './sample.js';

interface SpecConfig {
  readonly descriptor: Record<string, unknown>;
  readonly config: Record<string, unknown>;
  readonly modelfs: Record<string, unknown>;
}

describe('a ModelPack', () => {
  test('has the types, the layers in order, and both names on each', async () => {
    const { manifest } = await build(modelpack(variant()));
    expect(manifest).toMatchObject({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      artifactType: 'application/vnd.cncf.model.manifest.v1+json',
      config: { mediaType: 'application/vnd.cncf.model.config.v1+json' },
    });
    expect(outline(manifest)).toEqual([
      'tiny-Q4_K_M.gguf application/vnd.cncf.model.weight.v1.raw',
      'config.json application/vnd.cncf.model.weight.config.v1.raw',
      'tokenizer.json application/vnd.cncf.model.weight.config.v1.raw',
      'LICENSE.md application/vnd.cncf.model.doc.v1.raw',
      'LICENSE application/vnd.cncf.model.doc.v1.raw',
      'README.md application/vnd.cncf.model.doc.v1.raw',
    ]);
    for (const { annotations } of manifest.layers) {
      expect(annotations?.['org.cncf.model.filepath']).toBe(annotations?.['org.opencontainers.image.title']);
      expect(Object.keys(annotations ?? {})).toHaveLength(2);
    }
    expect(manifest.annotations).toEqual({
      'org.opencontainers.image.created': '2026-01-05T10:00:00Z',
      'org.opencontainers.image.licenses': 'Apache-2.0',
      'org.opencontainers.image.revision': COMMIT,
      'org.opencontainers.image.source': 'https://huggingface.co/acme/tiny',
      'org.opencontainers.image.title': 'tiny',
      'org.opencontainers.image.vendor': 'acme',
    });
  });

  test('has the config that the specification describes', async () => {
    const { config, digests } = await build(modelpack(variant()));
    expect(config).toEqual({
      descriptor: {
        createdAt: '2026-01-05T10:00:00Z',
        vendor: 'acme',
        family: 'qwen3',
        name: 'tiny',
        sourceURL: 'https://huggingface.co/acme/tiny',
        revision: COMMIT,
        licenses: ['Apache-2.0'],
      },
      config: {
        architecture: 'transformer',
        format: 'gguf',
        paramSize: '596M',
        precision: 'bfloat16',
        quantization: 'Q4_K_M',
        capabilities: { inputTypes: ['text'], outputTypes: ['text'], languages: ['en'] },
      },
      modelfs: { type: 'layers', diffIds: digests },
    });
    expect(modelPackProblems(config)).toEqual([]);
  });

  test('is the same bytes for the same input in any order, and depends on nothing else', async () => {
    const first = await build(modelpack(variant()));
    const shuffled = variant({ companions: [...variant().companions].reverse() });
    expect((await build(modelpack(shuffled))).manifestBytes).toEqual(first.manifestBytes);
    const dated = await build(modelpack(variant(), { sourceDateEpoch: 0 }));
    expect(dated.manifest.annotations?.['org.opencontainers.image.created']).toBe('1970-01-01T00:00:00Z');
    const { committedAt: _, ...source } = variant().facts.source;
    const undated = await build(modelpack(variant({ facts: { ...variant().facts, source } })));
    expect(JSON.stringify([undated.manifest, undated.config])).not.toMatch(/created|197|202/);
  });

  test('from a directory says nothing about this machine', async () => {
    const source = { kind: 'directory', name: 'tiny', url: 'file:///home/me/tiny', revision: 'sha256:abc' } as const;
    const built = await build(modelpack(variant({ facts: { ...variant().facts, source } })));
    expect(JSON.stringify([built.manifest, built.config])).not.toMatch(/file:|sha256:abc/);
  });

  test('refuses names that cannot stand in a directory', () => {
    for (const path of ['../up', 'readme.MD', '/abs']) {
      const files = [...variant().companions, memoryFile(path, 'x')];
      expect(() => modelpack(variant({ companions: files })), path).toThrow(
        expect.objectContaining({ code: 'PATH_UNSAFE' }) as Error,
      );
    }
  });

  test('is never written with a config that the specification does not allow', async () => {
    const facts = { ...variant().facts, authors: [1 as unknown as string] };
    await expect(build(modelpack(variant({ facts })))).rejects.toMatchObject({ code: 'MANIFEST_INVALID' });
  });

  test('refuses to be sealed with other digests than its layers', () => {
    expect(() => modelpack(variant()).seal([])).toThrow('another number of digests');
  });

  test.each([Number.NaN, -1, 1.5, 1e12])('refuses SOURCE_DATE_EPOCH=%s', (sourceDateEpoch) => {
    expect(() => modelpack(variant(), { sourceDateEpoch })).toThrow('SOURCE_DATE_EPOCH');
  });
});

describe('the traps', () => {
  test('1: the legacy family differs in every name', async () => {
    const { manifest, config } = await build(cnai(variant()));
    expect(manifest).toMatchObject({
      artifactType: 'application/vnd.cnai.model.manifest.v1+json',
      config: { mediaType: 'application/vnd.cnai.model.config.v1+json' },
    });
    expect(JSON.stringify([manifest, config])).not.toContain('cncf');
    expect(manifest.layers.every(({ annotations }) => annotations?.['org.cnai.model.filepath'] !== undefined)).toBe(
      true,
    );
    expect(Object.keys((config as SpecConfig).modelfs)).toEqual(['type', 'diff_ids']);
  });

  test('2: Harbor reads the quantization from a misspelt key', async () => {
    const { config } = await build(cnai(variant()));
    expect((config as SpecConfig).config).toMatchObject({ puantization: 'Q4_K_M', quantization: 'Q4_K_M' });
    // The current family's schema allows no such key.
    expect((await build(modelpack(variant()))).config).not.toHaveProperty('config.puantization');
  });

  test('3: both families carry the title that oras needs', async () => {
    for (const artifact of [modelpack(variant()), cnai(variant())]) {
      const { manifest } = await build(artifact);
      expect(manifest.layers.every(({ annotations }) => annotations?.['org.opencontainers.image.title'])).toBe(true);
    }
  });

  test('4: every layer is raw', async () => {
    const { manifest } = await build(modelpack(variant()));
    expect(manifest.layers.every(({ mediaType }) => mediaType.endsWith('.raw'))).toBe(true);
  });

  test('5: file metadata is absent, or complete with a date that parses', async () => {
    const { manifest } = await build(modelpack(variant(), { fileMetadata: true }));
    for (const layer of manifest.layers) {
      const text = layer.annotations?.['org.cncf.model.file.metadata+json'] ?? '';
      const name = layer.annotations?.['org.cncf.model.filepath'];
      expect(JSON.parse(text)).toEqual({
        name,
        mode: 420,
        uid: 0,
        gid: 0,
        size: layer.size,
        mtime: '2026-01-05T10:00:00Z',
        typeflag: 0,
      });
    }
  });

  test('7: the artifact type is set', async () => {
    expect(modelpack(variant()).seal((await build(modelpack(variant()))).digests).manifest.artifactType).toBe(
      'application/vnd.cncf.model.manifest.v1+json',
    );
  });

  test('11: one file is one layer file in both families, so it is sent once', () => {
    const model = variant();
    expect(modelpack(model).layers.map(({ file }) => file)).toEqual(cnai(model).layers.map(({ file }) => file));
    expect(modelpack(model).layers[0]?.file).toBe(model.weights[0]);
  });

  test('§9: Harbor finds README and LICENSE under exactly its names', async () => {
    const names = async (...paths: string[]): Promise<string[]> => {
      const companions = paths.map((path) => memoryFile(path, path));
      return outline((await build(modelpack(variant({ weights: [], companions })))).manifest).map((line) =>
        line.replace(/ .*/, ''),
      );
    };
    expect(await names('readme.md', 'license')).toEqual(['LICENSE', 'README.md']);
    expect(await names('README.rst', 'LICENCE.txt')).toEqual(['LICENCE.txt', 'LICENSE', 'README.rst', 'README.md']);
    expect(await names('README', 'LICENSE.txt', 'LICENSE.md')).toEqual(['LICENSE.md', 'LICENSE.txt', 'README']);
    expect(await names('docs/README.md', 'LICENSE-MODEL')).toEqual(['LICENSE-MODEL', 'docs/README.md']);
  });

  test('§9: descriptor and config are never missing', async () => {
    const bare = variant({ facts: { name: '', format: 'other', licenses: [], source: variant().facts.source } });
    for (const artifact of [modelpack(bare), cnai(bare)]) {
      expect(Object.keys((await build(artifact)).config as object)).toEqual(['descriptor', 'config', 'modelfs']);
    }
  });
});

describe('the validation', () => {
  const valid = { descriptor: {}, config: {}, modelfs: { type: 'layers', diffIds: [`sha256:${'0'.repeat(64)}`] } };

  test.each([
    ['no object', [], 'no object'],
    ['a missing part', { descriptor: {}, modelfs: valid.modelfs }, 'config: missing'],
    ['an extra part', { ...valid, extra: 1 }, 'extra: not part'],
    ['the legacy spelling', { ...valid, modelfs: { type: 'layers', diff_ids: [] } }, 'modelfs.diffIds: missing'],
    ['no layers', { ...valid, modelfs: { type: 'layers', diffIds: [] } }, 'modelfs.diffIds: 0 items'],
    ['the misspelt key', { ...valid, config: { puantization: 'Q8_0' } }, 'config.puantization: not part'],
    ['a wrong size', { ...valid, config: { paramSize: '8.25B' } }, 'config.paramSize'],
    ['a number for text', { ...valid, config: { precision: 16 } }, 'config.precision: no text'],
    ['an empty name', { ...valid, descriptor: { name: '' } }, 'descriptor.name'],
    ['a date without zone', { ...valid, descriptor: { createdAt: '2026-01-05T10:00:00' } }, 'descriptor.createdAt'],
    [
      'an unknown modality',
      { ...valid, config: { capabilities: { inputTypes: ['smell'] } } },
      'config.capabilities: inputTypes',
    ],
    [
      'the old capability',
      { ...valid, config: { capabilities: { embedding: true } } },
      'config.capabilities: embedding',
    ],
    ['a long language', { ...valid, config: { capabilities: { languages: ['eng'] } } }, 'languages'],
  ])('finds %s', (_, config, problem) => {
    expect(modelPackProblems(config).join('\n')).toContain(problem);
  });

  test('accepts the smallest config', () => expect(modelPackProblems(valid)).toEqual([]));
});

test.each([
  [999, undefined],
  [1000, '1K'],
  [135_000_000, '135M'],
  [596_049_920, '596M'],
  [999_960_000, '1B'],
  [8_190_735_360, '8.2B'],
  [70_553_706_496, '70.6B'],
  [1e12, '1T'],
  [1.5e15, '1.5Q'],
])('%i weights are %s', (count, text) => expect(parameterSize(count)).toBe(text));
