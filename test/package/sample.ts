import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Digest } from '../../src/core/index.js';
import { digestOf, memoryFile, readWhole, sha256, type ModelFile, type Snapshot } from '../../src/files/index.js';
import type { Artifact, Descriptor, Manifest } from '../../src/registry/index.js';
import type { ModelVariant } from '../../src/package/index.js';

export const COMMIT = '0f3c0f3c0f3c0f3c0f3c0f3c0f3c0f3c0f3c0f3c';

export function snapshot(files: Readonly<Record<string, string>>): Snapshot {
  return {
    source: {
      kind: 'huggingface',
      name: 'acme/tiny',
      url: 'https://huggingface.co/acme/tiny',
      revision: COMMIT,
      committedAt: '2026-01-05T10:00:00.000Z',
    },
    files: Object.entries(files).map(([path, content]) => memoryFile(path, content)),
  };
}

/** A quantized model as convert hands it over, small enough to be read in a test's output. */
export function variant(more: Partial<ModelVariant> = {}): ModelVariant {
  return {
    name: 'Q4_K_M',
    weights: [memoryFile('tiny-Q4_K_M.gguf', 'GGUF bytes')],
    companions: [
      memoryFile('tokenizer.json', '{}'),
      memoryFile('README.md', '# Tiny'),
      memoryFile('config.json', '{"model_type":"qwen3"}'),
      memoryFile('LICENSE.md', 'Apache'),
    ],
    facts: {
      name: 'tiny',
      format: 'gguf',
      architecture: 'qwen3',
      family: 'qwen3',
      parameters: 596_049_920,
      precision: 'bfloat16',
      quantization: 'Q4_K_M',
      licenses: ['Apache-2.0'],
      vendor: 'acme',
      languages: ['en', 'multilingual'],
      contextLength: 32_768,
      task: 'text-generation',
      source: snapshot({}).source,
    },
    ...more,
  };
}

export interface Built {
  readonly digests: readonly Digest[];
  readonly manifest: Manifest;
  readonly manifestBytes: Uint8Array;
  readonly config: unknown;
  readonly configBytes: Uint8Array;
}

export async function build(artifact: Artifact): Promise<Built> {
  const digests = await Promise.all(artifact.layers.map(async ({ file }) => (await digestOf(file.read())).digest));
  const sealed = artifact.seal(digests);
  const parse = (bytes: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(bytes));
  return {
    digests,
    manifest: parse(sealed.manifest.bytes) as Manifest,
    manifestBytes: sealed.manifest.bytes,
    config: parse(sealed.config.bytes),
    configBytes: sealed.config.bytes,
  };
}

/** Paths and media types of the layers, in order. */
export function outline(manifest: Manifest): string[] {
  return manifest.layers.map(({ mediaType, annotations }) => {
    const name = annotations?.['org.opencontainers.image.title'] ?? annotations?.['org.cncf.model.filepath'] ?? '-';
    return `${name} ${mediaType}`;
  });
}

/** Writes artifacts as an OCI image layout, so that other people's tools can read them. */
export async function writeLayout(folder: string, artifacts: Readonly<Record<string, Artifact>>): Promise<void> {
  const blobs = join(folder, 'blobs', 'sha256');
  await mkdir(blobs, { recursive: true });
  const put = async (bytes: Uint8Array): Promise<{ digest: Digest; size: number }> => {
    await writeFile(join(blobs, sha256(bytes).slice(7)), bytes);
    return { digest: sha256(bytes), size: bytes.byteLength };
  };
  const manifests: Descriptor[] = [];
  for (const [tag, artifact] of Object.entries(artifacts)) {
    const built = await build(artifact);
    for (const { file } of artifact.layers) await put(await readWhole(file, 1e9));
    await put(built.configBytes);
    const annotations = { 'org.opencontainers.image.ref.name': tag };
    manifests.push({ mediaType: built.manifest.mediaType, ...(await put(built.manifestBytes)), annotations });
  }
  await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  await writeFile(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
}

export function fileNames(files: readonly ModelFile[]): string[] {
  return files.map(({ path }) => path);
}
