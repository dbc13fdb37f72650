import { Readable, type Duplex } from 'node:stream';
import * as zlib from 'node:zlib';
import { SlipwayError } from '../core/index.js';
import type { ArtifactFile } from './artifact-files.js';

/** Zstd came to Node with 22.15 and 23.8; before that the module has no such function. */
type ZlibWithZstd = typeof zlib & { readonly createZstdDecompress?: () => Duplex };

/**
 * The tar of a layer, decompressed as it is read: zstd by Node's zlib where it has it, else in JavaScript. Throws
 * `MODEL_INVALID` for what is not what its media type says, `FORMAT_UNSUPPORTED` for zstd that needs too much memory.
 */
export function decompressed(
  file: ArtifactFile,
  content: AsyncIterable<Uint8Array>,
  signal?: AbortSignal,
): AsyncIterable<Uint8Array> {
  if (file.form === 'tar') return content;
  if (file.form === 'tar+gzip') return through(zlib.createGunzip(), 'gzip', file, content);
  const { createZstdDecompress } = zlib as ZlibWithZstd;
  if (createZstdDecompress === undefined) return inJavaScript(file, content, signal);
  return through(createZstdDecompress(), 'zstd', file, content);
}

async function* inJavaScript(
  file: ArtifactFile,
  content: AsyncIterable<Uint8Array>,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const { zstdContent } = await import('./zstd-frames.js');
  yield* zstdContent(content, file.path, signal);
}

async function* through(
  decompressor: Duplex,
  name: string,
  file: ArtifactFile,
  content: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const source = Readable.from(content);
  source.on('error', (error) => decompressor.destroy(error));
  try {
    for await (const chunk of source.pipe(decompressor)) yield chunk as Uint8Array;
  } catch (cause) {
    if (SlipwayError.is(cause)) throw cause;
    throw new SlipwayError('MODEL_INVALID', `'${file.path}' is not valid ${name}`, { where: file.path, cause });
  } finally {
    source.destroy();
  }
}
