import type { FileHandle } from 'node:fs/promises';
import { throwIfAborted, type ByteRange, type ReadHints } from '../core/index.js';

const CHUNK = 1024 * 1024;

/**
 * The bytes of a range of an open file, in chunks of up to 1 MiB. The next chunk is read while the consumer works on one;
 * lent chunks take turns in two memories. Ends early where the file does. The handle stays open.
 */
export async function* readChunks(
  handle: FileHandle,
  range: ByteRange,
  signal?: AbortSignal,
  hints: ReadHints = {},
): AsyncGenerator<Uint8Array> {
  const memory = hints.lend === true ? twoMemories(range) : freshMemory;
  let pending = readAt(handle, memory, range.start, range.end);
  try {
    for (let at = range.start; at < range.end;) {
      const chunk = await pending;
      throwIfAborted(signal);
      if (chunk.byteLength === 0) return;
      at += chunk.byteLength;
      pending = readAt(handle, memory, at, range.end);
      yield chunk;
    }
  } finally {
    // The handle may be closed only when nothing reads from it.
    await pending.catch(() => {});
  }
}

type Memory = (byteLength: number) => Uint8Array;

const freshMemory: Memory = (byteLength) => new Uint8Array(byteLength);

function twoMemories({ start, end }: ByteRange): Memory {
  const size = Math.min(CHUNK, end - start);
  let [next, last] = [new Uint8Array(size), new Uint8Array(end - start > size ? size : 0)];
  return (byteLength) => {
    const memory = next;
    [next, last] = [last, next];
    return memory.subarray(0, byteLength);
  };
}

async function readAt(handle: FileHandle, memory: Memory, start: number, end: number): Promise<Uint8Array> {
  const bytes = memory(Math.min(CHUNK, end - start));
  if (bytes.byteLength === 0) return bytes;
  const { bytesRead } = await handle.read(bytes, 0, bytes.byteLength, start);
  return bytesRead === bytes.byteLength ? bytes : bytes.subarray(0, bytesRead);
}
