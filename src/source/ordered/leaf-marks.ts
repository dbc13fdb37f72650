import { createCipheriv, randomBytes } from 'node:crypto';

/** Bytes that one mark covers: what a range that is read again has to be rounded to. */
export const LEAF_BYTES: number = 128 * 1024;
const MARK_BYTES = 16;

/**
 * Remembers every 128 KiB of a file that was read, in order to notice when another reading brings other bytes. A mark is an
 * authentication code (GMAC, NIST SP 800-38D) under a key that only this process has: as good as a digest against a server that
 * never sees it, at a quarter of the price.
 */
export class LeafMarks {
  readonly #key = randomBytes(16);
  readonly #marks = new Map<number, Buffer>();

  /** Remembers a leaf, or compares it with what is remembered. Returns whether they agree. */
  agrees(index: number, mark: Buffer): boolean {
    const known = this.#marks.get(index);
    if (known !== undefined) return known.equals(mark);
    this.#marks.set(index, mark);
    return true;
  }

  /** Begins the mark of a leaf. */
  begin(index: number): LeafMark {
    return new LeafMark(this.#key, index);
  }
}

/** The mark of one leaf, made as its bytes pass. */
export class LeafMark {
  readonly #cipher: ReturnType<typeof createCipheriv> & { setAAD(bytes: Uint8Array): unknown; getAuthTag(): Buffer };

  constructor(key: Buffer, index: number) {
    const nonce = Buffer.alloc(12);
    nonce.writeUIntLE(index, 0, 6);
    this.#cipher = createCipheriv('aes-128-gcm', key, nonce, { authTagLength: MARK_BYTES });
  }

  update(bytes: Uint8Array): void {
    this.#cipher.setAAD(bytes);
  }

  end(): Buffer {
    this.#cipher.final();
    return this.#cipher.getAuthTag();
  }
}

/** Marks a stream of a file's bytes leaf by leaf, as it passes from one end of the file to the other. */
export class RunningMarks {
  readonly #marks: LeafMarks;
  readonly #size: number;
  #mark: LeafMark | undefined;
  #at: number;

  /** @param start where the stream begins: the beginning of a leaf */
  constructor(marks: LeafMarks, size: number, start = 0) {
    this.#marks = marks;
    this.#size = size;
    this.#at = start;
  }

  /** Takes the next bytes. Returns where a leaf begins that is not what was read before, if one has ended. */
  update(bytes: Uint8Array): number | undefined {
    for (let taken = 0; taken < bytes.byteLength;) {
      const index = Math.floor(this.#at / LEAF_BYTES);
      const end = Math.min(this.#size, (index + 1) * LEAF_BYTES);
      const part = bytes.subarray(taken, taken + end - this.#at);
      this.#mark ??= this.#marks.begin(index);
      this.#mark.update(part);
      taken += part.byteLength;
      this.#at += part.byteLength;
      if (this.#at < end) return undefined;
      const mark = this.#mark.end();
      this.#mark = undefined;
      if (!this.#marks.agrees(index, mark)) return index * LEAF_BYTES;
    }
    return undefined;
  }
}
