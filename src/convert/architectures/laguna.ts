import { SlipwayError } from '../../core/index.js';
import { blockOf } from '../names/name-map.js';
import { wrongShape } from '../expressions/index.js';
import type { Family, Model, TensorRule } from './family.js';
import { bool, float, integers, uint } from './keys.js';
import { change, stackExperts } from './tensor-rules.js';
import { GATING, textKeys } from './text-keys.js';

type Gate = 'per_head' | 'per_element';

/** Laguna: experts, attention with an output gate, and heads that may differ from layer to layer. */
export const laguna: Family = {
  names: ['LagunaForCausalLM'],
  needs: ['mlp_layer_types'],
  gguf: 'laguna',
  vocabulary: 'laguna',
  keys: [
    textKeys,
    uint('vocab_size', ({ config }) => config.count('vocab_size')),
    (model) => [['attention.head_count', integers('attention.head_count', headsByLayer(model))]],
    uint('attention.sliding_window', ({ config }) => config.number('sliding_window') || undefined),
    uint('expert_feed_forward_length', ({ config }) => config.count('moe_intermediate_size')),
    uint('expert_shared_feed_forward_length', ({ config }) => config.count('shared_expert_intermediate_size')),
    bool('expert_weights_norm', () => true),
    float('expert_weights_scale', ({ config }) => config.need('moe_routed_scaling_factor')),
    uint('expert_gating_func', () => GATING.sigmoid),
    uint('leading_dense_block_count', ({ config }) => {
      const types = config.strings('mlp_layer_types') ?? [];
      const first = types.findIndex((type) => type !== 'dense');
      return first < 0 ? types.length : first;
    }),
    uint('rope.dimension_count', (model) => rotated(model, 'full_attention')),
    uint('rope.dimension_count_swa', (model) =>
      model.rope.has('sliding_attention') ? rotated(model, 'sliding_attention') : undefined,
    ),
  ],
  tensors: (model) => [numberedExperts(model), checkedGate(model)],
};

function headsByLayer({ config, blockCount }: Model): readonly number[] {
  const headCounts = config.numbers('num_attention_heads_per_layer');
  if (headCounts !== undefined && headCounts.length > 0) return headCounts;
  return Array.from({ length: blockCount }, () => config.count('num_attention_heads'));
}

function rotated({ config, rope }: Model, kind: string): number {
  const factor = rope.object(kind)?.number('partial_rotary_factor') ?? 1;
  return Math.trunc(config.count('head_dim') * factor);
}

/** The router's bias is named like an expert without a number and is none. */
function numberedExperts({ config }: Model): TensorRule {
  const experts = stackExperts({
    marker: 'mlp.experts',
    count: config.count('num_local_experts', 'num_experts'),
    parts: ['gate_proj', 'up_proj', 'down_proj'],
    source: (block, expert, part) => `model.layers.${block}.mlp.experts.${expert}.${part}.weight`,
    target: (block, part) => `model.layers.${block}.mlp.experts.${part}.weight`,
  });
  return { ...experts, takes: (name) => /mlp\.experts\.\d+\./.test(name) };
}

/** A gate has one row for each head or for each element, as the configuration says. */
function checkedGate(model: Model): TensorRule {
  const gates = gateTypes(model);
  const heads = headsByLayer(model);
  return change(['self_attn.g_proj.weight'], (tensor, name) => {
    const block = blockOf(name) ?? 0;
    const count = heads[block] ?? 0;
    const rows = gates[block] === 'per_element' ? count * model.config.count('head_dim') : count;
    if (tensor.shape[0] !== rows) throw wrongShape(tensor, `is no gate ${gates[block]} of ${count} heads`);
    return tensor;
  });
}

function gateTypes({ config, blockCount }: Model): readonly Gate[] {
  const gating = config.find('gating');
  const listed = config.strings('gating_types');
  const types =
    listed !== undefined && listed.length > 0
      ? listed.map((type) => gateOf(type))
      : Array.from({ length: blockCount }, () => (gating === true ? 'per_head' : gateOf(gating)));
  const said = typeof gating === 'string' && gateOf(gating) === 'per_element';
  if (types.includes('per_element') && !said)
    throw unknownGate(gating, 'a gate per element must be said by `gating`, too');
  return types;
}

function gateOf(value: unknown): Gate {
  const name = typeof value === 'string' ? value.replaceAll('-', '_') : '';
  if (name === 'per_head' || name === 'per_element') return name;
  throw unknownGate(value, 'gates are per-head or per-element');
}

function unknownGate(value: unknown, why: string): SlipwayError {
  return new SlipwayError('MODEL_INVALID', 'the configuration does not say how attention is gated', {
    where: 'config.json: gating',
    got: JSON.stringify(value ?? null).slice(0, 100),
    try: why,
  });
}
