import { z } from 'zod';

const text = z.string().min(1).max(4096);
const patterns = z.array(text).min(1);

const keyPlace = z
  .union([
    text.describe('path of a PEM file'),
    z.strictObject({ file: text.describe('path of a PEM file, from where the policy lies') }),
    z.strictObject({ env: text.describe('environment variable that holds the PEM') }),
    z.strictObject({ pem: text.describe('the PEM itself') }),
  ])
  .describe('a public key');

/** What every kind of identity may say. */
const ofEach = {
  name: text.optional(),
  builders: patterns.optional().describe('builder ids for which its provenance counts; any unless given'),
};

export const identitySchema = z
  .union([
    z.strictObject({ ...ofEach, key: keyPlace }),
    z.strictObject({
      ...ofEach,
      issuer: z.url().describe('who vouched for the identity: https://token.actions.githubusercontent.com'),
      san: text.describe('the exact subject of the certificate: an e-mail address or the URI of a workflow'),
    }),
    z.strictObject({
      ...ofEach,
      authority: keyPlace.describe('certificates (PEM) of an authority of your own; whom it has certified may sign'),
      san: text.optional().describe('the exact subject that its certificate must name; any unless given'),
    }),
  ])
  .describe('who may sign: a pinned key, an exact identity of a certificate, or whom an authority has certified');

const limit = z.strictObject({
  predicateType: z.url().describe('predicate type of the attestation that holds the score'),
  metric: text.describe('path of the number in its predicate: metrics.perplexity'),
  min: z.number().optional(),
  max: z.number().optional(),
  required: z.boolean().optional().describe('true refuses an artifact without such an attestation'),
});

/** The policy file's schema, strict: an unknown key is a mistake and no wish. */
export const policySchema = z
  .strictObject({
    version: z.literal(1).optional(),
    name: text.optional(),
    identities: z.array(identitySchema).min(1),
    require: z
      .array(text)
      .min(1)
      .optional()
      .describe(
        "what must be there, signed: 'signature', 'slsa', 'cyclonedx', 'spdx', 'vsa', or a predicate type; ['signature'] unless given",
      ),
    allowLegacySignature: z
      .boolean()
      .optional()
      .describe('accept the tag sha256-….sig in place of a bundle; true unless given'),
    sources: patterns
      .optional()
      .describe(
        'repositories that it may be made from: hf://Qwen/*, or one commit of one: hf://Qwen/Qwen3-0.6B@<40 hex>',
      ),
    baseModels: patterns.optional().describe('models that it may descend from: Qwen/*'),
    licenses: patterns.optional().describe('SPDX expressions that its licences must be among'),
    quantizations: patterns.optional().describe('Q4_K_M, Q8_0, …'),
    formats: patterns.optional().describe('packaging formats: modelpack, cnai, kitops, docker, ollama, modelcar, oras'),
    buildTypes: patterns.optional().describe("build types of provenance; slipway's own unless given"),
    builders: patterns.optional().describe('builder ids of provenance that count; any unless given'),
    maxAge: z
      .string()
      .regex(/^[1-9]\d{0,4}(?:h|d|w)$/)
      .optional()
      .describe('how long ago it may have been built: 36h, 90d, 12w'),
    evaluation: z.array(limit).min(1).optional().describe('scores that must be reached where they are attested'),
    sourceSignature: z
      .strictObject({ required: z.boolean().optional(), identities: z.array(identitySchema).min(1).optional() })
      .optional()
      .describe(
        "model.sig of a source repository (OpenSSF Model Signing); the policy's identities unless it names its own",
      ),
    trustedRoot: text.optional().describe('path of a trusted_root.json, for identities of certificates'),
    rekor: z
      .enum(['required', 'optional'])
      .optional()
      .describe('whether a log entry must be there for certificates; required unless given'),
  })
  .describe('what an artifact must bring to be accepted by slipway');
