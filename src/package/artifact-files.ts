import { SlipwayError } from '../core/index.js';
import { assertDistinctPaths, localRelativePath } from '../files/index.js';
import type { Descriptor, Manifest } from '../registry/index.js';
import { checkedManifest } from './checked-manifest.js';
import { FILE_KINDS, isBesideWeights, kindOf, LAYER_KINDS, type FileKind, type LayerKind } from './file-kind.js';
import { formatOfArtifact, layerForm, packagingFormat, type ArtifactFormat } from './formats.js';
import { KIND_ANNOTATION, TITLE, type LayerForm } from './packaging-format.js';

/** A layer of an artifact and the file that it is. */
export interface ArtifactFile {
  /**
   * Where the file belongs, safe to be joined to a directory. For a tar layer only what its annotation calls it: the names
   * that count are inside (see `membersOf`).
   */
  readonly path: string;
  readonly kind: FileKind;
  readonly form: LayerForm;
  readonly descriptor: Descriptor;
}

export interface ArtifactContents {
  readonly format: ArtifactFormat;
  readonly files: readonly ArtifactFile[];
  /** Layers without a name: nothing says what they are called. */
  readonly unnamed: readonly Descriptor[];
}

/**
 * The files of an artifact of any format, by names that its annotations, its config or its layer types give.
 * `config` is the parsed config blob (needed for older ModelKits only). An alias (a second name for one blob) is a file of its own.
 * Throws `MANIFEST_INVALID`, `PATH_UNSAFE`.
 */
export function filesOfArtifact(manifest: Manifest, config?: unknown): ArtifactContents {
  const checked = checkedManifest(manifest);
  const format = formatOfArtifact(checked);
  const names = layerNames(checked, format, config);
  const files: ArtifactFile[] = [];
  const unnamed: Descriptor[] = [];
  for (const [index, descriptor] of checked.layers.entries()) {
    const form = layerForm(descriptor, format);
    const name = names[index] ?? (form === 'raw' ? undefined : `layer-${index}.tar`);
    if (name === undefined) unnamed.push(descriptor);
    else {
      const path = localRelativePath(name);
      files.push({ path, kind: kindOfLayer(path, descriptor), form, descriptor });
    }
  }
  const distinct = withoutRepeats(files);
  assertDistinctPaths(
    distinct.filter(({ form }) => form === 'raw').map(({ path }) => path),
    localRelativePath,
  );
  return { format, files: distinct, unnamed };
}

/** One blob listed twice under one name is listed once. */
function withoutRepeats(files: readonly ArtifactFile[]): ArtifactFile[] {
  const seen = new Set<string>();
  return files.filter(({ path, descriptor }) => {
    const key = `${descriptor.digest} ${path}`;
    return !seen.has(key) && seen.add(key);
  });
}

/** By the layer's annotation, its media type, and its file's name; generic weight layers of others tell projectors by that alone. */
function kindOfLayer(path: string, { mediaType, annotations }: Descriptor): FileKind {
  const annotated = FILE_KINDS.find((kind) => kind === annotations?.[KIND_ANNOTATION]);
  const typed = LAYER_TYPES.get(mediaType);
  const spec = specKind(mediaType);
  const named = kindOf(path);
  if (annotated !== undefined && isBesideWeights(annotated)) return annotated;
  return typed ?? (spec === undefined || (spec === 'weight' && isBesideWeights(named)) ? named : spec);
}

/** Media types that say what goes with a model. */
const LAYER_TYPES: ReadonlyMap<string, FileKind> = new Map([
  ['application/vnd.docker.ai.mmproj', 'projector'],
  ['application/vnd.docker.ai.gguf.v3.mmproj', 'projector'],
  ['application/vnd.docker.ai.gguf.v3.lora', 'adapter'],
  ['application/vnd.ollama.image.projector', 'projector'],
  ['application/vnd.ollama.image.adapter', 'adapter'],
  ['application/vnd.ollama.image.draft', 'draft'],
]);

/** ModelPack's kinds stand in the media type. */
function specKind(mediaType: string): LayerKind | undefined {
  const match = /^application\/vnd\.(?:cncf|cnai)\.model\.(.+)\.v1\./.exec(mediaType);
  return LAYER_KINDS.find((kind) => kind === match?.[1]);
}

function layerNames(manifest: Manifest, format: ArtifactFormat, config: unknown): readonly (string | undefined)[] {
  const annotated = manifest.layers.map(({ annotations }) => {
    const named =
      annotations?.['org.cncf.model.filepath'] ?? annotations?.['org.cnai.model.filepath'] ?? annotations?.[TITLE];
    return named?.replace(/^(\.\/)+/, '');
  });
  return packagingFormat(format).layerNames?.({ manifest, annotated, config }) ?? annotated;
}

/** Fails when an artifact holds nothing that could be written to a directory. */
export function requireFiles(contents: ArtifactContents, name: string): void {
  if (contents.files.length > 0) return;
  throw new SlipwayError('FORMAT_UNSUPPORTED', `'${name}' has no layer that is a file with a name`, {
    got: `${contents.unnamed.length} layers without a name`,
    where: name,
  });
}
