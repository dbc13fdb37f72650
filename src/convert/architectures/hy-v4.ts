import { SlipwayError } from '../../core/index.js';
import type { Values } from '../config/config-values.js';
import { deepseek2, indexerKeys, skipPredictionLayers } from './deepseek.js';
import { gateAndUp } from './experts.js';
import type { Family, Model, TensorRule } from './family.js';
import { bools, float, uint, when } from './keys.js';
import { expandedParts } from './kimi-linear.js';
import { GATING } from './text-keys.js';

const SPARSE = new Set(['sparse_attention', 'deepseek_sparse_attention']);

/** Hunyuan 4: latent attention with a gate and a sink, hyper-connections, and an indexer that layers may share. */
export const hyV4: Family = {
  ...deepseek2,
  names: ['HYV4ForCausalLM'],
  gguf: 'hy_v4',
  adjust: (config) => {
    const ungrouped = config.number('n_group') === 1 && config.number('topk_group') === 1;
    const latent = deepseek2.adjust?.(config) ?? config;
    return latent.with([
      ['expanded_key_value_heads', config.count('num_attention_heads')],
      ['first_k_dense_replace', leadingDense(config)],
      ...(ungrouped
        ? ([
            ['n_group', null],
            ['topk_group', null],
          ] as const)
        : []),
    ]);
  },
  keys: [
    ...deepseek2.keys,
    uint('expert_gating_func', () => GATING.sigmoid),
    ({ config, blockCount }) => {
      const limit = config.number('swiglu_limit') ?? 0;
      if (limit <= 0) return [];
      const value = Array.from({ length: blockCount }, () => limit);
      return [['swiglu_clamp_exp', { type: 'ARRAY', items: 'FLOAT32', value }]];
    },
    uint('hyper_connection.count', ({ config }) => config.count('hc_mult')),
    float('hyper_connection.epsilon', ({ config }) => config.need('hc_eps')),
    float('hyper_connection.magnitude', ({ config }) => config.need('hc_magnitude')),
    when(
      (model) => ownIndexers(model) !== undefined,
      indexerKeys,
      bools('attention.indexer.types', (model) => ownIndexers(model)),
    ),
  ],
  rename: (name) => {
    if (name.startsWith('model.mtp_layers.')) return undefined;
    const bare = /mlp\.experts\.down_proj$|\.self_attn\.learnable_sink_param$/.test(name);
    const connection =
      /\.hc_head\.hc_head_(?:fn|base|scale)$|\.hc_(?:attn|mlp)_layer\.hc_pre\.hc_(?:fn|base|scale)$/.test(name);
    return bare || connection ? `${name}.weight` : name;
  },
  tensors: (model) => [
    skipPredictionLayers(model),
    splitExperts(),
    {
      takes: (name) => name.endsWith('kv_b_proj.weight'),
      apply: ({ name, tensor }) => {
        const { config } = model;
        const [keys, values] = expandedParts(
          tensor,
          config.count('num_attention_heads'),
          config.count('qk_nope_head_dim'),
          config.count('v_head_dim'),
        );
        return [
          { name: name.replace('kv_b_proj', 'k_b_proj'), tensor: keys },
          { name: name.replace('kv_b_proj', 'v_b_proj'), tensor: values },
        ];
      },
    },
  ],
  force: (name, { config }) => {
    if (/(?:hc_attn_fn|hc_ffn_fn|output_hc_fn)\.weight$/.test(name)) return 'F32';
    return name === 'output.weight' && config.boolean('enable_lm_head_fp32') === true ? 'F32' : undefined;
  },
};

function splitExperts(): TensorRule {
  const halves = gateAndUp('mlp.experts.gate_up_proj', 'mlp.experts.gate_proj.weight', 'mlp.experts.up_proj.weight');
  return { ...halves, takes: (name) => name.endsWith('mlp.experts.gate_up_proj') };
}

/** Dense layers lead; a configuration may count them, list the layers' types, or both. */
function leadingDense(config: Values): number {
  const types = config.strings('mlp_layer_types');
  const first = types?.findIndex((type) => type !== 'dense') ?? 0;
  const listed = types === undefined ? undefined : first < 0 ? types.length : first;
  const counted = config.number('first_k_dense_replace');
  const agree = counted === undefined || listed === undefined || counted === listed;
  const contiguous = listed === undefined || !(types ?? []).slice(listed).includes('dense');
  const count = counted ?? listed;
  if (agree && contiguous && count !== undefined) return count;
  throw new SlipwayError('MODEL_INVALID', 'the configuration does not say which layers are dense', {
    where: 'config.json: first_k_dense_replace, mlp_layer_types',
    got: `${counted ?? 'none'}, ${JSON.stringify(types ?? null).slice(0, 100)}`,
  });
}

/** Which layers have an indexer of their own; `undefined` for a model without. */
function ownIndexers({ config }: Model): readonly boolean[] | undefined {
  const layers = config.count('num_hidden_layers');
  const types = config.strings('indexer_types');
  if (types !== undefined) return types.slice(0, layers).map((type) => type === 'full');
  const listed = config.strings('layer_types') ?? [];
  return listed.some((type) => SPARSE.has(type)) ? listed.slice(0, layers).map((type) => SPARSE.has(type)) : undefined;
}
