import { countText, SlipwayError } from '../../core/index.js';
import type { ModelFile } from '../../files/index.js';
import { readWhole } from '../../files/index.js';
import { ggufFile, readGguf, weightCount, type GgufContent, type GgufTensor } from '../../gguf/index.js';
import type { CollectedSums } from '../../../workers/llama-addon.js';

// The file of llama-imatrix: for each matrix the sums of squares of what it was multiplied with, and of how many rows.

/** Sums by the name of the matrix, with what the file says about where they come from. */
export interface ImportanceSums {
  readonly entries: ReadonlyMap<string, CollectedSums>;
  /** Texts, as they were named. */
  readonly datasets: readonly string[];
  /** Tokens of a chunk. */
  readonly chunkSize: number;
}

const { fround } = Math;
const LEGACY_LIMIT = 1024 * 1024 * 1024;

/** Chunks that were seen: what the largest count amounts to. */
export function chunkCount({ entries, chunkSize }: ImportanceSums): number {
  let most = 0;
  for (const { counts } of entries.values()) for (const count of counts) most = Math.max(most, count);
  return Math.trunc(most / chunkSize);
}

/** The file in its GGUF form, byte for byte as llama-imatrix writes it. `extra` adds keys of our own. */
export function importanceFile(
  path: string,
  sums: ImportanceSums,
  extra: GgufContent['metadata'] = new Map(),
): ModelFile {
  const metadata: GgufContent['metadata'] = new Map([
    ['general.type', { type: 'STRING', value: 'imatrix' } as const],
    ['imatrix.datasets', { type: 'ARRAY', items: 'STRING', value: [...sums.datasets] } as const],
    ['imatrix.chunk_count', { type: 'UINT32', value: chunkCount(sums) } as const],
    ['imatrix.chunk_size', { type: 'UINT32', value: sums.chunkSize } as const],
    ...extra,
  ]);
  const tensors = sorted(sums).flatMap(({ name, values, counts }): GgufTensor[] => {
    const matrices = counts.length;
    if (values.length === 0 || matrices === 0) return [];
    return [
      floatTensor(`${name}.in_sum2`, [values.length / matrices, matrices], values),
      floatTensor(`${name}.counts`, [1, matrices], Float32Array.from(counts)),
    ];
  });
  return ggufFile(path, { metadata, tensors });
}

/** The older binary form (`--output-format dat`). */
export function legacyImportance(sums: ImportanceSums): Uint8Array {
  const entries = sorted(sums).filter(({ counts }) => counts.some((count) => count > 0));
  const parts: Uint8Array[] = [int32(entries.length)];
  for (const { name, values, counts } of entries) {
    const calls = Math.trunc((Math.max(...counts) + sums.chunkSize - 1) / sums.chunkSize);
    const text = Buffer.from(name);
    const each = values.length / counts.length;
    const floats = values.map((value, index) => {
      const count = counts[Math.trunc(index / each)] ?? 0;
      return fround((count === 0 ? 1 : fround(value / fround(count))) * fround(calls));
    });
    parts.push(int32(text.length), text, int32(calls), int32(values.length), new Uint8Array(floats.buffer));
  }
  const dataset = Buffer.from(sums.datasets.at(-1) ?? '');
  parts.push(int32(chunkCount(sums)), int32(dataset.length), dataset);
  return Buffer.concat(parts);
}

/**
 * Reads sums to go on from or to merge, in either form. Throws `IMATRIX_INVALID`. The older form has averages alone:
 * sums are made of them as llama-imatrix does.
 */
export async function readImportance(
  file: ModelFile,
  chunkSize: number | undefined,
  signal?: AbortSignal,
): Promise<ImportanceSums> {
  const bytes = await readWhole(file, LEGACY_LIMIT, signal);
  const isGguf = Buffer.from(bytes.subarray(0, 4)).toString('latin1') === 'GGUF';
  return isGguf ? fromGguf(file, signal) : fromLegacy(file.path, bytes, chunkSize ?? 512);
}

