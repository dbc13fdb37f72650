import type { Values } from '../config/config-values.js';
import type { Repository } from '../repository.js';
import { denseTensors } from './dense-modules.js';
import { sparseFeedForward } from './experts.js';
import type { DenseModule, Family, Model } from './family.js';
import { constant, float, uint, when } from './keys.js';
import { poolingKeys } from './pooling.js';
import { change, squeeze } from './tensor-rules.js';
import { GATING, textKeys } from './text-keys.js';

/** LFM2, dense: short convolutions between layers of attention. */
export const lfm2: Family = {
  names: ['Lfm2ForCausalLM', 'LFM2ForCausalLM'],
  gguf: 'lfm2',
  vocabulary: 'bpe',
  adjust: (config) => keyHeadsByLayer(config, (type) => type !== 'conv'),
  keys: [
    textKeys,
    uint('vocab_size', ['vocab_size']),
    uint('shortconv.l_cache', ({ config }) => config.count('conv_L_cache')),
    float('attention.layer_norm_rms_epsilon', ({ config }) => config.need('norm_eps')),
    uint('feed_forward_length', feedForwardLength),
  ],
  rename: (name) => name.replaceAll('lfm.', 'model.'),
  tensors: () => [convolution()],
};

/** LFM2 as an encoder of texts, with the dense layer that may stand behind it. */
export const lfm2embed: Family = {
  ...lfm2,
  names: ['Lfm2Model', 'Lfm2BidirectionalModel'],
  extraKeys: [uint('embedding_length_out', ({ gathered }) => gathered.denseModules?.[0]?.features?.[1])],
  keys: [
    ...lfm2.keys,
    when(({ className }) => className === 'Lfm2BidirectionalModel', constant('attention.causal', false)),
    poolingKeys,
  ],
  gather: async (repository, _config, options) => ({ denseModules: await readFirstDense(repository, options.signal) }),
  extra: ({ gathered }) => (gathered.denseModules ?? []).flatMap(({ tensors }) => tensors),
  rename: (name, model) => {
    const kept = lfm2.rename?.(name, model);
    return kept === undefined || kept.startsWith(DENSE) ? kept : `model.${kept}`;
  },
};

const DENSE = 'dense_2';

async function readFirstDense(repository: Repository, signal?: AbortSignal): Promise<readonly DenseModule[]> {
  const tensors = await denseTensors(repository, '1_Dense', DENSE, signal);
  const matrix = tensors?.find(({ name }) => name === `${DENSE}.weight`);
  if (matrix === undefined) return [];
  const [output = 0, input = 0] = matrix.tensor.shape;
  return [{ name: DENSE, tensors: [matrix], features: [input, output] }];
}

/** LFM2 with experts. */
export const lfm2moe: Family = {
  names: ['Lfm2MoeForCausalLM'],
  gguf: 'lfm2moe',
  vocabulary: 'bpe',
  adjust: (config) => keyHeadsByLayer(config, (type) => type === 'full_attention'),
  keys: [
    textKeys,
    uint('expert_feed_forward_length', ({ config }) => config.count('moe_intermediate_size')),
    uint('leading_dense_block_count', ({ config }) => config.count('num_dense_layers')),
    uint('expert_gating_func', () => GATING.sigmoid),
    uint('vocab_size', ['vocab_size']),
    uint('shortconv.l_cache', ({ config }) => config.count('conv_L_cache')),
  ],
  rename: (name) => (name.endsWith('.expert_bias') ? `${name}.bias` : name),
  tensors: (model) => [convolution(), ...sparseFeedForward(model, 'num_local_experts', 'num_experts')],
};

function convolution(): ReturnType<typeof change> {
  return change(['conv.conv.weight', 'conv.conv.bias'], (tensor) =>
    tensor.shape.length > 1 ? squeeze(tensor, 1) : tensor,
  );
}

/** Layers without attention have no key heads. */
function keyHeadsByLayer(config: Values, attends: (type: string) => boolean): Values {
  const heads = config.count('num_key_value_heads');
  const list = (config.strings('layer_types') ?? []).map((type) => (attends(type) ? heads : 0));
  return config.with([['num_key_value_heads', list]]);
}

function feedForwardLength({ config }: Model): number {
  const feedForward = config.count('block_ff_dim', 'intermediate_size');
  if (config.boolean('block_auto_adjust_ff_dim') !== true) return feedForward;
  const narrowed = Math.trunc((2 * feedForward) / 3);
  const multiplier = config.number('block_ffn_dim_multiplier');
  const scaled = multiplier === undefined ? narrowed : Math.trunc(multiplier * narrowed);
  const multiple = Math.max(1, config.count('block_multiple_of'));
  return multiple * Math.floor((scaled + multiple - 1) / multiple);
}
