import { expect, test } from 'vitest';
import type { GgufTensor } from '../../src/gguf/index.js';
import { unmetRules, type Imatrix } from '../../src/quantize/index.js';

const tensor = (name: string, ...dimensions: number[]): GgufTensor => ({
  name,
  dimensions,
  type: 'F32',
  async *read() {},
});
const TENSORS = [
  tensor('blk.0.attn_q.weight', 256, 256),
  tensor('blk.0.ffn_up.weight', 256, 512),
  tensor('n.weight', 256),
];
const IMATRIX = {
  path: 'm.gguf',
  entries: new Map([['blk.0.attn_q.weight', new Float32Array(256)]]),
} as unknown as Imatrix;

test('a rule that meets something is not spoken of', () => {
  const options = { tensorTypes: [['attn_q', 'Q8_0']] as const, excludeWeights: ['attn_q'], imatrix: IMATRIX };
  expect(unmetRules(options, TENSORS)).toEqual([]);
});

test('a rule that meets nothing is told with counts', () => {
  const options = { tensorTypes: [['attn_qq', 'Q8_0']] as const, excludeWeights: ['ffn_down'], imatrix: IMATRIX };
  expect(unmetRules(options, TENSORS)).toEqual([
    '--tensor-type attn_qq=Q8_0 meets 0 of 2 matrices',
    '--exclude-weights ffn_down meets 0 of 1 entries of the importance matrix',
  ]);
  expect(unmetRules({ includeWeights: ['attn'] }, TENSORS)).toEqual([
    '--include-weights attn does nothing without an importance matrix',
  ]);
});
