import { SlipwayError } from '../core/index.js';
import { LFS_POINTER_LIMIT, readRange, readWhole, refuseLfsPointer, type ModelFile } from '../files/index.js';
import { readGguf, weightCount, type Gguf, type GgufTensor } from '../gguf/index.js';

/** How much each column of each tensor matters, measured on calibration text (llama.cpp's importance matrix). */
export interface Imatrix {
  /** The path as it was given: it is written into the quantized file. */
  readonly path: string;
  /** Tensor name to one value a column, for each expert one row after another. */
  readonly entries: ReadonlyMap<string, Float32Array>;
  /** Calibration texts, as the file names them. */
  readonly datasets: readonly string[];
  /** Chunks of text it was computed on; 0 when the file does not say. */
  readonly chunks: number;
}

/** Bytes of a legacy file, which is read whole. The largest mixture-of-experts models stay below. */
const LEGACY_LIMIT = 1024 * 1024 * 1024;
/** Values over all tensors: 4 bytes each in memory. */
const VALUE_LIMIT = 512 * 1024 * 1024;

/**
 * Reads an importance matrix: the GGUF form, or the binary form that llama.cpp wrote before. Values are divided by
 * their counts as llama-quantize does. Throws `IMATRIX_INVALID`, also for values that are not finite.
 */
export async function readImatrix(file: ModelFile, signal?: AbortSignal): Promise<Imatrix> {
  const start = await readRange(file, { start: 0, end: Math.min(LFS_POINTER_LIMIT, file.size) }, signal);
  refuseLfsPointer(file.path, start);
  const isGguf = Buffer.from(start.subarray(0, 4)).toString('latin1') === 'GGUF';
  const imatrix = isGguf
    ? await fromGguf(file, await readGguf(file, {}, signal), signal)
    : parseLegacy(file.path, await readWhole(file, LEGACY_LIMIT, signal));
  for (const [name, values] of imatrix.entries) {
    if (!values.every(Number.isFinite)) throw invalid(file.path, `has a value that is not finite for '${name}'`);
  }
  return imatrix;
}

/** The part of an importance matrix that include and exclude lists leave; `undefined` when nothing is left. */
export function selectImatrix(
  imatrix: Imatrix | undefined,
  include: readonly string[] = [],
  exclude: readonly string[] = [],
): Imatrix | undefined {
  if (include.length > 0 && exclude.length > 0) {
    throw new SlipwayError('CONFIG_INVALID', 'weights cannot be included and excluded at the same time');
  }
  if (imatrix === undefined) return undefined;
  const entries = [...imatrix.entries].filter(
    ([name]) =>
      (include.length === 0 || include.some((part) => name.includes(part))) &&
      !exclude.some((part) => name.includes(part)),
  );
  return entries.length === 0 ? undefined : { ...imatrix, entries: new Map(entries) };
}

async function fromGguf(file: ModelFile, gguf: Gguf, signal: AbortSignal | undefined): Promise<Imatrix> {
  const datasets = gguf.metadata.get('imatrix.datasets');
  const chunks = gguf.metadata.get('imatrix.chunk_count');
  if (datasets?.type !== 'ARRAY' || chunks?.type !== 'UINT32' || !gguf.metadata.has('imatrix.chunk_size')) {
    throw invalid(file.path, 'lacks the keys of an importance matrix', 'imatrix.datasets, .chunk_count, .chunk_size');
  }
  const tensors = new Map(gguf.tensors.map((tensor) => [tensor.name, tensor]));
  const total = gguf.tensors.reduce((sum, tensor) => sum + weightCount(tensor), 0);
  if (total > VALUE_LIMIT) throw invalid(file.path, 'is too large', `${total} values, at most ${VALUE_LIMIT}`);
  const entries = new Map<string, Float32Array>();
  for (const sums of gguf.tensors) {
    if (!sums.name.endsWith('.in_sum2')) continue;
    const name = sums.name.slice(0, -'.in_sum2'.length);
    const counts = tensors.get(`${name}.counts`);
    if (counts === undefined) throw invalid(file.path, `has sums without counts for '${name}'`);
    entries.set(
      name,
      average(file.path, name, await floats(file.path, sums, signal), await floats(file.path, counts, signal)),
    );
  }
  if (entries.size === 0) throw invalid(file.path, 'holds no values');
  const names = [...datasets.value].filter((dataset) => typeof dataset === 'string');
  return { path: file.path, entries, datasets: names, chunks: chunks.value };
}

