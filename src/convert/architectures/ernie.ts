import { splitAxis } from '../expressions/index.js';
import { gateAndUp } from './experts.js';
import type { Family, Model, TensorRule } from './family.js';
import { bool, uint } from './keys.js';
import { headDim } from './rope.js';
import { divide, stackExperts } from './tensor-rules.js';
import { textKeys } from './text-keys.js';

/** ERNIE 4.5, dense. */
export const ernie: Family = {
  names: ['Ernie4_5_ForCausalLM', 'Ernie4_5ForCausalLM'],
  gguf: 'ernie4_5',
  vocabulary: 'sentencepiece',
  keys: [textKeys],
  lastKeys: [
    bool('tokenizer.ggml.add_space_prefix', ({ tokenizerConfig }) => tokenizerConfig.boolean('add_prefix_space')),
  ],
  rename: (name) => name.replaceAll('ernie.', 'model.'),
  tensors: (model) => [fusedAttention(model), gateAndUp('up_gate_proj', 'gate_proj', 'up_proj')],
};

/** The language model of PaddleOCR-VL. */
export const paddleOcr: Family = { ...ernie, names: ['PaddleOCRVLForConditionalGeneration'], gguf: 'paddleocr' };

/** ERNIE 4.5 with experts; layers that predict further tokens are left out. */
export const ernieMoe: Family = {
  ...ernie,
  names: ['Ernie4_5_MoeForCausalLM'],
  gguf: 'ernie4_5-moe',
  keys: [
    textKeys,
    uint('expert_count', ({ config }) => config.count('moe_num_experts')),
    uint('expert_used_count', ({ config }) => config.count('moe_k')),
    uint('interleave_moe_layer_step', ({ config }) => config.count('moe_layer_interval')),
    uint('leading_dense_block_count', ({ config }) => config.count('moe_layer_start_index')),
    uint('expert_feed_forward_length', ['moe_intermediate_size']),
    uint('expert_shared_count', ['moe_num_shared_experts']),
    uint('expert_shared_feed_forward_length', sharedLength),
  ],
  rename: (name) =>
    /^model\.mtp_(?:block|emb_norm|hidden_norm|linear_proj)\.\d/.test(name)
      ? undefined
      : name.replaceAll('ernie.', 'model.'),
  tensors: ({ config }) => [
    stackExperts({
      marker: 'mlp.experts',
      count: config.count('moe_num_experts'),
      parts: ['gate_proj', 'up_proj', 'down_proj'],
      source: (block, expert, part) => `model.layers.${block}.mlp.experts.${expert}.${part}.weight`,
      target: (block, part) => `model.layers.${block}.mlp.experts.${part}.weight`,
    }),
  ],
};

function sharedLength({ config }: Model): number | undefined {
  const [length, heads] = [config.number('intermediate_size'), config.number('num_key_value_heads')];
  if ((config.number('moe_num_shared_experts') ?? 0) <= 0 || length === undefined || heads === undefined)
    return undefined;
  return Math.floor(length / Math.max(1, heads));
}

function fusedAttention(model: Model): TensorRule {
  return divide('qkv_proj', (tensor) => {
    const [heads, keyHeads] = [model.config.count('num_attention_heads'), model.config.count('num_key_value_heads')];
    const lengths = [heads, keyHeads, keyHeads].map((count) => count * headDim(model));
    const names = ['q_proj', 'k_proj', 'v_proj'];
    return splitAxis(tensor, 0, lengths).map((part, index) => [names[index] ?? '', part] as const);
  });
}
