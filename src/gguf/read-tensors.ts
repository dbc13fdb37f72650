import { countText } from '../core/index.js';
import type { TensorInfo } from './content.js';
import type { HeaderCursor } from './header-cursor.js';
import type { GgufLimits } from './limits.js';
import { nameFrom } from './read-metadata.js';
import { tensorTypeById, type TensorType } from './tensor-type.js';

/** Types of which there may be a single number: of all others gguf-py cuts a row into blocks, and fails without one. */
const SCALARS: ReadonlySet<string> = new Set(['F64', 'F32', 'F16', 'I64', 'I32', 'I16', 'I8']);

/** What a line of the tensor table takes at least: length of the name, number of dimensions, type, offset. */
export const SMALLEST_TENSOR_INFO = 24;

const MOST_ELEMENTS = 2n ** 63n;

/** A line of the tensor table. */
export interface TensorEntry extends TensorInfo {
  /** Bytes of data, without padding. */
  readonly size: number;
  /** Where the data starts, counted from the start of the data section, as the file says. */
  readonly offset: bigint;
}

/** Reads `count` lines of the tensor table. `fileSize` bounds what a tensor can have. */
export async function readTensorTable(
  cursor: HeaderCursor,
  count: number,
  limits: GgufLimits,
  fileSize: number,
): Promise<TensorEntry[]> {
  const names = new Set<string>();
  const entries: TensorEntry[] = [];
  for (let index = 0; index < count; index++) {
    const name = nameFrom(cursor, await cursor.stringBytes('tensor name', limits.nameLength), 'tensor name');
    if (names.has(name)) throw cursor.invalid(`has two tensors named '${name}'`);
    names.add(name);
    entries.push(await readEntry(cursor, name, limits, fileSize));
  }
  return entries;
}

async function readEntry(
  cursor: HeaderCursor,
  name: string,
  limits: GgufLimits,
  fileSize: number,
): Promise<TensorEntry> {
  const what = `the shape of tensor '${name}'`;
  const rank = await cursor.uint32(what);
  if (rank > limits.dimensions) {
    throw cursor.invalid(`has a tensor '${name}' of too many dimensions`, `${rank}, at most ${limits.dimensions}`);
  }
  await cursor.fill(rank * 8 + 12, what);
  const dimensions = Array.from({ length: rank }, () => cursor.takeUint64());
  const type = tensorTypeById(cursor.takeUint32());
  if (type === undefined) throw cursor.invalid(`has a tensor '${name}' of an unknown type`);
  if (rank === 0 && !SCALARS.has(type.type)) {
    throw cursor.invalid(`has a tensor '${name}' without dimensions`, `a number of the type ${type.type}`);
  }
  const elements = elementCount(cursor, name, dimensions);
  const rowLength = dimensions[0] ?? 1n;
  if (rowLength % BigInt(type.blockLength) !== 0n) {
    throw cursor.invalid(
      `has a tensor '${name}' whose rows are not whole blocks`,
      `${rowLength} weights in a row, ${type.type} has blocks of ${type.blockLength}`,
    );
  }
  const size = (elements / BigInt(type.blockLength)) * BigInt(type.blockSize);
  if (size > BigInt(fileSize)) {
    throw cursor.invalid(
      `has a tensor '${name}' larger than the file`,
      `${countText(size, 'byte')}, the file has ${fileSize}`,
    );
  }
  const typeName: TensorType = type.type;
  return { name, dimensions: dimensions.map(Number), type: typeName, size: Number(size), offset: cursor.takeUint64() };
}

/** The product of the dimensions, which ggml keeps in a signed 64-bit integer. */
function elementCount(cursor: HeaderCursor, name: string, dimensions: readonly bigint[]): bigint {
  let product = 1n;
  for (const dimension of dimensions) {
    if (dimension > BigInt(Number.MAX_SAFE_INTEGER)) {
      throw cursor.invalid(`has a tensor '${name}' with an impossible dimension`, `${dimension}`);
    }
    product *= dimension;
    if (product >= MOST_ELEMENTS) {
      throw cursor.invalid(`has a tensor '${name}' with too many weights`, dimensions.join(' × '));
    }
  }
  return product;
}
