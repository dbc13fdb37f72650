import { SlipwayError } from '../../core/index.js';
import type { Weights } from '../../safetensors/index.js';
import { fromWeights, readValues } from '../expressions/index.js';
import type { Activations, Family, KeyRule, Model } from './family.js';
import { llama } from './llama.js';
import { drop } from './tensor-rules.js';

/** Parameters of the activation (xIELU), which llama.cpp wants as keys. */
const PARAMETERS = ['alpha_n', 'alpha_p', 'beta', 'eps'] as const;

/** Apertus: Llama in the order in which transformers rotates, with a learnt activation. */
export const apertus: Family = {
  ...llama,
  names: ['ApertusForCausalLM'],
  gguf: 'apertus',
  firstKeys: [activationKeys],
  gather: async (_repository, config, { weights, signal }) => ({
    activations: await readActivations(weights, config.count('num_hidden_layers'), signal),
  }),
  nvfp4: () => ({}),
  tensors: () => [drop(...PARAMETERS.map((parameter) => `.act_fn.${parameter}`))],
};

/** One number a layer for each parameter that all layers have, in the order in which the last of each is read. */
async function readActivations(
  { tensors }: Weights,
  layers: number,
  signal: AbortSignal | undefined,
): Promise<Activations> {
  const places = new Map([...tensors.keys()].map((name, place) => [name, place]));
  const found: { readonly parameter: string; readonly values: number[]; readonly place: number }[] = [];
  for (const parameter of PARAMETERS) {
    const values: number[] = [];
    let last = 0;
    for (let layer = 0; layer < Math.min(layers, tensors.size); layer += 1) {
      const tensor = tensors.get(`model.layers.${layer}.mlp.act_fn.${parameter}`);
      if (tensor === undefined) break;
      const [value] = isOneNumber(tensor.shape) ? await readValues(fromWeights(tensor), signal) : [];
      if (value === undefined) {
        throw new SlipwayError('MODEL_INVALID', `'${tensor.name}' is not one number`, { where: tensor.file.path });
      }
      values.push(value);
      last = Math.max(last, places.get(tensor.name) ?? 0);
    }
    if (values.length === layers) found.push({ parameter, values, place: last });
  }
  return new Map(found.toSorted((a, b) => a.place - b.place).map(({ parameter, values }) => [parameter, values]));
}

function isOneNumber(shape: readonly number[]): boolean {
  return shape.every((dimension) => dimension === 1);
}

function* activationKeys({ gathered }: Model): ReturnType<KeyRule> {
  for (const [parameter, value] of gathered.activations ?? []) {
    yield [`xielu.${parameter}`, { type: 'ARRAY', items: 'FLOAT32', value }];
  }
}
