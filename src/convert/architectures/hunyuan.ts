import { SlipwayError } from '../../core/index.js';
import { Values } from '../config/config-values.js';
import { mlpExperts } from './experts.js';
import type { Family, KeyRule, Model, TensorRule } from './family.js';
import { all, bool, constant, float, integers, uint, when } from './keys.js';
import { drop } from './tensor-rules.js';
import { GATING, textKeys } from './text-keys.js';

/** A context of 256 k: what the configuration says is wrong by a factor of eight. */
const CONTEXT = 256 * 1024;

const isScaled = ({ rope }: Model): boolean => ['dynamic', 'xdrope'].includes(rope.string('rope_type') ?? '');

/** The rotation's base, enlarged by the factor that the model was trained with. */
const scaledRope: KeyRule = all(
  float('rope.freq_base', ({ config, rope }) => {
    const length = config.count('head_dim');
    return (rope.number('rope_theta') ?? 10_000) * (rope.number('alpha') ?? 50) ** (length / (length - 2));
  }),
  constant('rope.scaling.type', 'none'),
  float('rope.scaling.factor', () => 1),
  when(
    ({ rope }) => rope.string('rope_type') === 'dynamic',
    uint('rope.scaling.original_context_length', () => CONTEXT),
    uint('context_length', () => CONTEXT),
  ),
);

/** Hunyuan, dense. */
export const hunyuanDense: Family = {
  names: ['HunYuanDenseV1ForCausalLM'],
  gguf: 'hunyuan-dense',
  vocabulary: 'hunyuan-dense',
  adjust: (config) => config.with([['num_experts', null]]),
  keys: [textKeys, when(isScaled, scaledRope)],
  lastKeys: [
    // The configuration of the 7B models has a wrong one.
    uint('tokenizer.ggml.bos_token_id', ({ repository, config }) =>
      repository.file('tokenizer.json') === undefined && config.number('hidden_size') === 4096 ? 127_958 : undefined,
    ),
    uint('tokenizer.ggml.eos_token_id', ['eod_token_id']),
    uint('tokenizer.ggml.eot_token_id', ({ generation }) => {
      const ends = generation.find('eos_token_id');
      return Array.isArray(ends) && ends.length >= 2 ? new Values({ eot: ends[0] ?? null }).need('eot') : undefined;
    }),
  ],
  tensors: (model) => tiedOutput(model),
};

/** Hunyuan with experts (A13B). */
export const hunyuanMoe: Family = {
  names: ['HunYuanMoEV1ForCausalLM'],
  gguf: 'hunyuan-moe',
  vocabulary: 'hunyuan',
  keys: [
    textKeys,
    uint('expert_shared_feed_forward_length', ({ config }) => config.count('intermediate_size')),
    uint('expert_feed_forward_length', ({ config }) => sameInAll(config, 'moe_intermediate_size')),
    uint('expert_used_count', ({ config }) => sameInAll(config, 'moe_topk')),
    uint('expert_shared_count', ({ config }) => sameInAll(config, 'num_shared_expert')),
    when(
      ({ rope }) => rope.string('rope_type') === 'dynamic',
      float('rope.freq_base', scaledBase),
      constant('rope.scaling.type', 'none'),
      float('rope.scaling.factor', () => 1),
      uint('rope.scaling.original_context_length', () => CONTEXT),
      uint('context_length', () => CONTEXT),
    ),
  ],
  lastKeys: [uint('tokenizer.ggml.bos_token_id', () => 127_959)],
  tensors: (model) => [...tiedOutput(model), ...mlpExperts(model, 'num_local_experts', 'num_experts')],
};

