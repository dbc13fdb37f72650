/** Bytes of a frame's header without the size of its content (lz4_Frame_format.md, "Frame Descriptor"). */
const HEADER = 7;
const MAGIC = 0x184d2204;
const VERSION = 0b0100_0000;
const HAS_BLOCK_SUMS = 0b0001_0000;
const HAS_SIZE = 0b0000_1000;
const HAS_DICTIONARY = 0b0000_0001;
/** First bit of a block's size: it is stored as it is. */
const STORED = 2 ** 31;

/**
 * What is wrong with the structure of an LZ4 frame, or `undefined`. The unpacker of the Hub's client believes what the blocks
 * say of their sizes: one of 2 GiB in a chunk of some kilobytes would keep it busy for half a minute.
 */
export function lz4FrameProblem(frame: Uint8Array): string | undefined {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  if (frame.byteLength < HEADER || view.getUint32(0, true) !== MAGIC) return 'no LZ4 frame';
  const flags = view.getUint8(4);
  const has = (flag: number): boolean => Math.floor(flags / flag) % 2 === 1;
  if (Math.floor(flags / VERSION) !== 1 || has(HAS_DICTIONARY)) return `an LZ4 frame with the flags ${flags}`;
  let at = HEADER + (has(HAS_SIZE) ? 8 : 0);
  for (;;) {
    if (at + 4 > frame.byteLength) return 'an LZ4 frame without its end';
    const size = view.getUint32(at, true);
    if (size === 0) return undefined;
    at += 4 + (size % STORED) + (has(HAS_BLOCK_SUMS) ? 4 : 0);
    if (at > frame.byteLength) return `an LZ4 block of ${size % STORED} bytes in a chunk of ${frame.byteLength}`;
  }
}
