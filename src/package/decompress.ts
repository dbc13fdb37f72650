import { Readable, type Duplex } from 'node:stream';
import * as zlib from 'node:zlib';
import { SlipwayError } from '../core/index.js';
import type { ArtifactFile } from './artifact-files.js';

/** Zstd came to Node with 22.15 and 23.8; before that the module has no such function. */
type ZlibWithZstd = typeof zlib & { readonly createZstdDecompress?: () => Duplex };

/**
 * The tar of a layer, decompressed as it is read. Throws `FORMAT_UNSUPPORTED` for zstd where Node has none, and
 * `MODEL_INVALID` for what is not what its media type says.
 */
export function unpacked(file: ArtifactFile, content: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  if (file.form === 'tar') return content;
  if (file.form === 'tar+gzip') return through(zlib.createGunzip(), 'gzip', file, content);
  const { createZstdDecompress } = zlib as ZlibWithZstd;
  if (createZstdDecompress !== undefined) return through(createZstdDecompress(), 'zstd', file, content);
  throw new SlipwayError('FORMAT_UNSUPPORTED', `'${file.path}' is compressed with zstd, which this Node cannot read`, {
    where: file.descriptor.mediaType,
    got: `Node ${process.versions.node}`,
    try: ['Node 22.15 or later', 'ask its publisher for raw or gzip layers'],
  });
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
