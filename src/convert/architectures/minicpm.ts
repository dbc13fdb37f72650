import { SlipwayError } from '../../core/index.js';
import { literal } from '../expressions/index.js';
import type { Family, Model, NamedTensor } from './family.js';
import { fileType, float, uint } from './keys.js';
import { change, interleaveHeads } from './tensor-rules.js';
import { textKeys } from './text-keys.js';

/** MiniCPM 1 and 2, with its three scales. */
export const minicpm: Family = {
  names: ['MiniCPMForCausalLM'],
  gguf: 'minicpm',
  vocabulary: 'sentencepiece',
  keys: [
    textKeys,
    float('embedding_scale', ({ config }) => config.need('scale_emb')),
    float('residual_scale', ({ config }) => config.need('scale_depth') / Math.sqrt(config.count('num_hidden_layers'))),
    float('logit_scale', ({ config }) => config.count('hidden_size') / config.need('dim_model_base')),
  ],
  tensors: ({ config }) => {
    const heads = config.count('num_attention_heads');
    const keyHeads = config.number('num_key_value_heads') ?? heads;
    return [
      change(['q_proj.weight'], (tensor) => interleaveHeads(tensor, heads)),
      change(['k_proj.weight'], (tensor) => interleaveHeads(tensor, keyHeads)),
    ];
  },
  extra: (model) =>
    longContextFactors(
      model,
      Math.floor(model.config.count('hidden_size') / Math.max(1, model.config.count('num_attention_heads'))),
    ),
};

/** MiniCPM 3, with compressed attention. */
export const minicpm3: Family = {
  names: ['MiniCPM3ForCausalLM'],
  gguf: 'minicpm3',
  vocabulary: 'sentencepiece',
  keys: [
    fileType,
    uint('context_length', ['max_position_embeddings']),
    uint('embedding_length', ['hidden_size']),
    uint('block_count', (model) => model.blockCount),
    uint('feed_forward_length', ['intermediate_size']),
    uint('attention.head_count', ['num_attention_heads']),
    uint('attention.head_count_kv', ['num_key_value_heads']),
    float('attention.layer_norm_rms_epsilon', ['rms_norm_eps']),
    uint('vocab_size', ['vocab_size']),
    uint('attention.q_lora_rank', ['q_lora_rank']),
    uint('attention.kv_lora_rank', ({ config }) => config.count('kv_lora_rank')),
    uint('attention.key_length', ({ config }) => config.count('qk_nope_head_dim') + config.count('qk_rope_head_dim')),
    uint('rope.dimension_count', ({ config }) => config.count('qk_rope_head_dim')),
  ],
  extra: (model) => longContextFactors(model, model.config.count('qk_rope_head_dim')),
};

function* longContextFactors({ rope }: Model, rotated: number): Iterable<NamedTensor> {
  const [long, short] = [rope.numbers('long_factor') ?? [], rope.numbers('short_factor') ?? []];
  if (long.length === 0 && short.length === 0) return;
  if (long.length !== rotated / 2 || short.length !== rotated / 2) {
    throw new SlipwayError('MODEL_INVALID', 'the factors for long contexts do not fit the rotated dimensions', {
      where: 'config.json: rope_scaling',
      got: `${long.length} long and ${short.length} short ones, expected ${rotated / 2} of each`,
    });
  }
  yield { name: 'rope_factors_long.weight', tensor: literal(Float32Array.from(long)), final: true };
  yield { name: 'rope_factors_short.weight', tensor: literal(Float32Array.from(short)), final: true };
}
