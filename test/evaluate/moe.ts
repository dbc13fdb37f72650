import { memoryFile, type ModelFile } from '../../src/files/index.js';
import { buildLlama } from '../../src/testing/index.js';
import { buildSafetensors, type BuiltTensor } from '../../src/testing/safetensors-builder.js';

const LAYERS = 2;
const HIDDEN = 256;
const INTERMEDIATE = 256;
const EXPERTS = 4;
const HEADS = 4;
const KV_HEADS = 2;
const VOCABULARY = 512;
/** Larger than that of the built Llama: predictions should differ. */
const SCALE = 0.15;

/**
 * A small mixture of experts (Mixtral's shape, two of four experts for each token) with weights from a seed and the
 * tokenizer of the built Llama, which reads any text.
 */
export function moeRepository(): ModelFile[] {
  const others = buildLlama({ vocab: VOCABULARY, hidden: HIDDEN, layers: LAYERS, heads: HEADS, kvHeads: KV_HEADS });
  const kept = others.filter(({ path }) => !path.endsWith('.safetensors') && path !== 'config.json');
  return [
    ...kept,
    memoryFile('config.json', `${JSON.stringify(CONFIG, undefined, 2)}\n`),
    buildSafetensors('model.safetensors', tensors(), 17),
  ];
}

const CONFIG = {
  architectures: ['MixtralForCausalLM'],
  bos_token_id: 1,
  eos_token_id: 2,
  hidden_act: 'silu',
  hidden_size: HIDDEN,
  intermediate_size: INTERMEDIATE,
  max_position_embeddings: 2048,
  model_type: 'mixtral',
  num_attention_heads: HEADS,
  num_experts_per_tok: 2,
  num_hidden_layers: LAYERS,
  num_key_value_heads: KV_HEADS,
  num_local_experts: EXPERTS,
  rms_norm_eps: 1e-5,
  rope_theta: 10_000,
  sliding_window: null,
  tie_word_embeddings: false,
  torch_dtype: 'bfloat16',
  vocab_size: VOCABULARY,
};

function tensors(): BuiltTensor[] {
  const matrix = (name: string, rows: number, columns: number): BuiltTensor => ({
    name,
    shape: [rows, columns],
    dtype: 'BF16',
    scale: SCALE,
  });
  const norm = (name: string): BuiltTensor => ({ name, shape: [HIDDEN], dtype: 'BF16', offset: 1, scale: 0.25 });
  const key = (HIDDEN / HEADS) * KV_HEADS;
  const layers = Array.from({ length: LAYERS }, (_, index) => `model.layers.${index}`).flatMap((at) => [
    norm(`${at}.input_layernorm.weight`),
    norm(`${at}.post_attention_layernorm.weight`),
    matrix(`${at}.self_attn.q_proj.weight`, HIDDEN, HIDDEN),
    matrix(`${at}.self_attn.k_proj.weight`, key, HIDDEN),
    matrix(`${at}.self_attn.v_proj.weight`, key, HIDDEN),
    matrix(`${at}.self_attn.o_proj.weight`, HIDDEN, HIDDEN),
    matrix(`${at}.block_sparse_moe.gate.weight`, EXPERTS, HIDDEN),
    ...Array.from({ length: EXPERTS }, (_, expert) => `${at}.block_sparse_moe.experts.${expert}`).flatMap((expert) => [
      matrix(`${expert}.w1.weight`, INTERMEDIATE, HIDDEN),
      matrix(`${expert}.w2.weight`, HIDDEN, INTERMEDIATE),
      matrix(`${expert}.w3.weight`, INTERMEDIATE, HIDDEN),
    ]),
  ]);
  return [
    matrix('lm_head.weight', VOCABULARY, HIDDEN),
    matrix('model.embed_tokens.weight', VOCABULARY, HIDDEN),
    norm('model.norm.weight'),
    ...layers,
  ];
}
