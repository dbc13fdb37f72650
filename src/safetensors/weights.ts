import { interruptibleStep, SlipwayError } from '../core/index.js';
import { readText, type ModelFile, type Snapshot } from '../files/index.js';
import { carriesCode } from './foreign.js';
import { DEFAULT_LIMITS, invalid, type SafetensorsLimits, type SafetensorsTensor } from './header.js';
import { readSafetensors } from './reader.js';
import { ScanError, Scanner } from './scanner.js';

/** Real index files reach some 60 MB (half a million experts). */
const INDEX_LIMIT = 256 * 1024 * 1024;
const SHARD_LIMIT = 10_000;
const MOST_MS = 120_000;
/** Headers read side by side. */
const HEADERS_AT_ONCE = 4;

/** A tensor and the file that holds it. */
export interface WeightTensor extends SafetensorsTensor {
  readonly file: ModelFile;
}

/** All tensors of a repository. */
export interface Weights {
  /** Shards in the order of their names, tensors by name within a shard: the order in which a converter meets them. */
  readonly tensors: ReadonlyMap<string, WeightTensor>;
  readonly files: readonly ModelFile[];
}

export interface OpenWeightsOptions {
  /** What the weight files' names begin with: `model` unless given (`consolidated` in Mistral's own layout). */
  readonly prefix?: string;
  readonly limits?: SafetensorsLimits;
  readonly signal?: AbortSignal;
}

/**
 * Opens a repository's safetensors: headers only. An index must name every tensor in exactly the shard that holds it.
 * Throws `PICKLE_REFUSED` for a repository with pickled weights only, `MODEL_INVALID` without weights or when index and
 * shards disagree, `SAFETENSORS_INVALID`.
 */
export async function openWeights(snapshot: Snapshot, options: OpenWeightsOptions = {}): Promise<Weights> {
  const prefix = options.prefix ?? 'model';
  const byPath = new Map(snapshot.files.map((file) => [file.path, file]));
  const indexFile = byPath.get(`${prefix}.safetensors.index.json`);
  const index = indexFile === undefined ? undefined : await readIndex(indexFile, options.signal);
  const files = index === undefined ? loose(snapshot, prefix) : shards(snapshot, byPath, index);
  const tensors = new Map<string, WeightTensor>();
  for (let at = 0; at < files.length; at += HEADERS_AT_ONCE) {
    const batch = files.slice(at, at + HEADERS_AT_ONCE);
    const headers = await Promise.all(
      batch.map(async (file) => readSafetensors(file, options.signal, options.limits ?? DEFAULT_LIMITS)),
    );
    for (const [offset, header] of headers.entries()) {
      const file = batch[offset];
      if (file !== undefined) addShard(tensors, file, header.tensors, index);
    }
  }
  for (const [name, shard] of index ?? []) {
    if (!tensors.has(name)) throw disagree(`the index names tensor '${name}', which '${shard}' does not hold`, shard);
  }
  return { tensors, files };
}

function addShard(
  into: Map<string, WeightTensor>,
  file: ModelFile,
  tensors: ReadonlyMap<string, SafetensorsTensor>,
  index: ReadonlyMap<string, string> | undefined,
): void {
  for (const name of [...tensors.keys()].toSorted(byCodePoint)) {
    const tensor = tensors.get(name);
    const other = into.get(name);
    if (tensor === undefined) continue;
    if (other !== undefined) throw twice(name, other.file.path, file.path);
    const shard = index?.get(name);
    if (index !== undefined && shard !== file.path) {
      const expected = shard === undefined ? 'the index does not name it' : `the index says '${shard}'`;
      throw disagree(`'${file.path}' holds tensor '${name}' against the index`, file.path, expected);
    }
    into.set(name, { ...tensor, file });
  }
}

/** Orders names as Python orders strings: by code points, where JavaScript goes by UTF-16 units. */
function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Weight files without an index: every `model*.safetensors` at the top. */
function loose(snapshot: Snapshot, prefix: string): ModelFile[] {
  const files = snapshot.files
    .filter(({ path }) => !path.includes('/') && path.startsWith(prefix) && path.endsWith('.safetensors'))
    .toSorted((a, b) => byCodePoint(a.path, b.path));
  if (files.length > 0) return bounded(wholeSets(files));
  const pickle = [...snapshot.files, ...(snapshot.leftOut ?? [])].find(({ path }) => carriesCode(path));
  if (pickle !== undefined) {
    throw new SlipwayError(
      'PICKLE_REFUSED',
      `'${snapshot.source.name}' has weights only in a format that can run code`,
      {
        where: pickle.path,
        try: 'use a revision or a repository of the same model with safetensors weights',
      },
    );
  }
  throw new SlipwayError('MODEL_INVALID', `'${snapshot.source.name}' has no '${prefix}*.safetensors'`, {
    where: snapshot.source.url,
    got: `${snapshot.files.length} files`,
  });
}

