import type { Family, Model } from './family.js';
import { constant, fileType, float, uint } from './keys.js';

/** ChatGLM 3's successors (GLM-4 9B in its first form) and GLM-Edge's forerunner. */
export const chatglm: Family = {
  names: ['ChatGLMModel', 'ChatGLMForConditionalGeneration', 'GlmForCausalLM'],
  gguf: 'chatglm',
  vocabulary: 'chatglm',
  special: [
    { role: 'eos', token: '<|endoftext|>' },
    { role: 'eot', token: '<|user|>' },
    { role: 'unk', token: '<|endoftext|>' },
  ],
  keys: [
    uint('context_length', (model) => model.config.number('seq_length') ?? width(model)),
    uint('embedding_length', width),
    uint(
      'feed_forward_length',
      (model) => model.config.number('ffn_hidden_size', 'intermediate_size') ?? 4 * width(model),
    ),
    uint('block_count', (model) => model.blockCount),
    uint('attention.head_count', heads),
    uint(
      'attention.head_count_kv',
      (model) => model.config.number('multi_query_group_num', 'num_key_value_heads') ?? heads(model),
    ),
    float('attention.layer_norm_rms_epsilon', ({ config }) => config.number('layernorm_epsilon') ?? 1e-5),
    fileType,
    uint('rope.dimension_count', ({ config, rope }) => {
      const length =
        config.number('attention_dim') ?? Math.floor(config.count('hidden_size') / config.count('num_attention_heads'));
      return Math.trunc(length * (rope.number('partial_rotary_factor') ?? 0.5));
    }),
    constant('tokenizer.ggml.add_bos_token', false),
    float('rope.freq_base', ({ config }) => 10_000 * (config.number('rope_ratio') ?? 1)),
  ],
  rename: (name) => (name.endsWith('.rotary_pos_emb.inv_freq') ? undefined : name.replace(/^transformer\./, '')),
};

function width({ config }: Model): number {
  return config.count('hidden_size', 'n_embed');
}

function heads({ config }: Model): number {
  return config.count('n_head', 'num_attention_heads');
}
