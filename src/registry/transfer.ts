import { setMaxListeners } from 'node:events';
import pLimit from 'p-limit';
import { smallAtOnce, throwIfAborted } from '../core/index.js';
import { memoryFile, readWhole, type ModelFile } from '../files/index.js';
import type { BlobPusher, PushedBlob } from './target.js';
import type { OnTransfer } from './transfer-event.js';

/** Bytes between two words on how far a blob is. */
const STEP = 256 * 1024;
/** Files up to this size are held in memory while they are sent. */
const SMALL = 1024 * 1024;

/** Counts of what became of the blobs of one call. */
export interface BlobCounts {
  readonly sent: number;
  readonly exists: number;
  readonly mounted: number;
}

export interface TransferOptions {
  readonly signal: AbortSignal;
  /** Large blobs on their way at the same time; of small ones there are more. */
  readonly concurrency: number;
  readonly mountFrom?: string;
  readonly onEvent?: OnTransfer;
}

/**
 * Sends blobs to one target, several at a time and each once: files are the same when they are the same object or have
 * the same digest. The first failure stops the others.
 */
export class Transfer {
  readonly #target: BlobPusher;
  readonly #options: TransferOptions;
  readonly #large: ReturnType<typeof pLimit>;
  readonly #small: ReturnType<typeof pLimit>;
  readonly #stop = new AbortController();
  readonly #signal: AbortSignal;
  readonly #known = new Map<ModelFile | string, Promise<PushedBlob>>();

  constructor(target: BlobPusher, options: TransferOptions) {
    this.#target = target;
    this.#options = options;
    this.#large = pLimit(Math.max(1, options.concurrency));
    this.#small = pLimit(smallAtOnce(options.concurrency));
    this.#signal = AbortSignal.any([options.signal, this.#stop.signal]);
    // Every blob's stream and every job of its encoder listens to it.
    setMaxListeners(0, this.#signal);
  }

  /** Fires when the caller's signal does, or when a blob has failed. */
  get signal(): AbortSignal {
    return this.#signal;
  }

  /** `mountFrom`: the repository that has this file, when it is another than the transfer's own. */
  send(file: ModelFile, mountFrom: string | undefined = this.#options.mountFrom): Promise<PushedBlob> {
    const known = this.#known.get(file.digest ?? file);
    if (known !== undefined) return known;
    // Named now: by the time its turn comes, others will have been added.
    const id = `b${this.#known.size}`;
    const turns = file.size <= SMALL ? this.#small : this.#large;
    const sent = turns(async () => this.#send(await this.#withDigest(file), id, mountFrom));
    this.#known.set(file.digest ?? file, sent);
    // The call that waits for it hears of a failure; this only tells the others to stop.
    sent.catch((error: unknown) => this.#stop.abort(error));
    return sent;
  }

  /** A small file is read first: with its digest known, the target can say that it has it. */
  async #withDigest(file: ModelFile): Promise<ModelFile> {
    throwIfAborted(this.#signal);
    if (file.digest !== undefined || file.size > SMALL) return file;
    return memoryFile(file.path, await readWhole(file, SMALL, this.#signal));
  }

  async #send(file: ModelFile, id: string, mountFrom: string | undefined): Promise<PushedBlob> {
    const { onEvent } = this.#options;
    const [name, total] = [file.path, file.size];
    throwIfAborted(this.#signal);
    onEvent?.({ type: 'start', id, name, total });
    let reported = 0;
    const blob = await this.#target.pushBlob(file, {
      signal: this.#signal,
      onProgress: (done) => {
        if (done < reported + STEP && done >= reported && done !== total) return;
        reported = done;
        onEvent?.({ type: 'progress', id, done, total });
      },
      onReset: (from, to, reason) => onEvent?.({ type: 'reset', id, from, to, reason }),
      onResume: (done) => {
        reported = done;
        onEvent?.({ type: 'resume', id, name, done, total });
      },
      mountFrom,
    });
    if (blob.how === 'sent') onEvent?.({ type: 'end', id, name, digest: blob.digest, size: blob.size });
    else onEvent?.({ type: 'skip', id, name, total, reason: blob.how });
    return blob;
  }
}

/** How many of the blobs were sent, there already, mounted. */
export function countBlobs(blobs: readonly PushedBlob[]): BlobCounts {
  const count = (how: PushedBlob['how']): number => blobs.filter((blob) => blob.how === how).length;
  return { sent: count('sent'), exists: count('exists'), mounted: count('mounted') };
}
