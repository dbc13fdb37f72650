import { SlipwayError } from '../../core/index.js';
import { literal } from '../expressions/index.js';
import { sparseExperts } from './experts.js';
import type { Family, KeyRule, Model, NamedTensor } from './family.js';
import { all, constant, fileType, float, uint } from './keys.js';
import { fullAttentionRope } from './text-keys.js';

/** Phi-1 and Phi-2. */
export const phi2: Family = {
  names: ['PhiForCausalLM'],
  gguf: 'phi2',
  vocabulary: 'bpe',
  keys: [
    uint('context_length', ['n_positions', 'max_position_embeddings']),
    uint('embedding_length', width),
    uint('feed_forward_length', (model) => 4 * width(model)),
    uint('block_count', (model) => model.blockCount),
    uint('attention.head_count', heads),
    uint('attention.head_count_kv', heads),
    float('attention.layer_norm_epsilon', ['layer_norm_epsilon', 'layer_norm_eps']),
    uint('rope.dimension_count', (model) => rotated(model, model.rope.need('partial_rotary_factor'))),
    fileType,
    constant('tokenizer.ggml.add_bos_token', false),
  ],
};

const phi3Keys: KeyRule = all(
  uint('context_length', ['n_positions', 'max_position_embeddings']),
  uint('rope.scaling.original_context_length', ({ rope }) => rope.count('original_max_position_embeddings')),
  uint('embedding_length', width),
  uint('feed_forward_length', ['intermediate_size']),
  uint('block_count', (model) => model.blockCount),
  uint('attention.head_count', heads),
  uint('attention.head_count_kv', ['num_key_value_heads', 'n_head_kv']),
  float('attention.layer_norm_rms_epsilon', ['rms_norm_eps']),
  uint('rope.dimension_count', rotatedPhi3),
  float('rope.freq_base', ({ rope }) => fullAttentionRope(rope).need('rope_theta')),
  fileType,
  // Zero tells Phi-4 from the others.
  uint('attention.sliding_window', ({ config }) => config.number('sliding_window') ?? 0),
);

/** Phi-3, Phi-3.5 and Phi-4. */
export const phi3: Family = {
  names: ['Phi3ForCausalLM', 'Phi4ForCausalLMV'],
  gguf: 'phi3',
  vocabulary: ({ tokenizerConfig }) => (tokenizerConfig.string('tokenizer_class') === 'GPT2Tokenizer' ? 'bpe' : 'phi3'),
  extraKeys: [float('rope.scaling.attn_factor', attentionFactor)],
  keys: [phi3Keys],
  extra: longRopeFactors,
};

/** Phi-3.5 with experts. */
export const phimoe: Family = {
  ...phi3,
  names: ['PhiMoEForCausalLM'],
  gguf: 'phimoe',
  keys: [
    phi3Keys,
    uint('expert_used_count', ['num_experts_per_tok', 'num_experts_per_token']),
    uint('expert_count', ['num_local_experts', 'num_experts']),
  ],
  tensors: (model) =>
    sparseExperts(
      model,
      (block, part) => `model.layers.${block}.block_sparse_moe.experts.${part}.weight`,
      'num_local_experts',
      'num_experts',
    ),
};

function width({ config }: Model): number {
  return config.count('hidden_size', 'n_embd');
}

function heads({ config }: Model): number {
  return config.count('num_attention_heads', 'n_head');
}

function rotated(model: Model, part: number): number {
  return Math.floor(Math.trunc(part * width(model)) / Math.max(1, heads(model)));
}

function rotatedPhi3(model: Model): number {
  return rotated(model, model.rope.number('partial_rotary_factor') ?? 1);
}

/** How much attention is sharpened when the context is longer than the one trained on. */
function attentionFactor({ config, rope }: Model): number | undefined {
  if ((rope.numbers('long_factor') ?? []).length === 0) return undefined;
  const original = rope.count('original_max_position_embeddings');
  const scale = config.count('n_positions', 'max_position_embeddings') / Math.max(1, original);
  const type = rope.string('rope_type')?.toLowerCase();
  if (type === 'su' || type === 'longrope') return scale > 1 ? Math.sqrt(1 + Math.log(scale) / Math.log(original)) : 1;
  if (type === 'yarn') return scale > 1 ? 0.1 * Math.log(scale) + 1 : 1;
  throw new SlipwayError('ARCH_UNSUPPORTED', `long contexts by '${type ?? 'nothing'}' cannot be converted`, {
    where: 'config.json: rope_scaling',
  });
}

function* longRopeFactors(model: Model): Iterable<NamedTensor> {
  const long = model.rope.numbers('long_factor') ?? [];
  if (long.length === 0) return;
  const short = model.rope.numbers('short_factor') ?? [];
  const expected = rotatedPhi3(model) / 2;
  if (long.length !== expected || short.length !== expected) {
    throw new SlipwayError('MODEL_INVALID', 'the factors for long contexts do not fit the rotated dimensions', {
      where: 'config.json: rope_scaling',
      got: `${long.length} long and ${short.length} short ones, expected ${expected} of each`,
    });
  }
  yield { name: 'rope_factors_long.weight', tensor: literal(Float32Array.from(long)), final: true };
  yield { name: 'rope_factors_short.weight', tensor: literal(Float32Array.from(short)), final: true };
}
