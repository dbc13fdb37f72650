import pLimit from 'p-limit';
import { SlipwayError, type ByteRange, type Digest, type RunContext } from '../core/index.js';
import { sha256, type ModelFile } from '../files/index.js';
import { startItem } from './items.js';

/** Files up to this size are fetched whole at once: they are checked when they are. */
const WORTH_PEEKING = 16 * 1024 * 1024;

/** What was read of a file before it was fetched. */
export interface Peeked {
  readonly range: ByteRange;
  readonly digest: Digest;
}

/**
 * Headers of large files, read from their source before anything asks for the weights: a run that finds everything published
 * fetches no more. With the first weight all files are fetched whose headers were read, side by side.
 */
export class HeaderPeeks {
  readonly #context: RunContext;
  readonly #stop = new AbortController();
  readonly #waiting = new Set<(signal: AbortSignal) => Promise<void>>();
  readonly #fetching: Promise<void>[] = [];
  #isOver = false;

  constructor(context: RunContext) {
    this.#context = context;
    context.defer(async () => {
      this.#stop.abort();
      await Promise.allSettled(this.#fetching);
    });
  }

  /** Whether a header is to be read from the source. */
  isWorth(size: number): boolean {
    return !this.#isOver && size > WORTH_PEEKING;
  }

  /** The bytes of a header. `fetch` is called once weights are wanted. */
  async read(
    file: ModelFile,
    range: ByteRange,
    fetch: (signal: AbortSignal) => Promise<void>,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly bytes: Uint8Array; readonly peeked: Peeked }> {
    const size = range.end - range.start;
    const item = startItem(this.#context, 'download', `${file.path} (header)`, size);
    const bytes = new Uint8Array(size);
    let at = 0;
    for await (const chunk of file.read(range, signal)) {
      bytes.set(chunk, at);
      at += chunk.byteLength;
      item.progress(at);
    }
    item.end();
    this.#waiting.add(fetch);
    return { bytes, peeked: { range, digest: sha256(bytes) } };
  }

  /** Weights are wanted: every file whose header was read is fetched. What fails is told where the file is read. */
  fetchAll(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const turns = pLimit(Math.max(1, this.#context.limits.concurrency));
    const signal = AbortSignal.any([this.#context.signal, this.#stop.signal]);
    for (const fetch of this.#waiting) this.#fetching.push(turns(async () => fetch(signal)).catch(() => {}));
    this.#waiting.clear();
  }
}

/** Compares what was read before a file was fetched with what was fetched and checked. Throws `DIGEST_MISMATCH`. */
export async function confirmPeeked(
  path: string,
  peeked: readonly Peeked[],
  read: (range: ByteRange) => Promise<Uint8Array>,
): Promise<void> {
  for (const { range, digest } of peeked) {
    const actual = sha256(await read(range));
    if (actual === digest) continue;
    throw new SlipwayError('DIGEST_MISMATCH', `the header of '${path}' was another one when it was read first`, {
      where: path,
      got: `${digest}, in the file ${actual}`,
      try: 'run again; if it repeats, a mirror or proxy on the way serves other bytes',
    });
  }
}
