import type { ModelFile } from '../files/index.js';
import { compareFiles, equalByDigest, type FileComparison } from './compare-files.js';
import { compareMetadata, type MetadataComparison } from './compare-metadata.js';
import { compareTensors, type TensorComparison } from './compare-tensors.js';
import { compareLicenses, compareTemplates, type LicenseChange } from './compare-texts.js';
import { modelsOf, openComparedModel, type ModelContent, type ModelFiles } from './model-content.js';

/** One of the two that are compared. */
export interface ComparedSide {
  readonly files: readonly ModelFile[];
  /** One file was named: its name is no part of what is compared. */
  readonly single: boolean;
  /** The manifest's, of an artifact; absent for anything else. */
  readonly annotations?: ReadonlyMap<string, string> | undefined;
}

export interface AnnotationComparison {
  readonly added: readonly { readonly key: string; readonly value: string }[];
  readonly removed: readonly { readonly key: string; readonly value: string }[];
  readonly changed: readonly { readonly key: string; readonly before: string; readonly after: string }[];
}

/** What is different between two models; `added` is what only the second has. */
export interface Comparison {
  readonly equal: boolean;
  /** Of several models the keys are preceded by the model's name and `: `; so are the names of tensors. */
  readonly metadata: MetadataComparison;
  readonly tensors: TensorComparison;
  readonly files: FileComparison;
  /** `null` unless both are artifacts. */
  readonly annotations: AnnotationComparison | null;
  /** Where a licence is stated on both sides, and not the same one; or on one side only. */
  readonly licenses: readonly LicenseChange[];
  /** In the unified format; `null` when the chat templates are the same. */
  readonly chatTemplate: string | null;
  /** Files that one side has beside the model that is compared, where the other is one file. */
  readonly notCompared: readonly string[];
}

interface ModelPair {
  readonly name: string;
  readonly a: ModelFiles;
  readonly b: ModelFiles;
}

interface ComparedPair extends ModelPair {
  readonly before: ModelContent;
  readonly after: ModelContent;
  readonly metadata: MetadataComparison;
  readonly tensors: TensorComparison;
}

/**
 * Compares two sets of files, with the models in them by their metadata and tensors. Bytes are read once at most, and only
 * headers where digests on both sides are equal. Throws what the readers of the formats throw, for a broken file.
 */
export async function compareModels(a: ComparedSide, b: ComparedSide, signal?: AbortSignal): Promise<Comparison> {
  const isSingle = a.single || b.single;
  const pairs = pairsOf(modelsOf(a.files), modelsOf(b.files));
  const compared: ComparedPair[] = [];
  for (const pair of pairs) compared.push(await comparePair(pair, pairs.length > 1, signal));
  const outcome = new Map<string, boolean>();
  for (const pair of compared) for (const { path } of pair.a.files) outcome.set(path, isSamePair(pair));
  const [filesA, filesB] = isSingle && pairs.length === 1 ? modelFiles(compared) : [a.files, b.files];
  const renamed = isSingle ? sameNames(filesA, filesB) : filesB;
  const files = await compareFiles(filesA, renamed, outcome, signal);
  const annotations =
    a.annotations === undefined || b.annotations === undefined ? null : compareTexts(a.annotations, b.annotations);
  const metadata = joined(compared.map((pair) => pair.metadata));
  const tensors = {
    ...joined(compared.map((pair) => pair.tensors)),
    same: compared.reduce((sum, pair) => sum + pair.tensors.same, 0),
  };
  const parts = [metadata, tensors, files, ...(annotations === null ? [] : [annotations])];
  const notCompared = [
    ...a.files.filter((file) => !filesA.includes(file)),
    ...b.files.filter((file) => !filesB.includes(file)),
  ];
  const texts = { a: filesA, b: filesB, models: compared.map(({ name, before, after }) => ({ name, before, after })) };
  return {
    equal: parts.every((one) => one.added.length + one.removed.length + one.changed.length === 0),
    metadata,
    tensors,
    files,
    annotations,
    licenses: await compareLicenses(texts, a.annotations, b.annotations, signal),
    chatTemplate: await compareTemplates(texts, signal),
    notCompared: notCompared.map(({ path }) => path),
  };
}

