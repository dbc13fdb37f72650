import { floatToHalf, halfToFloat } from '../expressions/half.js';
import { mapValues, permuteAxes, reshape } from '../expressions/index.js';
import type { Values } from '../config/config-values.js';
import type { Family, Model, TensorRule } from './family.js';
import { fileType, float, uint, uintOrList } from './keys.js';
import { convolution, decay } from './mamba.js';
import { change } from './tensor-rules.js';
import { textKeys } from './text-keys.js';

/** What its norms are stored without: one, and after the mixer and the dense layers a part of it. */
const NORM_SHIFTS: readonly (readonly [ending: string, shift: number])[] = [
  ['.pre_mixer_norm.weight', 1],
  ['.post_mixer_norm.weight', 1 / 5],
  ['.pre_mlp_norm.weight', 1],
  ['.post_mlp_norm.weight', 1 / 5 ** 1.5],
  ['.norm.weight', 1],
];

/** Heads of PLaMo 1, of which five share their keys, in the one size that was published. */
const [WIDTH, KEY_GROUPS, GROUP, HEAD_LENGTH] = [5120, 8, 5, 128];

/** PLaMo 1 (13B). Heads of queries are put in the order in which ggml shares keys among them. */
export const plamo: Family = {
  names: ['PlamoForCausalLM'],
  gguf: 'plamo',
  vocabulary: 'sentencepiece',
  keys: [
    uint('context_length', () => 4096),
    uint('embedding_length', ({ config }) => config.count('hidden_size')),
    uint('feed_forward_length', ({ config }) => config.count('intermediate_size')),
    uint('block_count', (model) => model.blockCount),
    uint('attention.head_count', ({ config }) => config.count('num_attention_heads')),
    uint('attention.head_count_kv', () => GROUP),
    float('attention.layer_norm_rms_epsilon', ({ config }) => config.need('rms_norm_eps')),
    fileType,
  ],
  tensors: () => [
    change(['.q_proj.weight'], (tensor) =>
      reshape(permuteAxes(reshape(tensor, [KEY_GROUPS, GROUP, HEAD_LENGTH, WIDTH]), [1, 0, 2, 3]), [WIDTH, WIDTH]),
    ),
    change(['.o_proj.weight'], (tensor) =>
      reshape(permuteAxes(reshape(tensor, [WIDTH, KEY_GROUPS, GROUP, HEAD_LENGTH]), [0, 2, 1, 3]), [WIDTH, WIDTH]),
    ),
  ],
};

/** PLaMo 2: Mamba in most layers, attention in the others. */
export const plamo2: Family = {
  names: ['Plamo2ForCausalLM', 'PLaMo2ForCausalLM'],
  gguf: 'plamo2',
  vocabulary: 'plamo2',
  keys: [
    uint('vocab_size', ['vocab_size']),
    uintOrList('attention.head_count_kv', (model) => byLayer(model, 'num_key_value_heads', 4)),
    uintOrList('attention.head_count', (model) => byLayer(model, 'num_attention_heads', 32)),
    uint('context_length', ({ config }) => config.number('max_position_embeddings') ?? 2048),
    uint('embedding_length', ({ config }) => config.number('hidden_size') ?? 4096),
    uint('attention.key_length', headLength),
    uint('attention.value_length', headLength),
    uint('block_count', (model) => model.blockCount),
    float('attention.layer_norm_rms_epsilon', ({ config }) => config.number('rms_norm_eps') ?? 1e-6),
    float('rope.freq_base', ({ rope }) => rope.number('rope_theta') ?? 10_000),
    uint('ssm.state_size', ({ config }) => config.number('mamba_d_state') ?? 64),
    uint('ssm.conv_kernel', ({ config }) => config.number('mamba_d_conv') ?? 4),
    uint('ssm.time_step_rank', mambaHeads),
    uint('ssm.inner_size', (model) => mambaHeads(model) * headLength(model)),
    uint('ssm.group_count', () => 0),
    uint('feed_forward_length', ({ config }) => config.number('intermediate_size') ?? 13_312),
    fileType,
  ],
  rename: (name) =>
    name
      .replace(/\.dt_bias$/, '.dt_proj.bias')
      .replace(/\.(dt|B|C)_norm_weight$/, '.$1_norm.weight')
      .replace(/\.([kq])_weight$/, '.$1.weight'),
  tensors: () => [decay(), convolution(), ...shiftedNorms()],
};

/** PLaMo 3: attention in all layers, most of them within a window. */
export const plamo3: Family = {
  names: ['Plamo3ForCausalLM', 'PLaMo3ForCausalLM'],
  gguf: 'plamo3',
  vocabulary: 'plamo3',
  adjust: withYarn,
  keys: [
    textKeys,
    uint('vocab_size', ['vocab_size']),
    uint('attention.sliding_window', ['window_size', 'sliding_window']),
    ({ config }) => {
      if (config.number('window_size', 'sliding_window') === undefined) return [];
      const pattern = config.find('sliding_window_pattern');
      const name = 'attention.sliding_window_pattern';
      if (typeof pattern === 'number') return [[name, { type: 'UINT32', value: pattern }]];
      if (!Array.isArray(pattern)) throw config.missing('sliding_window_pattern');
      return [[name, { type: 'ARRAY', items: 'BOOL', value: pattern.map((windowed) => windowed === true) }]];
    },
  ],
  tensors: () => shiftedNorms(['.mixer.q_norm.weight', 1], ['.mixer.k_norm.weight', 1]),
};

function shiftedNorms(...more: readonly (readonly [ending: string, shift: number])[]): readonly TensorRule[] {
  return [...NORM_SHIFTS, ...more].map(([ending, shift]) => {
    // Torch adds a number in the type that the tensor has.
    const [single, half] = [Math.fround(shift), halfToFloat(floatToHalf(shift))];
    return change([ending], (tensor) => {
      const added = tensor.dtype === 'F16' ? half : single;
      return mapValues(tensor, (value) => value + added);
    });
  });
}

/** A number of heads for the layers that attend, 0 for Mamba's. */
function byLayer({ config, blockCount }: Model, key: string, fallback: number): readonly number[] | undefined {
  if (config.boolean('mamba_enabled') === false) return undefined;
  const step = Math.max(1, config.number('mamba_step') ?? 2);
  const half = Math.floor(step / 2);
  const attends = (layer: number): boolean => (blockCount <= half ? layer === blockCount - 1 : layer % step === half);
  const heads = config.number(key) ?? fallback;
  return Array.from({ length: blockCount }, (_, layer) => (attends(layer) ? heads : 0));
}

function headLength({ config }: Model): number {
  return config.number('hidden_size_per_head') ?? 128;
}

function mambaHeads({ config }: Model): number {
  return config.number('mamba_num_heads') ?? 64;
}

/** Its configuration has the scaling of positions at its top. */
function withYarn(config: Values): Values {
  const factor = config.number('rope_scaling_factor') ?? 1;
  const ropeParameters = config.object('rope_parameters') ?? config.object('rope_scaling');
  if (factor === 1 || ropeParameters?.has('rope_type') === true || ropeParameters?.has('type') === true) return config;
  const scaling = {
    ...Object.fromEntries(ropeParameters?.entries() ?? []),
    rope_type: 'yarn',
    factor,
    original_max_position_embeddings: config.count('initial_context_length'),
    beta_fast: 32,
    beta_slow: 1,
  };
  return config.with([[config.has('rope_parameters') ? 'rope_parameters' : 'rope_scaling', scaling]]);
}
