import { SlipwayError } from '../../core/index.js';
import type { FileRange } from '../../files/index.js';
import type { WeightTensor } from '../../safetensors/index.js';
import { ByteCursor, CHUNK_SIZE, inUnits } from './byte-cursor.js';
import type { PackedTensor } from './packed-tensor.js';
import { wrongShape } from './tensor-expression.js';

/** Bytes of a block's 32 codes in a checkpoint. */
const CODES = 16;
/** Bytes of a block in a GGUF: the shared exponent and the codes. */
const BLOCK = 17;

/** Which rows of each matrix to take: every `step`-th from `offset`. */
export interface RowSelection {
  readonly step: number;
  readonly offset: number;
}

/**
 * Rearranges MXFP4 blocks (OCP Microscaling, 32 values of E2M1 with a shared E8M0 exponent) as ggml lays them out, which a checkpoint stores as codes `[experts, rows, blocks, 16]` and exponents
 * `[experts, rows, blocks]`. No value changes: neighbours share a byte there, values 16 apart share one in ggml.
 */
export function packMxfp4(codes: WeightTensor, exponents: WeightTensor, select: RowSelection): PackedTensor {
  const [experts = 0, rows = 0, blocks = 0, width] = codes.shape;
  const fits = exponents.shape.join() === [experts, rows, blocks].join() && width === CODES && rows % select.step === 0;
  if (!fits || codes.dtype !== 'U8' || exponents.dtype !== 'U8') {
    throw wrongShape(codes, `does not hold MXFP4 blocks for exponents of shape [${exponents.shape.join(', ')}]`);
  }
  const taken = rows / select.step;
  const row = blocks * BLOCK;
  const source = (index: number): number =>
    Math.floor(index / taken) * rows + (index % taken) * select.step + select.offset;
  return {
    shape: [experts, taken, blocks * 32],
    byteLength: experts * taken * row,
    sources:
      taken === 0 || experts === 0
        ? []
        : [[codes, CODES] as const, [exponents, 1] as const].map(([tensor, size]) =>
            rowRange(tensor, blocks * size, source(0), source(experts * taken - 1)),
          ),
    read: (range, signal) =>
      inUnits(range, row, async function* (aligned) {
        const [first, last] = [aligned.start / row, aligned.end / row];
        const [from, to] = [source(first), source(last - 1) + 1];
        const codeCursor = new ByteCursor(part(codes, from * blocks * CODES, to * blocks * CODES, signal));
        const exponentCursor = new ByteCursor(part(exponents, from * blocks, to * blocks, signal));
        const together = Math.max(1, Math.floor(CHUNK_SIZE / row));
        try {
          for (let index = first; index < last; index += together) {
            yield await packRows(index, Math.min(index + together, last));
          }
        } finally {
          await Promise.all([codeCursor.close(), exponentCursor.close()]);
        }

        async function packRows(start: number, end: number): Promise<Uint8Array> {
          const output = new Uint8Array((end - start) * row);
          for (let index = start; index < end; index += 1) {
            const rowCodes = await codeCursor.take(blocks * CODES);
            packRow(rowCodes, await exponentCursor.take(blocks), output.subarray((index - start) * row));
            if (index + 1 === last) continue;
            const skipped = source(index + 1) - source(index) - 1;
            await codeCursor.skip(skipped * blocks * CODES);
            await exponentCursor.skip(skipped * blocks);
          }
          return output;
        }
      }),
  };
}

/** From the first row that is taken to the last. */
function rowRange(tensor: WeightTensor, row: number, first: number, last: number): FileRange {
  return { file: tensor.file, start: tensor.start + first * row, end: tensor.start + (last + 1) * row };
}

function part(tensor: WeightTensor, from: number, to: number, signal?: AbortSignal): AsyncIterable<Uint8Array> {
  if (tensor.start + to > tensor.end) throw new SlipwayError('INTERNAL', `'${tensor.name}' ends before byte ${to}`);
  return tensor.file.read({ start: tensor.start + from, end: tensor.start + to }, signal);
}

function packRow(codes: Uint8Array, exponents: Uint8Array, output: Uint8Array): void {
  const code = (block: number, index: number): number => {
    const byte = codes[block * CODES + (index >> 1)] ?? 0;
    return index % 2 === 0 ? byte & 0x0f : byte >> 4;
  };
  for (let block = 0; block < exponents.length; block += 1) {
    output[block * BLOCK] = exponents[block] ?? 0;
    for (let index = 0; index < CODES; index += 1) {
      output[block * BLOCK + 1 + index] = code(block, index) | (code(block, index + CODES) << 4);
    }
  }
}
