import type { Digest } from '../../core/index.js';
import {
  checkedRange,
  type FileRange,
  type ModelFile,
  type ReadingGroup,
  type ReadingOutlook,
} from '../../files/index.js';
import { FileReading } from './file-reading.js';
import { HeldAccount } from './held-bytes.js';
import { planReading, type PlannedFile } from './reading-plan.js';
import { Spill } from './spill.js';

export interface OrderedFilesOptions {
  /** Bytes that may be kept of all files together; a function is asked each time. */
  readonly room: number | (() => number);
  /** Directory for what has no room in memory; then nothing is read twice. */
  readonly spill?: string | undefined;
  /** Ends readings under way: a reader's own signal only ends its waiting. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Files that are read in ranges and in any order, and fetched once: each is read in its own order for its digest, and what
 * is passed on the way is kept until it is wanted, as far as there is room. What has to be read apart, because there is none
 * or because a reading is repeated, is compared with what the digest has seen. So `audit` proves that whatever was made of
 * the files was made of what was announced.
 */
export class OrderedFiles implements ReadingGroup {
  readonly #options: OrderedFilesOptions;
  readonly #account: HeldAccount;
  readonly #readings = new Map<string, { readonly file: ModelFile; readonly reading: FileReading; isRead: boolean }>();

  constructor(options: OrderedFilesOptions) {
    this.#options = options;
    const spill = options.spill === undefined ? undefined : new Spill(options.spill);
    const { room } = options;
    this.#account = new HeldAccount(typeof room === 'number' ? () => room : room, spill);
  }

  /** The file as this group reads it. Of several of one path only the first can be expected. */
  add(file: ModelFile): ModelFile {
    const { path, size } = file;
    const digest: Digest | undefined = file.digest;
    const reading = new FileReading(file, { digest, signal: this.#options.signal }, this.#account);
    const entry = { file, reading, isRead: false };
    this.#readings.set(this.#readings.has(path) ? `${path}\n${this.#readings.size}` : path, entry);
    return {
      path,
      size,
      ...(digest === undefined ? {} : { digest }),
      group: this,
      // For a reader that proves the whole itself: what it reads need not be proved again.
      unchecked: file,
      read: (range, signal, hints) => {
        const wanted = checkedRange(path, size, range);
        if (wanted.end > wanted.start) entry.isRead = true;
        return reading.read(wanted, signal, hints?.lend);
      },
    };
  }

  outlook(order: readonly FileRange[]): ReadingOutlook {
    return planReading(this.#files(), order, this.#room()).outlook;
  }

  async expect(order: readonly FileRange[]): Promise<void> {
    const { pieces } = planReading(this.#files(), order, this.#room());
    for (const [path, own] of pieces) await this.#readings.get(path)?.reading.expect(own);
  }

  /**
   * Reads what is left of every file of which something was handed out: the whole must have the announced digest.
   * Throws `DIGEST_MISMATCH`.
   */
  async audit(signal?: AbortSignal): Promise<void> {
    for (const { reading, isRead } of this.#readings.values()) if (isRead) await reading.finish(signal);
  }

  /** Lets go of everything that is kept. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#readings.values()].map(async ({ reading }) => reading.close()));
    await this.#account.spill?.close();
  }

  #room(): number {
    return this.#account.spill === undefined ? this.#account.room : Number.POSITIVE_INFINITY;
  }

  #files(): ReadonlyMap<string, PlannedFile> {
    return new Map(
      [...this.#readings].map(([path, { file, reading }]) => {
        const { head, present } = reading;
        return [path, { path, size: file.size, head, present }];
      }),
    );
  }
}
