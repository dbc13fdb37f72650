import { describe, expect, test } from 'vitest';
import { sha256 } from '../../src/files/index.js';
import { createLocalEncoder } from '../../src/quantize/index.js';
import { golden, quantized } from './mix-cases.js';
import { fileBytes } from './small-models.js';

// Whole files, byte for byte: the layout, the metadata, and what the kernels make of the weights.
const encoder = createLocalEncoder();

const covered = golden.cases.filter((one) => one.error === undefined);

describe.each([...new Set(covered.map(({ model }) => model))])('%s', (model) => {
  const cases = covered.filter((one) => one.model === model);
  test.each(
    cases.map((one) => [`${one.fileType} ${one.imatrix ? 'imatrix ' : ''}${JSON.stringify(one.options)}`, one]),
  )('%s', async (_title, one) => {
    const digests: string[] = [];
    for (const part of quantized(one, encoder)) digests.push(sha256(await fileBytes(part)));
    expect(digests).toEqual(one.files?.map(([, , digest]) => `sha256:${digest}`));
  });
});

test.each([1, 700, 5000])('chunks of %i weights, several at a time, give the same file', async (chunkWeights) => {
  const one = covered.find(({ model, fileType, imatrix }) => model === 'moe-8' && fileType === 'Q4_K_M' && imatrix);
  const [content] = one === undefined ? [] : quantized(one, { ...encoder, width: 3 }, chunkWeights);
  const digest = content === undefined ? 'no such case' : sha256(await fileBytes(content));
  expect(digest).toBe(`sha256:${one?.files?.[0]?.[2]}`);
});
