import { stack, wrongShape, type TensorExpression } from '../expressions/index.js';
import { blockOf } from '../names/name-map.js';
import type { Family, KeyRule, Model, NamedTensor, TensorRule } from './family.js';
import { all, constant, float, uint, when } from './keys.js';
import { headDim } from './rope.js';
import { textKeys } from './text-keys.js';

/** The reference takes "original" for YaRN, too. */
const scalesPositions = ({ config }: Model): boolean => ['yarn', 'original'].includes(config.string('rope_type') ?? '');

const yarn: KeyRule = all(
  constant('rope.scaling.type', 'yarn'),
  float('rope.scaling.factor', ({ config }) => config.need('scaling_factor')),
  uint('rope.scaling.original_context_length', ({ config }) => config.count('original_max_position_embeddings')),
  float('rope.scaling.yarn_ext_factor', ({ config }) => config.need('extrapolation_factor')),
  float('rope.scaling.yarn_attn_factor', ({ config }) => config.need('attn_factor')),
  float('rope.scaling.yarn_beta_fast', ({ config }) => config.need('beta_fast')),
  float('rope.scaling.yarn_beta_slow', ({ config }) => config.need('beta_slow')),
);

/** Grok 1 and 2. */
export const grok: Family = {
  names: ['GrokForCausalLM', 'Grok1ForCausalLM'],
  gguf: 'grok',
  vocabulary: 'sentencepiece-or-bpe',
  keys: [
    textKeys,
    float('attn_logit_softcapping', ({ config }) => config.number('attn_logit_softcapping') ?? 30),
    float('router_logit_softcapping', ({ config }) => config.number('router_logit_softcapping') ?? 30),
    float('final_logit_softcapping', ({ config }) => config.number('final_logit_softcapping') || undefined),
    uint('expert_feed_forward_length', ['moe_intermediate_size']),
    when(scalesPositions, yarn),
    uint('attention.temperature_length', ({ config }) => config.number('attn_temperature_len') || undefined),
    float('attention.output_scale', (model) => model.config.number('attn_output_multiplier') ?? headDim(model) ** -0.5),
    float('embedding_scale', ({ config }) => config.need('embedding_multiplier_scale')),
    float('logit_scale', ({ config }) => config.need('output_multiplier_scale')),
  ],
  tensors: (model) => [grokExperts(model)],
};

/** An expert's matrices: name in Grok 1, name in Grok 2. */
const MATRICES = [
  ['linear', 'w1'],
  ['linear_1', 'w2'],
  ['linear_v', 'w3'],
] as const;

/** Stacks a block's experts when the first tensor comes that is none: in front of it. */
function grokExperts({ config, blockCount }: Model): TensorRule {
  const count = config.count('num_local_experts');
  const blocks = new Map<number, Map<string, TensorExpression>>();
  const isExpert = (name: string): boolean => name.includes('.moe.') || name.includes('.block_sparse_moe.experts.');
  const takeComplete = (): NamedTensor[] =>
    Array.from({ length: blockCount }, (_, block) => block).flatMap((block) => {
      const seen = blocks.get(block);
      if (seen === undefined || seen.size < count * MATRICES.length) return [];
      blocks.delete(block);
      return stacksOf(block, count, seen);
    });
  return {
    takes: (name) => isExpert(name) || blocks.size > 0,
    apply: (named) => {
      if (!isExpert(named.name)) return [...takeComplete(), named];
      const block = blockOf(named.name) ?? 0;
      const seen = blocks.get(block) ?? new Map<string, TensorExpression>();
      blocks.set(block, seen.set(named.name, named.tensor));
      return [];
    },
    left: () => [...blocks.values()].flatMap((seen) => [...seen.keys()]),
  };
}

function stacksOf(block: number, count: number, seen: ReadonlyMap<string, TensorExpression>): readonly NamedTensor[] {
  return MATRICES.map(([name, sharded]) => {
    const experts = Array.from({ length: count }, (_, expert) => {
      const names = [
        `transformer.decoder_layer.${block}.moe.${expert}.${name}.weight`,
        `model.layers.${block}.block_sparse_moe.experts.${expert}.${sharded}.weight`,
      ];
      const tensor = names.map((candidate) => seen.get(candidate)).find((found) => found !== undefined);
      if (tensor === undefined) throw wrongShape({ shape: [count] }, `lacks '${names.join("' and '")}'`);
      return tensor;
    });
    return { name: `transformer.decoder_layer.${block}.moe.${name}.weight`, tensor: stack(experts) };
  });
}