async function fromGguf(file: ModelFile, signal: AbortSignal | undefined): Promise<ImportanceSums> {
  const gguf = await readGguf(file, {}, signal);
  const datasets = gguf.metadata.get('imatrix.datasets');
  const size = gguf.metadata.get('imatrix.chunk_size');
  if (datasets?.type !== 'ARRAY' || size?.type !== 'UINT32' || size.value < 1) {
    throw invalid(file.path, 'lacks imatrix.datasets or imatrix.chunk_size');
  }
  const entries = new Map<string, CollectedSums>();
  const tensors = new Map(gguf.tensors.map((tensor) => [tensor.name, tensor]));
  for (const [full, tensor] of tensors) {
    if (!full.endsWith('.in_sum2')) continue;
    const name = full.slice(0, -'.in_sum2'.length);
    const counts = tensors.get(`${name}.counts`);
    if (counts === undefined) throw invalid(file.path, `has sums without counts for '${name}'`);
    const values = await floats(file.path, tensor, signal);
    const rows = Float64Array.from(await floats(file.path, counts, signal));
    if (rows.length === 0 || values.length % rows.length !== 0)
      throw invalid(file.path, `has counts that do not fit '${name}'`);
    entries.set(name, { name, values, counts: rows });
  }
  if (entries.size === 0) throw invalid(file.path, 'holds no values');
  const names = [...datasets.value].filter((dataset) => typeof dataset === 'string');
  return { entries, datasets: names, chunkSize: size.value };
}

function fromLegacy(path: string, bytes: Uint8Array, chunkSize: number): ImportanceSums {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const take = (count: number): Buffer => {
    if (count < 0 || at + count > buffer.length) throw invalid(path, `ends after ${countText(buffer.length, 'byte')}`);
    at += count;
    return buffer.subarray(at - count, at);
  };
  const number = (): number => take(4).readInt32LE();
  const entries = new Map<string, CollectedSums>();
  const count = number();
  for (let index = 0; index < count; index += 1) {
    const name = take(number()).toString();
    const calls = number();
    const values = new Float32Array(new Uint8Array(take(4 * number())).buffer).map((value) =>
      fround(value * chunkSize),
    );
    entries.set(name, { name, values, counts: Float64Array.of(calls * chunkSize) });
  }
  if (entries.size === 0) throw invalid(path, 'holds no values');
  const last = at + 8 <= buffer.length ? (number(), take(number()).toString()) : '';
  return { entries, datasets: last === '' ? [] : [last], chunkSize };
}

/** Adds sums up, file after file, in floats. Throws `IMATRIX_INVALID` when sizes differ. */
export function mergeImportance(all: readonly ImportanceSums[], chunkSize: number): ImportanceSums {
  const entries = new Map<string, CollectedSums>();
  for (const sums of all) {
    for (const [name, entry] of sums.entries) {
      const before = entries.get(name);
      entries.set(name, before === undefined ? entry : added(before, entry));
    }
  }
  return { entries, datasets: all.flatMap(({ datasets }) => datasets), chunkSize };
}

function added(one: CollectedSums, other: CollectedSums): CollectedSums {
  const { name, values } = one;
  const counts =
    one.counts.length === 1 && other.counts.length > 1
      ? new Float64Array(other.counts.length).fill(one.counts[0] ?? 0)
      : one.counts;
  if (values.length !== other.values.length || counts.length !== other.counts.length) {
    throw invalid(name, `has ${values.length} values in one file and ${other.values.length} in another`);
  }
  return {
    name,
    values: values.map((value, index) => value + (other.values[index] ?? 0)),
    counts: counts.map((count, index) => count + (other.counts[index] ?? 0)),
  };
}

function sorted({ entries }: ImportanceSums): readonly CollectedSums[] {
  return [...entries.values()].sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
}

function floatTensor(name: string, dimensions: readonly [number, number], values: Float32Array): GgufTensor {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return {
    name,
    // A last dimension of one is left out, as ggml does.
    dimensions: dimensions[1] === 1 ? [dimensions[0]] : dimensions,
    type: 'F32',
    async *read(range = { start: 0, end: bytes.length }) {
      yield bytes.slice(range.start, range.end);
    },
  };
}

async function floats(path: string, tensor: GgufTensor, signal: AbortSignal | undefined): Promise<Float32Array> {
  if (tensor.type !== 'F32') throw invalid(path, `has a tensor '${tensor.name}' that is not F32`);
  const parts: Uint8Array[] = [];
  for await (const part of tensor.read(undefined, signal)) parts.push(part);
  const bytes = Buffer.concat(parts);
  if (bytes.length !== 4 * weightCount(tensor)) throw invalid(path, `has other bytes than '${tensor.name}' needs`);
  return new Float32Array(new Uint8Array(bytes).buffer);
}

function int32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

function invalid(where: string, message: string): SlipwayError {
  return new SlipwayError('IMATRIX_INVALID', `'${where}' ${message}`, { where });
}
