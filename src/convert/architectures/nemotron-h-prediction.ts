import { SlipwayError } from '../../core/index.js';
import type { Values } from '../config/config-values.js';
import type { Model, TensorRule } from './family.js';

/** What a draft shares with its model; the scales of an output matrix in 4 bits go with it. */
export const SHARED: ReadonlySet<string> = new Set([
  'backbone.embeddings.weight',
  'backbone.norm_f.weight',
  ...[
    'weight',
    'weight_scale',
    'weight_scale_2',
    'weight_scale_inv',
    'input_scale',
    'input_global_scale',
    'weight_global_scale',
    'weight_packed',
  ].map((part) => `lm_head.${part}`),
]);

/** A layer that predicts the next token but one is made of two: it attends, then asks the experts. */
const PREDICTION: ReadonlyMap<string, string> = new Map([
  ['mtp.layers.0.enorm.weight', 'enorm.weight'],
  ['mtp.layers.0.hnorm.weight', 'hnorm.weight'],
  ['mtp.layers.0.eh_proj.weight', 'eh_proj.weight'],
  ['mtp.layers.1.norm.weight', 'post_attention_layernorm.weight'],
  ['mtp.layers.1.final_layernorm.weight', 'shared_head.norm.weight'],
]);

export function predictionLayers(config: Values): number {
  const count = hasExperts(config) ? (config.number('num_nextn_predict_layers') ?? 0) : 0;
  if (count <= 1) return count;
  throw new SlipwayError('ARCH_UNSUPPORTED', 'Nemotron-H with several layers that predict tokens cannot be converted', {
    where: 'config.json: num_nextn_predict_layers',
    got: `${count}, expected 1: the reference knows no other`,
  });
}

/** Both halves of such a layer become the last block. */
export function predictions({ config, blockCount }: Model): readonly TensorRule[] {
  if (predictionLayers(config) === 0) return [];
  const half = /^mtp\.layers\.[01]\./;
  return [
    {
      takes: (name) => half.test(name),
      apply: (named) => {
        const special = PREDICTION.get(named.name);
        const owner = special === undefined ? 'backbone' : 'model';
        const part = special ?? named.name.replace(half, '');
        return [{ ...named, name: `${owner}.layers.${blockCount - 1}.${part}` }];
      },
    },
  ];
}

export function hasExperts(config: Values): boolean {
  return config.has('num_experts_per_tok');
}
