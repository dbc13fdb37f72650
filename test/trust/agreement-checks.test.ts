import { describe, expect, test } from 'vitest';
import {
  agreementChecks,
  readProvenance,
  slsaPredicate,
  weightsParameters,
  type Check,
  type SaidOfWeights,
  type WeightsSaid,
} from '../../src/trust/index.js';

// What provenance says of weights, beside what they say of themselves.

const said: WeightsSaid = {
  architecture: 'llama',
  fileType: 'Q8_0',
  quantizationVersion: 2,
  tensors: 21,
  chatTemplateSha256: 'a'.repeat(64),
};

function checks(artifact: SaidOfWeights, attested: Partial<WeightsSaid> | undefined = said): readonly Check[] {
  const weights = attested && weightsParameters({ ...said, ...attested });
  const predicate = slsaPredicate({
    externalParameters: { variant: 'Q8_0' },
    internalParameters: weights === undefined ? {} : { weights },
    dependencies: [],
  });
  return agreementChecks(readProvenance(predicate), artifact);
}

function failing(artifact: SaidOfWeights, attested?: Partial<WeightsSaid>): readonly string[] {
  return checks(artifact, attested)
    .filter(({ status }) => status === 'fail')
    .map(({ check, reason }) => `${check}: ${reason}`);
}

describe('provenance and weights', () => {
  test('that say the same agree', () => {
    expect(checks({ said, declaredType: 'Q8_0' }).map(({ check, status }) => [check, status])).toEqual([
      ['fileType', 'pass'],
      ['template', 'pass'],
      ['header', 'pass'],
    ]);
  });

  test.each<[string, Partial<WeightsSaid>, string]>([
    ['another file type', { fileType: 'Q4_0' }, "'Q4_0'"],
    ['another chat template', { chatTemplateSha256: 'b'.repeat(64) }, 'template: '],
    ['no chat template', { chatTemplateSha256: undefined }, "the chat template is none, in its provenance 'a"],
    ['another architecture', { architecture: 'qwen2' }, "architecture is 'llama' in its provenance, 'qwen2'"],
    ['another version of quantization', { quantizationVersion: 1 }, 'header: quantizationVersion'],
    ['another number of tensors', { tensors: 20 }, 'header: tensors'],
  ])('do not with %s', (_what, change, words) => {
    expect(failing({ said: { ...said, ...change } })).toEqual([expect.stringContaining(words)]);
  });

  test('a config that names another file type than the weights is found out, whatever provenance says', () => {
    expect(failing({ said, declaredType: 'Q4_K_M' })).toEqual([expect.stringContaining("its config 'Q4_K_M'")]);
  });

  test('where something is not said the check is skipped with the reason', () => {
    const predicate = slsaPredicate({ externalParameters: {}, internalParameters: {}, dependencies: [] });
    const found = agreementChecks(readProvenance(predicate), { said });
    expect(found.map(({ check, status }) => [check, status])).toEqual([
      ['fileType', 'skipped'],
      ['template', 'skipped'],
      ['header', 'skipped'],
    ]);
    expect(checks({}).map(({ status }) => status)).toEqual(['skipped']);
  });

  test('another build type means other things by the same words', () => {
    expect(
      agreementChecks(readProvenance({ buildDefinition: { buildType: 'https://example.com/b' } }), { said }),
    ).toEqual([]);
  });
});
