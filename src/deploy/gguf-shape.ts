import type { GgufMetadata } from '../gguf/index.js';

/** One layer as the memory formula sees it; lengths are numbers of values for one token. */
export interface LayerShape {
  /** Values of the key cache for one token; 0 for a layer without one. */
  readonly keys: number;
  readonly values: number;
  /** It sees a window of tokens only. */
  readonly windowed: boolean;
  /** Values of the state that a recurrent layer keeps for one sequence (convolution and state). */
  readonly state: number;
}

/** What of a GGUF's keys decides how much memory llama.cpp needs beside the weights. */
export interface ModelShape {
  readonly architecture: string;
  readonly layers: readonly LayerShape[];
  readonly embedding: number;
  readonly vocabulary: number;
  readonly feedForward: number;
  /** Values of all query heads of one token, the largest layer's. */
  readonly queries: number;
  readonly heads: number;
  /** Tokens that a windowed layer sees; 0 without. */
  readonly window: number;
  readonly expertsUsed: number;
  readonly expertFeedForward: number;
  /** The feed-forward layers multiply by a gate. */
  readonly gated: boolean;
  /** Values that a recurrent layer has at once for one token (Mamba); 0 without one. */
  readonly recurrent: number;
  /** Longest context that it was trained for; 0 when the file does not say. */
  readonly trained: number;
}

/** Architectures that attend to a whole text at once and keep nothing between calls (llama.cpp, `create_memory`). */
const WITHOUT_CACHE = new Set([
  'bert',
  'jina-bert-v2',
  'jina-bert-v3',
  'nomic-bert',
  'nomic-bert-moe',
  'neo-bert',
  'eurobert',
  'wavtokenizer-dec',
  'modern-bert',
  'gemma-embedding',
  'dream',
  'llada',
  'llada-moe',
  'rnd1',
]);

/**
 * Every how many layers one sees everything, where the file has no pattern of its own (llama.cpp, `load_swa_pattern`).
 * What is not here and has no pattern is counted as if every layer saw everything: never too little.
 */
const WINDOW_PATTERNS: ReadonlyMap<string, number> = new Map([
  ['afmoe', 4],
  ['cohere2', 4],
  ['cohere2moe', -4],
  ['exaone-moe', 4],
  ['exaone4', 4],
  ['gemma-embedding', 6],
  ['gemma2', 2],
  ['gemma3', 6],
  ['gemma3n', 5],
  ['gpt-oss', 2],
  ['laguna', -4],
  ['llama4', 4],
  ['mellum', 4],
  ['modern-bert', -3],
  ['olmo2', 4],
  ['plamo3', 8],
  ['smallthinker', -4],
]);

/** Architectures whose feed-forward layers have no gate (llama.cpp, `LLM_FFN_SEQ` with a plain activation). */
const WITHOUT_GATE = new Set([
  'arcee',
  'bert',
  'bloom',
  'codeshell',
  'falcon',
  'gpt2',
  'gptneox',
  'jais2',
  'mpt',
  'nemotron',
  'nomic-bert-moe',
  'phi2',
  'plm',
  'starcoder',
  'starcoder2',
  'wavtokenizer-dec',
]);

/** Windows that stand in the program and not in the file. */
const DEFAULT_WINDOWS: ReadonlyMap<string, number> = new Map([
  ['gemma2', 4096],
  ['llama4', 8192],
]);

/** Whether llama.cpp keeps no cache for an architecture: its batches must hold a whole text. */
export function isWithoutCache(architecture: string): boolean {
  return WITHOUT_CACHE.has(architecture);
}

/** Reads the keys of a GGUF by name and layer. */
class Keys {
  readonly #metadata: GgufMetadata;
  readonly #architecture: string;

  constructor(metadata: GgufMetadata, architecture: string) {
    this.#metadata = metadata;
    this.#architecture = architecture;
  }

  value(key: string, layer = 0): number | undefined {
    const entry = this.#metadata.get(`${this.#architecture}.${key}`);
    const value: unknown = entry?.type === 'ARRAY' ? entry.value[layer] : entry?.value;
    if (typeof value === 'boolean') return Number(value);
    const number = typeof value === 'bigint' ? Number(value) : value;
    return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : undefined;
  }

  largest(key: string, layers: number): number {
    let most = 0;
    for (let layer = 0; layer < layers; layer += 1) most = Math.max(most, this.value(key, layer) ?? 0);
    return most;
  }

  isList(key: string): boolean {
    return this.#metadata.get(`${this.#architecture}.${key}`)?.type === 'ARRAY';
  }
}

/** More layers than this are a mistake in a file. */
const MOST_LAYERS = 4096;

/** Reads a model's shape from its keys; what a file does not say is taken as llama.cpp takes it. */
export function shapeOfGguf(metadata: GgufMetadata): ModelShape {
  const named = metadata.get('general.architecture')?.value;
  const architecture = typeof named === 'string' ? named : '';
  const keys = new Keys(metadata, architecture);
  const all = Math.min(keys.value('block_count') ?? 0, MOST_LAYERS);
  const count = Math.max(0, all - (keys.value('nextn_predict_layers') ?? 0));
  const window = keys.value('attention.sliding_window') ?? DEFAULT_WINDOWS.get(architecture) ?? 0;
  const layers = Array.from({ length: count }, (_, index) => layerShape(keys, architecture, index, window, count));
  const heads = keys.largest('attention.head_count', count);
  const embedding = keys.value('embedding_length') ?? 0;
  return {
    architecture,
    layers,
    embedding,
    vocabulary: vocabularyOf(metadata, keys),
    feedForward: keys.largest('feed_forward_length', count),
    queries: heads * (keys.value('attention.key_length') ?? (heads > 0 ? embedding / heads : 0)),
    heads,
    window,
    expertsUsed: keys.largest('expert_used_count', count),
    expertFeedForward: keys.value('expert_feed_forward_length') ?? keys.largest('feed_forward_length', count),
    gated: !WITHOUT_GATE.has(architecture),
    recurrent: recurrentWidth(keys),
    trained: keys.value('context_length') ?? 0,
  };
}

