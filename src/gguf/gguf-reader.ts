import { countText, SlipwayError } from '../core/index.js';
import { checkedRange, LFS_POINTER_LIMIT, readRange, refuseLfsPointer, type ModelFile } from '../files/index.js';
import { readSwapped } from './byte-order.js';
import type { GgufContent, GgufMetadata, GgufTensor } from './content.js';
import { HeaderCursor } from './header-cursor.js';
import { alignmentOf, GGUF_MAGIC, padded } from './layout.js';
import { GGUF_LIMITS, type GgufLimits } from './limits.js';
import { readMetadata, SMALLEST_ENTRY } from './read-metadata.js';
import { readTensorTable, SMALLEST_TENSOR_INFO, type TensorEntry } from './read-tensors.js';

/** A GGUF file that was read: its content, and where the content is. */
export interface Gguf extends GgufContent {
  /** 2 or 3. Version 1 had 32-bit lengths and is refused, as in ggml. */
  readonly version: number;
  /** The file is big endian; tensors are read as little endian all the same. */
  readonly bigEndian: boolean;
  readonly alignment: number;
  /** Position of the data section in the file. */
  readonly dataOffset: number;
  /** Position of each tensor's data in the file. */
  readonly positions: readonly number[];
  /** End of the last tensor with its padding: what the file's size should be. */
  readonly end: number;
}

/**
 * Reads the header of a GGUF file (specification: ggml/docs/gguf.md) and gives its tensors lazily. Versions 2 and 3,
 * big-endian files too. Only the header is read, in windows; it is as strict as ggml's own reader, and counts are
 * compared with the file's size and with `limits` before anything is allocated for them.
 * Throws `GGUF_INVALID`, and `SIZE_MISMATCH` when the file gives fewer bytes than it announced.
 */
export async function readGguf(
  file: ModelFile,
  options: { readonly limits?: Partial<GgufLimits> } = {},
  signal?: AbortSignal,
): Promise<Gguf> {
  const limits = { ...GGUF_LIMITS, ...options.limits };
  const cursor = new HeaderCursor(file, limits.headerBytes, signal);
  await refusePointer(file, signal);
  const version = await readVersion(cursor);
  const tensorCount = await cursor.count('tensors', limits.tensors, SMALLEST_TENSOR_INFO);
  const keyCount = await cursor.count('metadata keys', limits.keys, SMALLEST_ENTRY);
  const metadata = await readMetadata(cursor, keyCount, limits);
  const alignment = checkedAlignment(cursor, metadata);
  const table = await readTensorTable(cursor, tensorCount, limits, file.size);
  // As in ggml: without tensors there is no data section, and no padding before it.
  const dataOffset = padded(cursor.position, table.length === 0 ? 1 : alignment);
  const { positions, end } = place(cursor, file, table, dataOffset, alignment);
  const bigEndian = !cursor.littleEndian;
  const tensors = table.map((entry, index) => lazyTensor(file, entry, positions[index] ?? 0, bigEndian));
  return { version, bigEndian, alignment, dataOffset, positions, end, metadata, tensors };
}

/**
 * The keys that a GGUF begins with: what it is (`general.…`), up to the first key that says something else. One small
 * read. Throws `GGUF_INVALID`, as {@link readGguf}.
 */
export async function readGeneralKeys(file: ModelFile, signal?: AbortSignal): Promise<GgufMetadata> {
  const cursor = new HeaderCursor(file, GGUF_LIMITS.headerBytes, signal);
  await readVersion(cursor);
  await cursor.count('tensors', GGUF_LIMITS.tensors, SMALLEST_TENSOR_INFO);
  const keyCount = await cursor.count('metadata keys', GGUF_LIMITS.keys, SMALLEST_ENTRY);
  return readMetadata(cursor, keyCount, GGUF_LIMITS, 'general.');
}

/** No model is as small as a pointer that stands in for one. */
async function refusePointer(file: ModelFile, signal: AbortSignal | undefined): Promise<void> {
  if (file.size >= LFS_POINTER_LIMIT || file.size === 0) return;
  refuseLfsPointer(file.path, await readRange(file, { start: 0, end: file.size }, signal));
}

async function readVersion(cursor: HeaderCursor): Promise<number> {
  await cursor.fill(8, 'its version');
  if (cursor.takeUint32() !== GGUF_MAGIC)
    throw cursor.invalid('is not a GGUF file', "the first four bytes are not 'GGUF'");
  const version = cursor.takeView(4);
  const little = version.getUint32(0, true);
  if (little === 2 || little === 3) return little;
  const big = version.getUint32(0, false);
  // Big-endian files came with version 3.
  if (big !== 3) throw cursor.invalid('has a GGUF version that cannot be read', `${little}, known: 2 and 3`);
  cursor.littleEndian = false;
  return big;
}

function checkedAlignment(cursor: HeaderCursor, metadata: GgufMetadata): number {
  try {
    return alignmentOf(metadata);
  } catch (cause) {
    throw cursor.invalid(
      "has a 'general.alignment' that cannot be used",
      SlipwayError.is(cause) ? cause.details.got : '',
    );
  }
}

/** Positions in the file: offsets must be the running sum of padded sizes, and the data must be there. */
function place(
  cursor: HeaderCursor,
  file: ModelFile,
  table: readonly TensorEntry[],
  dataOffset: number,
  alignment: number,
): { positions: number[]; end: number } {
  const positions: number[] = [];
  let offset = 0;
  for (const { name, size, offset: stated } of table) {
    if (stated !== BigInt(offset)) {
      throw cursor.invalid(`has tensor '${name}' at an unexpected offset`, `${stated}, expected ${offset}`);
    }
    if (dataOffset + offset + size > file.size) {
      throw cursor.invalid(
        `ends within tensor '${name}'`,
        `${countText(dataOffset + offset + size, 'byte')} needed, the file has ${file.size}`,
      );
    }
    positions.push(dataOffset + offset);
    offset = padded(offset + size, alignment);
  }
  return { positions, end: dataOffset + offset };
}

function lazyTensor(file: ModelFile, entry: TensorEntry, position: number, bigEndian: boolean): GgufTensor {
  const { name, dimensions, type, size } = entry;
  return {
    name,
    dimensions,
    type,
    sources: [{ file, start: position, end: position + size }],
    read(range, signal, hints) {
      const { start, end } = checkedRange(`${file.path}: ${name}`, size, range);
      if (bigEndian) return readSwapped(file, { name, type, position }, { start, end }, signal);
      return file.read({ start: position + start, end: position + end }, signal, hints);
    },
  };
}
