import { SlipwayError } from '../core/index.js';
import type { LlamaFacts } from '../../workers/llama-addon.js';
import { BATCH } from './engine/engine.js';

/** A text cut into chunks of one length, of which several are decoded side by side. */
export interface Chunks {
  /** Tokens of the chunks, one chunk after another. */
  readonly tokens: Int32Array;
  /** Tokens of the whole text. */
  readonly total: number;
  readonly contextSize: number;
  /** Chunks that are used: the first ones. */
  readonly count: number;
  /** Chunks decoded side by side. */
  readonly sequences: number;
  /** The first position whose prediction counts. */
  readonly first: number;
  /** Predictions that count, in one chunk. */
  readonly scored: number;
}

/** Bytes of logits that one model may have in memory; then fewer chunks are decoded side by side. */
const LOGITS_LIMIT = 2 * 1024 ** 3;

/** Chunks decoded side by side unless said otherwise: as many as llama-perplexity takes, and memory allows. */
export function sequencesFor(contextSize: number, vocabulary: number): number {
  const usual = Math.max(1, Math.floor(BATCH / contextSize));
  const each = (contextSize - Math.floor(contextSize / 2)) * vocabulary * 4;
  return Math.max(1, Math.min(usual, Math.floor(LOGITS_LIMIT / each)));
}

export interface ChunkOptions {
  readonly contextSize: number;
  /** At most this many; all that the text gives without it. */
  readonly chunks?: number;
  readonly sequences: number;
  /** Takes them evenly over the text, not from its beginning. */
  readonly spread?: boolean;
}

/**
 * Cuts tokens into chunks as llama-perplexity does: whole ones, the rest is dropped. Throws `EVALUATION_FAILED` when
 * the text has fewer than two.
 */
export function cutChunks(
  tokens: Int32Array,
  { contextSize, chunks, sequences, spread = false }: ChunkOptions,
  text: string,
): Chunks {
  if (tokens.length < 2 * contextSize) {
    throw new SlipwayError('EVALUATION_FAILED', `'${text}' is too short to measure anything`, {
      where: text,
      got: `${tokens.length} tokens, at least ${2 * contextSize} are needed for a context of ${contextSize}`,
      try: ['a longer text', `--context ${largestContext(tokens.length)}`],
    });
  }
  const most = Math.floor(tokens.length / contextSize);
  const count = Math.min(chunks ?? most, most);
  const first = Math.floor(contextSize / 2);
  return {
    tokens: spread ? spreadChunks(tokens, contextSize, count, most) : tokens,
    total: tokens.length,
    contextSize,
    count,
    sequences,
    first,
    scored: contextSize - 1 - first,
  };
}

/** Every so-manieth chunk, always the same ones. */
function spreadChunks(tokens: Int32Array, contextSize: number, count: number, most: number): Int32Array {
  const chosen = new Int32Array(count * contextSize);
  for (let index = 0; index < count; index += 1) {
    const start = Math.floor((index * most) / count) * contextSize;
    chosen.set(tokens.subarray(start, start + contextSize), index * contextSize);
  }
  return chosen;
}

function largestContext(tokens: number): number {
  return Math.max(8, 2 ** Math.floor(Math.log2(Math.max(tokens / 2, 8))));
}

/** Throws `EVALUATION_FAILED` for models whose predictions of the next token cannot be measured. */
export function requireDecoder({ hasDecoder, addsEos }: LlamaFacts, name: string): void {
  if (hasDecoder && !addsEos) return;
  throw new SlipwayError('EVALUATION_FAILED', `'${name}' does not predict the next token`, {
    where: name,
    got: hasDecoder ? 'its vocabulary ends every text with a token of its own' : 'it is an encoder',
    try: 'embedding models are compared by their embeddings: --embeddings',
  });
}