/** Throws `MODEL_INVALID` when of numbered shards one is missing. */
function wholeSets(files: ModelFile[]): ModelFile[] {
  const present = new Set(files.map(({ path }) => path));
  for (const { path } of files) {
    const [, stem = '', count = ''] = /^(.*-)\d{5}-of-(\d{5})\.safetensors$/.exec(path) ?? [];
    if (Number(count) > SHARD_LIMIT) continue;
    for (let shard = 1; shard <= Number(count); shard += 1) {
      const name = `${stem}${String(shard).padStart(5, '0')}-of-${count}.safetensors`;
      if (!present.has(name)) throw lacksShard(path, name, files);
    }
  }
  return files;
}

function lacksShard(path: string, missing: string, files: readonly ModelFile[]): SlipwayError {
  const saving = savingOf(path);
  const others = files.some((file) => savingOf(file.path) !== saving);
  return new SlipwayError('MODEL_INVALID', `the shard '${missing}' is missing beside '${path}'`, {
    where: path,
    try: others
      ? `--exclude '${saving}'   (leaves these shards out: they may be left from an earlier saving)`
      : 'download the repository again; if it repeats, it is incomplete where it comes from',
  });
}

function shards(
  snapshot: Snapshot,
  byPath: ReadonlyMap<string, ModelFile>,
  index: ReadonlyMap<string, string>,
): ModelFile[] {
  const names = [...new Set(index.values())].toSorted(byCodePoint);
  return bounded(
    names.map((name) => {
      const file = byPath.get(name);
      if (file !== undefined) return file;
      throw disagree(`the index names '${name}', which is not in '${snapshot.source.name}'`, name);
    }),
  );
}

function bounded(files: ModelFile[]): ModelFile[] {
  if (files.length <= SHARD_LIMIT) return files;
  throw disagree('there are too many weight files', files[0]?.path ?? '', `${files.length}, limit ${SHARD_LIMIT}`);
}

/** Tensor name to shard name. */
async function readIndex(file: ModelFile, signal: AbortSignal | undefined): Promise<ReadonlyMap<string, string>> {
  const text = await readText(file, INDEX_LIMIT, signal);
  let map: ReadonlyMap<string, string> | undefined;
  try {
    const limit = { ms: MOST_MS, code: 'JSON_INVALID', what: `'${file.path}'` } as const;
    map = await interruptibleStep(() => scanIndex(text), text.length, limit, signal);
  } catch (error) {
    if (!(error instanceof ScanError)) throw error;
    throw new SlipwayError('JSON_INVALID', `'${file.path}' is no index of weights: ${error.message}`, {
      where: `${file.path}, character ${error.at}`,
    });
  }
  if (map === undefined || map.size === 0) throw invalid(file.path, "the index has no 'weight_map'");
  return map;
}

function scanIndex(text: string): ReadonlyMap<string, string> | undefined {
  const scanner = new Scanner(text);
  let map: Map<string, string> | undefined;
  scanner.object((key) => {
    if (key !== 'weight_map') return scanner.skip();
    const entries = new Map<string, string>();
    scanner.object((name) => void entries.set(name, scanner.string()));
    map = entries;
  });
  scanner.end();
  return map;
}

/** Two savings of a model in one directory: one of them is to be left out, and only a person can say which. */
function twice(name: string, one: string, other: string): SlipwayError {
  const [first, second] = [savingOf(one), savingOf(other)];
  const message = `tensor '${name}' is in two files`;
  if (first === second) return disagree(message, other, `'${one}' and '${other}'`);
  return new SlipwayError('MODEL_INVALID', `${message}: the weights were saved twice, in different pieces`, {
    where: other,
    got: `'${first}' and '${second}'`,
    try: [
      `--exclude '${first}'   (takes '${second}'; or remove the old files)`,
      `--exclude '${second}'   (takes '${first}')`,
    ],
  });
}

/** The files that were saved together, as a glob: `model-*-of-00002.safetensors`. */
function savingOf(path: string): string {
  return path.replace(/-\d{5}-of-(\d{5}\.safetensors)$/, '-*-of-$1');
}

function disagree(message: string, where: string, got?: string): SlipwayError {
  return new SlipwayError('MODEL_INVALID', message, {
    where,
    ...(got === undefined ? {} : { got }),
    try: 'download the repository again; if it repeats, it is incomplete where it comes from',
  });
}
