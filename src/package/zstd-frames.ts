import { setImmediate } from 'node:timers/promises';
import { createContext, Script } from 'node:vm';
import type { Decompress } from 'fzstd';
import { SlipwayError, throwIfAborted } from '../core/index.js';
import { StreamInput, take } from '../files/index.js';

const FRAME = 0xfd2fb528;
const FRAME_BYTES = [0x28, 0xb5, 0x2f, 0xfd];
/** The first of sixteen magic numbers of frames that hold no content. */
const SKIPPABLE = 0x184d2a50;
const MAX_BLOCK = 128 * 1024;

/** The window that zstd's own command and Node's zlib accept unasked: what the one reads the other reads. */
const MAX_WINDOW = 128 * 1024 * 1024;

/** Bytes moved before others get a turn: a few milliseconds. */
const TURN = 32 * 1024 * 1024;

/**
 * Milliseconds that a block may take, a thousand times what it needs. The decoder does not stop where a block must end:
 * one of 120 kB, made for it, keeps it busy for minutes, and nothing else would run.
 */
const BLOCK_TIME = 3000;

/** Node stops code after a time only where a script of its own calls it. */
const PUSH = new Script('push()');
const turn: { push?: () => void } = {};
const CONTEXT = createContext(turn);

interface FrameHeader {
  readonly bytes: Uint8Array;
  readonly window: number;
  readonly contentSize: number | undefined;
  /** Bytes of checksum after the last block. */
  readonly trailer: number;
}

/**
 * Decompresses Zstandard (RFC 8878) in JavaScript, for a Node whose zlib cannot. Frames and blocks are found here and
 * given to the decoder one by one, because it answers a push with everything that is in it: so no more than one block
 * (128 KiB) and one window are held, and no window larger than 128 MiB is ever made. Lengths are checked; the frames'
 * own checksums are not, for a layer has a digest. Throws `FORMAT_UNSUPPORTED`, `MODEL_INVALID`, `ABORTED`.
 */
export async function* zstdContent(
  content: AsyncIterable<Uint8Array>,
  name: string,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { Decompress: Decoder } = await import('fzstd');
  const input = new StreamInput(content);
  try {
    for (let frames = 0; ; frames++) {
      const magic = await nextMagic(input, name, frames);
      if (magic === undefined) return;
      if (magic >= SKIPPABLE && magic < SKIPPABLE + 16) await skipFrame(input, name);
      else if (magic === FRAME) yield* frameContent(input, name, (out) => new Decoder(out), signal);
      else throw invalid(name, frames === 0 ? 'no zstd frame' : 'bytes after its last frame', input.position - 4);
    }
  } finally {
    await input.close();
  }
}

/** The next frame's magic number; `undefined` at the end, which may not come before the first. */
async function nextMagic(input: StreamInput, name: string, frames: number): Promise<number | undefined> {
  const first = await input.some(1);
  if (first === undefined) {
    if (frames > 0) return undefined;
    throw invalid(name, 'no bytes', 0);
  }
  const rest = await required(input, 3, name);
  return littleEndian([first[0] ?? 0, ...rest]);
}

async function skipFrame(input: StreamInput, name: string): Promise<void> {
  const size = littleEndian(await required(input, 4, name));
  if (!(await input.skip(size))) throw ended(name, input.position);
}

async function* frameContent(
  input: StreamInput,
  name: string,
  decoder: (out: (bytes: Uint8Array) => void) => Decompress,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  const header = await readHeader(input, name);
  const start = input.position;
  const out: Uint8Array[] = [];
  const decompress = decoder((bytes) => out.push(bytes));
  let [size, moved] = [0, 0];
  decoded(name, start, () => decompress.push(header.bytes));
  for (let last = false; !last;) {
    const block = await readBlock(input, header, name);
    last = block.last;
    decoded(name, input.position, () => decompress.push(block.bytes, last));
    for (const bytes of out.splice(0)) {
      size += bytes.byteLength;
      if (bytes.byteLength > 0) yield bytes;
    }
    if (header.contentSize !== undefined && (last ? size !== header.contentSize : size > header.contentSize)) {
      throw invalid(name, `${size} bytes in a frame of ${header.contentSize}`, input.position);
    }
    // The decoder moves its whole window along at every block.
    moved += header.window + MAX_BLOCK;
    if (moved < TURN) continue;
    moved = 0;
    await setImmediate();
    throwIfAborted(signal);
  }
}

