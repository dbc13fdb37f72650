import type { KeyObject, X509Certificate } from 'node:crypto';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { isMissing, readRegularText, SlipwayError } from '../../core/index.js';
import { PREDICATES } from '../bundle/statement.js';
import { readCertificates } from '../certificates/chain.js';
import { readPublicKey } from '../keys/read-key.js';
import { policySchema, type identitySchema } from './policy-schema.js';

/** What an identity of each kind has. */
export interface AnyIdentity {
  readonly name: string;
  /** Builder ids for which its provenance counts; any unless given. */
  readonly builders?: readonly string[] | undefined;
}

/** A key that signatures may be made with. */
export interface KeyIdentity extends AnyIdentity {
  readonly kind: 'key';
  readonly publicKey: KeyObject;
}

/** Whom a certificate must name, exactly. */
export interface CertificateIdentity extends AnyIdentity {
  readonly kind: 'certificate';
  readonly issuer: string;
  readonly san: string;
}

/** Whom an authority of one's own has certified: what OpenSSF Model Signing calls its method `certificate`. */
export interface AuthorityIdentity extends AnyIdentity {
  readonly kind: 'authority';
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
  // cosign's short names for what others write.
  openvex: 'https://openvex.dev/ns',
  vuln: 'https://cosign.sigstore.dev/attestation/vuln/v1',
  link: 'https://in-toto.io/Link/v1',
  slsaprovenance02: 'https://slsa.dev/provenance/v0.2',
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

async function identityOf(
  identity: z.infer<typeof identitySchema>,
  path: string,
  env: PolicyEnvironment,
): Promise<Identity> {
  const { builders } = identity;
  if ('issuer' in identity) {
    const { issuer, san, name } = identity;
    return { kind: 'certificate', name: name ?? san, issuer, san, builders };
  }
  const { name } = identity;
  const place = 'authority' in identity ? identity.authority : identity.key;
  const { pem, where } = await keyText(typeof place === 'string' ? { file: place } : place, path, env);
  if ('authority' in identity) {
    const { san } = identity;
    return { kind: 'authority', name: name ?? san ?? where, certificates: readCertificates(pem, where), san, builders };
  }
  return { ...keyIdentity(readPublicKey(pem, where), name ?? where), builders };
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
