import { interruptibleStep, SlipwayError } from '../../core/index.js';
import {
  isJsonObject,
  parseJson,
  parsePythonJson,
  readText,
  readWhole,
  type JsonObject,
  type JsonValue,
  type ModelFile,
} from '../../files/index.js';
import type { Repository } from '../repository.js';
import { checkEscapes, invalidTokenizer } from './limits.js';

/** The largest published tokenizer.json is 34 MB; parsing takes about ten times its size in memory. */
const FILE_LIMIT = 96 * 1024 * 1024;

/** A vocabulary at the bounds of what is read takes seconds, on a slow machine a minute. */
const STEP_LIMIT = { ms: 600_000, code: 'TOKENIZER_INVALID', what: 'the tokenizer' } as const;

/** A tokenizer's files, each read and parsed once. */
export class TokenizerFiles {
  readonly repository: Repository;
  readonly #json = new Map<string, Promise<JsonValue | undefined>>();

  readonly #signal: AbortSignal | undefined;
  /** Bytes that were read so far: how long work on them may take follows from it. */
  #bytes = 0;

  constructor(repository: Repository, signal?: AbortSignal) {
    this.repository = repository;
    this.#signal = signal;
  }

  /**
   * Does synchronous work on what was read. Where that is a lot, the event loop gets a turn before it, and a signal ends it at once:
   * any loop over a vocabulary, its merges or its added tokens is such a step. Throws `ABORTED`, and what the work throws.
   */
  async step<T>(work: () => T): Promise<T> {
    return interruptibleStep(work, this.#bytes, STEP_LIMIT, this.#signal);
  }

  has(path: string): boolean {
    return this.repository.file(path) !== undefined;
  }

  /**
   * A text file, with its byte order mark if it has one: Python reads it so. `undefined` when there is none. Throws
   * `TOKENIZER_INVALID` above a size that no tokenizer has.
   */
  async text(path: string): Promise<string | undefined> {
    return this.#text(path, true);
  }

  async #text(path: string, keepMark: boolean): Promise<string | undefined> {
    const file = this.#file(path);
    return file === undefined ? undefined : readText(file, FILE_LIMIT, undefined, { keepMark });
  }

  async bytes(path: string): Promise<Uint8Array | undefined> {
    const file = this.#file(path);
    return file === undefined ? undefined : readWhole(file, FILE_LIMIT);
  }

  /** A JSON file, whatever is at its top. */
  async json(path: string): Promise<JsonValue | undefined> {
    let value = this.#json.get(path);
    if (value === undefined) {
      value = this.#parsed(path);
      this.#json.set(path, value);
    }
    return value;
  }

  /** A JSON file with an object at its top. Throws `JSON_INVALID` for anything else. */
  async object(path: string): Promise<JsonObject | undefined> {
    const value = await this.json(path);
    if (value === undefined || isJsonObject(value)) return value;
    throw new SlipwayError('JSON_INVALID', `'${path}' does not hold a JSON object`, { where: path });
  }

  async #parsed(path: string): Promise<JsonValue | undefined> {
    const text = await this.#text(path, false);
    if (text === undefined) return undefined;
    await this.step(() => checkEscapes(text, path));
    // tokenizer.json is read by the tokenizers library, which is strict; Python reads the other files.
    return this.step(() => (path === 'tokenizer.json' ? parseJson(text, path) : parsePythonJson(text, path)));
  }

  #file(path: string): ModelFile | undefined {
    const file = this.repository.file(path);
    if (file === undefined) return undefined;
    if (file.size > FILE_LIMIT) {
      throw invalidTokenizer(`'${path}' is too large for a tokenizer`, path, `${file.size} bytes, limit ${FILE_LIMIT}`);
    }
    this.#bytes += file.size;
    return file;
  }
}
