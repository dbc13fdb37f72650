import { expect, test } from 'vitest';
import type { GgufContent, GgufTensor, GgufValue, TensorType } from '../../src/gguf/index.js';
import { FILE_TYPES, quantizeContent } from '../../src/quantize/index.js';
import { noEncoder } from './small-models.js';

function tensor(name: string, dimensions: number[], type: TensorType = 'F16'): GgufTensor {
  return {
    name,
    dimensions,
    type,
    async *read() {
      yield* [];
    },
  };
}

/** The shapes of Llama 3.1 8B. */
const llama: GgufContent = {
  metadata: new Map<string, GgufValue>([
    ['general.architecture', { type: 'STRING', value: 'llama' }],
    ['llama.block_count', { type: 'UINT32', value: 32 }],
    ['llama.attention.head_count', { type: 'UINT32', value: 32 }],
    ['llama.attention.head_count_kv', { type: 'UINT32', value: 8 }],
  ]),
  tensors: [
    tensor('token_embd.weight', [4096, 128256]),
    tensor('output.weight', [4096, 128256]),
    tensor('output_norm.weight', [4096], 'F32'),
    ...Array.from({ length: 32 }, (_, layer) => [
      tensor(`blk.${layer}.attn_norm.weight`, [4096], 'F32'),
      tensor(`blk.${layer}.attn_q.weight`, [4096, 4096]),
      tensor(`blk.${layer}.attn_k.weight`, [4096, 1024]),
      tensor(`blk.${layer}.attn_v.weight`, [4096, 1024]),
      tensor(`blk.${layer}.attn_output.weight`, [4096, 4096]),
      tensor(`blk.${layer}.ffn_norm.weight`, [4096], 'F32'),
      tensor(`blk.${layer}.ffn_gate.weight`, [4096, 14336]),
      tensor(`blk.${layer}.ffn_up.weight`, [4096, 14336]),
      tensor(`blk.${layer}.ffn_down.weight`, [14336, 4096]),
    ]).flat(),
  ],
};

function bitsOf(name: string): number {
  const entries = llama.tensors.map(({ name: key, dimensions }): [string, Float32Array] => [
    key,
    new Float32Array(dimensions[0] ?? 0),
  ]);
  const imatrix = { path: 'm', entries: new Map(entries), datasets: [], chunks: 0 };
  const needs = FILE_TYPES.find((type) => type.name === name)?.imatrix === 'required';
  return quantizeContent(llama, name, { encoder: noEncoder, ...(needs ? { imatrix } : {}) }).plan.bitsPerWeight;
}

test('typical bits per weight are those of Llama 3.1 8B', () => {
  for (const { name, typicalBits } of FILE_TYPES) {
    if (typicalBits !== undefined) expect(bitsOf(name)).toBeCloseTo(typicalBits, 1.999);
  }
});

// tools/quantize/README.md of llama.cpp has measured these on the same model.
test.each([
  ['IQ1_S', 2.0042],
  ['IQ1_M', 2.146],
  ['IQ2_XXS', 2.3824],
  ['IQ2_M', 2.9294],
  ['IQ3_XXS', 3.2548],
  ['Q3_K_M', 3.996],
  ['IQ4_XS', 4.4597],
  ['Q4_K_S', 4.6672],
  ['Q4_K_M', 4.8944],
  ['Q5_K_M', 5.7036],
  ['Q6_K', 6.5633],
  ['Q8_0', 8.5008],
])('%s has the bits that llama.cpp states', (name, bits) => {
  expect(bitsOf(name)).toBeCloseTo(bits, 3);
});
