import { expect, test } from 'vitest';
import { createRedactor, secretsOf } from '../../src/run/redact.js';

test.each(['HF_TOKEN', 'HUGGING_FACE_HUB_TOKEN', 'PIPELINE_REGISTRY_ACME_PASSWORD', 'PIPELINE_REGISTRY_ACME_TOKEN'])(
  '%s is a secret whatever the configuration says',
  (name) => {
    expect(secretsOf({ [name]: 'hunter22', PATH: '/bin' })).toEqual(['hunter22']);
  },
);

test('what the configuration names is one, too, and what is short would blot out words', () => {
  const secrets = secretsOf({ MINE: 'hunter22', SHORT: 'the' }, ['MINE', 'SHORT', 'ABSENT']);
  expect(secrets).toEqual(['hunter22', 'the']);
  expect(createRedactor(secrets)('the key is hunter22')).toBe('the key is ***');
});
