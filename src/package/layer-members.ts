import { createGunzip } from 'node:zlib';
import { Readable } from 'node:stream';
import { SlipwayError } from '../core/index.js';
import type { ArtifactFile } from './artifact-files.js';
import type { ArtifactFormat } from './artifact-format.js';
import { untar, type TarMember, type UntarLimits } from './untar.js';

const FOLDER = 'models/';

/**
 * The regular files in a layer: itself when it is raw, else what its archive holds. Names are safe to be joined to a
 * directory. Of an image only what lies under `models/` is a model's; everything else is passed over.
 */
export async function* membersOf(
  file: ArtifactFile,
  format: ArtifactFormat,
  content: AsyncIterable<Uint8Array>,
  limits: UntarLimits = {},
): AsyncGenerator<TarMember> {
  if (file.form === 'raw') {
    yield { path: file.path, size: file.descriptor.size, executable: false, content: () => content };
    return;
  }
  const bytes = unpacked(file, content);
  if (format !== 'modelcar') {
    yield* untar(bytes, limits);
    return;
  }
  const members = untar(bytes, { ...limits, others: 'skip', accept: (path) => path.startsWith(FOLDER) });
  for await (const member of members) yield { ...member, path: member.path.slice(FOLDER.length) };
}

function unpacked(file: ArtifactFile, content: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  if (file.form === 'tar') return content;
  if (file.form === 'tar+gzip') return gunzipped(file, content);
  throw new SlipwayError('FORMAT_UNSUPPORTED', `'${file.path}' is compressed with zstd`, {
    where: file.descriptor.mediaType,
    try: 'ask its publisher for raw or gzip layers',
  });
}

async function* gunzipped(file: ArtifactFile, content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = Readable.from(content);
  const gunzip = createGunzip();
  source.on('error', (error) => gunzip.destroy(error));
  try {
    for await (const chunk of source.pipe(gunzip)) yield chunk as Uint8Array;
  } catch (cause) {
    if (SlipwayError.is(cause)) throw cause;
    throw new SlipwayError('MODEL_INVALID', `'${file.path}' is not valid gzip`, { where: file.path, cause });
  } finally {
    source.destroy();
  }
}
