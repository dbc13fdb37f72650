import { SlipwayError } from '../core/index.js';
import { checkedRange, memoryFile, type ModelFile, type TarMember } from '../files/index.js';
import type { BlobReader } from '../registry/index.js';
import type { ArtifactFile } from './artifact-files.js';
import type { ArtifactFormat } from './formats.js';
import { listMembers, membersOf } from './layer-members.js';

/** Puts a store, or an audit, between a layer and its readers: every part that is read of what it gives is checked. */
export type CheckedLayer = (layer: ModelFile) => ModelFile;

/** How the files of a layer are read. */
export interface LayerReading {
  readonly target: BlobReader;
  readonly signal: AbortSignal | undefined;
  /** Without it parts of a file in an archive are not checked, only whole readings. */
  readonly checked?: CheckedLayer | undefined;
}

/**
 * The files of one layer, lazily readable. A raw layer is its file and has its digest. Of an archive the names are read
 * now (headers only, unless it is compressed); a file in it read whole is verified with the layer that it stands in, a part
 * of it by what `checked` puts around the layer.
 */
export async function layerFiles(
  layer: ArtifactFile,
  format: ArtifactFormat,
  { target, signal, checked }: LayerReading,
): Promise<ModelFile[]> {
  const blob = blobFile(layer, target, signal);
  if (layer.form === 'raw') return [blob];
  const source = checked?.(blob) ?? blob;
  const files: ModelFile[] = [];
  const kept = new KeptMembers();
  for await (const member of listMembers(layer, format, blob, { signal })) {
    const { path, size, offset } = member;
    // Reading all of a layer for each of its many files would take for ever; for one that fills it, it is the cheapest check.
    const byParts = checked !== undefined && size * 2 < blob.size;
    const file = memberFile({ path, size, offset, byParts }, layer, format, source);
    files.push('content' in member ? await kept.file(file, member) : file);
  }
  return files;
}

/** Bytes of small files that are kept, of all files of a layer together. */
const KEPT_BYTES = 16 * 1024 * 1024;
const KEPT_FILE_BYTES = 1024 * 1024;

/**
 * Keeps the small files of a compressed layer while its names are listed, which unpacks all of it anyway: else each of many would
 * have the layer unpacked again. They are right when the listing has ended, which checks the whole layer.
 */
class KeptMembers {
  #left = KEPT_BYTES;

  async file(file: ModelFile, member: TarMember): Promise<ModelFile> {
    if (file.size > KEPT_FILE_BYTES || file.size > this.#left) return file;
    this.#left -= file.size;
    const chunks: Uint8Array[] = [];
    for await (const chunk of member.content()) chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    return { ...file, read: (range, signal) => memoryFile(file.path, bytes).read(range, signal) };
  }
}

/** A blob as a file. The target checks whole reads against its digest. */
function blobFile(layer: ArtifactFile, target: BlobReader, signal: AbortSignal | undefined): ModelFile {
  const { path } = layer;
  const { digest, size } = layer.descriptor;
  return {
    path,
    size,
    digest,
    read: (range, stop) => {
      const { start, end } = checkedRange(path, size, range);
      const whole = start === 0 && end === size;
      return target.readBlob({ digest, size }, whole ? undefined : { start, end }, stop ?? signal);
    },
    unchecked: {
      path,
      size,
      digest,
      read: (range, stop, hints) =>
        target.readBlob({ digest, size }, checkedRange(path, size, range), stop ?? signal, hints),
    },
  };
}

interface Place {
  readonly path: string;
  readonly size: number;
  readonly offset: number;
  /** All of it may be read where it lies: the layer checks its parts. */
  readonly byParts: boolean;
}

function memberFile(place: Place, layer: ArtifactFile, format: ArtifactFormat, blob: ModelFile): ModelFile {
  const { path, size, offset } = place;
  return {
    path,
    size,
    async *read(range, signal) {
      const { start, end } = checkedRange(path, size, range);
      const whole = start === 0 && end === size;
      if (end === start) return;
      if (layer.form === 'tar' && (place.byParts || !whole))
        yield* blob.read({ start: offset + start, end: offset + end }, signal);
      else yield* slice(memberContent(place, layer, format, blob, signal), start, end);
    },
  };
}

/** The member's bytes; the last of them only after the layer was read to its end and found right. */
async function* memberContent(
  place: Place,
  layer: ArtifactFile,
  format: ArtifactFormat,
  blob: ModelFile,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  let held: Uint8Array | undefined;
  let found = 0;
  for await (const member of membersOf(layer, format, blob.read(undefined, signal), { signal })) {
    if (member.path !== place.path || member.offset !== place.offset) continue;
    for await (const chunk of member.content()) {
      if (held !== undefined) yield held;
      held = chunk;
      found += chunk.byteLength;
    }
  }
  if (found !== place.size) {
    throw new SlipwayError('SIZE_MISMATCH', `'${place.path}' is not where its archive had it`, {
      where: place.path,
      got: `${found} bytes, expected ${place.size}`,
    });
  }
  if (held !== undefined) yield held;
}

async function* slice(content: AsyncIterable<Uint8Array>, start: number, end: number): AsyncGenerator<Uint8Array> {
  let offset = 0;
  for await (const chunk of content) {
    const part = chunk.subarray(Math.max(0, start - offset), Math.max(0, end - offset));
    offset += chunk.byteLength;
    if (part.byteLength > 0) yield part;
  }
}