/** The language model of Hunyuan-VL, whose positions have several dimensions. */
export const hunyuanVl: Family = {
  ...hunyuanDense,
  names: ['HunYuanVLForConditionalGeneration'],
  gguf: 'hunyuan_vl',
  keys: [
    textKeys,
    when((model) => isScaled(model) && !isSectioned(model), scaledRope),
    when(
      isSectioned,
      float('rope.freq_base', ({ rope }) => rope.need('rope_theta')),
      constant('rope.scaling.type', 'none'),
      float('rope.scaling.factor', ({ rope }) => rope.number('factor') ?? 1),
      float('rope.scaling.alpha', ({ rope }) => rope.need('alpha')),
      uint('rope.scaling.original_context_length', ({ config }) => config.count('max_position_embeddings')),
      uint('context_length', ({ config }) => config.count('max_position_embeddings')),
      ({ rope }) => {
        const sections = rope.numbers('xdrope_section', 'mrope_section') ?? [];
        return [['rope.dimension_sections', integers('rope.dimension_sections', sections)]];
      },
    ),
  ],
};

/** Hunyuan 3 with experts; layers that predict further tokens stay behind the others. */
export const hyV3: Family = {
  names: ['HYV3ForCausalLM'],
  gguf: 'hy_v3',
  draft: {},
  vocabulary: 'bpe',
  blockCount: (config) => config.count('num_hidden_layers') + (config.number('num_nextn_predict_layers') ?? 0),
  keys: [
    textKeys,
    uint('expert_feed_forward_length', ({ config }) => config.count('moe_intermediate_size')),
    uint(
      'expert_shared_feed_forward_length',
      ({ config }) =>
        config.count('moe_intermediate_size') *
        (config.has('num_shared_experts') ? config.count('num_shared_experts') : 1),
    ),
    bool('expert_weights_norm', ({ config }) => config.flag('route_norm', true)),
    float('expert_weights_scale', ({ config }) => config.number('router_scaling_factor') ?? 1),
    uint('expert_gating_func', () => GATING.sigmoid),
    uint('nextn_predict_layers', ({ config }) => config.number('num_nextn_predict_layers') || undefined),
  ],
  rename: (name, { config }) => {
    const layer = Number(/^model\.layers\.(\d+)\./.exec(name)?.[1] ?? -1);
    return layer >= config.count('num_hidden_layers') ? name.replace('.final_layernorm.', '.shared_head.norm.') : name;
  },
  tensors: (model) => mlpExperts(model, 'num_local_experts', 'num_experts'),
};

/** XD-RoPE by its own name, or as newer releases of transformers spell it. */
function isSectioned({ rope }: Model): boolean {
  const type = rope.string('rope_type');
  return type === 'xdrope' || (type === 'dynamic' && rope.has('mrope_section'));
}

function tiedOutput({ config }: Model): readonly TensorRule[] {
  return config.boolean('tie_word_embeddings') === true ? [drop('lm_head.weight')] : [];
}

/** A value that is listed for each layer and has to be the same in all of them. */
function sameInAll(config: Values, name: string): number {
  const [first, ...rest] = config.numbers(name) ?? [];
  if (first !== undefined && rest.every((value) => value === first)) return first;
  throw new SlipwayError('ARCH_UNSUPPORTED', `'${name}' is not one number for all layers`, {
    where: 'config.json',
    got: JSON.stringify(config.find(name) ?? null).slice(0, 200),
  });
}

/** The base for the factor that all published models have; another would need another context. */
function scaledBase({ config, rope }: Model): number {
  const [base, alpha] = [rope.number('rope_theta') ?? 10_000, rope.number('alpha') ?? 1000];
  const length = Math.floor(config.count('hidden_size') / Math.max(1, config.count('num_attention_heads')));
  const context = config.count('max_position_embeddings');
  if (alpha === 1000 && base === 10_000 && length === 128 && [CONTEXT / 8, CONTEXT].includes(context)) {
    return base * alpha ** (length / (length - 2));
  }
  throw new SlipwayError('ARCH_UNSUPPORTED', "Hunyuan's rotation is not scaled as llama.cpp takes it to be", {
    where: 'config.json: rope_scaling',
    got: `alpha ${alpha}, base ${base}, heads of ${length}, context ${context}; expected 1000, 10000, 128, 32768`,
  });
}
