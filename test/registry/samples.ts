import { sha256, type ModelFile } from '../../src/files/index.js';
import { checkedRange } from '../../src/files/index.js';
import { MEDIA_TYPES, type Artifact, type Descriptor } from '../../src/registry/index.js';

const made = new Map<string, Uint8Array>();

/** {@link makeBytes}, remembered: a test compares the same bytes several times. Nobody may change them. */
export function sampleBytes(seed: number, size: number): Uint8Array {
  const key = `${seed} ${size}`;
  const bytes = made.get(key) ?? makeBytes(seed, size);
  if (made.size > 8) made.clear();
  made.set(key, bytes);
  return bytes;
}

/** Bytes that depend on their position only (xorshift on 32-bit words), so that any range can be made alone. */
function makeBytes(seed: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let state = (seed * 2_654_435_761 + 1) >>> 0;
  for (let at = 0; at < size; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[at] = state & 0xff;
  }
  return bytes;
}

export interface SampleOptions {
  /** Tell the digest beforehand. */
  readonly digest?: boolean;
  readonly chunkSize?: number;
  /** Called with each range that is opened. */
  readonly onOpen?: (start: number, end: number) => void;
}

/** A file of sample bytes that arrives in small chunks, as computed content does. */
export function sampleFile(path: string, seed: number, size: number, options: SampleOptions = {}): ModelFile {
  const bytes = sampleBytes(seed, size);
  const { chunkSize = 16_384, onOpen } = options;
  return {
    path,
    size,
    ...(options.digest === true && { digest: sha256(bytes) }),
    async *read(range, signal) {
      const { start, end } = checkedRange(path, size, range);
      onOpen?.(start, end);
      for (let at = start; at < end; at += chunkSize) {
        signal?.throwIfAborted();
        yield bytes.slice(at, Math.min(at + chunkSize, end));
      }
    },
  };
}

/** A manifest over blobs, as bytes. */
export function manifestOf(config: Descriptor, layers: readonly Descriptor[], extra: object = {}): Uint8Array {
  return Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPES.manifest, config, layers, ...extra }));
}

/** A small artifact over files: one layer each. */
export function sampleArtifact(format: string, files: readonly ModelFile[]): Artifact {
  const config = Buffer.from(JSON.stringify({ format }));
  const configType = 'application/vnd.slipway.test.config.v1+json';
  return {
    format,
    layers: files.map((file) => ({ file, mediaType: 'application/octet-stream', annotations: {} })),
    seal: (digests) => {
      const layers = files.map((file, index) => ({
        mediaType: 'application/octet-stream',
        digest: digests[index] ?? sha256(''),
        size: file.size,
        annotations: { 'org.opencontainers.image.title': file.path },
      }));
      const descriptor = { mediaType: configType, digest: sha256(config), size: config.byteLength };
      const bytes = manifestOf(descriptor, layers, { artifactType: 'application/vnd.slipway.test' });
      return { config: { mediaType: configType, bytes: config }, manifest: { mediaType: MEDIA_TYPES.manifest, bytes } };
    },
  };
}

export async function collect(content: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks);
}
