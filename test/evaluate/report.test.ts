import { describe, expect, test } from 'vitest';
import { evaluationHtml, evaluationMarkdown, type Evaluation } from '../../src/evaluate/index.js';

const variant = (name: string, fileType: string, size: number, kld: number): Evaluation => ({
  candidate: { name, fileType, size, digest: 'sha256:0', bitsPerWeight: 4.5 },
  base: { name: 'f16.gguf', fileType: 'F16', size: 4e9, digest: 'sha256:1' },
  metrics: [
    { name: 'kld.mean', value: kld, uncertainty: 0.001 },
    { name: 'top.same', value: 94.25, unit: '%' },
  ],
  histogram: { edges: [0.001, 0.1], counts: [5, 3, 1] },
  weightError: {
    rmse: 0.1,
    relative: 0.05,
    max: 1,
    tensors: 1,
    unmatched: [],
    worst: [
      { name: 'blk.0.ffn_down.weight', type: 'Q4_K', baseType: 'F16', weights: 9, rmse: 0.1, relative: 0.05, max: 1 },
    ],
  },
});
const both = [variant('q4.gguf', 'Q4_0', 1e9, 0.05), variant('q8|<b>.gguf', 'Q8_0', 2e9, 0.002)];

describe('a report', () => {
  test('for a model card is a table that a name cannot break', () => {
    const lines = evaluationMarkdown(both).split('\n');
    expect(lines[0]).toBe('| File | Type | Size | Bits per weight | KL divergence | Same top, % |');
    expect(lines[2]).toBe('| q4.gguf | Q4_0 | 1.00 GB | 4.50 | 0.050000 ± 0.001000 | 94.25 |');
    expect(lines[3]).toContain(String.raw`q8\|\<b\>.gguf`);
  });

  test('as a page shows loss over size, divergences and the worst tensors; nothing of it runs', () => {
    const page = evaluationHtml(both);
    expect(page.match(/<circle/g)).toHaveLength(2);
    expect(page.match(/<rect/g)).toHaveLength(6);
    expect(page).toContain('blk.0.ffn_down.weight');
    expect(page).toContain('mean KL divergence (logarithmic)');
    expect(page).not.toMatch(/<b>|<script|https?:/);
    expect(page).toContain("default-src 'none'");
  });

  test('of one variant alone has a picture, too', () =>
    expect(evaluationHtml(both.slice(0, 1))).toMatch(/cx="[\d.]+" cy="[\d.]+"/));
});
