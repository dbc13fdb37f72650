/**
 * One tensor type in plain scalar TypeScript: the readable specification of its kernel, the reference of its tests and
 * the fallback where WebAssembly is not available. Every operation is rounded to single precision as C does.
 */
export interface Twin {
  readonly blockLength: number;
  readonly blockSize: number;
  /** Stores one row. `out` holds exactly its blocks; importance, where the type takes one, has a number a column. */
  quantizeRow(x: Float32Array, out: Uint8Array, importance?: Float32Array): void;
  /** Reads one row back. */
  dequantizeRow(bytes: Uint8Array, out: Float32Array): void;
}
