import type { FileHandle } from 'node:fs/promises';

/** Bytes that go into one system call. */
const BATCH = 1024 * 1024;
/** Bytes that may wait to be written before whoever brings more has to wait. */
const QUEUE = 8 * 1024 * 1024;
/** Written bytes after which the device is asked to keep them, so that little is left to do at the end. */
const FLUSH_EVERY = 64 * 1024 * 1024;

/**
 * Writes chunks to a file in order, behind the back of whoever brings them: the next chunk is fetched and hashed while
 * the last ones are written. At most 8 MiB wait. What is in the file is always a beginning of the content, so that a
 * killed process leaves something to go on from.
 */
export class FileWriter {
  readonly #handle: FileHandle;
  #position: number;
  #batch: Uint8Array[] = [];
  #batchBytes = 0;
  #queuedBytes = 0;
  #unflushed = 0;
  #tail: Promise<void> = Promise.resolve();
  #flushing: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  /** `position`: where the first byte goes. */
  constructor(handle: FileHandle, position: number) {
    this.#handle = handle;
    this.#position = position;
  }

  /** Takes a chunk, which must not change afterwards. Throws what an earlier write threw. */
  async write(chunk: Uint8Array): Promise<void> {
    this.#batch.push(chunk);
    this.#batchBytes += chunk.byteLength;
    if (this.#batchBytes >= BATCH) this.#send();
    if (this.#queuedBytes > QUEUE) await this.#tail;
    this.#check();
  }

  /** Writes what is left and waits until the device has it. */
  async finish(): Promise<void> {
    await this.settled();
    this.#check();
    await this.#handle.sync();
  }

  /** Writes what is left and waits until nothing is under way: only then may the file be closed. Does not throw. */
  async settled(): Promise<void> {
    this.#send();
    await this.#tail;
    await this.#flushing;
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  #send(): void {
    const [batch, size] = [this.#batch, this.#batchBytes];
    if (size === 0) return;
    [this.#batch, this.#batchBytes] = [[], 0];
    this.#queuedBytes += size;
    this.#tail = this.#tail.then(() => this.#put(batch, size)).catch((error: unknown) => this.#fail(error));
  }

  async #put(batch: Uint8Array[], size: number): Promise<void> {
    this.#queuedBytes -= size;
    if (this.#failure !== undefined) return;
    await writeFully(this.#handle, batch, this.#position);
    this.#position += size;
    this.#unflushed += size;
    if (this.#unflushed >= FLUSH_EVERY && this.#flushing === undefined) this.#flush();
  }

  #flush(): void {
    this.#unflushed = 0;
    this.#flushing = this.#handle
      .datasync()
      .catch((error: unknown) => this.#fail(error))
      .finally(() => (this.#flushing = undefined));
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
  }
}

async function writeFully(handle: FileHandle, batch: readonly Uint8Array[], position: number): Promise<void> {
  let [rest, at] = [batch, position];
  while (rest.length > 0) {
    const { bytesWritten } = await handle.writev(rest, at);
    at += bytesWritten;
    rest = after(rest, bytesWritten);
  }
}

/** What is left of the chunks when the first `count` bytes are gone. */
function after(chunks: readonly Uint8Array[], count: number): Uint8Array[] {
  const rest: Uint8Array[] = [];
  let skip = count;
  for (const chunk of chunks) {
    if (chunk.byteLength > skip) rest.push(chunk.subarray(skip));
    skip = Math.max(0, skip - chunk.byteLength);
  }
  return rest;
}
