import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { layoutGguf, splitName, type GgufContent, type TensorType } from '../../src/gguf/index.js';
import { quantizeContent, quantizeParts, type KvOverride, type MixOptions } from '../../src/quantize/index.js';
import { noEncoder, smallImatrix, smallModel } from './small-models.js';

// What llama_model_quantize made of the same models: test/oracle/quantize_mixes.py.
interface Case {
  readonly model: string;
  readonly fileType: string;
  readonly imatrix: boolean;
  readonly options: Omit<MixOptions, 'overrideKv'> & {
    readonly overrideKv?: readonly (readonly [string, string, unknown])[];
    readonly splits?: readonly number[];
    readonly keepSplit?: boolean;
    readonly from?: string;
  };
  readonly error?: 'refused' | 'aborted';
  readonly types?: string;
  readonly files?: readonly (readonly [name: string, size: number, digest: string])[];
}
const golden = JSON.parse(
  readFileSync(join(import.meta.dirname, '../fixtures/golden/quantize-mixes.json'), 'utf8'),
) as { letters: readonly TensorType[]; cases: readonly Case[] };

/** Types as the script writes them, one letter a tensor. */
function letters(types: readonly TensorType[]): string {
  return types
    .map((type) => golden.letters.indexOf(type))
    .map((index) => String.fromCharCode(index < 26 ? 65 + index : 71 + index))
    .join('');
}

function inputs({ model, options }: Case): GgufContent[] {
  let content = smallModel(model);
  if (options.from !== undefined) {
    content = quantizeContent(content, options.from, { encoder: noEncoder, fallback: 'allow' }).content;
  }
  if (options.splits === undefined) return [content];
  const cuts = [0, ...options.splits, content.tensors.length];
  return cuts.slice(1).map((end, index) => ({
    metadata: index === 0 ? content.metadata : new Map(),
    tensors: content.tensors.slice(cuts[index], end),
  }));
}

function quantized(one: Case): readonly GgufContent[] {
  const { overrideKv, splits: _splits, keepSplit, from: _from, ...rest } = one.options;
  const parts = inputs(one);
  const options = {
    ...rest,
    encoder: noEncoder,
    fallback: 'allow' as const,
    overrideKv: (overrideKv ?? []).map(([key, type, value]) => ({ key, type, value }) as KvOverride),
    ...(one.imatrix ? { imatrix: smallImatrix(smallModel(one.model)) } : {}),
  };
  if (keepSplit === true) return quantizeParts(parts, one.fileType, options).parts;
  const whole = { metadata: parts[0]!.metadata, tensors: parts.flatMap(({ tensors }) => tensors) };
  return [quantizeContent(whole, one.fileType, options).content];
}

describe.each([...new Set(golden.cases.map(({ model }) => model))])('%s', (model) => {
  const cases = golden.cases.filter((one) => one.model === model);
  test.each(
    cases.map((one) => [`${one.fileType} ${one.imatrix ? 'imatrix ' : ''}${JSON.stringify(one.options)}`, one]),
  )('%s', (_title, one) => {
    if (one.error !== undefined) {
      expect(() => quantized(one)).toThrow();
      return;
    }
    const parts = quantized(one);
    expect(letters(parts.flatMap(({ tensors }) => tensors.map(({ type }) => type)))).toBe(one.types);
    const name = (index: number): string => (parts.length === 1 ? 'out.gguf' : splitName('out', index, parts.length));
    expect(parts.map((part, index) => [name(index), layoutGguf(part).size])).toEqual(
      one.files?.map(([file, size]) => [file, size]),
    );
  });
});
