import { SlipwayError } from '../core/index.js';
import { tarMembers, untar, type ModelFile, type TarMember, type UntarLimits } from '../files/index.js';
import type { ArtifactFile } from './artifact-files.js';
import { decompressed } from './decompress.js';
import { packagingFormat, type ArtifactFormat } from './formats.js';

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
    const { size } = file.descriptor;
    yield { path: file.path, size, offset: 0, executable: false, content: () => content };
    return;
  }
  const tar = bounded(decompressed(file, content, limits.signal), file);
  const members = untar(tar, { ...limits, ...rulesOf(format) });
  for await (const member of members) yield { ...member, path: placeOf(member.path, format) };
}

/** The same of a layer's blob, by its headers alone where it is not compressed. */
export async function* listMembers(
  file: ArtifactFile,
  format: ArtifactFormat,
  blob: ModelFile,
  limits: UntarLimits = {},
): AsyncGenerator<TarMember | Pick<TarMember, 'path' | 'size' | 'offset'>> {
  if (file.form !== 'tar') {
    yield* membersOf(file, format, blob.read(undefined, limits.signal), limits);
    return;
  }
  const members = tarMembers(blob, { ...limits, ...rulesOf(format) });
  for await (const { path, size, offset } of members) yield { path: placeOf(path, format), size, offset };
}

/** What a layer unpacks to may be so many times its size; weights hardly shrink, text to a tenth. */
export const MOST_EXPANSION = 200;
/** Below this the ratio says nothing: text of one letter shrinks to a thousandth. */
export const FREE_BYTES: number = 64 * 1024 * 1024;

/** What headers and padding of an archive of one file take, and more. */
const TAR_ROOM = 1024 * 1024;
const FILE_METADATA = /^org\.(?:cncf|cnai)\.model\.file\.metadata\+json$/;

/** Bytes of the file in a layer, where its manifest says so (model-spec, `FileMetadata`). */
function saidSize({ descriptor: { annotations = {} } }: ArtifactFile): number {
  const [, text = ''] = Object.entries(annotations).find(([key]) => FILE_METADATA.test(key)) ?? [];
  const size = /"size"\s*:\s*(\d{1,15})\b/.exec(text)?.[1];
  return size === undefined ? Infinity : Number(size);
}

/** Ends what unpacks to much more than it is: a bomb, or a mistake. */
async function* bounded(content: AsyncIterable<Uint8Array>, file: ArtifactFile): AsyncGenerator<Uint8Array> {
  const limit = Math.min(Math.max(FREE_BYTES, file.descriptor.size * MOST_EXPANSION), saidSize(file) + TAR_ROOM);
  let bytes = 0;
  for await (const chunk of content) {
    bytes += chunk.byteLength;
    if (file.form !== 'tar' && bytes > limit) {
      throw new SlipwayError(
        'MODEL_INVALID',
        `'${file.path}' unpacks to more than its manifest says, or than a layer of its size may`,
        {
          where: file.path,
          got: `more than ${limit} bytes from ${file.descriptor.size}`,
          context: { limit, size: file.descriptor.size },
        },
      );
    }
    yield chunk;
  }
}

function rulesOf(format: ArtifactFormat): UntarLimits {
  const { folder } = packagingFormat(format);
  return folder === undefined ? {} : { others: 'skip', accept: (path) => path.startsWith(folder) };
}

function placeOf(path: string, format: ArtifactFormat): string {
  return path.slice(packagingFormat(format).folder?.length ?? 0);
}
