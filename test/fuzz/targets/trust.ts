import { generateKeyPairSync } from 'node:crypto';
import { parsePlan, sealPlan } from '../../../src/scale/shard-plan.js';
import { parseBundle, bundleBytes } from '../../../src/trust/bundle/bundle.js';
import { digestOfPayload, simpleSigningPayload } from '../../../src/trust/bundle/simple-signing.js';
import { parseStatement, statementBytes } from '../../../src/trust/bundle/statement.js';
import { decryptCosignKey } from '../../../src/trust/keys/cosign-key.js';
import { readPublicKey } from '../../../src/trust/keys/read-key.js';
import { openModelSignature } from '../../../src/trust/oms/oms.js';
import { parsePolicy } from '../../../src/trust/verify/policy.js';
import { json, text, type FuzzTarget } from './target.js';

const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const PEM = publicKey.export({ type: 'spki', format: 'pem' }) as string;
const DIGEST = `sha256:${'ab'.repeat(32)}` as const;
const STATEMENT = statementBytes({
  subject: [{ name: 'x', digest: { sha256: 'ab'.repeat(32) } }],
  predicateType: 'https://slsa.dev/provenance/v1',
  predicate: { a: 1 },
});
const BUNDLE = bundleBytes(
  { payloadType: 'application/vnd.in-toto+json', payload: STATEMENT, signature: Buffer.from('sig') },
  publicKey,
);
const POLICY = `apiVersion: slipway.dev/v1
identities:
  - key: { pem: "${PEM.trim().replaceAll('\n', '\\n')}\\n" }
require: [signature, provenance]
maxAge: 30d
`;
const PLAN = sealPlan({
  version: 1,
  tool: 'slipway',
  target: 'layout:./L',
  parts: 1,
  config: { path: 'c.yaml', digest: DIGEST },
  reading: { model: 1, parts: 1 },
  files: [{ path: 'm.gguf', format: 'modelpack', size: 5, part: 0 }],
  tags: [],
} as unknown as Parameters<typeof sealPlan>[0]);

export const TRUST_TARGETS: readonly FuzzTarget[] = [
  { name: 'bundle', seeds: async () => [BUNDLE], read: (input) => parseBundle(input, 'x') },
  { name: 'model-signature', seeds: async () => [BUNDLE], read: (input) => openModelSignature(input, 'model.sig', []) },
  { name: 'statement', seeds: async () => [STATEMENT], read: (input) => parseStatement(input, 'x') },
  {
    name: 'simple-signing',
    seeds: async () => [simpleSigningPayload(DIGEST, 'a/b:c')],
    read: (input) => digestOfPayload(input, 'x'),
  },
  {
    name: 'policy',
    seeds: async () => [Buffer.from(POLICY)],
    read: async (input) => parsePolicy(text(input), 'p.yaml', {}),
  },
  { name: 'public-key', seeds: async () => [Buffer.from(PEM)], read: (input) => readPublicKey(text(input), 'p.pub') },
  {
    name: 'cosign-key',
    // Without a derivation that takes half a second: its parameters are wrong, and refused.
    seeds: async () => [
      json({
        kdf: { name: 'scrypt', params: { N: 2, r: 1, p: 1 }, salt: 'AAAA' },
        cipher: { name: 'nacl/secretbox', nonce: 'AAAA' },
        ciphertext: 'AAAA',
      }),
    ],
    read: async (input) => decryptCosignKey(Buffer.from(input), 'x', 'k.key'),
  },
  { name: 'shard-plan', seeds: async () => [json(PLAN)], read: (input) => parsePlan(text(input), 'plan.json') },
];
