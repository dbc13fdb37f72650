/** A run of chunks of one xorb: what a file is put together from. */
export interface XetTerm {
  readonly xorb: string;
  /** Bytes that the chunks have when they are unpacked. */
  readonly length: number;
  /** The first chunk, and the one after the last. */
  readonly start: number;
  readonly end: number;
}

/** A file as a shard describes it. */
export interface XetFile {
  readonly hash: string;
  readonly size: number;
  /** Hexadecimal; missing where the writer left it out. */
  readonly sha256: string | undefined;
  readonly terms: readonly XetTerm[];
}

/** Every record, the header too, takes 48 bytes. */
const RECORD = 48;
const BOOKEND = 'f'.repeat(64);
const WITH_VERIFICATION = 0x8000_0000;
const WITH_METADATA = 0x4000_0000;

/** The files of a shard of the Xet storage (version 2); its list of xorbs comes after them and is not needed. */
export function parseXetShard(bytes: Uint8Array): XetFile[] {
  const reader = new RecordReader(bytes);
  reader.skip(1);
  const files: XetFile[] = [];
  while (reader.hash() !== BOOKEND) files.push(readFile(reader));
  return files;
}

function readFile(reader: RecordReader): XetFile {
  const hash = reader.hash();
  const flags = reader.number(0);
  const count = reader.number(1);
  reader.skip(1);
  const terms: XetTerm[] = [];
  for (let index = 0; index < count; index++) {
    const [length, start, end] = [reader.number(1), reader.number(2), reader.number(3)];
    terms.push({ xorb: reader.hash(), length, start, end });
    reader.skip(1);
  }
  // One hash for every term: what the sender had, for the server to compare.
  if ((flags & WITH_VERIFICATION) !== 0) reader.skip(count);
  const sha256 = (flags & WITH_METADATA) === 0 ? undefined : reader.hash();
  if (sha256 !== undefined) reader.skip(1);
  return { hash, size: terms.reduce((sum, term) => sum + term.length, 0), sha256, terms };
}

class RecordReader {
  readonly #view: DataView;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  skip(records: number): void {
    this.#offset += records * RECORD;
  }

  /** The hash that a record begins with: four numbers of 64 bits, least significant byte first. */
  hash(): string {
    return [0, 8, 16, 24]
      .map((at) =>
        this.#view
          .getBigUint64(this.#offset + at, true)
          .toString(16)
          .padStart(16, '0'),
      )
      .join('');
  }

  /** One of the four numbers behind the hash. */
  number(index: number): number {
    return this.#view.getUint32(this.#offset + 32 + index * 4, true);
  }
}
