import type { ByteRange, Digest } from '../core/index.js';
import { SlipwayError, throwIfAborted } from '../core/index.js';
import { sha256 } from './digest-of.js';
import type { ModelFile } from './model-file.js';

/** A file whose bytes are already here. Its digest is computed once, when first asked for. */
export function memoryFile(path: string, content: Uint8Array | string): ModelFile {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  let digest: Digest | undefined;
  return {
    path,
    size: bytes.byteLength,
    get digest(): Digest {
      digest ??= sha256(bytes);
      return digest;
    },
    async *read(range, signal) {
      const { start, end } = checkedRange(path, bytes.byteLength, range);
      throwIfAborted(signal);
      // A copy: the consumer owns what it gets.
      if (end > start) yield bytes.slice(start, end);
    },
  };
}

/** The range to read, refused unless it lies within `size`. */
export function checkedRange(path: string, size: number, range: ByteRange | undefined): ByteRange {
  const { start, end } = range ?? { start: 0, end: size };
  if (Number.isSafeInteger(start) && Number.isSafeInteger(end) && 0 <= start && start <= end && end <= size) {
    return { start, end };
  }
  throw new SlipwayError('SIZE_MISMATCH', `bytes ${start} to ${end} lie outside '${path}'`, {
    where: path,
    got: `range [${start}, ${end}), size ${size}`,
    context: { start, end, size },
  });
}
