import { describe, expect, test } from 'vitest';
import { sha256 } from '../../src/files/index.js';
import { createLocalEncoder } from '../../src/quantize/index.js';
import { golden, quantized, type Case } from './mix-cases.js';
import { fileBytes } from './small-models.js';

// Whole files, byte for byte: the layout, the metadata, and what the kernels make of the weights.
const encoder = createLocalEncoder();

// The tables of IQ1 to IQ3 take long to build and search: unless everything is asked for, the model with experts stands
// for all. Tensor types and file sizes are compared for every case in mixes.test.ts.
const everything = process.env['SLIPWAY_TEST_EVERYTHING'] === '1';
const isSlow = ({ fileType }: Case): boolean => /^IQ[123]/.test(fileType);
const stands = ({ model, imatrix }: Case): boolean => imatrix && model === 'moe-8';
const covered = golden.cases.filter((one) => one.error === undefined && (everything || !isSlow(one) || stands(one)));

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
