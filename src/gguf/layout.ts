import { SlipwayError } from '../core/index.js';
import { tensorSize, type GgufMetadata, type TensorInfo } from './content.js';
import { HeaderWriter } from './header-writer.js';
import { GGUF_LIMITS } from './limits.js';
import { tensorType } from './tensor-type.js';

/** Little-endian `GGUF`. */
export const GGUF_MAGIC = 0x4655_4747;
/** The magic is the same in files of both byte orders. */
const MAGIC_BYTES = Uint8Array.from([0x47, 0x47, 0x55, 0x46]);
/** The version that is written. */
export const GGUF_VERSION = 3;
/** Alignment of files that do not state `general.alignment`. */
export const DEFAULT_ALIGNMENT = 32;

/** Where everything in a GGUF file is, known before a single weight is. */
export interface GgufLayout {
  /** All bytes before the first tensor's data, padding included. */
  readonly header: Uint8Array;
  /** Position of each tensor's data in the file, in the order of the tensors. */
  readonly positions: readonly number[];
  /** Bytes of each tensor's data, without padding. */
  readonly sizes: readonly number[];
  readonly alignment: number;
  /** Bytes of the whole file; the last tensor is padded too, as in llama.cpp. */
  readonly size: number;
}

export interface LayoutOptions {
  /** No padding after a header without tensors: what the converter's `--vocab-only` writes. */
  readonly vocabularyOnly?: boolean;
  /** For a machine that is big endian, as the converter's `--bigendian` writes: see `bigEndianTensor`. */
  readonly bigEndian?: boolean;
}

/**
 * Lays a GGUF v3 file out, little endian unless told otherwise, as gguf-py and ggml write it: header, metadata, tensor table, and each
 * tensor's data padded with zeros to `general.alignment` (32 without the key).
 * Throws `GGUF_INVALID` for what ggml would not read back, `QUANT_SHAPE` for rows that are not whole blocks.
 */
export function layoutGguf(
  content: { readonly metadata: GgufMetadata; readonly tensors: readonly TensorInfo[] },
  options: LayoutOptions = {},
): GgufLayout {
  const alignment = alignmentOf(content.metadata);
  const sizes = content.tensors.map(tensorSize);
  const offsets: number[] = [];
  let dataSize = 0;
  for (const size of sizes) {
    offsets.push(dataSize);
    dataSize = padded(dataSize + size, alignment);
  }
  const unpadded = options.vocabularyOnly === true && content.tensors.length === 0;
  const header = headerBytes(content, offsets, unpadded ? 1 : alignment, options.bigEndian !== true);
  const size = header.byteLength + dataSize;
  if (!Number.isSafeInteger(size)) throw new SlipwayError('GGUF_INVALID', 'the file would be larger than 2^53 bytes');
  return { header, alignment, sizes, size, positions: offsets.map((offset) => header.byteLength + offset) };
}

/** The next multiple of `alignment`. With division: bit operators would cut offsets to 32 bits. */
export function padded(size: number, alignment: number): number {
  return Math.ceil(size / alignment) * alignment;
}

/** `general.alignment`, or 32. Throws `GGUF_INVALID` unless it is a UINT32 power of two within the limits. */
export function alignmentOf(metadata: GgufMetadata): number {
  const entry = metadata.get('general.alignment');
  if (entry === undefined) return DEFAULT_ALIGNMENT;
  const value = entry.type === 'UINT32' ? entry.value : 0;
  if (value >= 1 && value <= GGUF_LIMITS.alignment && Number.isInteger(Math.log2(value))) return value;
  throw new SlipwayError('GGUF_INVALID', "'general.alignment' is not a usable alignment", {
    where: 'general.alignment',
    got: `${entry.type} ${String(entry.value)}, allowed: UINT32, a power of two up to ${GGUF_LIMITS.alignment}`,
  });
}

function headerBytes(
  { metadata, tensors }: { readonly metadata: GgufMetadata; readonly tensors: readonly TensorInfo[] },
  offsets: readonly number[],
  alignment: number,
  littleEndian: boolean,
): Uint8Array {
  const header = new HeaderWriter(littleEndian);
  header.raw(MAGIC_BYTES);
  header.uint32(GGUF_VERSION);
  header.uint64(tensors.length);
  header.uint64(metadata.size);
  for (const [key, value] of metadata) header.entry(key, value);
  const names = new Set<string>();
  for (const [index, tensor] of tensors.entries()) {
    if (names.has(tensor.name)) throw duplicate(tensor.name);
    names.add(tensor.name);
    writeTensorInfo(header, tensor, offsets[index] ?? 0);
  }
  header.zeros(padded(header.length, alignment) - header.length);
  return header.toBytes();
}

function writeTensorInfo(header: HeaderWriter, tensor: TensorInfo, offset: number): void {
  const length = Buffer.byteLength(tensor.name);
  if (length > GGUF_LIMITS.nameLength) {
    throw new SlipwayError('GGUF_INVALID', `the name of tensor '${tensor.name}' is too long`, {
      where: tensor.name,
      got: `${length} bytes, at most ${GGUF_LIMITS.nameLength}`,
      context: { length, limit: GGUF_LIMITS.nameLength },
    });
  }
  if (tensor.dimensions.length > GGUF_LIMITS.dimensions) {
    throw new SlipwayError('GGUF_INVALID', `tensor '${tensor.name}' has too many dimensions`, {
      where: tensor.name,
      got: `${tensor.dimensions.length} dimensions, at most ${GGUF_LIMITS.dimensions}`,
    });
  }
  header.string(tensor.name, tensor.name);
  header.uint32(tensor.dimensions.length);
  for (const dimension of tensor.dimensions) header.uint64(dimension);
  header.uint32(tensorType(tensor.type).id);
  header.uint64(offset);
}

function duplicate(name: string): SlipwayError {
  return new SlipwayError('GGUF_INVALID', `two tensors are named '${name}'`, { where: name });
}
