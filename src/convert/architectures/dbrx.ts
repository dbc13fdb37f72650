import { permuteAxes, reshape, type TensorExpression } from '../expressions/index.js';
import type { Values } from '../config/config-values.js';
import type { Family, Model, TensorRule } from './family.js';
import { fileType, float, uint } from './keys.js';

/** DBRX, whose experts lie one below the other in one matrix. All its matrices take the output's type. */
export const dbrx: Family = {
  names: ['DbrxForCausalLM'],
  gguf: 'dbrx',
  vocabulary: 'bpe',
  keys: [
    uint('block_count', (model) => model.blockCount),
    uint('context_length', ({ config }) => config.count('max_seq_len')),
    uint('embedding_length', ({ config }) => config.count('d_model')),
    uint('feed_forward_length', ({ config }) => part(config, 'ffn_config').count('ffn_hidden_size')),
    uint('attention.head_count', ({ config }) => config.count('n_heads')),
    uint('attention.head_count_kv', ({ config }) => part(config, 'attn_config').count('kv_n_heads')),
    float('rope.freq_base', ({ config }) => part(config, 'attn_config').need('rope_theta')),
    float('attention.clamp_kqv', ({ config }) => part(config, 'attn_config').need('clip_qkv')),
    uint('expert_count', ({ config }) => part(config, 'ffn_config').count('moe_num_experts')),
    uint('expert_used_count', ({ config }) => part(config, 'ffn_config').count('moe_top_k')),
    float('attention.layer_norm_epsilon', () => 1e-5),
    fileType,
  ],
  tensors: (model) => [
    joinedExperts(model, 'w1', (tensor) => tensor),
    joinedExperts(model, 'w2', (tensor) => permuteAxes(tensor, [0, 2, 1])),
    joinedExperts(model, 'v1', (tensor) => tensor),
  ],
  force: () => 'output',
};

function part(config: Values, name: string): Values {
  const found = config.object(name);
  if (found === undefined) throw config.missing(name);
  return found;
}

function joinedExperts(
  { config }: Model,
  name: string,
  turn: (experts: TensorExpression) => TensorExpression,
): TensorRule {
  const ffn = part(config, 'ffn_config');
  const shape = [ffn.count('moe_num_experts'), ffn.count('ffn_hidden_size'), config.count('d_model')];
  const ending = `ffn.experts.mlp.${name}`;
  return {
    takes: (tensorName) => tensorName.includes(ending) && !tensorName.includes('.weight'),
    apply: ({ name: tensorName, tensor }) => [{ name: `${tensorName}.weight`, tensor: turn(reshape(tensor, shape)) }],
  };
}
