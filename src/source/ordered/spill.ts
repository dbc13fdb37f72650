import { randomUUID } from 'node:crypto';
import { mkdir, open, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { SlipwayError } from '../../core/index.js';
import { LeafMarks } from './leaf-marks.js';

/** Where bytes were put aside. */
export interface SpilledBytes {
  readonly at: number;
  readonly size: number;
  readonly mark: Buffer;
}

/**
 * A file for what is wanted later and has no room in memory. It is made when it is needed, has no name while it is used
 * where the system allows that, and what comes back from it is compared with what went in.
 */
export class Spill {
  readonly #directory: string;
  readonly #marks = new LeafMarks();
  #opening: Promise<{ readonly handle: FileHandle; readonly path: string }> | undefined;
  #size = 0;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async put(bytes: Uint8Array): Promise<SpilledBytes> {
    this.#opening ??= this.#open();
    const { handle } = await this.#opening;
    const at = this.#size;
    this.#size += bytes.byteLength;
    for (let done = 0; done < bytes.byteLength;) {
      done += (await handle.write(bytes, done, bytes.byteLength - done, at + done)).bytesWritten;
    }
    return { at, size: bytes.byteLength, mark: this.#mark(at, bytes) };
  }

  /** Throws `DIGEST_MISMATCH` when the disk gives other bytes than it was given. */
  async take({ at, size, mark }: SpilledBytes): Promise<Uint8Array> {
    this.#opening ??= this.#open();
    const { handle } = await this.#opening;
    const bytes = new Uint8Array(size);
    for (let done = 0; done < size;) {
      const { bytesRead } = await handle.read(bytes, done, size - done, at + done);
      if (bytesRead === 0) break;
      done += bytesRead;
    }
    if (this.#mark(at, bytes).equals(mark)) return bytes;
    throw new SlipwayError('DIGEST_MISMATCH', 'the disk gave back other bytes than were put aside there', {
      where: this.#directory,
      got: `other content at ${at}, ${size} bytes`,
      try: 'check the disk, or put bytes aside elsewhere: --spill DIR',
    });
  }

  async close(): Promise<void> {
    const opened = await this.#opening?.catch(() => undefined);
    await opened?.handle.close();
    if (opened !== undefined) await rm(opened.path, { force: true });
  }

  #mark(at: number, bytes: Uint8Array): Buffer {
    const mark = this.#marks.begin(at);
    mark.update(bytes);
    return mark.end();
  }

  async #open(): Promise<{ readonly handle: FileHandle; readonly path: string }> {
    await mkdir(this.#directory, { recursive: true });
    const path = join(this.#directory, `.slipway-spill-${randomUUID()}`);
    const handle = await open(path, 'wx+', 0o600);
    // Nothing is left of it when the process ends in any way. Windows keeps the name until the end.
    await rm(path, { force: true }).catch(() => {});
    return { handle, path };
  }
}
