import { SlipwayError } from '../core/index.js';
import { checkedRange, type ModelFile } from '../files/index.js';
import type { BlobReader } from '../registry/index.js';
import type { ArtifactFile } from './artifact-files.js';
import type { ArtifactFormat } from './artifact-format.js';
import { listMembers, membersOf } from './layer-members.js';

/**
 * The files of one layer, lazily readable. A raw layer is its file and has its digest. Of an archive the names are read
 * now (headers only, unless it is compressed); a file in it read whole is verified with the layer that it stands in.
 */
export async function layerFiles(
  layer: ArtifactFile,
  format: ArtifactFormat,
  target: BlobReader,
  signal: AbortSignal | undefined,
): Promise<ModelFile[]> {
  const blob = blobFile(layer, target, signal);
  if (layer.form === 'raw') return [blob];
  const files: ModelFile[] = [];
  for await (const { path, size, offset } of listMembers(layer, format, blob, { signal })) {
    files.push(memberFile({ path, size, offset }, layer, format, blob));
  }
  return files;
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
      read: (range, stop) => target.readBlob({ digest, size }, checkedRange(path, size, range), stop ?? signal),
    },
  };
}

interface Place {
  readonly path: string;
  readonly size: number;
  readonly offset: number;
}

function memberFile(place: Place, layer: ArtifactFile, format: ArtifactFormat, blob: ModelFile): ModelFile {
  const { path, size, offset } = place;
  return {
    path,
    size,
    async *read(range, signal) {
      const { start, end } = checkedRange(path, size, range);
      const whole = start === 0 && end === size;
      if (layer.form === 'tar' && !whole) yield* blob.read({ start: offset + start, end: offset + end }, signal);
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
