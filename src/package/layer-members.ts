import type { ModelFile } from '../files/index.js';
import type { ArtifactFile } from './artifact-files.js';
import type { ArtifactFormat } from './artifact-format.js';
import { unpacked } from './decompress.js';
import { tarMembers, untar, type TarMember, type UntarLimits } from './untar.js';

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
    const { size } = file.descriptor;
    yield { path: file.path, size, offset: 0, executable: false, content: () => content };
    return;
  }
  const members = untar(unpacked(file, content, limits.signal), { ...limits, ...rulesOf(format) });
  for await (const member of members) yield { ...member, path: placeOf(member.path, format) };
}

/** The same of a layer's blob, by its headers alone where it is not compressed. */
export async function* listMembers(
  file: ArtifactFile,
  format: ArtifactFormat,
  blob: ModelFile,
  limits: UntarLimits = {},
): AsyncGenerator<Pick<TarMember, 'path' | 'size' | 'offset'>> {
  if (file.form !== 'tar') {
    yield* membersOf(file, format, blob.read(undefined, limits.signal), limits);
    return;
  }
  const members = tarMembers(blob, { ...limits, ...rulesOf(format) });
  for await (const member of members) yield { ...member, path: placeOf(member.path, format) };
}

function rulesOf(format: ArtifactFormat): UntarLimits {
  return format === 'modelcar' ? { others: 'skip', accept: (path) => path.startsWith(FOLDER) } : {};
}

function placeOf(path: string, format: ArtifactFormat): string {
  return format === 'modelcar' ? path.slice(FOLDER.length) : path;
}
