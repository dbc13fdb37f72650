import { concat, mapValues, reshape, splitAxis, type TensorExpression } from '../expressions/index.js';
import type { Values } from '../config/config-values.js';
import type { Family, Model, TensorRule } from './family.js';
import { fileType, float, uint } from './keys.js';
import { column, convolution, decay } from './mamba.js';
import { change } from './tensor-rules.js';

/** Falcon H1: attention and Mamba 2 side by side in every layer. Its multipliers go into the weights. */
export const falconH1: Family = {
  names: ['FalconH1ForCausalLM'],
  gguf: 'falcon-h1',
  plainConfig: true,
  vocabulary: 'bpe',
  keys: [
    uint('context_length', ({ config }) => config.number('max_position_embeddings') ?? 0),
    uint('embedding_length', ({ config }) => config.count('hidden_size', 'd_model', 'dim')),
    uint('feed_forward_length', ({ config }) => config.count('intermediate_size')),
    uint('attention.head_count', ({ config }) => config.count('num_attention_heads')),
    uint('block_count', (model) => model.blockCount),
    uint('ssm.conv_kernel', ({ config }) => config.number(...prefixed('conv_kernel', 'd_conv')) || 4),
    uint('ssm.inner_size', innerWidth),
    uint('ssm.state_size', ({ config }) => config.number(...prefixed('state_size', 'd_state')) || 128),
    uint('ssm.time_step_rank', (model) =>
      Math.floor(innerWidth(model) / (model.config.number('mamba_d_head', 'head_dim') || 64)),
    ),
    uint('ssm.group_count', ({ config }) => groups(config)),
    float(
      'attention.layer_norm_rms_epsilon',
      ({ config }) => config.number('layer_norm_epsilon', 'rms_norm_eps') || 1e-5,
    ),
    fileType,
    uint('vocab_size', ({ config }) => config.count('vocab_size')),
    uint('attention.head_count_kv', ({ config }) => config.count('num_key_value_heads')),
    uint('attention.key_length', ({ config }) => config.count('head_dim')),
    uint('attention.value_length', ({ config }) => config.count('head_dim')),
    float('rope.freq_base', ({ rope }) => rope.need('rope_theta')),
  ],
  rename: (name) => name.replace(/\.dt_bias$/, '.dt_proj.bias'),
  tensors: (model) => [
    convolution(),
    change(['.D'], column),
    decay(column),
    change(['mamba.norm.weight'], (tensor) =>
      reshape(tensor, [groups(model.config), Math.floor(innerWidth(model) / Math.max(1, groups(model.config)))]),
    ),
    ...multipliers(model),
  ],
};

function prefixed(...names: readonly string[]): readonly string[] {
  return [...names, ...names.map((name) => `mamba_${name}`)];
}

function groups(config: Values): number {
  return config.count(...prefixed('n_groups'));
}

function innerWidth({ config }: Model): number {
  return config.count('mamba_d_ssm');
}

/** Every matrix times what its input or output is multiplied by, one factor after the other. */
function multipliers({ config }: Model): readonly TensorRule[] {
  const times = (ending: string, ...factors: readonly number[]): TensorRule =>
    change([ending], (tensor) => factors.reduce(multiply, tensor));
  const [gate, down] = listed(config, 'mlp_multipliers', 2);
  const [input, mixer] = [config.need('attention_in_multiplier'), config.need('ssm_in_multiplier')];
  return [
    times('down_proj.weight', down ?? 1),
    times('gate_proj.weight', gate ?? 1),
    times('k_proj.weight', config.need('key_multiplier'), input),
    times('q_proj.weight', input),
    times('v_proj.weight', input),
    times('o_proj.weight', config.need('attention_out_multiplier')),
    times('out_proj.weight', config.need('ssm_out_multiplier')),
    change(['in_proj.weight'], (tensor) => multiplyParts(multiply(tensor, mixer), config)),
    times('lm_head.weight', config.need('lm_head_multiplier')),
    times('embed_tokens.weight', config.need('embedding_multiplier')),
  ];
}

function multiply(tensor: TensorExpression, factor: number): TensorExpression {
  const single = Math.fround(factor);
  return mapValues(tensor, (value) => value * single);
}

/** Gate, input, B, C and time step come out of one matrix, with a factor each. */
function multiplyParts(tensor: TensorExpression, config: Values): TensorExpression {
  const inner = config.count('mamba_d_ssm');
  const state = config.count('mamba_n_groups') * config.count('mamba_d_state');
  const rest = (tensor.shape[0] ?? 0) - 2 * inner - 2 * state;
  const factors = listed(config, 'ssm_multipliers', 5);
  const parts = splitAxis(tensor, 0, [inner, inner, state, state, rest]);
  return concat(parts.map((part, index) => multiply(part, factors[index] ?? 1)));
}

function listed(config: Values, key: string, length: number): readonly number[] {
  const list = config.numbers(key) ?? [];
  if (list.length < length) throw config.missing(`${key} (${length} numbers)`);
  return list;
}
