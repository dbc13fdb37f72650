import { SlipwayError } from '../core/index.js';
import { assertDistinctPaths, localRelativePath } from '../files/index.js';
import type { Descriptor, Manifest } from '../registry/index.js';
import {
  checkedManifest,
  formatOfArtifact,
  layerForm,
  type ArtifactFormat,
  type LayerForm,
} from './artifact-format.js';
import { FILE_KINDS, kindOf, type FileKind } from './file-kind.js';

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
      files.push({ path, kind: specKind(descriptor.mediaType) ?? kindOf(path), form, descriptor });
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

/** ModelPack's kinds stand in the media type. */
function specKind(mediaType: string): FileKind | undefined {
  const match = /^application\/vnd\.(?:cncf|cnai)\.model\.(.+)\.v1\./.exec(mediaType);
  return FILE_KINDS.find((kind) => kind === match?.[1]);
}

function layerNames(manifest: Manifest, format: ArtifactFormat, config: unknown): (string | undefined)[] {
  const annotated = manifest.layers.map(({ annotations }) => {
    const named =
      annotations?.['org.cncf.model.filepath'] ??
      annotations?.['org.cnai.model.filepath'] ??
      annotations?.['org.opencontainers.image.title'];
    return named?.replace(/^(\.\/)+/, '');
  });
  if (format === 'ollama') return manifest.layers.map(ollamaName());
  if (format === 'docker') return annotated.map((name, index) => name ?? dockerName(manifest, index));
  if (format === 'kitops') return annotated.map((name, index) => name ?? kitName(manifest, index, config));
  return annotated;
}

const OLLAMA_NAMES: ReadonlyMap<string, string> = new Map([
  ['model', 'model.gguf'],
  ['projector', 'mmproj.gguf'],
  ['adapter', 'adapter.gguf'],
  ['draft', 'draft.gguf'],
  ['template', 'template.gotmpl'],
  ['system', 'system.txt'],
  ['license', 'LICENSE'],
  ['params', 'params.json'],
  ['messages', 'messages.json'],
]);

/** Names for layers that have only a kind; a second one of a kind is numbered. */
function ollamaName(): (descriptor: Descriptor) => string | undefined {
  const counts = new Map<string, number>();
  return ({ mediaType }) => {
    const name = OLLAMA_NAMES.get(mediaType.slice('application/vnd.ollama.image.'.length));
    if (name === undefined) return undefined;
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return count === 1 ? name : name.replace(/(\.[a-z]+)?$/, `-${count}$1`);
  };
}

/** The names that Docker itself gives to files of older models. */
function dockerName(manifest: Manifest, index: number): string | undefined {
  const type = manifest.layers[index]?.mediaType ?? '';
  const alike = manifest.layers.filter(({ mediaType }) => mediaType === type);
  const position = manifest.layers.slice(0, index).filter(({ mediaType }) => mediaType === type).length;
  const digits = (value: number): string => String(value).padStart(5, '0');
  const sharded = alike.length > 1 ? `-${digits(position + 1)}-of-${digits(alike.length)}` : '';
  if (type.startsWith('application/vnd.docker.ai.gguf.')) return `model${sharded}.gguf`;
  if (type === 'application/vnd.docker.ai.safetensors') return `model${sharded}.safetensors`;
  if (type === 'application/vnd.docker.ai.mmproj') return 'mmproj.gguf';
  if (type === 'application/vnd.docker.ai.chat.template.jinja') return 'chat_template.jinja';
  if (type === 'application/vnd.docker.ai.license') return position === 0 ? 'LICENSE' : `LICENSE-${position + 1}`;
  return undefined;
}

/** Finds a layer's entry in the Kitfile by its digest; the entry's place is its path. */
function kitName(manifest: Manifest, index: number, config: unknown): string | undefined {
  const digest = manifest.layers[index]?.digest;
  const pending: unknown[] = [config];
  for (let steps = 0; pending.length > 0 && steps < 100_000; steps++) {
    const value = pending.pop();
    if (typeof value !== 'object' || value === null) continue;
    const entry = value as { digest?: unknown; path?: unknown };
    if (entry.digest === digest && typeof entry.path === 'string') return entry.path.replace(/^(\.\/)+/, '');
    pending.push(...Object.values(value));
  }
  return undefined;
}

/** Fails when an artifact holds nothing that could be written to a directory. */
export function requireFiles(contents: ArtifactContents, name: string): void {
  if (contents.files.length > 0) return;
  throw new SlipwayError('FORMAT_UNSUPPORTED', `'${name}' has no layer that is a file with a name`, {
    got: `${contents.unnamed.length} layers without a name`,
    where: name,
  });
}
