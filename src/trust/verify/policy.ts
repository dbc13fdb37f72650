import type { KeyObject, X509Certificate } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { isMissing, readRegularText, SlipwayError } from '../../core/index.js';
import { PREDICATES } from '../bundle/statement.js';
import { readCertificates } from '../certificates/chain.js';
import { readPublicKey } from '../keys/read-key.js';

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

const identity = z
  .union([
    z.strictObject({ name: text.optional(), key: keyPlace }),
    z.strictObject({
      name: text.optional(),
      issuer: z.url().describe('who vouched for the identity: https://token.actions.githubusercontent.com'),
      san: text.describe('the exact subject of the certificate: an e-mail address or the URI of a workflow'),
    }),
    z.strictObject({
      name: text.optional(),
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
const policySchema = z
  .strictObject({
    version: z.literal(1).optional(),
    name: text.optional(),
    identities: z.array(identity).min(1),
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
    sources: patterns.optional().describe('repositories that it may be made from: hf://Qwen/*'),
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
      .strictObject({ required: z.boolean().optional(), identities: z.array(identity).min(1).optional() })
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

/** A key that signatures may be made with. */
export interface KeyIdentity {
  readonly kind: 'key';
  readonly name: string;
  readonly publicKey: KeyObject;
}

/** Whom a certificate must name, exactly. */
export interface CertificateIdentity {
  readonly kind: 'certificate';
  readonly name: string;
  readonly issuer: string;
  readonly san: string;
}

/** Whom an authority of one's own has certified: what OpenSSF Model Signing calls its method `certificate`. */
export interface AuthorityIdentity {
  readonly kind: 'authority';
  readonly name: string;
  readonly certificates: readonly X509Certificate[];
  /** Exactly, when given. */
  readonly san?: string | undefined;
}

export type Identity = KeyIdentity | CertificateIdentity | AuthorityIdentity;

/** A score that an attestation must reach. */
export interface ScoreLimit {
  readonly predicateType: string;
  readonly metric: string;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  readonly required?: boolean | undefined;
}

/** What is asked of a source's own signature (`model.sig`): one that is there must hold. */
export interface SourceSignatureRule {
  /** Refuse a source that brings none. */
  readonly required: boolean;
  readonly identities: readonly Identity[];
}

/** What an artifact must bring to be accepted. */
export interface Policy {
  readonly name: string;
  /** Any of them may have signed. */
  readonly identities: readonly Identity[];
  /** A signature of the manifest itself. */
  readonly requireSignature: boolean;
  /** Predicate types that must be attested. */
  readonly requirePredicates: readonly string[];
  readonly allowLegacySignature: boolean;
  readonly sources?: readonly string[] | undefined;
  readonly baseModels?: readonly string[] | undefined;
  readonly licenses?: readonly string[] | undefined;
  readonly quantizations?: readonly string[] | undefined;
  readonly formats?: readonly string[] | undefined;
  readonly buildTypes?: readonly string[] | undefined;
  readonly builders?: readonly string[] | undefined;
  /** Milliseconds. */
  readonly maxAge?: number | undefined;
  readonly evaluation?: readonly ScoreLimit[] | undefined;
  /** Who may have signed the files that it is made of. */
  readonly sourceSignature?: SourceSignatureRule | undefined;
  /** Absolute path. */
  readonly trustedRoot?: string | undefined;
  readonly rekor: 'required' | 'optional';
}

export type PolicyEnvironment = Readonly<Record<string, string | undefined>>;

/** A policy that asks for a signature by one of these and nothing else. */
export function signaturePolicy(identities: readonly Identity[]): Policy {
  return {
    name: 'signature',
    identities,
    requireSignature: true,
    requirePredicates: [],
    allowLegacySignature: true,
    rekor: 'required',
  };
}

/** A key as an identity. */
export function keyIdentity(publicKey: KeyObject, name: string): KeyIdentity {
  return { kind: 'key', name, publicKey };
}

const PREDICATE_NAMES: Readonly<Record<string, string>> = {
  slsa: PREDICATES.slsa,
  slsaprovenance1: PREDICATES.slsa,
  cyclonedx: PREDICATES.cyclonedx,
  mlbom: PREDICATES.cyclonedx,
  spdx: PREDICATES.spdx,
  spdxjson: PREDICATES.spdx,
  vsa: PREDICATES.vsa,
};

/** The predicate type that a short name or URI stands for; `undefined` for text that is neither. */
export function predicateTypeOf(name: string): string | undefined {
  return Object.hasOwn(PREDICATE_NAMES, name) ? PREDICATE_NAMES[name] : URL.canParse(name) ? name : undefined;
}

/** The schema as JSON Schema 2020-12, for editors. */
export function policyJsonSchema(): object {
  return z.toJSONSchema(policySchema);
}

const POLICY_LIMIT = 1024 * 1024;
const KEY_LIMIT = 64 * 1024;
const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** Reads a policy file with the keys that it names. Throws `POLICY_INVALID`, `NOT_FOUND`, `KEY_INVALID`. */
export async function loadPolicy(path: string, env: PolicyEnvironment): Promise<Policy> {
  const content = await readRegularText(path, POLICY_LIMIT).catch((cause: unknown) => {
    throw isMissing(cause)
      ? new SlipwayError('NOT_FOUND', `there is no policy '${path}'`, { where: path, cause })
      : cause;
  });
  return parsePolicy(content, path, env);
}

/** As {@link loadPolicy}, of a text; `path` is where relative ones start and what errors name. */
export async function parsePolicy(content: string, path: string, env: PolicyEnvironment): Promise<Policy> {
  // Loaded when there is something to read: a command that reads none starts without it.
  const { parseYaml } = await import('../../files/yaml.js');
  const parsed = policySchema.safeParse(
    parseYaml(content, { code: 'POLICY_INVALID', what: `'${path}'`, where: path, size: POLICY_LIMIT }),
  );
  if (!parsed.success) {
    const problems = parsed.error.issues.map(({ path: at, message }) => ({
      at: at.map(String).join('.') || '(top)',
      text: message,
    }));
    throw new SlipwayError('POLICY_INVALID', `'${path}' is not a policy`, {
      where: path,
      problems,
      try: 'pipeline verify --schema',
    });
  }
  const { identities, require: required = ['signature'], maxAge, sourceSignature, trustedRoot, ...rest } = parsed.data;
  const opened = async (list: typeof identities): Promise<readonly Identity[]> =>
    Promise.all(list.map(async (one) => identityOf(one, path, env)));
  const known = await opened(identities);
  const { required: mustSign = false, identities: signers } = sourceSignature ?? {};
  return {
    ...rest,
    ...(sourceSignature !== undefined && {
      sourceSignature: { required: mustSign, identities: signers === undefined ? known : await opened(signers) },
    }),
    name: rest.name ?? path,
    identities: known,
    requireSignature: required.includes('signature'),
    requirePredicates: required.filter((name) => name !== 'signature').map((name) => predicate(name, path)),
    allowLegacySignature: rest.allowLegacySignature ?? true,
    rekor: rest.rekor ?? 'required',
    maxAge: maxAge === undefined ? undefined : Number(maxAge.slice(0, -1)) * (UNITS[maxAge.slice(-1)] ?? 0),
    trustedRoot: trustedRoot === undefined ? undefined : resolve(dirname(path), trustedRoot),
  };
}

function predicate(name: string, path: string): string {
  const type = predicateTypeOf(name);
  if (type !== undefined) return type;
  throw invalid(path, `require: '${name}' is neither a known name nor a URI`);
}

async function identityOf(given: z.infer<typeof identity>, path: string, env: PolicyEnvironment): Promise<Identity> {
  if ('issuer' in given) {
    const { issuer, san, name } = given;
    return { kind: 'certificate', name: name ?? san, issuer, san };
  }
  const { name } = given;
  const place = 'authority' in given ? given.authority : given.key;
  const { pem, where } = await keyText(typeof place === 'string' ? { file: place } : place, path, env);
  if ('authority' in given) {
    const { san } = given;
    return { kind: 'authority', name: name ?? san ?? where, certificates: readCertificates(pem, where), san };
  }
  return keyIdentity(readPublicKey(pem, where), name ?? where);
}

async function keyText(
  key: { readonly file: string } | { readonly env: string } | { readonly pem: string },
  path: string,
  env: PolicyEnvironment,
): Promise<{ pem: string; where: string }> {
  if ('pem' in key) return { pem: key.pem, where: `the key in '${path}'` };
  if ('env' in key) {
    const pem = env[key.env];
    if (pem !== undefined && pem !== '') return { pem, where: key.env };
    throw invalid(path, `the environment variable ${key.env} is not set`);
  }
  const file = resolve(dirname(path), key.file);
  const pem = await readRegularText(file, KEY_LIMIT).catch((cause: unknown) => {
    throw isMissing(cause)
      ? new SlipwayError('NOT_FOUND', `there is no key '${key.file}'`, { where: file, cause })
      : cause;
  });
  return { pem, where: key.file };
}

function invalid(path: string, got: string): SlipwayError {
  return new SlipwayError('POLICY_INVALID', `'${path}' is not a policy`, {
    where: path,
    got,
    try: 'pipeline verify --schema',
  });
}
