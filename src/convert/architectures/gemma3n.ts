import { SlipwayError } from '../../core/index.js';
import type { Values } from '../config/config-values.js';
import { concat, stack, zeros, type TensorExpression } from '../expressions/index.js';
import type { Family, Model, TensorRule } from './family.js';
import { gemma3 } from './gemma.js';
import { bools, uint } from './keys.js';
import { normalQuantile } from './normal-quantile.js';
import { change } from './tensor-rules.js';

/** Streams that run beside each other; the conversion knows no other number. */
const STREAMS = 4;

/** The language model of Gemma 3n: alternating streams, embeddings for every layer, shared keys and values. */
export const gemma3n: Family = {
  ...gemma3,
  names: ['Gemma3nForCausalLM', 'Gemma3nForConditionalGeneration'],
  gguf: 'gemma3n',
  adjust: withFourStreams,
  keys: [
    ...gemma3.keys,
    uint('altup.active_idx', ({ config }) => config.count('altup_active_idx')),
    uint('altup.num_inputs', ({ config }) => config.count('altup_num_inputs')),
    uint('embedding_length_per_layer_input', ({ config }) => config.count('hidden_size_per_layer_input')),
    uint('attention.shared_kv_layers', ({ config }) => config.count('num_kv_shared_layers')),
    ({ config }) => {
      const value = listed(config.numbers('activation_sparsity_pattern'), config, 'activation_sparsity_pattern');
      return [['activation_sparsity_scale', { type: 'ARRAY', items: 'FLOAT32', value: value.map(normalQuantile) }]];
    },
    bools('attention.sliding_window_pattern', ({ config }) =>
      listed(config.strings('layer_types'), config, 'layer_types').map((type) => type === 'sliding_attention'),
    ),
  ],
  rename: (name) => (name.endsWith('_scale') ? `${name}.weight` : name),
  tensors: (model) => [
    change(['embed_tokens.weight', 'embed_tokens_per_layer.weight'], (tensor) => paddedRows(tensor, model)),
    stacked('altup_projections'),
    stacked('altup_unembed_projections'),
  ],
};

function withFourStreams(config: Values): Values {
  if (config.number('altup_num_inputs') === STREAMS) return config;
  throw new SlipwayError('ARCH_UNSUPPORTED', 'Gemma 3n with another number of streams cannot be converted', {
    where: 'config.json: altup_num_inputs',
    got: `${JSON.stringify(config.find('altup_num_inputs') ?? null).slice(0, 80)}, expected ${STREAMS}`,
  });
}

function listed<T>(list: readonly T[] | undefined, config: Values, key: string): readonly T[] {
  if (list === undefined) throw config.missing(key);
  return list;
}

/** Tokens that stand for sounds and pictures have no rows of their own: they get zeros. */
function paddedRows(tensor: TensorExpression, { config }: Model): TensorExpression {
  const [rows = 0, ...rest] = tensor.shape;
  const missing = (config.number('vocab_size') ?? 262_400) - rows;
  return missing > 0 ? concat([tensor, zeros(tensor.dtype, [missing, ...rest])]) : tensor;
}

/** The projections to and from the streams that are not the active one, as one tensor. */
function stacked(part: string): TensorRule {
  const seen = new Map<number, TensorExpression>();
  const pattern = new RegExp(String.raw`(?:^|\.)${part}\.([0-2])\.weight$`);
  return {
    takes: (name) => pattern.test(name),
    apply: ({ name, tensor }) => {
      seen.set(Number(pattern.exec(name)?.[1]), tensor);
      const found = [0, 1, 2].flatMap((index) => seen.get(index) ?? []);
      if (found.length < STREAMS - 1) return [];
      seen.clear();
      return [{ name: `model.${part}.weight`, tensor: stack(found) }];
    },
    left: () => [...seen.keys()].map((index) => `${part}.${index}`),
  };
}
