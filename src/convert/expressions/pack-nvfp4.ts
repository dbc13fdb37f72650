import type { ByteRange } from '../../core/index.js';
import { dtypeBits, type WeightTensor } from '../../safetensors/index.js';
import { ByteCursor, CHUNK_SIZE, inUnits } from './byte-cursor.js';
import { concatBytes, type PackedTensor } from './packed-tensor.js';
import { fromWeights } from './source.js';
import { evenly, rangeOf } from './placement.js';
import { byteSize, reshape, wrongShape, type TensorExpression } from './tensor-expression.js';
import { decode } from './values.js';

/** Weights that share a scale. */
const BLOCK_WEIGHTS = 16;
/** Bytes of a block's codes. */
const CODES = BLOCK_WEIGHTS / 2;
/** Blocks in one of ggml's blocks, which has their scales first. */
const TOGETHER = 4;
/** Bytes of one of ggml's blocks. */
const GGML_BLOCK = TOGETHER * (1 + CODES);

/** Moves rows and blocks of a matrix: given and returned as `[rows, blocks, …]`, whose last dimension stays together. */
export type MoveBlocks = (blocks: TensorExpression) => TensorExpression;

/**
 * Rearranges an NVFP4 matrix (NVIDIA's 4-bit floats E2M1 with an E4M3 scale for 16 of them) as ggml lays it out. No value
 * changes: neighbours share a byte in a checkpoint, values 8 apart share one in ggml; scales lose their sign.
 * @param codes `[rows, columns / 2]` of type U8
 * @param scales `[rows, columns / 16]` of a type of 8 bits
 */
export function packNvfp4(
  codes: WeightTensor,
  scales: WeightTensor,
  move: MoveBlocks = (blocks) => blocks,
): PackedTensor {
  const [rows = 0, width = 0] = codes.shape;
  const blocks = scales.shape[1] ?? 0;
  const fits =
    codes.shape.length === 2 &&
    scales.shape.join() === [rows, blocks].join() &&
    width === blocks * CODES &&
    blocks % TOGETHER === 0;
  if (!fits || codes.dtype !== 'U8' || dtypeBits(scales.dtype) !== 8) {
    throw wrongShape(
      codes,
      `of type ${codes.dtype} does not hold NVFP4 blocks for scales ${scales.dtype} [${scales.shape.join(', ')}]`,
    );
  }
  // Codes travel as pairs of words, scales as numbers: what moves them looks at neither.
  const words: TensorExpression = {
    dtype: 'F32',
    shape: [rows, blocks, CODES / 4],
    sources: [rangeOf(codes)],
    read: bytesOfTensor(codes),
  };
  const movedCodes = move(evenly(words, byteSize(words), CODES));
  const movedScales = move(reshape(fromWeights({ ...scales, dtype: 'U8' }), [rows, blocks, 1]));
  const row = (blocks / TOGETHER) * GGML_BLOCK;
  return {
    shape: [rows, blocks * BLOCK_WEIGHTS],
    byteLength: rows * row,
    sources: [...movedCodes.sources, ...movedScales.sources],
    read: (range, signal) =>
      inUnits(range, Math.max(1, row), async function* (aligned) {
        const [first, last] = [aligned.start / row, aligned.end / row];
        const part = (tensor: TensorExpression, size: number): ByteCursor =>
          new ByteCursor(tensor.read({ start: first * blocks * size, end: last * blocks * size }, signal));
        const [codeCursor, scaleCursor] = [part(movedCodes, CODES), part(movedScales, 4)];
        const together = Math.max(1, Math.floor(CHUNK_SIZE / row));
        try {
          for (let at = first; at < last; at += together) {
            const count = Math.min(together, last - at) * blocks;
            const taken = await codeCursor.take(count * CODES);
            yield packBlocks(taken, decode(await scaleCursor.take(count * 4), 'F32'));
          }
        } finally {
          await Promise.all([codeCursor.close(), scaleCursor.close()]);
        }
      }),
  };
}

/** Packed matrices of one shape under a new leading dimension. */
export function stackPacked(parts: readonly PackedTensor[]): PackedTensor {
  const [first] = parts;
  if (first === undefined) throw wrongShape({ shape: [] }, 'cannot be made of nothing');
  const differing = parts.find(({ shape }) => shape.join() !== first.shape.join());
  if (differing !== undefined)
    throw wrongShape(differing, `cannot be stacked with one of shape [${first.shape.join(', ')}]`);
  return {
    shape: [parts.length, ...first.shape],
    byteLength: first.byteLength * parts.length,
    sources: parts.flatMap((part) => part.sources),
    read: (range, signal) => concatBytes(parts, range, signal),
  };
}

function bytesOfTensor({ file, start }: WeightTensor): TensorExpression['read'] {
  return (range: ByteRange, signal) => file.read({ start: start + range.start, end: start + range.end }, signal);
}

function packBlocks(codes: Uint8Array, scales: Float32Array): Uint8Array {
  const output = new Uint8Array(scales.length * (1 + CODES));
  for (let block = 0; block < scales.length; block += 1) {
    const within = block % TOGETHER;
    const start = (block - within) * (1 + CODES);
    output[start + within] = (scales[block] ?? 0) & 0x7f;
    const [from, to] = [block * CODES, start + TOGETHER + within * CODES];
    for (let index = 0; index < CODES; index += 1) {
      const shift = (index % 2) * 4;
      const [low, high] = [codes[from + (index >> 1)] ?? 0, codes[from + CODES / 2 + (index >> 1)] ?? 0];
      output[to + index] = ((low >> shift) & 0x0f) | (((high >> shift) & 0x0f) << 4);
    }
  }
  return output;
}
