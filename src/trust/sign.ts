import type { Digest } from '../core/index.js';
import type { JsonObject, JsonValue } from '../files/index.js';
import type { Descriptor, Target } from '../registry/index.js';
import { addLegacySignature, attachBundle, type AttachSubject } from './attach.js';
import { sealStatement } from './bundle/seal.js';
import { isSignedBy, verifies } from './bundle/dsse.js';
import { simpleSigningPayload } from './bundle/simple-signing.js';
import { PREDICATES, statementBytes, subjectDigests, type Statement, type Subject } from './bundle/statement.js';
import { collectEvidence, type Evidence, type FoundAttestation } from './collect-evidence.js';
import type { Signer } from './keys/signer.js';

export interface SignOptions {
  /** Also write the tag `sha256-<hex>.sig` that cosign up to 2.5 and Harbor before 2.15 read. True unless given. */
  readonly legacy?: boolean;
  /** When it is signed, for the referrer's annotation; none unless given. */
  readonly created?: Date;
  /** False signs and attaches nothing: the registry is not asked either. What was signed is in `onBundle` alone. */
  readonly upload?: boolean;
  /** Gets each bundle: one that was made, or one by this signer that was there. */
  readonly onBundle?: (bundle: Uint8Array) => void;
  readonly signal?: AbortSignal;
}

/** What became of one statement about one manifest. */
export interface Attached {
  readonly subject: Digest;
  readonly predicateType: string;
  /** `exists`: a valid one by this key was there already; `made`: it was signed and attached to nothing. */
  readonly how: 'added' | 'exists' | 'made';
}

/**
 * Signs a manifest: a bundle as a referrer and, unless turned off, the older form under a tag. What a valid signature by
 * this key is there for already is not added again. Of the subject only its descriptor is needed: a registry that gives
 * nothing unsigned out (Harbor's content trust) is not asked for it.
 */
export async function signManifest(
  target: Target,
  subject: AttachSubject,
  signer: Signer,
  options: SignOptions = {},
): Promise<readonly Attached[]> {
  const statement = { subject: [subjectOf(subject.digest)], predicateType: PREDICATES.sign, predicate: {} };
  if (options.upload === false) return [await attestOnce(target, subject, statement, signer, options)];
  const evidence = await collectEvidence(target, subject.digest, options.signal);
  const done = [await attestOnce(target, subject, statement, signer, { ...options, evidence })];
  // The older form of a signature by a certificate has another shape, and tools that read it read bundles, too.
  if (options.legacy === false || signer.seal !== undefined) return done;
  const isThere = evidence.signatures.some(
    ({ digest, payload, signature }) => digest === subject.digest && verifies(payload, signature, signer.publicKey),
  );
  if (!isThere) {
    const payload = simpleSigningPayload(subject.digest, target.name);
    const signature = await signer.sign(payload, options.signal);
    await addLegacySignature(target, subject.digest, { payload, signature }, options.signal);
  }
  return [...done, { subject: subject.digest, predicateType: LEGACY, how: isThere ? 'exists' : 'added' }];
}

/** What the older form of a signature is called where predicate types are listed. */
const LEGACY = 'simplesigning';

export interface AttestOptions extends Omit<SignOptions, 'legacy'> {
  /** What is attached already, when that is known. */
  readonly evidence?: Evidence;
  /** Whether an attestation that is there says the same: times may differ. Equal JSON unless given. */
  readonly same?: (there: JsonValue, now: JsonValue) => boolean;
}

/** Attaches a signed statement, unless one that says the same is there by this key. */
export async function attestOnce(
  target: Target,
  subject: AttachSubject,
  statement: Statement,
  signer: Signer,
  options: AttestOptions = {},
): Promise<Attached> {
  const { signal, created, onBundle, upload = true } = options;
  const { predicateType } = statement;
  const there = upload ? await earlier(target, subject, statement, signer, options) : undefined;
  if (there !== undefined) {
    onBundle?.(Buffer.from(JSON.stringify(there)));
    return { subject: subject.digest, predicateType, how: 'exists' };
  }
  const bytes = await sealStatement(statementBytes(statement), signer, signal);
  if (upload) await attachBundle(target, subject, { bytes, predicateType, created }, signal);
  onBundle?.(bytes);
  return { subject: subject.digest, predicateType, how: upload ? 'added' : 'made' };
}

/** A bundle of this signer that says the same and is attached already. */
async function earlier(
  target: Target,
  subject: AttachSubject,
  statement: Statement,
  signer: Signer,
  { signal, evidence, same = sameJson }: AttestOptions,
): Promise<JsonObject | undefined> {
  const { attestations } = evidence ?? (await collectEvidence(target, subject.digest, signal));
  const { predicateType } = statement;
  const wanted = subjectDigests(statement);
  const likely = attestations.filter(
    (one) =>
      one.bundle !== undefined &&
      one.statement.predicateType === predicateType &&
      sameSet(subjectDigests(one.statement), wanted) &&
      same(one.statement.predicate, statement.predicate),
  );
  return (await ownOf(likely, signer))?.bundle;
}

/** The first that was signed by this signer: with its key, or with a certificate of its identity. */
async function ownOf(
  found: readonly FoundAttestation[],
  { publicKey, recognizes }: Pick<Signer, 'publicKey' | 'recognizes'>,
): Promise<FoundAttestation | undefined> {
  if (recognizes === undefined) return found.find(({ envelope }) => isSignedBy(envelope, publicKey));
  for (const attestation of found) {
    const { bundle } = attestation;
    if (bundle !== undefined && (await recognizes(bundle))) return attestation;
  }
  return undefined;
}

/**
 * Whether a manifest carries a valid signature of this signer: a sign statement, SLSA provenance, or the older form. An
 * attestation of another kind says something about the manifest, not that it was made or accepted here.
 */
export async function isSignedManifest(
  target: Target,
  manifest: Digest,
  signer: Pick<Signer, 'publicKey' | 'recognizes'>,
  signal?: AbortSignal,
): Promise<boolean> {
  const { attestations, signatures } = await collectEvidence(target, manifest, signal);
  const kinds: readonly string[] = [PREDICATES.sign, PREDICATES.slsa];
  const about = attestations.filter(
    ({ statement }) => kinds.includes(statement.predicateType) && subjectDigests(statement).has(manifest),
  );
  if ((await ownOf(about, signer)) !== undefined) return true;
  return signatures.some(
    ({ digest, payload, signature }) => digest === manifest && verifies(payload, signature, signer.publicKey),
  );
}

/** A digest as a statement's subject. */
export function subjectOf(digest: Digest, name?: string): Subject {
  return { name, digest: { sha256: digest.slice('sha256:'.length) } };
}

/** What a descriptor gives an attachment. */
export function attachSubject({ mediaType, digest, size }: Descriptor): AttachSubject {
  return { mediaType, digest, size };
}

function sameSet(a: ReadonlySet<string>, b: ReadonlySet<string>): boolean {
  return a.size === b.size && [...a].every((one) => b.has(one));
}

/** Equal whatever the order of keys. */
function sameJson(a: JsonValue, b: JsonValue): boolean {
  return canonicalJson(a) === canonicalJson(b);
}

/** One text for equal values. */
export function canonicalJson(value: JsonValue | undefined): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
