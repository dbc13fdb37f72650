import { ggufBlock } from '../names/name-map.js';
import { narrow, reshape } from '../expressions/index.js';
import type { Values } from '../config/config-values.js';
import type { Family, KeyRule, Model, TensorRule } from './family.js';
import { granite, graniteKeys } from './granite.js';
import { bool, uint, uintOrList, when } from './keys.js';
import { rotatedHeads } from './llama.js';
import { column, convolution, decay } from './mamba.js';
import { change } from './tensor-rules.js';

const NAMES = ['GraniteMoeHybridForCausalLM', 'BambaForCausalLM'];

/** Granite 4 H and Bamba: Mamba 2 in most layers, attention in the others, with or without experts. */
export const graniteHybrid: Family = {
  ...granite,
  names: NAMES,
  gguf: 'granitehybrid',
  plainConfig: true,
  applies: hasStateSpace,
  adjust: (config) => config.with([['head_dim', null]]),
  vocabulary: ({ repository }) => (repository.file('tokenizer.model') === undefined ? 'bpe' : 'sentencepiece'),
  vocabularySize: ({ config }) => Math.ceil(config.count('vocab_size') / 8) * 8,
  keys: hybridKeys(),
  rename: (name, model) => granite.rename?.(name.replace(/\.dt_bias$/, '.dt_proj.bias'), model),
  tensors: (model) => {
    const attention = attentionLayers(model.config, model.blockCount);
    return [
      ...inBlocks(rotatedHeads(model), (block) => attention.has(block)),
      ...feedForward(model),
      ...inBlocks(stateSpace(model), (block) => !attention.has(block)),
    ];
  },
};

/** Granite 4 without Mamba layers: a Granite by another name. */
export const graniteHybridDense: Family = {
  ...graniteHybrid,
  gguf: 'granite',
  applies: (config) => !hasStateSpace(config) && !config.number('num_experts_per_tok', 'num_experts_per_token'),
  vocabularySize: ({ config }) => config.count('vocab_size'),
};

/** The same with experts. */
export const graniteHybridExperts: Family = {
  ...graniteHybridDense,
  gguf: 'granitemoe',
  applies: (config) => !hasStateSpace(config),
};

function hybridKeys(): readonly KeyRule[] {
  const prefixed = (...names: readonly string[]): readonly string[] => [
    ...names,
    ...names.map((name) => `mamba_${name}`),
  ];
  return [
    graniteKeys,
    uint('expert_shared_feed_forward_length', ({ config }) => config.number('shared_intermediate_size') || undefined),
    uint('ssm.conv_kernel', ({ config }) => config.count(...prefixed('conv_kernel', 'd_conv'))),
    uint('ssm.state_size', ({ config }) =>
      config.count(...prefixed('state_size', 'd_state', 'state_dim', 'ssm_state_size')),
    ),
    uint('ssm.group_count', ({ config }) => groups(config)),
    uint('ssm.inner_size', ({ config }) => innerWidth(config)),
    uint('ssm.time_step_rank', ({ config }) => config.count(...prefixed('n_heads', 'num_heads'))),
    uint('rope.dimension_count', ({ config }) => config.number('attn_rotary_emb') || undefined),
    uintOrList('attention.head_count_kv', ({ config, blockCount }) => {
      const attention = attentionLayers(config, blockCount);
      const heads = config.count('num_key_value_heads', 'n_head_kv');
      return Array.from({ length: blockCount }, (_, index) => (attention.has(index) ? heads : 0));
    }),
    bool('rope.scaling.finetuned', usesRope),
    when(
      (model) => !usesRope(model),
      uint('context_length', () => 2 ** 20),
    ),
  ];
}

function usesRope({ className, config }: Model): boolean {
  return className === 'BambaForCausalLM' || !hasStateSpace(config);
}

function hasStateSpace(config: Values): boolean {
  const blocks = config.count('num_hidden_layers');
  return attentionLayers(config, blocks).size < blocks;
}

function attentionLayers(config: Values, blockCount: number): ReadonlySet<number> {
  const types = config.strings('layer_types');
  if (types !== undefined) return new Set(types.flatMap((type, index) => (type === 'attention' ? [index] : [])));
  const listed = config.numbers('attn_layer_indices') ?? [];
  if (listed.length > 0) return new Set(listed);
  const [period, offset] = [Math.max(1, config.count('attn_layer_period')), config.count('attn_layer_offset')];
  const all = Array.from({ length: Math.min(blockCount, 4096) }, (_, index) => index);
  return new Set(all.filter((index) => index % period === offset));
}

/** A block is what `layer_types` calls it, whichever tensors it has. */
function inBlocks(rules: readonly TensorRule[], holds: (block: number) => boolean): readonly TensorRule[] {
  const blockOf = (name: string): number => Number(/\.(\d+)\./.exec(name)?.[1] ?? -1);
  return rules.map((rule) => ({
    ...rule,
    takes: (name, ...rest) => holds(blockOf(name)) && rule.takes(name, ...rest),
  }));
}

function groups(config: Values): number {
  return config.count('n_groups', 'num_groups', 'mamba_n_groups', 'mamba_num_groups');
}

function innerWidth(config: Values): number {
  const width = config.count('hidden_size', 'd_model');
  return config.count('expand', 'num_heads', 'mamba_expand', 'mamba_num_heads') * width;
}

function stateSpace({ config }: Model): readonly TensorRule[] {
  return [
    convolution(),
    change(['.D'], column),
    decay(column),
    change(['.mamba.norm.weight'], (tensor) =>
      reshape(tensor, [groups(config), Math.floor(innerWidth(config) / groups(config))]),
    ),
  ];
}

/** Gate and up are stored as one matrix; the shared expert is all there is when there are no others. */
function feedForward({ config }: Model): readonly TensorRule[] {
  const shared = (config.number('num_local_experts') ?? 0) > 0 ? '_shexp' : '';
  const halves = (ending: string, gate: string, up: string): TensorRule => ({
    takes: (name) => name.endsWith(ending),
    apply: ({ name, tensor }) => {
      const half = Math.floor((tensor.shape.at(-2) ?? 0) / 2);
      return [
        { name: `${ggufBlock(name)}.${gate}.weight`, tensor: narrow(tensor, -2, 0, half), final: true },
        { name: `${ggufBlock(name)}.${up}.weight`, tensor: narrow(tensor, -2, half, half), final: true },
      ];
    },
  });
  return [
    halves('block_sparse_moe.input_linear.weight', 'ffn_gate_exps', 'ffn_up_exps'),
    halves('shared_mlp.input_linear.weight', `ffn_gate${shared}`, `ffn_up${shared}`),
    {
      takes: (name) => shared === '' && name.endsWith('shared_mlp.output_linear.weight'),
      apply: ({ name, tensor }) => {
        return [{ name: `${ggufBlock(name)}.ffn_down.weight`, tensor, final: true }];
      },
    },
  ];
}
