import { assert, asyncProperty, integer, nat, uint8Array } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SlipwayError } from '../../src/core/index.js';
import { memoryFile } from '../../src/files/index.js';
import { ggufFile, type GgufContent, type GgufTensor, type GgufValue } from '../../src/gguf/index.js';
import {
  FILE_TYPES,
  parseFileType,
  parseKvOverride,
  parsePruneLayers,
  parseTensorType,
  parseTensorTypeRule,
  parseTensorTypeRules,
  quantizeContent,
  readImatrix,
  type MixOptions,
} from '../../src/quantize/index.js';
import { noEncoder, smallImatrix, smallModel } from './small-models.js';

function failure(run: () => unknown): SlipwayError {
  try {
    run();
  } catch (error) {
    if (SlipwayError.is(error)) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
const quantizing = (model: GgufContent, type: string, options: MixOptions = {}): SlipwayError =>
  failure(() => quantizeContent(model, type, { encoder: noEncoder, ...options }));

describe('names of file types', () => {
  test('any case, aliases and numbers', () => {
    expect(parseFileType('q4_k_m').name).toBe('Q4_K_M');
    expect(parseFileType(' Q4_K ').name).toBe('Q4_K_M');
    expect(parseFileType('q3_k').name).toBe('Q3_K_M');
    expect(parseFileType('15').name).toBe('Q4_K_M');
    expect(parseFileType('copy').tensorType).toBeUndefined();
    for (const { name } of FILE_TYPES) expect(parseFileType(name.toLowerCase()).name).toBe(name);
  });

  test('a typo gets the nearest name', () => {
    expect(failure(() => parseFileType('Q4_KM')).details.try).toBe("did you mean 'Q4_K_M'?");
    expect(failure(() => parseFileType('NONSENSE')).details.try).toBeUndefined();
    expect(failure(() => parseTensorType('q4k_')).details.try).toBe("did you mean 'Q4_K'?");
    expect(failure(() => parseFileType('999')).code).toBe('CONFIG_INVALID');
  });
});

describe('options as text', () => {
  test('what llama-quantize takes', () => {
    expect(parseTensorTypeRule('Attn_V=q8_0')).toEqual(['attn_v', 'Q8_0']);
    expect(parseTensorTypeRules('a=f16\n  b=q4_K\tc=bf16 ')).toEqual([
      ['a', 'F16'],
      ['b', 'Q4_K'],
      ['c', 'BF16'],
    ]);
    expect(parseKvOverride('a.b=str:x=y:z')).toEqual({ key: 'a.b', type: 'str', value: 'x=y:z' });
    expect(parseKvOverride('a=int:-5')).toEqual({ key: 'a', type: 'int', value: -5 });
    expect(parseKvOverride('a=float:1e-5')).toEqual({ key: 'a', type: 'float', value: 1e-5 });
    expect(parseKvOverride('a=bool:false')).toEqual({ key: 'a', type: 'bool', value: false });
    expect(parsePruneLayers('3,1,3')).toEqual([1, 3]);
  });

  test('what it refuses', () => {
    for (const text of ['attn_v', '=q8_0', 'attn_v=']) expect(() => parseTensorTypeRule(text)).toThrow(/NAME=TYPE/);
    expect(() => parseTensorTypeRule('a=q9_0')).toThrow(/no tensor type/);
    for (const text of ['a', 'a=5', 'a=int:x', 'a=int:', 'a=bool:yes', 'a=float:', '=int:1']) {
      expect(() => parseKvOverride(text)).toThrow(/KEY=TYPE:VALUE/);
    }
    for (const text of ['', '-1', '1,', 'a']) expect(() => parsePruneLayers(text)).toThrow(/list of layers/);
  });
});

describe('quantizing is refused', () => {
  test('when an importance matrix is missing', () => {
    const error = quantizing(smallModel('dense-gqa'), 'IQ2_M');
    expect([error.code, error.message]).toEqual(['IMATRIX_REQUIRED', 'IQ2_M cannot do without an importance matrix']);
    const matrix = smallImatrix(smallModel('dense-gqa'));
    const partial = quantizing(smallModel('dense-gqa'), 'IQ2_XS', { imatrix: matrix, excludeWeights: ['attn_k'] });
    expect(partial.message).toMatch(/says nothing about 'blk\.0\.attn_k\.weight'/);
    // The reference ends the process here: embeddings have no importance, and IQ2_XS cannot do without.
    expect(quantizing(smallModel('dense-gqa'), 'IQ2_XS', { imatrix: matrix, pure: true }).code).toBe(
      'IMATRIX_REQUIRED',
    );
  });

  test('but not for what a matrix says about embeddings, which are looked up and not multiplied', () => {
    const matrix = smallImatrix(smallModel('dense-gqa'));
    const entries = new Map([...matrix.entries, ['token_embd.weight', new Float32Array(8)]]);
    const options = { encoder: noEncoder, imatrix: { ...matrix, entries } };
    expect(() => quantizeContent(smallModel('dense-gqa'), 'Q4_K_M', options)).not.toThrow();
  });

  test('when the importance matrix belongs to another model', () => {
    const matrix = smallImatrix(smallModel('dense-gqa'));
    const entries = new Map([...matrix.entries, ['blk.0.attn_q.weight', new Float32Array(8)]]);
    const error = quantizing(smallModel('dense-gqa'), 'Q4_K_M', { imatrix: { ...matrix, entries } });
    expect([error.code, error.details.got]).toEqual(['IMATRIX_INVALID', '8 values, expected 256']);
    expect(
      quantizing(smallModel('dense-gqa'), 'Q4_0', { imatrix: matrix, includeWeights: ['a'], excludeWeights: ['b'] })
        .code,
    ).toBe('CONFIG_INVALID');
  });

  test('when too many weights would get another type', () => {
    const error = quantizing(smallModel('tied-odd-rows'), 'Q4_K_M');
    expect(error.code).toBe('QUANT_FALLBACK');
    expect(error.message).toMatch(/^Q4_K_M would be replaced for \d+\.\d % of the weights$/);
    expect(error.details.got).toMatch(/^\d+\.\d\d bits per weight instead of \d+\.\d\d \(\+\d+ %\)$/);
    expect(error.details.where).toMatch(/27 of 92 tensors with rows of 80, 288, 96: blk\.\*\.attn_output\.weight/);
    const { plan } = quantizeContent(smallModel('tied-odd-rows'), 'Q4_K_M', { encoder: noEncoder, fallback: 'allow' });
    expect(plan.tensors.filter(({ fallback }) => fallback !== undefined).length).toBe(27);
    expect(plan.fallbackShare).toBeGreaterThan(0.05);
  });

  test('when a type has no replacement for odd rows', () => {
    expect(quantizing(smallModel('tied-odd-rows'), 'Q1_0', { fallback: 'allow' }).code).toBe('QUANT_SHAPE');
    expect(
      quantizing(smallModel('tied-odd-rows'), 'Q4_0', { fallback: 'allow', tensorTypes: [['(', 'Q8_0']] }).code,
    ).toBe('CONFIG_INVALID');
  });

  test('when the input is quantized already, or holds integers', () => {
    const once = quantizeContent(smallModel('dense-gqa'), 'Q8_0', { encoder: noEncoder }).content;
    expect(quantizing(once, 'Q4_K_M').code).toBe('REQUANTIZE_REFUSED');
    expect(
      quantizeContent(once, 'Q4_K_M', { encoder: noEncoder, allowRequantize: true }).plan.bitsPerWeight,
    ).toBeLessThan(8);
    expect(quantizeContent(once, 'Q8_0', { encoder: noEncoder }).plan.fallbackShare).toBe(0);
    const model = smallModel('plain-f32');
    const tensors = model.tensors.map((tensor): GgufTensor =>
      tensor.name.includes('attn_q.w') ? { ...tensor, type: 'I32' } : tensor,
    );
    expect(quantizing({ ...model, tensors }, 'Q8_0').code).toBe('QUANT_UNSUPPORTED');
  });

  test('when the file is no model, or experts name no layer', () => {
    expect(quantizing({ metadata: new Map(), tensors: [] }, 'Q8_0').code).toBe('MODEL_INVALID');
    const model = smallModel('moe-8');
    const tensors = model.tensors.map((tensor) => ({ ...tensor, name: tensor.name.replace('blk.7.', 'blk.8.') }));
    expect(quantizing({ ...model, tensors }, 'Q4_K_M').message).toBe(
      "tensor 'blk.8.ffn_down_exps.weight' does not name a layer of the model",
    );
  });
});

test('text is cut where C strings end', () => {
  const model = smallModel('plain-f32');
  const metadata = new Map<string, GgufValue>([
    ...model.metadata,
    ['text', { type: 'STRING', value: 'a\0b' }],
    ['list', { type: 'ARRAY', items: 'STRING', value: ['\0', Uint8Array.of(0xff, 0, 1), 'c'] }],
  ]);
  const { content } = quantizeContent({ ...model, metadata }, 'F16', { encoder: noEncoder });
  expect(content.metadata.get('text')).toEqual({ type: 'STRING', value: 'a' });
  expect(content.metadata.get('list')).toEqual({
    type: 'ARRAY',
    items: 'STRING',
    value: ['', Uint8Array.of(0xff), 'c'],
  });
});

describe('hostile importance matrices', () => {
  const int = (...values: number[]): number[] => [...new Uint8Array(Int32Array.from(values).buffer)];
  const file = (...bytes: number[]) => memoryFile('m.dat', Uint8Array.from(bytes));
  const one = [...int(1, 1), 97, ...int(2, 1)];
  test.each<[string, number[]]>([
    ['nothing', []],
    ['a count of -1', int(-1)],
    ['a count beyond the file', int(1000)],
    ['a name beyond the file', int(1, 2 ** 30)],
    ['a negative name length', int(1, -1)],
    ['a negative number of values', [...int(1, 1), 97, ...int(2, -1)]],
    ['values beyond the file', [...int(1, 1), 97, ...int(2, 2 ** 30)]],
    ['an endless value', [...one, ...new Uint8Array(Float32Array.of(Infinity).buffer)]],
    ['a value that is no number', [...one, ...new Uint8Array(Float32Array.of(NaN).buffer)]],
    ['a GGUF that ends early', [...Buffer.from('GGUF')]],
  ])('%s', async (_kind, bytes) => {
    const error: unknown = await readImatrix(file(...bytes)).catch((reason: unknown) => reason);
    expect(SlipwayError.is(error) && ['IMATRIX_INVALID', 'GGUF_INVALID'].includes(error.code)).toBe(true);
  });

  test('a GGUF without its keys, its counts or with other types', async () => {
    const f32 = (name: string, dimensions: number[]): GgufTensor => ({
      name,
      dimensions,
      type: 'F32',
      async *read() {
        yield new Uint8Array(dimensions.reduce((a, b) => a * b, 4)).fill(0x3f);
      },
    });
    const keys = new Map<string, GgufValue>([
      ['imatrix.datasets', { type: 'ARRAY', items: 'STRING', value: [] }],
      ['imatrix.chunk_count', { type: 'UINT32', value: 1 }],
      ['imatrix.chunk_size', { type: 'UINT32', value: 512 }],
    ]);
    const sums = f32('a.in_sum2', [4, 2]);
    for (const content of [
      { metadata: new Map(), tensors: [sums, f32('a.counts', [1, 2])] },
      { metadata: keys, tensors: [sums] },
      { metadata: keys, tensors: [] },
      { metadata: keys, tensors: [sums, f32('a.counts', [1, 3])] },
      { metadata: keys, tensors: [sums, f32('a.counts', [1, 0])] },
      { metadata: keys, tensors: [sums, { ...f32('a.counts', [1, 2]), type: 'I32' as const }] },
    ]) {
      await expect(readImatrix(ggufFile('m.gguf', content))).rejects.toMatchObject({ code: 'IMATRIX_INVALID' });
    }
    const good = ggufFile('m.gguf', { metadata: keys, tensors: [sums, f32('a.counts', [1, 2])] });
    expect((await readImatrix(good)).entries.get('a')?.length).toBe(8);
  });

  test('any bytes are read or refused', async () => {
    await assert(
      asyncProperty(
        uint8Array({ maxLength: 80 }),
        integer({ min: 0, max: 3 }),
        nat(20),
        async (bytes, count, length) => {
          await readImatrix(file(...int(count, length), ...bytes)).catch((error: unknown) => {
            expect(SlipwayError.is(error) && error.code === 'IMATRIX_INVALID').toBe(true);
          });
        },
      ),
      { numRuns: 500 },
    );
  });
});
