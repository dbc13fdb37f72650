import { tensorType, type TensorInfo, type TensorType } from '../gguf/index.js';

/** What a tensor is for, as far as mixes care. */
export type TensorCategory =
  | 'output'
  | 'token embedding'
  | 'attention qkv'
  | 'attention kv_b'
  | 'attention v'
  | 'attention k'
  | 'attention q'
  | 'attention output'
  | 'ffn up'
  | 'ffn gate'
  | 'ffn down'
  | 'other';

/** Parts of names, tried in this order. */
const BY_PART: readonly (readonly [part: string, category: TensorCategory])[] = [
  ['attn_qkv.weight', 'attention qkv'],
  ['attn_kv_b.weight', 'attention kv_b'],
  ['attn_v.weight', 'attention v'],
  ['attn_k.weight', 'attention k'],
  ['attn_q.weight', 'attention q'],
  ['attn_output.weight', 'attention output'],
  ['ffn_up', 'ffn up'],
  ['ffn_gate', 'ffn gate'],
  ['ffn_down', 'ffn down'],
];

export function tensorCategory(name: string): TensorCategory {
  if (name === 'output.weight') return 'output';
  if (isTokenEmbedding(name)) return 'token embedding';
  return BY_PART.find(([part]) => name.includes(part))?.[1] ?? 'other';
}

export function isTokenEmbedding(name: string): boolean {
  return name === 'token_embd.weight' || name === 'per_layer_token_embd.weight';
}

/** Attention values, alone or fused with others: what suffers most from few bits. */
export function isAttentionValue(category: TensorCategory): boolean {
  return category === 'attention v' || category === 'attention qkv' || category === 'attention kv_b';
}

/** Parts of names of tensors that stay as they are, whatever the architecture. */
const KEPT_PARTS: readonly string[] = [
  // Norms, and what chooses experts.
  '_norm.weight',
  'ffn_gate_inp.weight',
  'ffn_gate_tid2eid.weight',
  // Small matrices: Gemma 3n, Mamba and Kimi convolutions, MiniMax indexers.
  'altup',
  'laurel',
  'per_layer_model_proj',
  'ssm_conv1d',
  'shortconv.conv.weight',
  'indexer.k_proj.weight',
  'indexer.q_proj.weight',
  // RWKV's small two-dimensional weights.
  'time_mix_first.weight',
  'time_mix_w0.weight',
  'time_mix_w1.weight',
  'time_mix_w2.weight',
  'time_mix_v0.weight',
  'time_mix_v1.weight',
  'time_mix_v2.weight',
  'time_mix_a0.weight',
  'time_mix_a1.weight',
  'time_mix_a2.weight',
  'time_mix_g1.weight',
  'time_mix_g2.weight',
  'time_mix_decay_w1.weight',
  'time_mix_decay_w2.weight',
  'time_mix_lerp_fused.weight',
  // T5's relative positions.
  'attn_rel_b.weight',
  // Vision and audio.
  '.position_embd',
  'sam.pos_embd',
  'sam.neck.',
  'sam.net_',
  '.rel_pos',
  '.patch_embd',
  '.patch_merger',
  'a.rvq.codebook',
  'mm.a.code_embd',
];

/** BERT's positions and token types. */
const KEPT_NAMES: ReadonlySet<string> = new Set(['position_embd.weight', 'token_types.weight']);

/** Further parts of names for one architecture. */
const KEPT_PARTS_OF: ReadonlyMap<string, readonly string[]> = new Map([
  [
    'glm5-next',
    [
      'hc_',
      'indexer.attn_q_b',
      'indexer.attn_k',
      'indexer.proj',
      'indexer_compressor_gate',
      'indexer_compressor_ape',
      'ssm_f_a.weight',
      'ssm_f_b.weight',
      'ssm_g_a.weight',
      'ssm_g_b.weight',
      'ssm_beta.weight',
      'attn_kv_a_mqa.weight',
      'attn_k_b.weight',
      'attn_v_b.weight',
    ],
  ],
]);

/** Whether a mix may change this tensor: matrices whose name ends in `weight`, with the exceptions above. */
export function mayBeQuantized(tensor: TensorInfo, architecture: string, leaveOutput: boolean): boolean {
  const { name } = tensor;
  if (rank(tensor) < 2 || !endsLikeWeight(name)) return false;
  if (KEPT_NAMES.has(name) || (leaveOutput && name === 'output.weight')) return false;
  return ![...KEPT_PARTS, ...(KEPT_PARTS_OF.get(architecture) ?? [])].some((part) => name.includes(part));
}

/**
 * llama.cpp asks where the last `weight` starts and compares that with the length minus six. A name of five bytes
 * without `weight` passes, too: both sides are then the largest integer.
 */
function endsLikeWeight(name: string): boolean {
  return name.endsWith('weight') || (Buffer.byteLength(name) === 5 && !name.includes('weight'));
}

/** Dimensions without trailing ones, at least one: as ggml counts. */
export function rank({ dimensions }: Pick<TensorInfo, 'dimensions'>): number {
  return Math.max(1, dimensions.findLastIndex((dimension) => dimension !== 1) + 1);
}

/** Stored in blocks of several weights. */
export function isQuantized(type: TensorType): boolean {
  return tensorType(type).blockLength > 1;
}
