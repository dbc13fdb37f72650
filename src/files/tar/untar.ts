import { SlipwayError, throwIfAborted } from '../../core/index.js';
import type { ModelFile } from '../model-file.js';
import { safeRelativePath } from '../safe-path.js';
import { FileInput, StreamInput, take, type ByteInput } from './byte-queue.js';
import { TAR_BLOCK, tarPadding } from './tar-header.js';
import { extendedRecords, invalidTar, MAX_EXTENDED, parseTarHeader, type ParsedTarHeader } from './parse-tar.js';

/** A regular file of an archive; its content must be read before the next one is asked for, or is skipped. */
export interface TarMember {
  readonly path: string;
  readonly size: number;
  /** Where its content begins in the archive. */
  readonly offset: number;
  readonly executable: boolean;
  content(): AsyncIterable<Uint8Array>;
}

/** How much an archive may hold. */
export interface UntarLimits {
  readonly entries?: number;
  readonly bytes?: number;
  /** What becomes of links, devices and the like: refused unless given. Skipped ones are never made. */
  readonly others?: 'refuse' | 'skip';
  /** Which paths are wanted; the rest is passed over unseen. All without it. */
  readonly accept?: (path: string) => boolean;
  readonly signal?: AbortSignal | undefined;
}

/** Entries of an archive, folders and headers too: a model with its tokenizer and code has some hundred files. */
export const MAX_ENTRIES = 10_000;
const MAX_BYTES = 16 * 2 ** 40;

/**
 * Reads the regular files of a tar archive (ustar, with pax paths and sizes, and GNU long names) as a stream. Folders are passed over:
 * they follow from the paths. Anything else (links, devices, sparse files) is refused, because no model needs it and
 * every published escape from an unpacker used one. Members come before the layer's digest can be known: keep them aside
 * until the generator has ended. Throws `PATH_UNSAFE`, `MODEL_INVALID`, `SIZE_MISMATCH`.
 */
export async function* untar(content: AsyncIterable<Uint8Array>, limits: UntarLimits = {}): AsyncGenerator<TarMember> {
  yield* membersThenClose(new StreamInput(content), limits);
}

/** The same of a file, reading headers only: contents that are not asked for are not read. */
export async function* tarMembers(file: ModelFile, limits: UntarLimits = {}): AsyncGenerator<TarMember> {
  yield* membersThenClose(new FileInput(file, limits.signal), limits);
}

async function* membersThenClose(input: ByteInput, limits: UntarLimits): AsyncGenerator<TarMember> {
  try {
    yield* members(input, limits);
  } finally {
    await input.close();
  }
}

async function* members(input: ByteInput, limits: UntarLimits): AsyncGenerator<TarMember> {
  let extended = new Map<string, string>();
  let [entries, bytes] = [0, 0];
  for (;;) {
    throwIfAborted(limits.signal);
    const block = await take(input, TAR_BLOCK);
    if (block === undefined) return;
    // What follows the end is read too: only then has the check of the layer's digest seen all of it.
    if (block.every((byte) => byte === 0)) {
      await input.drain();
      return;
    }
    const header = parseTarHeader(block, extended);
    entries += 1;
    bytes += header.size;
    if (entries > (limits.entries ?? MAX_ENTRIES) || bytes > (limits.bytes ?? MAX_BYTES))
      throw tooLarge(entries, bytes);
    if (header.type === 'x' || header.type === 'L' || header.type === 'g') {
      const records = extendedRecords(header, await extendedText(input, header));
      if (header.type !== 'g') extended = records;
      continue;
    }
    extended = new Map();
    if (header.type === '5') continue;
    const regular = header.type === '0' || header.type === '\0';
    if (!regular && limits.others !== 'skip') throw refusedType(header);
    const path = header.path.replace(/^(\.\/)+/, '');
    const wanted = regular && !isWhiteout(path) && (limits.accept?.(path) ?? true);
    if (wanted) yield* member(input, { ...header, path });
    else await skip(input, header.size, path);
    await skip(input, tarPadding(header.size), path);
  }
}

/** A mark in an image's layer that says: gone. It is no file. */
function isWhiteout(path: string): boolean {
  return path.slice(path.lastIndexOf('/') + 1).startsWith('.wh.');
}

async function skip(input: ByteInput, length: number, path: string): Promise<void> {
  if (!(await input.skip(length))) throw cutOff(path);
}

async function* member(input: ByteInput, header: ParsedTarHeader): AsyncGenerator<TarMember> {
  let remaining = header.size;
  const path = safeRelativePath(header.path);
  yield {
    path,
    size: header.size,
    offset: input.position,
    executable: (header.mode & 0o111) !== 0,
    async *content() {
      while (remaining > 0) {
        const chunk = await input.some(remaining);
        if (chunk === undefined) throw cutOff(path);
        remaining -= chunk.byteLength;
        yield chunk;
      }
    },
  };
  await skip(input, remaining, path);
}

async function extendedText(input: ByteInput, header: ParsedTarHeader): Promise<string> {
  if (header.size > MAX_EXTENDED) throw invalidTar(`an extended header of ${header.size} bytes`);
  const text = await take(input, header.size);
  if (text === undefined) throw cutOff('extended header');
  await skip(input, tarPadding(header.size), 'extended header');
  return new TextDecoder('utf-8').decode(text);
}

function refusedType(header: ParsedTarHeader): SlipwayError {
  return new SlipwayError('PATH_UNSAFE', `'${header.path}' of a tar layer is neither a file nor a folder`, {
    where: header.path,
    got: `type ${JSON.stringify(header.type)}`,
  });
}

function tooLarge(entries: number, bytes: number): SlipwayError {
  return new SlipwayError('MODEL_INVALID', 'a tar layer holds more than allowed', {
    got: `${entries} entries, ${bytes} bytes so far`,
  });
}

function cutOff(path: string): SlipwayError {
  return new SlipwayError('SIZE_MISMATCH', `a tar layer ends inside '${path}'`, { where: path });
}
