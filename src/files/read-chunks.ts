import type { FileHandle } from 'node:fs/promises';
import { throwIfAborted, type ByteRange } from '../core/index.js';

const CHUNK = 1024 * 1024;

/**
 * The bytes of a range of an open file, in chunks of up to 1 MiB that belong to the consumer. The next chunk is read
 * while the consumer works on one. Ends early where the file does. The handle stays open.
 */
export async function* readChunks(
  handle: FileHandle,
  range: ByteRange,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  let pending = readAt(handle, range.start, range.end);
  try {
    for (let at = range.start; at < range.end;) {
      const chunk = await pending;
      throwIfAborted(signal);
      if (chunk.byteLength === 0) return;
      at += chunk.byteLength;
      pending = readAt(handle, at, range.end);
      yield chunk;
    }
  } finally {
    // The handle may be closed only when nothing reads from it.
    await pending.catch(() => {});
  }
}

async function readAt(handle: FileHandle, start: number, end: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(Math.min(CHUNK, end - start));
  if (bytes.byteLength === 0) return bytes;
  const { bytesRead } = await handle.read(bytes, 0, bytes.byteLength, start);
  return bytesRead === bytes.byteLength ? bytes : bytes.subarray(0, bytesRead);
}
