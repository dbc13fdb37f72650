import type { Twin } from './twin.js';

/** Thrown by a codec where ggml aborts: no grid point has an error that single precision can express. */
export class OverflowingError extends RangeError {}

/** How one block of a type is written and read; importance, where it is given, covers exactly the block's weights. */
export interface BlockCodec {
  readonly blockLength: number;
  readonly blockSize: number;
  quantizeBlock(x: Float32Array, out: Uint8Array, importance?: Float32Array): void;
  dequantizeBlock(bytes: Uint8Array, out: Float32Array): void;
}

/** A twin of a type whose blocks know nothing of each other. */
export function twinOfBlocks(codec: BlockCodec): Twin {
  const { blockLength, blockSize } = codec;
  return {
    blockLength,
    blockSize,
    quantizeRow(x, out, importance) {
      for (let start = 0, at = 0; start < x.length; start += blockLength, at += blockSize)
        quantizeOrRefuse(
          codec,
          x.subarray(start, start + blockLength),
          out.subarray(at, at + blockSize),
          importance?.subarray(start, start + blockLength),
        );
    },
    dequantizeRow(bytes, out) {
      for (let start = 0, at = 0; start < out.length; start += blockLength, at += blockSize)
        codec.dequantizeBlock(bytes.subarray(at, at + blockSize), out.subarray(start, start + blockLength));
    },
  };
}

/** A block that cannot be expressed is filled with ones: its scale is NaN, and a validation of blocks refuses it. */
function quantizeOrRefuse(codec: BlockCodec, x: Float32Array, out: Uint8Array, importance?: Float32Array): void {
  try {
    codec.quantizeBlock(x, out, importance);
  } catch (error) {
    if (!(error instanceof OverflowingError)) throw error;
    out.fill(255);
  }
}
