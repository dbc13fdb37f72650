import type { ByteRange } from '../../core/index.js';
import type { FileRange } from '../../files/index.js';

/** A tensor whose bytes have their final type already. */
export interface PackedTensor {
  /** Outermost dimension first, in weights. */
  readonly shape: readonly number[];
  readonly byteLength: number;
  /** As a {@link TensorExpression}'s. */
  readonly sources: readonly FileRange[];
  read(range: ByteRange, signal?: AbortSignal): AsyncIterable<Uint8Array>;
}

/** The bytes of several tensors, one after the other. */
export async function* concatBytes(
  parts: readonly Pick<PackedTensor, 'byteLength' | 'read'>[],
  range: ByteRange,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (const part of parts) {
    const start = Math.max(range.start - at, 0);
    const end = Math.min(range.end - at, part.byteLength);
    if (start < end) yield* part.read({ start, end }, signal);
    at += part.byteLength;
  }
}