/** Sums over counts, expert by expert; an expert that was never used gets ones. */
function average(path: string, name: string, sums: Float32Array, counts: Float32Array): Float32Array {
  const length = sums.length / counts.length;
  if (!Number.isInteger(length)) {
    throw invalid(
      path,
      `has counts that do not fit the sums of '${name}'`,
      `${sums.length} sums, ${counts.length} counts`,
    );
  }
  return sums.map((sum, index) => {
    const count = Math.fround(Math.round(counts[Math.floor(index / length)] ?? 0));
    return count > 0 ? sum / count : 1;
  });
}

async function floats(path: string, tensor: GgufTensor, signal: AbortSignal | undefined): Promise<Float32Array> {
  if (tensor.type !== 'F32') throw invalid(path, `has a tensor '${tensor.name}' that is not F32`, tensor.type);
  const bytes = new Uint8Array(weightCount(tensor) * 4);
  let at = 0;
  for await (const chunk of tensor.read(undefined, signal)) {
    if (at + chunk.byteLength > bytes.byteLength) throw invalid(path, `gives too many bytes for '${tensor.name}'`);
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  if (at < bytes.byteLength) throw invalid(path, `gives too few bytes for '${tensor.name}'`);
  return new Float32Array(bytes.buffer);
}

/** The old binary form: count; then name, calls and values of each entry; then, since 2024, chunks and data set. */
function parseLegacy(path: string, bytes: Uint8Array): Imatrix {
  const reader = new LegacyReader(path, bytes);
  const count = reader.int32('the number of entries', 1);
  const entries = new Map<string, Float32Array>();
  for (let index = 0; index < count; index++) {
    const name = reader.text('a name');
    const calls = Math.fround(reader.int32(`the calls of '${name}'`));
    const sums = reader.floats(name);
    entries.set(name, calls > 0 ? sums.map((sum) => sum / calls) : sums);
  }
  const chunks = reader.remaining >= 4 ? reader.int32('the number of chunks') : 0;
  const datasets = reader.remaining >= 4 ? [reader.text('a data set')].filter((dataset) => dataset !== '') : [];
  return { path, entries, datasets, chunks };
}

class LegacyReader {
  readonly #path: string;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(path: string, bytes: Uint8Array) {
    this.#path = path;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.#bytes.byteLength - this.#at;
  }

  int32(what: string, least = -Infinity): number {
    this.#need(4, what);
    const value = this.#view.getInt32(this.#at, true);
    this.#at += 4;
    if (value < least) throw invalid(this.#path, `has ${what} that cannot be`, `${value}`);
    return value;
  }

  text(what: string): string {
    const length = this.int32(what, 0);
    this.#need(length, what);
    const bytes = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    const end = bytes.indexOf(0);
    return new TextDecoder().decode(end === -1 ? bytes : bytes.subarray(0, end));
  }

  floats(name: string): Float32Array {
    const count = this.int32(`the number of values of '${name}'`, 1);
    this.#need(count * 4, `the values of '${name}'`);
    const values = new Float32Array(this.#bytes.slice(this.#at, this.#at + count * 4).buffer);
    this.#at += count * 4;
    return values;
  }

  #need(count: number, what: string): void {
    if (count > this.remaining)
      throw invalid(this.#path, `ends before ${what}`, `${count} bytes needed, ${this.remaining} left`);
  }
}

function invalid(path: string, message: string, got?: string): SlipwayError {
  return new SlipwayError('IMATRIX_INVALID', `'${path}' ${message}`, {
    where: path,
    ...(got === undefined ? {} : { got }),
  });
}
