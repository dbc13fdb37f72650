import fc from 'fast-check';
import { expect, test } from 'vitest';
import { convertContent } from '../../src/convert/index.js';
import { SlipwayError } from '../../src/core/index.js';
import { digestOf } from '../../src/files/index.js';
import { ggufFile } from '../../src/gguf/index.js';
import { createLocalEncoder } from '../../src/quantize/index.js';
import type { SafetensorsDtype } from '../../src/safetensors/index.js';
import { buildRepository, readRecipes, type Recipe } from './recipe.js';

const encoder = createLocalEncoder();
const llama = readRecipes('llama').find(({ name }) => name === 'tiny-llama-gqa')!;

const word = (...words: readonly string[]): fc.Arbitrary<fc.JsonValue> =>
  fc.oneof({ weight: 5, arbitrary: fc.constantFrom<fc.JsonValue>(...words) }, fc.jsonValue({ maxDepth: 1 }));
const number = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom<fc.JsonValue>(0, 1, 2, 3, 4, 8, 16, 32, 48, 1e9, -1, 0.5, null) },
  fc.jsonValue({ maxDepth: 1 }),
);
const weights = fc.record(
  {
    num_bits: number,
    type: word('int', 'float'),
    strategy: word('group', 'channel', 'block', 'tensor'),
    group_size: number,
    block_structure: fc.oneof(fc.constant(null), fc.array(number, { maxLength: 3 })),
  },
  { requiredKeys: [] },
);
const group = fc.record({
  weights: fc.oneof({ weight: 5, arbitrary: weights }, fc.jsonValue()),
  format: word('nvfp4-pack-quantized'),
});
/** Anything that a configuration may say about quantized weights, and much that it may not. */
const quantization = fc.record(
  {
    quant_method: word('fp8', 'gptq', 'awq', 'bitnet', 'modelopt', 'compressed-tensors', 'mxfp4', ''),
    quant_algo: word('NVFP4', 'FP8', 'W4A16_NVFP4', 'MIXED_PRECISION'),
    format: word('pack-quantized', 'float-quantized', 'naive-quantized', 'nvfp4-pack-quantized', 'mixed-precision'),
    bits: number,
    checkpoint_format: word('gptq', 'gptq_v2'),
    weight_block_size: fc.oneof(fc.constant(null), fc.array(number, { maxLength: 3 })),
    config_groups: fc.oneof(fc.dictionary(fc.string(), group, { maxKeys: 2 }), fc.jsonValue({ maxDepth: 1 })),
    quantized_layers: fc.dictionary(fc.constantFrom('model.layers.0', 'model', '', 'x'), fc.jsonValue({ maxDepth: 2 })),
  },
  { requiredKeys: [] },
);

const DTYPES: readonly SafetensorsDtype[] = ['U8', 'I8', 'I32', 'I64', 'F8_E4M3', 'F8_E5M2', 'F16', 'BF16', 'F32'];
const PARTS = [
  'weight',
  'weight_scale',
  'weight_scale_2',
  'weight_scale_inv',
  'input_scale',
  'weight_packed',
  'weight_shape',
  'weight_global_scale',
  'weight_zero_point',
  'qweight',
  'qzeros',
  'scales',
  'g_idx',
  'qscale_weight',
];
const tensor = fc.record({
  part: fc.constantFrom(...PARTS),
  shape: fc.array(fc.constantFrom(0, 1, 2, 4, 8, 16, 32, 64), { maxLength: 3 }),
  dtype: fc.constantFrom(...DTYPES),
});

/** A projection made of arbitrary parts. */
function withParts(parts: readonly { part: string; shape: number[]; dtype: SafetensorsDtype }[]): Recipe['tensors'] {
  const stem = 'model.layers.0.self_attn.q_proj';
  const others = Object.entries(llama.tensors).filter(([name]) => !name.includes('q_proj'));
  return Object.fromEntries([...others, ...parts.map(({ part, ...entry }) => [`${stem}.${part}`, entry] as const)]);
}

test('whatever a repository says of quantized weights, there is a file or one clear error', async () => {
  const attempt = async (recipe: Recipe): Promise<void> => {
    try {
      const { content } = await convertContent(buildRepository(recipe), { encoder, outtype: 'f32' });
      await digestOf(ggufFile('model.gguf', content).read());
    } catch (error) {
      if (!SlipwayError.is(error) || error.code === 'INTERNAL') throw error;
    }
  };
  await fc.assert(
    fc.asyncProperty(
      quantization,
      fc.option(quantization),
      fc.array(tensor, { maxLength: 5 }),
      async (own, file, parts) => {
        await attempt({
          ...llama,
          config: { ...llama.config, quantization_config: own },
          tensors: parts.length === 0 ? llama.tensors : withParts(parts),
          files:
            file === null ? {} : { 'hf_quant_config.json': { producer: { name: 'modelopt' }, quantization: file } },
        });
      },
    ),
    { numRuns: 150 },
  );
  expect.assertions(0);
});
