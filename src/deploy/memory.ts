import { rowSize } from '../gguf/index.js';
import type { ModelShape } from './gguf-shape.js';

/** How a llama.cpp server is started, as far as memory depends on it. */
export interface ServerShape {
  /** Tokens of all slots together (`--ctx-size`). */
  readonly contextSize: number;
  /** Requests at the same time (`--parallel`). */
  readonly slots: number;
  /** Tokens that are computed at once (`--ubatch-size`). */
  readonly batch: number;
  readonly cacheTypeK: CacheType;
  readonly cacheTypeV: CacheType;
  /** Tokens of one batch that get logits; a server asks for one a slot. */
  readonly outputs?: number;
}

/** Types of the KV cache (`--cache-type-k`, `--cache-type-v`). */
export const CACHE_TYPES = ['f32', 'f16', 'bf16', 'q8_0', 'q5_1', 'q5_0', 'q4_1', 'q4_0', 'iq4_nl'] as const;
export type CacheType = (typeof CACHE_TYPES)[number];

const CACHE_TENSORS = {
  f32: 'F32',
  f16: 'F16',
  bf16: 'BF16',
  q8_0: 'Q8_0',
  q5_1: 'Q5_1',
  q5_0: 'Q5_0',
  q4_1: 'Q4_1',
  q4_0: 'Q4_0',
  iq4_nl: 'IQ4_NL',
} as const;

/** Bytes that a llama.cpp server needs, by what for. */
export interface MemoryEstimate {
  /** The GGUF files. */
  readonly weights: number;
  /** Keys and values of every token of the context. */
  readonly cache: number;
  /** States of recurrent layers. */
  readonly state: number;
  /** Scratch space of one batch. */
  readonly compute: number;
  /** Logits and embeddings that are handed out. */
  readonly output: number;
  readonly total: number;
}

const FLOAT = 4;
/** llama.cpp rounds the number of cells up to this. */
const CELLS = 256;
/** Positions, ids and the like of one token. */
const INPUTS = 5;
/** A mask of which cells a token sees, in half precision. */
const MASK_BYTES = 2;

/**
 * Memory of a llama.cpp server on one device, with flash attention (its default where it can):
 *
 *     total   = weights + cache + state + compute + output
 *     cache   = Σ over layers with a cache: cells × slots × (bytes(keys, type_k) + bytes(values, type_v))
 *     cells   = context / slots, up to 256; for a layer with a window min(that, window + batch), up to 256
 *     state   = Σ over recurrent layers: slots × values × 4
 *     compute = mask + tokens of a batch × values of the widest place × 4: attention, feed-forward, scan, or logits
 *     output  = (vocabulary + embedding) × slots × 4
 *
 * Read from llama.cpp's `llama_kv_cache`, `llama_memory_recurrent` and `output_reserve`; the scratch space is that of the
 * graph's widest place. docs/deploy.md compares it with what the library reports.
 */
export function estimateMemory(shape: ModelShape, weights: number, server: ServerShape): MemoryEstimate {
  const cells = padTo(Math.ceil(server.contextSize / server.slots), CELLS);
  const windowCells = padTo(Math.min(cells, shape.window + server.batch), CELLS);
  let [cache, state] = [0, 0];
  for (const layer of shape.layers) {
    const tokens = (layer.windowed ? windowCells : cells) * server.slots;
    cache += tokens * (cacheBytes(layer.keys, server.cacheTypeK) + cacheBytes(layer.values, server.cacheTypeV));
    state += server.slots * layer.state * FLOAT;
  }
  const compute = computeBytes(shape, server, cells, windowCells);
  const output = (shape.vocabulary + shape.embedding) * server.slots * FLOAT;
  return { weights, cache, state, compute, output, total: weights + cache + state + compute + output };
}

/** Values of an odd number are kept in whole blocks. */
function cacheBytes(values: number, type: CacheType): number {
  if (values === 0) return 0;
  const tensor = CACHE_TENSORS[type];
  const block = /^Q|^IQ/.test(tensor) ? 32 : 1;
  return rowSize(tensor, padTo(values, block));
}

function computeBytes(shape: ModelShape, server: ServerShape, cells: number, windowCells: number): number {
  const tokens = Math.min(server.batch, server.contextSize);
  const isWindowed = shape.layers.some((layer) => layer.windowed);
  const cached = shape.layers.some((layer) => layer.keys > 0 && !layer.windowed);
  const seen = (cached ? cells : 0) + (isWindowed ? windowCells : 0);
  // Without a cache every token of a batch sees every other, where there is attention at all.
  const mask = (seen > 0 ? seen : shape.heads > 0 ? tokens : 0) * tokens * MASK_BYTES;
  const logits = (Math.min(tokens, server.outputs ?? server.slots) / tokens) * shape.vocabulary + 3 * shape.embedding;
  const widest = Math.max(attentionWidth(shape), feedForwardWidth(shape), recurrentWidth(shape), logits);
  return mask + tokens * (widest + INPUTS) * FLOAT;
}

/** Values of one token at the widest place of an attention: what goes in, queries before and after, keys and values. */
function attentionWidth({ embedding, layers, queries }: ModelShape): number {
  const cached = Math.max(0, ...layers.map((layer) => layer.keys + layer.values));
  if (cached > 0 || queries === 0) return embedding + 2 * queries + cached;
  // Keys and values are not in a cache, and one of them is being made half as precise.
  return 2 * embedding + 3.5 * queries;
}

/** The same of a feed-forward layer, or of the experts that a token is sent to. */
function feedForwardWidth({ embedding, expertFeedForward, expertsUsed, feedForward, gated }: ModelShape): number {
  const experts = expertsUsed * (3 * expertFeedForward + embedding) + 2 * embedding;
  const dense = gated ? 3 * feedForward + 3 * embedding : 2 * feedForward + embedding;
  return expertsUsed > 0 ? Math.max(experts, expertFeedForward === feedForward ? 0 : dense) : dense;
}

function recurrentWidth({ embedding, recurrent }: ModelShape): number {
  return recurrent === 0 ? 0 : recurrent + embedding;
}

function padTo(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}
