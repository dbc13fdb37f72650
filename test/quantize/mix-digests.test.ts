import { describe, expect, test } from 'vitest';
import { sha256 } from '../../src/files/index.js';
import { createLocalEncoder } from '../../src/quantize/index.js';
import { TWINS } from '../../workers/twins/index.js';
import { golden, quantized, type Case } from './mix-cases.js';
import { fileBytes, smallModel } from './small-models.js';

// Whole files, byte for byte: the layout, the metadata, and what the kernels make of the weights.
const encoder = createLocalEncoder();

/** A kernel exists for every type that the case has to encode to or decode from. */
function isCovered(one: Case): boolean {
  if (one.types === undefined) return false;
  const letterOf = new Map(
    golden.letters.map((type, index) => [String.fromCharCode(index < 26 ? 65 + index : 71 + index), type]),
  );
  const kept = new Set<string>(smallModel(one.model).tensors.map(({ type }) => type));
  const types = [...new Set(one.types)].map((letter) => letterOf.get(letter) ?? '');
  return [...types, one.options.from ?? 'F32'].every((type) => TWINS.has(type.replace('_K_M', '_K')) || kept.has(type));
}

const covered = golden.cases.filter(isCovered);

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
