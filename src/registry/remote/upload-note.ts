import type { ModelFile } from '../../files/index.js';
import type { Connection } from './connection.js';
import type { UploadRules } from './host-rules.js';
import type { UploadMemory } from './upload-memory.js';

/** Smaller files are sent again rather than remembered. */
export const WORTH_REMEMBERING: number = 16 * 1024 * 1024;

/** What is noted of one upload, so that another process can go on with it; nothing of a small file, or where nothing can be continued. */
export class UploadNote {
  readonly #memory: UploadMemory | undefined;
  readonly #key: string;
  readonly #file: ModelFile;

  constructor(
    memory: UploadMemory | undefined,
    { host, repository }: Pick<Connection, 'host' | 'repository'>,
    file: ModelFile,
    rules: UploadRules,
  ) {
    const { path, size, digest = '' } = file;
    this.#memory = size < WORTH_REMEMBERING || rules.chunkSize === 'whole' ? undefined : memory;
    // Files of one name and size are taken for the same; if they are not, the digest says so and all is sent again.
    this.#key = [host, repository, path, size, digest].join('\n');
    this.#file = file;
  }

  /** Whether there is anything to note it in. */
  get isKept(): boolean {
    return this.#memory !== undefined;
  }

  /** Where an earlier process stands; forgotten with this. */
  async take(): Promise<string | undefined> {
    return this.#memory?.take(this.#key);
  }

  /** Notes how far it is. A note that cannot be written costs an upload at most; the push itself has not failed. */
  async keep(location: URL, offset: number): Promise<void> {
    const { path: name, size } = this.#file;
    await this.#memory?.keep(this.#key, location.href, { name, offset, size }).catch(() => {});
  }
}
