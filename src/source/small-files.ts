import { checkedRange, readWhole, type ModelFile } from '../files/index.js';

/** Bytes of a snapshot's small files that are kept in memory. */
const BUDGET = 48 * 1024 * 1024;
/** Weights above this are read in ranges; a vocabulary is always wanted whole. */
const WEIGHTS_LIMIT = 16 * 1024 * 1024;
const PIECE = 1024 * 1024;

/**
 * Keeps the content of small files after their first reading, first come, first kept: configurations and tokenizers are
 * read by several hands, each part of a small weight file was a reading of the whole, and each reading is a request.
 */
export class SmallFiles {
  #left: number;

  constructor(budget: number = BUDGET) {
    this.#left = budget;
  }

  /** The same file, kept once it has been read if there is room. Its own checks are those of that one reading. */
  kept(file: ModelFile): ModelFile {
    if (file.size > this.#left || file.size === 0) return file;
    if (file.size > WEIGHTS_LIMIT && !/\.(?:json|model|txt|tiktoken)$/.test(file.path)) return file;
    let loading: Promise<Uint8Array | undefined> | undefined;
    const load = async (signal: AbortSignal | undefined): Promise<Uint8Array | undefined> => {
      if (file.size > this.#left) return undefined;
      this.#left -= file.size;
      try {
        return await readWhole(file, file.size, signal);
      } catch (error) {
        this.#left += file.size;
        loading = undefined;
        throw error;
      }
    };
    // A check that goes without this reads what is kept all the same.
    const { unchecked: _unchecked, ...rest } = file;
    return {
      ...rest,
      async *read(range, signal, hints) {
        const { start, end } = checkedRange(file.path, file.size, range);
        const mine = loading === undefined;
        loading ??= load(signal);
        // A reading that another one began may end with that one's signal: then it is read on its own.
        const bytes = await loading.catch((error: unknown) => {
          if (mine) throw error;
          return undefined;
        });
        if (bytes === undefined) yield* file.read(range, signal, hints);
        // Copies: a reader may change the chunk that it gets.
        else for (let at = start; at < end; at += PIECE) yield bytes.slice(at, Math.min(at + PIECE, end));
      },
    };
  }
}