async function readHeader(input: StreamInput, name: string): Promise<FrameHeader> {
  const [descriptor = 0] = await required(input, 1, name);
  const single = (descriptor & 0x20) !== 0;
  const dictionary = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const counted = [single ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  const fields = await required(input, (single ? 0 : 1) + dictionary + counted, name);
  const contentSize = counted === 0 ? undefined : littleEndian(fields.subarray(-counted)) + (counted === 2 ? 256 : 0);
  const window = single ? (contentSize ?? 0) : windowOf(fields[0] ?? 0);
  if ((descriptor & 8) !== 0) throw invalid(name, 'a frame of a later version', input.position);
  if (fields.subarray(single ? 0 : 1, (single ? 0 : 1) + dictionary).some((byte) => byte !== 0)) {
    throw unsupported(name, 'was compressed with a dictionary', 'the dictionary is not in the artifact');
  }
  if (window > MAX_WINDOW) {
    throw unsupported(
      name,
      'needs more memory to be decompressed than Slipway gives it',
      `a zstd window of ${window} bytes, the limit is ${MAX_WINDOW} bytes`,
    );
  }
  const bytes = Uint8Array.from([...FRAME_BYTES, descriptor, ...fields]);
  return { bytes, window, contentSize, trailer: (descriptor & 4) === 0 ? 0 : 4 };
}

/** One block with its header; after the last one the frame's checksum. */
async function readBlock(
  input: StreamInput,
  { window, trailer }: FrameHeader,
  name: string,
): Promise<{ readonly bytes: Uint8Array; readonly last: boolean }> {
  const head = await required(input, 3, name);
  const value = littleEndian(head);
  const last = (value & 1) !== 0;
  const type = (value >> 1) & 3;
  const size = value >> 3;
  if (type === 3) throw invalid(name, 'a block of an unknown type', input.position - 3);
  if (size > Math.min(window, MAX_BLOCK)) {
    throw invalid(name, `a block of ${size} bytes in a window of ${window}`, input.position - 3);
  }
  const body = await required(input, (type === 1 ? 1 : size) + (last ? trailer : 0), name);
  const bytes = new Uint8Array(3 + body.byteLength);
  bytes.set(head);
  bytes.set(body, 3);
  return { bytes, last };
}

/** Runs the decoder on a block, for as long as one may take. */
function decoded(name: string, position: number, push: () => void): void {
  try {
    turn.push = push;
    PUSH.runInContext(CONTEXT, { timeout: BLOCK_TIME });
  } catch (cause) {
    throw new SlipwayError('MODEL_INVALID', `'${name}' is not valid zstd`, {
      where: name,
      got: `a block that cannot be decoded before byte ${position}`,
      cause,
    });
  }
}

async function required(input: StreamInput, length: number, name: string): Promise<Uint8Array> {
  const bytes = await take(input, length);
  if (bytes === undefined) throw ended(name, input.position);
  return bytes;
}

/** Exponent and eighths (RFC 8878, 3.1.1.1.2). Multiplied, not shifted: it goes to 3.75 TiB. */
function windowOf(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

function littleEndian(bytes: Iterable<number>): number {
  let [value, scale] = [0, 1];
  for (const byte of bytes) {
    value += byte * scale;
    scale *= 256;
  }
  return value;
}

function ended(name: string, position: number): SlipwayError {
  return invalid(name, 'an end in the middle of a frame', position);
}

function invalid(name: string, what: string, position: number): SlipwayError {
  return new SlipwayError('MODEL_INVALID', `'${name}' is not valid zstd`, {
    where: name,
    got: `${what}, at byte ${position}`,
  });
}

function unsupported(name: string, problem: string, got: string): SlipwayError {
  return new SlipwayError('FORMAT_UNSUPPORTED', `'${name}' ${problem}`, {
    where: name,
    got,
    try: 'ask its publisher for raw or gzip layers',
  });
}
