import { parseXetShard, type XetFile, type XetTerm } from './xet-shard.js';

/** Where a chunk is: packed within its xorb, unpacked within what the xorb holds. */
interface XetChunk {
  readonly offset: number;
  readonly packed: number;
  readonly unpacked: number;
}

/** Chunks of a xorb that are to be fetched together; ends are not included. */
export interface XetRange {
  readonly chunks: { readonly start: number; readonly end: number };
  readonly bytes: { readonly start: number; readonly end: number };
}

/** How a range of a file is put together. */
export interface XetReconstruction {
  /** Bytes of the first chunk that lie before the range. */
  readonly offset: number;
  readonly terms: readonly XetTerm[];
  readonly ranges: ReadonlyMap<string, readonly XetRange[]>;
}

const CHUNK_HEADER = 8;

/**
 * What a content-addressed store of the Xet protocol holds: xorbs and the files that are made of them. Filled
 * with what an official client uploaded elsewhere.
 */
export class XetStore {
  readonly #xorbs = new Map<string, Uint8Array>();
  readonly #files = new Map<string, XetFile>();

  addXorb(hash: string, bytes: Uint8Array): void {
    this.#xorbs.set(hash, bytes);
  }

  addShard(bytes: Uint8Array): void {
    for (const file of parseXetShard(bytes)) this.#files.set(file.hash, file);
  }

  xorb(hash: string): Uint8Array | undefined {
    return this.#xorbs.get(hash);
  }

  file(hash: string): XetFile | undefined {
    return this.#files.get(hash);
  }

  fileOf(sha256: string): XetFile | undefined {
    return [...this.#files.values()].find((file) => file.sha256 === sha256);
  }

  /** What has to be fetched for a range of a file; nothing beyond its end. */
  reconstruction(file: XetFile, start: number, end: number): XetReconstruction | undefined {
    let position = 0;
    let offset: number | undefined;
    const terms: XetTerm[] = [];
    for (const term of file.terms) {
      const chunks = this.#chunks(term.xorb);
      let kept: { start: number; end: number; length: number } | undefined;
      for (let index = term.start; index < term.end; index++) {
        const length = chunks[index]?.unpacked ?? 0;
        if (position + length > start && position < end) {
          offset ??= start - position;
          kept = { start: kept?.start ?? index, end: index + 1, length: (kept?.length ?? 0) + length };
        }
        position += length;
      }
      if (kept !== undefined) terms.push({ xorb: term.xorb, ...kept });
    }
    return offset === undefined ? undefined : { offset, terms, ranges: this.#ranges(terms) };
  }

  /** The chunks of each xorb that terms name, neighbours joined. */
  #ranges(terms: readonly XetTerm[]): Map<string, XetRange[]> {
    const ranges = new Map<string, XetRange[]>();
    for (const xorb of new Set(terms.map((term) => term.xorb))) {
      const chunks = this.#chunks(xorb);
      const joined: { start: number; end: number }[] = [];
      const wanted = terms.filter((term) => term.xorb === xorb).toSorted((a, b) => a.start - b.start);
      for (const { start, end } of wanted) {
        const last = joined.at(-1);
        if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end);
        else joined.push({ start, end });
      }
      ranges.set(
        xorb,
        joined.map((part) => ({ chunks: part, bytes: byteRange(chunks.slice(part.start, part.end)) })),
      );
    }
    return ranges;
  }

  #chunks(hash: string): readonly XetChunk[] {
    const bytes = this.#xorbs.get(hash);
    if (bytes === undefined) throw new Error(`the store has no xorb ${hash}`);
    return xorbChunks(bytes);
  }
}

function byteRange(chunks: readonly XetChunk[]): { start: number; end: number } {
  const start = chunks[0]?.offset ?? 0;
  const last = chunks.at(-1);
  return { start, end: last === undefined ? start : last.offset + last.packed };
}

/** The chunks of a xorb: each behind a header with its lengths; a footer may follow, whose first byte is no version. */
function xorbChunks(bytes: Uint8Array): XetChunk[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const threeBytes = (at: number): number => view.getUint16(at, true) + view.getUint8(at + 2) * 65_536;
  const chunks: XetChunk[] = [];
  let offset = 0;
  while (offset + CHUNK_HEADER <= bytes.byteLength && view.getUint8(offset) === 0) {
    const packed = CHUNK_HEADER + threeBytes(offset + 1);
    chunks.push({ offset, packed, unpacked: threeBytes(offset + 5) });
    offset += packed;
  }
  return chunks;
}
