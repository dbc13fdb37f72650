import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { countText, isMissing, openRegular, SlipwayError } from '../core/index.js';
import type { Chunks } from './chunks.js';
import type { LlamaModel } from './engine/model.js';
import { recordBytes } from './measure.js';

// The file of `llama-perplexity --kl-divergence-base`, little endian: `_logits_`, then i32 tokens of a chunk, tokens of
// the vocabulary and chunks, then the chunks' tokens, then for each scored position a record of 16-bit
// log-probabilities (native/scoring.cc).

const MAGIC = '_logits_';
const HEADER = MAGIC.length + 3 * 4;
/** Tokens of a chunk, of a vocabulary; chunks: what can be at most. */
const LIMITS = { contextSize: 2 ** 22, vocabulary: 2 ** 24, chunkCount: 2 ** 24 } as const;

export interface KldHeader {
  readonly path: string;
  readonly contextSize: number;
  readonly vocabulary: number;
  readonly chunkCount: number;
}

/** Reads what a .kld file says about itself and compares that with its size. Throws `EVALUATION_FAILED`. */
export async function readKldHeader(path: string): Promise<KldHeader> {
  const file = await openRegular(path).catch((cause: unknown) => {
    throw isMissing(cause) ? absent(path, cause) : cause;
  });
  try {
    const bytes = await readAt(file, path, 0, HEADER);
    if (bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) throw invalid(path, 'does not begin with _logits_');
    const [contextSize = 0, vocabulary = 0, chunkCount = 0] = [8, 12, 16].map((at) => bytes.readInt32LE(at));
    const header = { path, contextSize, vocabulary, chunkCount };
    for (const [name, limit] of Object.entries(LIMITS)) {
      const value = header[name as keyof typeof LIMITS];
      if (!(value >= 1 && value <= limit)) throw invalid(path, `has ${value} as its ${name}`);
    }
    const expected = recordsStart(header) + chunkCount * recordsOfChunk(header);
    const { size } = await file.stat();
    if (size !== expected) throw invalid(path, `has ${countText(size, 'byte')}, expected ${expected}`);
    return header;
  } finally {
    await file.close();
  }
}

function absent(path: string, cause: unknown): SlipwayError {
  return new SlipwayError('NOT_FOUND', `there is no '${path}' with the log-probabilities of a base`, {
    where: path,
    try: `pipeline evaluate BASE.gguf --save-kld ${path}   (of the model that it is compared with, with the same text)`,
    cause,
  });
}

function recordsStart({ contextSize, chunkCount }: KldHeader): number {
  return HEADER + 4 * contextSize * chunkCount;
}

function positionsOf(contextSize: number): number {
  return contextSize - 1 - Math.floor(contextSize / 2);
}

function recordsOfChunk({ contextSize, vocabulary }: KldHeader): number {
  return positionsOf(contextSize) * recordBytes(vocabulary);
}

/** Log-probabilities of a base model that were recorded, read as they are needed. */
export class KldReader {
  readonly header: KldHeader;
  readonly tokens: Int32Array;
  readonly #file: FileHandle;

  private constructor(file: FileHandle, header: KldHeader, tokens: Int32Array) {
    this.#file = file;
    this.header = header;
    this.tokens = tokens;
  }

  /** Throws `EVALUATION_FAILED` when the file is of another vocabulary. */
  static async open(header: KldHeader, vocabulary: number): Promise<KldReader> {
    const { path, contextSize, chunkCount } = header;
    if (header.vocabulary !== vocabulary) {
      throw new SlipwayError('EVALUATION_FAILED', `'${path}' was recorded with another vocabulary`, {
        where: path,
        got: `${header.vocabulary} tokens, the model has ${vocabulary}`,
        try: 'a file that the base of this model was recorded into',
      });
    }
    const file = await openRegular(path);
    try {
      const bytes = await readAt(file, path, HEADER, 4 * contextSize * chunkCount);
      const tokens = new Int32Array(contextSize * chunkCount);
      for (let index = 0; index < tokens.length; index += 1) tokens[index] = bytes.readInt32LE(4 * index);
      if (!tokens.every((token) => token >= 0 && token < vocabulary)) throw invalid(path, 'has tokens that cannot be');
      return new KldReader(file, header, tokens);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Records of some positions of a chunk. */
  readonly read = async (chunk: number, start: number, count: number): Promise<Uint8Array> => {
    const each = recordBytes(this.header.vocabulary);
    const at = recordsStart(this.header) + chunk * recordsOfChunk(this.header) + start * each;
    return readAt(this.#file, this.header.path, at, count * each);
  };

  async close(): Promise<void> {
    await this.#file.close();
  }
}

/** Writes such a file under another name and gives it its own when it is complete. */
export class KldWriter {
  readonly #path: string;
  readonly #file: FileHandle;
  #finished = false;

  private constructor(path: string, file: FileHandle) {
    this.#path = path;
    this.#file = file;
  }

  static async open(path: string, { tokens, contextSize, count }: Chunks, model: LlamaModel): Promise<KldWriter> {
    // What an earlier run left, or a link, or a FIFO, goes away first.
    await rm(`${path}.partial`, { force: true });
    const file = await open(`${path}.partial`, 'wx');
    const head = Buffer.alloc(HEADER + 4 * contextSize * count);
    head.write(MAGIC, 'latin1');
    [contextSize, model.facts.vocabulary, count].forEach((value, index) => head.writeInt32LE(value, 8 + 4 * index));
    for (let index = 0; index < contextSize * count; index += 1)
      head.writeInt32LE(tokens[index] ?? 0, HEADER + 4 * index);
    await file.writeFile(head);
    return new KldWriter(path, file);
  }

  readonly write = async (records: Uint8Array): Promise<void> => {
    await this.#file.writeFile(records);
  };

  async finish(): Promise<void> {
    await this.#file.sync();
    await this.#file.close();
    await rename(`${this.#path}.partial`, this.#path);
    this.#finished = true;
  }

  /** Leaves nothing behind when the file was not finished. */
  async close(): Promise<void> {
    if (this.#finished) return;
    await this.#file.close();
    await rm(`${this.#path}.partial`, { force: true });
  }
}

async function readAt(file: FileHandle, path: string, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, position + filled);
    if (bytesRead === 0) throw invalid(path, `ends after ${countText(position + filled, 'byte')}`);
    filled += bytesRead;
  }
  return bytes;
}

function invalid(path: string, got: string): SlipwayError {
  return new SlipwayError('EVALUATION_FAILED', `'${path}' is not a file of log-probabilities that can be read`, {
    where: path,
    got,
  });
}
