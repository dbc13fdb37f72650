import {
  concat,
  factorsOf,
  fromWeights,
  mapValues,
  productOf,
  readValues,
  reshape,
  splitAxis,
  type TensorExpression,
} from '../expressions/index.js';
import { ggufBlock } from '../names/name-map.js';
import type { Family, Gathered, GatherOptions, TensorRule } from './family.js';
import { float } from './keys.js';
import { change } from './tensor-rules.js';
import { textKeys } from './text-keys.js';

const LOGIT_GAIN = 'lm_head_gain.w_g';
/** Step from 1 to the next number in single precision: what torch adds to a mean of squares unless told. */
const SINGLE_EPSILON = 2 ** -23;

/** Talkie: gains behind attention and dense layers, rotation in the other direction. */
export const talkie: Family = {
  names: ['TalkieForCausalLM'],
  gguf: 'talkie',
  vocabulary: 'bpe',
  firstKeys: [float('logit_scale', ({ gathered }) => gathered.logitScale)],
  keys: [textKeys, float('attention.layer_norm_rms_epsilon', () => SINGLE_EPSILON)],
  gather: logitScale,
  rename: (name) => (name.endsWith(LOGIT_GAIN) ? undefined : name),
  tensors: ({ config }) => [
    gain('attn_gain.a_g', 'attn_output'),
    gain('mlp_gain.a_g', 'ffn_down'),
    change(['attn.attn_query.weight', 'attn.attn_key.weight'], (tensor) =>
      negateUpperHalves(tensor, config.count('head_dim')),
    ),
    {
      takes: (name) => !name.endsWith('.weight'),
      apply: ({ name, tensor }) => [
        {
          name: `${name}.weight`,
          tensor: name.endsWith('attn.head_gain.head_g') ? reshape(tensor, [...tensor.shape, 1]) : tensor,
        },
      ],
    },
  ],
};

async function logitScale(_repository: unknown, _config: unknown, options: GatherOptions): Promise<Gathered> {
  const gainTensor = [...options.weights.tensors].find(([name]) => name.endsWith(LOGIT_GAIN))?.[1];
  if (gainTensor === undefined) return {};
  const [scale] = await readValues(fromWeights(gainTensor), options.signal);
  return { logitScale: scale };
}

function gain(ending: string, gguf: string): TensorRule {
  return {
    takes: (name) => name.endsWith(ending),
    apply: ({ name, tensor }) => [{ name: `${ggufBlock(name)}.${gguf}.scale`, tensor, final: true }],
  };
}

/** The rows of every head's second half with the other sign. */
function negateUpperHalves(tensor: TensorExpression, length: number): TensorExpression {
  const factors = factorsOf(tensor);
  if (factors !== undefined) return productOf({ a: factors.a, b: negateUpperHalves(factors.b, length) });
  const [rows = 0, columns = 0] = tensor.shape;
  const half = Math.floor(length / 2);
  const heads = reshape(tensor, [Math.floor(rows / length), length, columns]);
  const [lower, upper] = splitAxis(heads, 1, [half, length - half]);
  if (lower === undefined || upper === undefined) return tensor;
  return reshape(concat([lower, mapValues(upper, (value) => -value)], 1), [rows, columns]);
}
