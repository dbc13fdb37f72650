import type { Family, Model } from './family.js';
import { constant, fileType, float, uint, uintOrList, when } from './keys.js';
import { convolution, decay } from './mamba.js';
import { stackExperts } from './tensor-rules.js';

const hasModel = ({ repository }: Model): boolean => repository.file('tokenizer.model') !== undefined;

/** Jamba: attention in every few layers, Mamba in the others, experts in every few. */
export const jamba: Family = {
  names: ['JambaForCausalLM'],
  needs: ['attn_layer_offset', 'attn_layer_period'],
  gguf: 'jamba',
  vocabulary: (model) => (hasModel(model) ? 'sentencepiece' : 'llama-hf'),
  lastKeys: [when((model) => !hasModel(model), constant('tokenizer.ggml.add_space_prefix', false))],
  keys: [
    uint('block_count', (model) => model.blockCount),
    uint('context_length', ['max_position_embeddings', 'n_ctx']),
    uint('embedding_length', width),
    uint('feed_forward_length', ['intermediate_size']),
    uint('attention.head_count', ['num_attention_heads']),
    uintOrList('attention.head_count_kv', keyHeadsByLayer),
    uint('ssm.conv_kernel', ({ config }) => config.number('mamba_d_conv') || 4),
    uint('ssm.inner_size', (model) => model.config.count('mamba_expand') * width(model)),
    uint('ssm.state_size', ({ config }) => config.number('mamba_d_state') || 16),
    uint('ssm.time_step_rank', (model) => {
      const rank = model.config.find('mamba_dt_rank');
      return typeof rank === 'number' && rank !== 0 ? rank : Math.ceil(width(model) / 16);
    }),
    float(
      'attention.layer_norm_rms_epsilon',
      ({ config }) => config.number('layer_norm_epsilon', 'rms_norm_eps') || 1e-6,
    ),
    uint('expert_count', ['num_local_experts', 'num_experts']),
    uint('expert_used_count', ['num_experts_per_tok', 'num_experts_per_token']),
    fileType,
  ],
  rename: (name, { config }) => {
    const renamed = name.replaceAll('.moe.', '.feed_forward.');
    const block = /\.layers\.(\d+)\./.exec(renamed)?.[1];
    return block === undefined || hasExperts(Number(block), config) ? renamed : renamed.replace('.experts.0.', '.');
  },
  tensors: ({ config }) => [
    stackExperts({
      marker: '.feed_forward.experts.',
      count: config.count('num_local_experts', 'num_experts'),
      parts: ['down_proj', 'gate_proj', 'up_proj'],
      source: (block, expert, part) => `model.layers.${block}.feed_forward.experts.${expert}.${part}.weight`,
      target: (block, part) => `model.layers.${block}.mlp.experts.${part}.weight`,
    }),
    decay(),
    convolution(),
  ],
};

function width({ config }: Model): number {
  return config.count('hidden_size', 'mamba_d_model');
}

function keyHeadsByLayer({ config, blockCount }: Model): readonly number[] {
  const [offset, period] = [config.count('attn_layer_offset'), Math.max(1, config.count('attn_layer_period'))];
  const heads = config.count('num_key_value_heads');
  return Array.from({ length: blockCount }, (_, index) =>
    index >= offset && (index - offset) % period === 0 ? heads : 0,
  );
}

function hasExperts(block: number, config: Model['config']): boolean {
  const [offset, period] = [config.count('expert_layer_offset'), Math.max(1, config.count('expert_layer_period'))];
  return block >= offset && (block - offset) % period === 0;
}
