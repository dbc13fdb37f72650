import { whenIdle } from '../core/index.js';

/** Bytes of a block: what one system call takes. */
export const BLOCK: number = 3 * 1024 * 1024;
/** Blocks of one memory. */
export const BLOCKS: number = 4;
/** Memories whose users have ended, kept for those to come. */
const SPARE_MEMORIES = 2;
const PAGE = 65_536;

const spare: SharedArrayBuffer[] = [];
whenIdle(() => (spare.length = 0));
const all = new WeakSet<ArrayBufferLike>();
const holders = new WeakMap<SharedArrayBuffer, number>();
const handedOut = new WeakSet<SharedArrayBuffer>();

/** Memory that threads share, of {@link BLOCKS} blocks. WebAssembly's begins at a page, which memory of other kinds need not. */
export function takeBlocks(): SharedArrayBuffer {
  const pages = (BLOCK * BLOCKS) / PAGE;
  const memory = spare.pop() ?? new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true }).buffer;
  all.add(memory);
  return memory;
}

/**
 * Whether a chunk is a whole block of such a memory. Those that are lent hold longer than others: until the reader asks for the one
 * after the next.
 */
export function isBlock(chunk: Uint8Array): chunk is Uint8Array<SharedArrayBuffer> {
  return chunk.byteLength === BLOCK && chunk.byteOffset % BLOCK === 0 && all.has(chunk.buffer);
}

/** Gives such a memory back. It is used again when what holds a block of it has let go. */
export function giveBlocks(memory: SharedArrayBuffer): void {
  handedOut.add(memory);
  recycle(memory);
}

/** Keeps a memory from being used again by others while a block of it is being written or hashed. Returns what ends that, once. */
export function holdBlocks(memory: SharedArrayBuffer): () => void {
  holders.set(memory, (holders.get(memory) ?? 0) + 1);
  return () => {
    holders.set(memory, (holders.get(memory) ?? 1) - 1);
    recycle(memory);
  };
}

function recycle(memory: SharedArrayBuffer): void {
  if (!handedOut.has(memory) || (holders.get(memory) ?? 0) > 0) return;
  handedOut.delete(memory);
  if (spare.length < SPARE_MEMORIES) spare.push(memory);
}
