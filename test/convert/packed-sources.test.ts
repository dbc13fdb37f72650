import { expect, test } from 'vitest';
import { convertContent } from '../../src/convert/index.js';
import { digestOf } from '../../src/files/index.js';
import { ggufFile } from '../../src/gguf/index.js';
import { createLocalEncoder } from '../../src/quantize/index.js';
import { buildRepository, readRecipes, type Recipe } from './recipe.js';

const QUERY = 'model.layers.{0-1}.self_attn.q_proj';

/** A recipe of packed weights with some tensors replaced, or taken away by `undefined`. */
function changed(name: string, tensors: Readonly<Record<string, Recipe['tensors'][string] | undefined>>): Recipe {
  const recipe = readRecipes('packed-sources').find((one) => one.name === name);
  if (recipe === undefined) throw new Error(`no recipe '${name}'`);
  const entries = Object.entries({ ...recipe.tensors, ...tensors });
  return {
    ...recipe,
    tensors: Object.fromEntries(entries.flatMap(([key, entry]) => (entry === undefined ? [] : [[key, entry]]))),
  };
}

async function converted(recipe: Recipe): Promise<string> {
  const { content } = await convertContent(buildRepository(recipe), { encoder: createLocalEncoder() });
  return (await digestOf(ggufFile('model.gguf', content).read())).digest;
}

test.each([
  ['a part is missing', 'tiny-llama-gptq4', { [`${QUERY}.scales`]: undefined }],
  ['scales are too few', 'tiny-llama-gptq4', { [`${QUERY}.scales`]: [1, 64] }],
  ['words are no words', 'tiny-llama-gptq4', { [`${QUERY}.qweight`]: { shape: [8, 64], dtype: 'F32' } }],
  ['a group does not exist', 'tiny-llama-gptq4', { [`${QUERY}.g_idx`]: { shape: [64], dtype: 'I32' } }],
  [
    'the shape says something else',
    'tiny-llama-packed4',
    { [`${QUERY}.weight_shape`]: { shape: [2], dtype: 'I64', fill: [64, 60] } },
  ],
  ['scales do not fit', 'tiny-llama-packed4', { [`${QUERY}.weight_scale`]: [64, 3] }],
  [
    'zero points do not fit',
    'tiny-llama-packed4-zeros',
    { [`${QUERY}.weight_zero_point`]: { shape: [7, 2], dtype: 'I32' } },
  ],
] as const)('packed weights are refused when %s', async (_what, name, tensors) => {
  await expect(converted(changed(name, tensors))).rejects.toMatchObject({ code: 'MODEL_INVALID' });
});

test.each([
  { quant_method: 'gptq', bits: 3 },
  { quant_method: 'compressed-tensors', format: 'pack-quantized', config_groups: {} },
  {
    quant_method: 'compressed-tensors',
    format: 'pack-quantized',
    config_groups: { all: { weights: { num_bits: 4, strategy: 'channel', group_size: 32 } } },
  },
])('what the reference cannot unpack is refused: %j', async (quantization) => {
  const recipe = changed('tiny-llama-gptq4', {});
  const config = { ...recipe.config, quantization_config: quantization };
  await expect(converted({ ...recipe, config })).rejects.toMatchObject({ code: 'DTYPE_UNSUPPORTED' });
});