/** The one model of a kind on each side whatever it is called; of several those of one name. */
function pairsOf(a: readonly ModelFiles[], b: readonly ModelFiles[]): ModelPair[] {
  const pairs: ModelPair[] = [];
  const open = new Set(b);
  const take = (one: ModelFiles, other: ModelFiles | undefined): boolean => {
    if (other === undefined) return false;
    open.delete(other);
    return pairs.push({ name: one.name, a: one, b: other }) > 0;
  };
  const unpaired = a.filter(
    (one) =>
      !take(
        one,
        [...open].find(({ kind, name }) => kind === one.kind && name === one.name),
      ),
  );
  for (const kind of ['gguf', 'safetensors'] as const) {
    const [one, ...more] = unpaired.filter((model) => model.kind === kind);
    const [other, ...others] = [...open].filter((model) => model.kind === kind);
    if (one !== undefined && more.length === 0 && others.length === 0) take(one, other);
  }
  return pairs;
}

async function comparePair(pair: ModelPair, prefixed: boolean, signal: AbortSignal | undefined): Promise<ComparedPair> {
  const { a, b, name } = pair;
  const before = await openComparedModel(a, signal);
  const isKnown =
    a.files.length === b.files.length &&
    a.files.every((file, index) => {
      const other = b.files[index];
      return other !== undefined && equalByDigest(file, other) === true;
    });
  const after = isKnown ? before : await openComparedModel(b, signal);
  const metadata = compareMetadata(before.metadata, after.metadata);
  const tensors = await compareTensors(before.tensors, after.tensors, isKnown, signal);
  if (!prefixed) return { ...pair, before, after, metadata, tensors };
  const keyed = <T extends { readonly key: string }>(one: T): T => ({ ...one, key: `${name}: ${one.key}` });
  const named = <T extends { readonly name: string }>(one: T): T => ({ ...one, name: `${name}: ${one.name}` });
  return {
    ...pair,
    before,
    after,
    metadata: {
      added: metadata.added.map(keyed),
      removed: metadata.removed.map(keyed),
      changed: metadata.changed.map(keyed),
    },
    tensors: {
      added: tensors.added.map(named),
      removed: tensors.removed.map(named),
      changed: tensors.changed.map(named),
      same: tensors.same,
    },
  };
}

function isSamePair({ metadata, tensors }: ComparedPair): boolean {
  return [metadata, tensors].every((one) => one.added.length + one.removed.length + one.changed.length === 0);
}

function modelFiles(compared: readonly ComparedPair[]): [readonly ModelFile[], readonly ModelFile[]] {
  return [compared.flatMap(({ a }) => a.files), compared.flatMap(({ b }) => b.files)];
}

/** The same files under the names of others, one by one, when there are as many. */
function sameNames(names: readonly ModelFile[], files: readonly ModelFile[]): readonly ModelFile[] {
  if (names.length !== files.length) return files;
  return files.map((file, index) => ({
    path: names[index]?.path ?? file.path,
    size: file.size,
    digest: file.digest,
    read: (range, signal, hints) => file.read(range, signal, hints),
  }));
}

function joined<A, R, C>(
  all: readonly { readonly added: readonly A[]; readonly removed: readonly R[]; readonly changed: readonly C[] }[],
): { added: A[]; removed: R[]; changed: C[] } {
  return {
    added: all.flatMap(({ added }) => added),
    removed: all.flatMap(({ removed }) => removed),
    changed: all.flatMap(({ changed }) => changed),
  };
}

function compareTexts(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): AnnotationComparison {
  const only = (
    own: ReadonlyMap<string, string>,
    other: ReadonlyMap<string, string>,
  ): { key: string; value: string }[] =>
    [...own].filter(([key]) => !other.has(key)).map(([key, value]) => ({ key, value }));
  return {
    added: only(b, a),
    removed: only(a, b),
    changed: [...a].flatMap(([key, before]) => {
      const after = b.get(key);
      return after === undefined || after === before ? [] : [{ key, before, after }];
    }),
  };
}
