import { SlipwayError } from '../../core/index.js';
import type { Values } from '../config/config-values.js';
import { reshape, transpose } from '../expressions/index.js';
import { bert } from './bert.js';
import type { Family, Model, TensorRule } from './family.js';
import { uint } from './keys.js';

/** What the conversion relies on, and what the configuration must say for it. */
const REQUIRED: readonly (readonly [key: string, value: boolean | number | null])[] = [
  ['causal', false],
  ['prenorm', false],
  ['rotary_emb_fraction', 1],
  ['rotary_emb_interleaved', false],
  ['rotary_emb_scale_base', null],
];

/** Nomic's embeddings, version 1 and 1.5. */
export const nomicBert: Family = {
  ...bert,
  names: ['NomicBertModel'],
  gguf: 'nomic-bert',
  applies: (config) => !hasExperts(config),
  adjust: (config) => trainedLength(checked(config, false)),
};

/** Nomic's embeddings, version 2, with experts in every second layer. */
export const nomicBertMoe: Family = {
  ...bert,
  names: ['NomicBertModel'],
  gguf: 'nomic-bert-moe',
  applies: hasExperts,
  vocabulary: 'xlm-roberta',
  maskToken: true,
  adjust: (config) => trainedLength(checked(config, true)),
  keys: [
    ...bert.keys,
    uint('moe_every_n_layers', ['moe_every_n_layers']),
    uint('expert_used_count', ({ config }) => config.count('moe_top_k')),
  ],
  rename: (name, model) => (name.includes('mlp.experts.bias') ? undefined : bert.rename?.(name, model)),
  tensors: (model) => [experts(model, 'mlp.experts.mlp.w1', false), experts(model, 'mlp.experts.mlp.w2', true)],
};

function hasExperts(config: Values): boolean {
  return (config.number('moe_every_n_layers') ?? 0) !== 0;
}

function experts({ config }: Model, part: string, transposed: boolean): TensorRule {
  return {
    takes: (name) => name.includes(part),
    apply: ({ name, tensor }) => {
      const count = config.count('num_local_experts', 'num_experts');
      const stacked = reshape(tensor, [count, config.count('n_inner'), config.count('n_embd')]);
      return [{ name: `${name}.weight`, tensor: transposed ? transpose(stacked) : stacked }];
    },
  };
}

function checked(config: Values, moe: boolean): Values {
  const biases = ['qkv_proj_bias', 'mlp_fc1_bias', 'mlp_fc2_bias'].map((key) => [key, moe] as const);
  for (const [key, value] of [...REQUIRED, ...biases]) {
    if ((config.find(key) ?? null) === value) continue;
    throw new SlipwayError('ARCH_UNSUPPORTED', `NomicBERT with another '${key}' cannot be converted`, {
      where: 'config.json',
      got: `${JSON.stringify(config.find(key) ?? null)}, expected ${JSON.stringify(value)}`,
    });
  }
  return config;
}

/** The length that the models were trained on is not the one in their configuration. */
function trainedLength(config: Values): Values {
  const [positions, trained] = [config.count('n_positions'), config.number('max_trained_positions') ?? 2048];
  const length =
    trained === 2048
      ? new Map([
          [8192, 2048],
          [2048, 512],
        ]).get(positions)
      : undefined;
  if (length !== undefined) return config.with([['n_positions', length]]);
  throw new SlipwayError('ARCH_UNSUPPORTED', 'NomicBERT with this number of positions is not known', {
    where: 'config.json',
    got: `n_positions ${positions}, max_trained_positions ${trained}`,
  });
}
