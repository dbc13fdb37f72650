import { expect, test } from 'vitest';
import { parsePolicy } from '../../src/trust/index.js';

test('a rule that nothing checks yet is refused, not passed over', async () => {
  const text = 'version: 1\nidentities: []\nsourceSignature: { identities: [] }\n';
  await expect(parsePolicy(text, 'p.yaml', {})).rejects.toMatchObject({ code: 'POLICY_INVALID' });
});
