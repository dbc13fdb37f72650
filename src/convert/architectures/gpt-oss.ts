import { everySecond, packMxfp4, transpose, type TensorExpression } from '../expressions/index.js';
import { nameMap } from '../names/name-map.js';
import type { Weights, WeightTensor } from '../../safetensors/index.js';
import type { Family, FinishedTensor, Model, TensorRule } from './family.js';
import { uint } from './keys.js';
import { textKeys } from './text-keys.js';

const DOWN = 'mlp.experts.down_proj';
const GATE_UP = 'mlp.experts.gate_up_proj';

/** gpt-oss. Its experts come as MXFP4 and stay so; gates and ups alternate row by row. */
export const gptOss: Family = {
  names: ['GptOssForCausalLM'],
  gguf: 'gpt-oss',
  vocabulary: 'bpe',
  quantized: 'mxfp4',
  keys: [
    textKeys,
    uint('attention.sliding_window', ({ config }) => config.count('sliding_window')),
    uint('expert_feed_forward_length', ({ config }) => config.count('intermediate_size')),
  ],
  rename: (name) => {
    if (/_(?:blocks|scales)$/.test(name)) return undefined;
    return name.includes('sinks') ? `${name}.weight` : name;
  },
  tensors: () => [down(), gateUp()],
  finished: packedExperts,
};

function down(): TensorRule {
  return {
    takes: (name) => name.includes('down_proj'),
    apply: ({ name, tensor }) =>
      name.endsWith('_bias')
        ? [{ name: name.replace('down_proj_bias', 'down_proj.bias'), tensor }]
        : [{ name: name.replace('down_proj', 'down_proj.weight'), tensor: transpose(tensor) }],
  };
}

function gateUp(): TensorRule {
  const halves = (
    name: string,
    part: string,
    suffix: string,
    tensor: TensorExpression,
    axis: number,
  ): ReturnType<TensorRule['apply']> => [
    { name: name.replace(part, `gate_proj.${suffix}`), tensor: everySecond(tensor, axis, 0) },
    { name: name.replace(part, `up_proj.${suffix}`), tensor: everySecond(tensor, axis, 1) },
  ];
  return {
    takes: (name) => name.includes('gate_up_proj'),
    apply: ({ name, tensor }) =>
      name.endsWith('_bias')
        ? halves(name, 'gate_up_proj_bias', 'bias', tensor, -1)
        : halves(name, 'gate_up_proj', 'weight', transpose(tensor), 1),
  };
}

function* packedExperts(model: Model, weights: Weights): Iterable<FinishedTensor> {
  const names = nameMap('gpt-oss', model.blockCount);
  for (const [name, exponents] of weights.tensors) {
    if (!name.endsWith('_scales')) continue;
    const base = name.slice(0, -'_scales'.length);
    const codes = weights.tensors.get(`${base}_blocks`);
    if (codes === undefined) continue;
    if (base.endsWith(DOWN)) yield packed(`${base}.weight`, codes, exponents, 1, 0, names.map);
    if (!base.endsWith(GATE_UP)) continue;
    yield packed(`${base.replace('gate_up_proj', 'gate_proj')}.weight`, codes, exponents, 2, 0, names.map);
    yield packed(`${base.replace('gate_up_proj', 'up_proj')}.weight`, codes, exponents, 2, 1, names.map);
  }
}

function packed(
  name: string,
  codes: WeightTensor,
  exponents: WeightTensor,
  step: number,
  offset: number,
  map: (name: string) => string | undefined,
): FinishedTensor {
  const { shape, sources, read } = packMxfp4(codes, exponents, { step, offset });
  return { name: map(name) ?? name, type: 'MXFP4', shape, sources, read };
}
