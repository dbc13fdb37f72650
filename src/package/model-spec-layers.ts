import type { ModelFile } from '../files/index.js';
import type { Layer } from '../registry/index.js';
import { layerKind, orderedFiles, type KindedFile } from './file-kind.js';
import { createdAt, sortedAnnotations, type PackOptions } from './format-options.js';
import { kindAnnotation } from './packaging-format.js';
import type { ModelVariant } from './variant.js';

/** The two spellings of one specification: `cncf` today, `cnai` up to model-spec v0.0.6 (Harbor 2.13 to 2.15). */
export type ModelSpecFamily = 'cncf' | 'cnai';

export interface ModelSpecOptions extends PackOptions {
  /**
   * Writes `file.metadata+json` on every layer (RamaLama's reader wants it): fixed mode and owner, the commit's date.
   * Left out unless asked for.
   */
  readonly fileMetadata?: boolean | undefined;
  /** README and LICENSE under the names that Harbor looks for; true unless given. */
  readonly harborNames?: boolean | undefined;
}

/** 0644, as the annotation wants it: decimal. */
const FILE_MODE = 420;

/** One raw layer a file, named for every reader: ModelPack's path and the title that oras and CRI-O use. */
export function modelSpecLayers(variant: ModelVariant, family: ModelSpecFamily, options: ModelSpecOptions): Layer[] {
  const files = orderedFiles(variant);
  const named = options.harborNames === false ? files.map(asIs) : files.flatMap((entry) => harborNames(entry, files));
  const time = createdAt(variant.facts, options) ?? '1970-01-01T00:00:00Z';
  return named.map(({ kind, file, path }) => ({
    file,
    mediaType: `application/vnd.${family}.model.${layerKind(kind)}.v1.raw`,
    annotations: sortedAnnotations({
      ...kindAnnotation(kind),
      [`org.${family}.model.filepath`]: path,
      [`org.${family}.model.file.metadata+json`]:
        options.fileMetadata === true ? fileMetadata(path, file, time) : undefined,
      'org.opencontainers.image.title': path,
    }),
  }));
}

interface NamedFile extends KindedFile {
  readonly path: string;
}

function asIs(entry: KindedFile): NamedFile {
  return { ...entry, path: entry.file.path };
}

/**
 * Harbor shows `README.md` or `README` and `LICENSE` or `LICENSE.txt`, spelt so and at the top. A file that differs in case
 * only takes the wanted name; one that differs in more keeps its name and gets a second descriptor of the same blob.
 */
function harborNames(entry: KindedFile, files: readonly KindedFile[]): NamedFile[] {
  const path = entry.file.path;
  for (const [wanted, similar] of [
    [['README.md', 'README'], /^readme(\.(md|markdown|txt|rst))?$/i],
    [['LICENSE', 'LICENSE.txt'], /^(licen[sc]e|copying)(\.(md|txt|rst))?$/i],
  ] as const) {
    if (!similar.test(path) || wanted.some((name) => files.some((other) => other.file.path === name))) continue;
    const first = files.find((other) => similar.test(other.file.path));
    const name = wanted.find((name) => name.toLowerCase() === path.toLowerCase());
    if (first !== entry) continue;
    return name === undefined ? [asIs(entry), { ...entry, path: wanted[0] }] : [{ ...entry, path: name }];
  }
  return [asIs(entry)];
}

function fileMetadata(path: string, file: ModelFile, time: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return JSON.stringify({ name, mode: FILE_MODE, uid: 0, gid: 0, size: file.size, mtime: time, typeflag: 0 });
}
