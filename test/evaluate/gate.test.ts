import { describe, expect, test } from 'vitest';
import { checkGate, gateError, parseGate, parseGateFile, type Metric } from '../../src/evaluate/index.js';

const METRICS: readonly Metric[] = [
  { name: 'kld.mean', value: 0.006, uncertainty: 0.001 },
  { name: 'top.same', value: 94.3, uncertainty: 0.5, unit: '%' },
  { name: 'ppl.lnRatio', value: 0.009, uncertainty: 0.003 },
  { name: 'broken', value: Number.NaN },
];

const passed = (rules: string): boolean[] => checkGate(parseGate(rules), METRICS).map((check) => check.passed);

describe('conditions', () => {
  test('are read from text, with spaces, per cent and comments', () => {
    expect(parseGate('kld.mean < 0.02, top.same>=94% # enough')).toEqual([
      { metric: 'kld.mean', operator: '<', threshold: 0.02, sigmas: 0 },
      { metric: 'top.same', operator: '>=', threshold: 94, sigmas: 0 },
    ]);
  });

  test.each([
    ['a list', '- kld.mean<0.02\n- top.same>94'],
    ['a mapping', 'kld.mean: <0.02\ntop.same: >94'.replace('>94', "'>94'")],
    ['below a key', 'gate: [kld.mean<0.02, top.same>94]'],
    [
      'JSON',
      '[{"metric":"kld.mean","operator":"<","threshold":0.02},{"metric":"top.same","operator":">","threshold":94}]',
    ],
    ['JSON below a key', '{"gate":["kld.mean<0.02","top.same>94"]}'],
    ['text below a key', "gate: 'kld.mean<0.02 , top.same>94'"],
    ['plain lines', 'kld.mean<0.02\n# a comment, with a comma\ntop.same>94\n'],
    ['signs and exponents', 'kld.mean < 2e-2 # mean, not max\ntop.same > 9.4E+1 %'],
  ])('are read from a file: %s', (_, text) => {
    expect(parseGateFile(text, 'gate').map(({ metric, operator, threshold }) => [metric, operator, threshold])).toEqual(
      [
        ['kld.mean', '<', 0.02],
        ['top.same', '>', 94],
      ],
    );
  });

  test('whatever sign is typed', () => {
    expect(parseGate('kld.mean≤.02;top.same≥94').map(({ operator, threshold }) => [operator, threshold])).toEqual([
      ['<=', 0.02],
      ['>=', 94],
    ]);
  });

  test.each([
    ['what stands beside them', 'gate: [top.same>94]\nkld.mean: <0.02'],
    ['a key that is not known', '[{"metric":"kld.mean","operator":"<","threshold":0.02,"sigma":2}]'],
    ['a number without a sign', 'kld.mean: 0.02'],
    ['nothing below the key', 'gate:'],
    ['no number', '[{"metric":"kld.mean","operator":"<","threshold":null}]'],
    ['a second document', "kld.mean: '<5'\n---\nkld.mean: '<0.02'\n"],
    ['a name given twice', "kld.mean: '<5'\nkld.mean: '<0.02'\n"],
    ['another shape', 'gate: { kld.mean: { max: 0.02 } }'],
    ['no conditions', '[]'],
  ])('nothing of a file is passed over: %s', (_, text) => {
    expect(() => parseGateFile(text, 'gate')).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });

  test('an entry of another shape is named', () => {
    expect(() => parseGateFile('gate: { kld.mean: { max: 0.02 } }', 'gate.yaml')).toThrow(
      expect.objectContaining({
        details: expect.objectContaining({
          where: 'gate.yaml',
          got: "'kld.mean' with a mapping, not a condition in quotes: kld.mean: '<0.02'",
        }),
      }),
    );
  });

  // Either would let everything pass.
  test.each(['kld.mean<2%', 'ppl<150%', 'top.same>0.94', 'top.same>=.9'])('%j is in the wrong unit', (text) => {
    expect(() => parseGate(text)).toThrow(
      expect.objectContaining({ code: 'CONFIG_INVALID', details: expect.objectContaining({ where: text }) }),
    );
  });

  test('per cent may be typed where numbers are', () => {
    expect(parseGate('weight.relative<5%,deltaP.rms<2 %,top.same>0')).toHaveLength(3);
  });

  test.each(['ppl<1,000', 'ppl<1 000', "ppl<1'000", 'ppl<1_000', 'kld.mean<0.1 top.same>90', 'kld.mean==0'])(
    '%j is refused, not read in part',
    (text) => {
      expect(() => parseGate(text)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    },
  );

  test('standard errors are read from a file, too', () => {
    expect(parseGateFile('[{"metric":"kld.mean","operator":"<","threshold":0.02,"sigmas":2}]', 'gate')).toMatchObject([
      { sigmas: 2 },
    ]);
  });

  test.each(['1.2.3', '1e999', '0x1', 'NaN', 'Infinity', '--1'].map((number) => `kld.mean<${number}`))(
    '%j is no number',
    (text) => {
      expect(() => parseGate(text)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
    },
  );

  test.each(['', '# nothing', 'kld.mean', 'kld.mean=1', 'kld.mean<', 'kld.mean<abc', '<3'])('%j is refused', (text) => {
    expect(() => parseGate(text)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }));
  });
});

describe('a gate', () => {
  test('compares', () => {
    expect(passed('kld.mean<0.02,kld.mean<0.006,kld.mean<=0.006,top.same>94,top.same>95')).toEqual([
      true,
      false,
      true,
      true,
      false,
    ]);
  });

  test('adds standard errors against the candidate; always one to the ratio', () => {
    expect(passed('kld.mean+2s<0.0075,kld.mean+1s<0.0075,top.same+1s>94')).toEqual([false, true, false]);
    expect(passed('ppl.lnRatio<0.01,ppl.lnRatio<0.0121,ppl.lnRatio+0s<0.01')).toEqual([false, true, true]);
  });

  test('fails on what was not measured and on what is no number', () => {
    expect(checkGate(parseGate('kld.median<1,broken<1,broken>1,kld.mean+1s<1'), [...METRICS])).toMatchObject([
      { passed: false, value: null, reason: 'it was not measured' },
      { passed: false, value: null, reason: 'it is not a number' },
      { passed: false, value: null },
      { passed: true },
    ]);
  });

  test('a value without an uncertainty does not pass a condition that asks for one', () => {
    expect(checkGate(parseGate('x+1s<5'), [{ name: 'x', value: 1 }])).toMatchObject([{ passed: false, value: null }]);
  });

  test('names the worst tensors and what would help', () => {
    const worst = {
      ...({ name: 'blk.3.ffn_down.weight', type: 'Q2_K', baseType: 'F16' } as const),
      weights: 10,
      rmse: 1,
      relative: 0.31,
      max: 2,
    };
    const error = gateError('model.gguf', checkGate(parseGate('kld.mean<0.001'), METRICS), [worst], false);
    expect(error).toMatchObject({ code: 'GATE_FAILED', details: { where: 'model.gguf' } });
    expect(error.details.got).toBe('kld.mean<0.001: 0.006000\nblk.3.ffn_down.weight Q2_K: weight error 31.00 %');
    expect([error.details.try].flat().join()).toMatch(/--tensor-type 'ffn_down=Q8_0'.*imatrix.*larger type/);
  });
});
