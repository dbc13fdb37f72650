import { describe, expect, test } from 'vitest';
import { layoutGguf, splitName } from '../../src/gguf/index.js';
import { golden, letters, quantized } from './mix-cases.js';
import { noEncoder } from './small-models.js';

describe.each([...new Set(golden.cases.map(({ model }) => model))])('%s', (model) => {
  const cases = golden.cases.filter((one) => one.model === model);
  test.each(
    cases.map((one) => [`${one.fileType} ${one.imatrix ? 'imatrix ' : ''}${JSON.stringify(one.options)}`, one]),
  )('%s', (_title, one) => {
    if (one.error !== undefined) {
      expect(() => quantized(one, noEncoder)).toThrow();
      return;
    }
    const parts = quantized(one, noEncoder);
    expect(letters(parts.flatMap(({ tensors }) => tensors.map(({ type }) => type)))).toBe(one.types);
    const name = (index: number): string => (parts.length === 1 ? 'out.gguf' : splitName('out', index, parts.length));
    expect(parts.map((part, index) => [name(index), layoutGguf(part).size])).toEqual(
      one.files?.map(([file, size]) => [file, size]),
    );
  });
});