function vocabularyOf(metadata: GgufMetadata, keys: Keys): number {
  const tokens = metadata.get('tokenizer.ggml.tokens');
  return tokens?.type === 'ARRAY' ? tokens.value.length : (keys.value('vocab_size') ?? 0);
}

function layerShape(keys: Keys, architecture: string, layer: number, window: number, count: number): LayerShape {
  const state = stateOf(keys, layer, count);
  const keptFrom = keys.value('attention.shared_kv_layers');
  const shares = keptFrom !== undefined && layer >= count - keptFrom;
  if (isWithoutCache(architecture) || shares) return { keys: 0, values: 0, windowed: false, state };
  const windowed = window > 0 && isWindowed(keys, architecture, layer);
  const heads = keys.value('attention.head_count', layer) ?? 0;
  const cached = keys.value('attention.head_count_kv', layer) ?? heads;
  const each = heads > 0 ? (keys.value('embedding_length') ?? 0) / heads : 0;
  const suffix = windowed && keys.value('attention.key_length_swa') !== undefined ? '_swa' : '';
  const compressed = keys.value('attention.kv_lora_rank');
  // With multi-head latent attention one compressed vector a token is kept, and values are made of it.
  if (compressed !== undefined && keys.value('attention.key_length_mla') !== undefined) {
    return { keys: keys.value('attention.key_length') ?? compressed, values: 0, windowed, state: 0 };
  }
  const attends = cached > 0 && (state === 0 || isHybridAttention(keys, architecture, layer));
  return {
    keys: attends ? cached * (keys.value(`attention.key_length${suffix}`) ?? each) : 0,
    values: attends ? cached * (keys.value(`attention.value_length${suffix}`) ?? each) : 0,
    windowed,
    state: attends && state > 0 && !keepsBoth(architecture) ? 0 : state,
  };
}

/** Layers that attend and have a state beside. */
function keepsBoth(architecture: string): boolean {
  return architecture === 'falcon-h1';
}

/** Of a model with states: whether this layer attends. Lists of heads say it; Qwen's have every fourth. */
function isHybridAttention(keys: Keys, architecture: string, layer: number): boolean {
  if (keepsBoth(architecture)) return true;
  const interval = keys.value('full_attention_interval') ?? (/^qwen3(next|5)/.test(architecture) ? 4 : undefined);
  if (interval !== undefined) return (layer + 1) % interval === 0;
  return keys.isList('attention.head_count_kv') && (keys.value('attention.head_count_kv', layer) ?? 0) > 0;
}

/** Values that a recurrent layer keeps for a sequence (llama.cpp, `n_embd_r` and `n_embd_s`). */
function stateOf(keys: Keys, layer: number, count: number): number {
  const embedding = keys.value('embedding_length') ?? 0;
  const head = keys.value('wkv.head_size');
  if (head !== undefined) return (keys.value('token_shift_count') ?? 2) * embedding + embedding * head;
  const convolution = keys.value('shortconv.l_cache');
  const attends = (keys.value('attention.head_count_kv', Math.min(layer, count)) ?? 0) > 0;
  if (convolution !== undefined) return attends ? 0 : embedding * (convolution - 1);
  const inner = keys.value('ssm.inner_size');
  if (inner === undefined) return 0;
  const size = keys.value('ssm.state_size') ?? 0;
  const groups = keys.value('ssm.group_count') ?? 0;
  const kernel = keys.value('ssm.conv_kernel') ?? 0;
  return Math.max(0, kernel - 1) * (inner + 2 * groups * size) + size * inner;
}

/** Projection in, convolution and its input, and what the scan reads and writes (llama.cpp, `build_mamba_layer`). */
function recurrentWidth(keys: Keys): number {
  // RWKV mixes six copies of what comes in with what came before, and makes six more of them: as measured.
  if (keys.value('wkv.head_size') !== undefined) return 17.5 * (keys.value('embedding_length') ?? 0);
  const inner = keys.value('ssm.inner_size');
  if (inner === undefined) return 0;
  const groups = keys.value('ssm.group_count') ?? 0;
  const channels = inner + 2 * groups * (keys.value('ssm.state_size') ?? 0);
  const heads = groups > 0 ? (keys.value('ssm.time_step_rank') ?? 0) : 0;
  return 3 * inner + 3 * channels + heads;
}

function isWindowed(keys: Keys, architecture: string, layer: number): boolean {
  // The smaller ones of this family attend to everything (llama.cpp, `exaone4`).
  if (architecture === 'exaone4' && keys.value('block_count') !== 64) return false;
  if (keys.isList('attention.sliding_window_pattern')) {
    return (keys.value('attention.sliding_window_pattern', layer) ?? 0) > 0;
  }
  const known = WINDOW_PATTERNS.get(architecture);
  if (known === undefined) return false;
  const stated = keys.value('attention.sliding_window_pattern');
  const pattern = stated ?? Math.abs(known);
  if (pattern === 0) return true;
  return known < 0 ? layer % pattern !== 0 : layer % pattern < pattern - 1;
}
