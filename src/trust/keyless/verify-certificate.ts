import { createHash } from 'node:crypto';
import { readRegularText, SlipwayError } from '../../core/index.js';
import { parseJson, type JsonObject } from '../../files/index.js';
import { preAuthEncoding } from '../bundle/dsse.js';
import type { ReadMessage } from '../bundle/message.js';
import type { CertificateVerifier, Identified } from '../verify/identify.js';
import type { CertificateIdentity, Policy } from '../verify/policy.js';
import { loadVerifyPackages, type VerifyPackages } from './packages.js';

/** A trusted root has keys and certificates of a handful of services. */
const ROOT_LIMIT = 16 * 1024 * 1024;

type TrustPolicy = Pick<Policy, 'trustedRoot' | 'rekor'>;

/**
 * Verifies signatures by certificates against a trusted root in a file: chain, time (log or RFC 3161 time stamp), log entry, signature,
 * then issuer and subject, compared exactly. Nothing is asked over the network. What this machine cannot tell is `undecided`.
 */
export function certificateVerifierOf(policy: TrustPolicy): CertificateVerifier {
  let opened: Promise<OpenedRoot> | undefined;
  return async ({ bundle, message }, identities) => {
    if (bundle === undefined)
      return { kind: 'undecided', reason: 'signed with a certificate in the older form, which is not verified' };
    if (policy.trustedRoot === undefined)
      return { kind: 'undecided', reason: 'signed with a certificate, and the policy names no trustedRoot' };
    try {
      opened ??= openRoot(policy.trustedRoot, policy.rekor);
      return identified({ bundle, message }, await opened, identities);
    } catch (error) {
      if (!SlipwayError.is(error)) throw error;
      return { kind: 'undecided', reason: [error.message, error.details.got].filter(Boolean).join(': ') };
    }
  };
}

type InclusionProof = NonNullable<
  ReturnType<
    VerifyPackages['bundle']['bundleFromJSON']
  >['verificationMaterial']['tlogEntries'][number]['inclusionProof']
>;

interface OpenedRoot {
  readonly packages: VerifyPackages;
  readonly verifier: InstanceType<VerifyPackages['verify']['Verifier']>;
}

async function openRoot(path: string, rekor: Policy['rekor']): Promise<OpenedRoot> {
  const text = await readRegularText(path).catch((cause: unknown) => {
    throw new SlipwayError('NOT_FOUND', `there is no trusted root '${path}'`, { where: path, cause });
  });
  if (text.length > ROOT_LIMIT)
    throw new SlipwayError('POLICY_INVALID', `'${path}' is no trusted root`, { got: `${text.length} characters` });
  const packages = await loadVerifyPackages();
  const value = parseJson(text, path);
  try {
    const trustedRoot = packages.specs.TrustedRoot.fromJSON(value);
    // A key's validity begins somewhere: without that it is not of all times, it is of none.
    const [tlogs, ctlogs] = [trustedRoot.tlogs, trustedRoot.ctlogs].map((logs) =>
      logs.filter(({ publicKey }) => publicKey?.validFor?.start !== undefined),
    );
    const root = { ...trustedRoot, tlogs: tlogs ?? [], ctlogs: ctlogs ?? [] };
    const verifier = new packages.verify.Verifier(packages.verify.toTrustMaterial(root), {
      // A private deployment without a log of certificates has none to ask for.
      ctlogThreshold: trustedRoot.ctlogs.length > 0 ? 1 : 0,
      tlogThreshold: rekor === 'required' ? 1 : 0,
      timestampThreshold: 1,
    });
    return { packages, verifier };
  } catch (cause) {
    throw new SlipwayError('POLICY_INVALID', `'${path}' is no trusted root`, {
      where: path,
      got: messageOf(cause),
      cause,
    });
  }
}

function identified(
  found: Found,
  { packages, verifier }: OpenedRoot,
  identities: readonly CertificateIdentity[],
): Identified {
  let signer: ReturnType<typeof verifier.verify>;
  try {
    signer = verifier.verify(signedEntity(packages, found));
  } catch (error) {
    return { kind: 'unknown', reason: `signed with a certificate that does not verify: ${messageOf(error)}` };
  }
  const { identity } = signer;
  const san = identity?.subjectAlternativeName;
  const issuer = identity?.extensions?.issuer;
  // Compared whole: the package's own policy takes a pattern that is found anywhere for a match.
  const known = identities.find((one) => one.san === san && one.issuer === issuer);
  if (known === undefined)
    return {
      kind: 'unknown',
      reason: `signed by '${san ?? 'no subject'}' of '${issuer ?? 'no issuer'}', whom the policy does not name`,
    };
  return { kind: 'known', identity: known };
}

interface Found {
  readonly bundle: JsonObject;
  readonly message: ReadMessage | undefined;
}

type SignedEntity = ReturnType<VerifyPackages['verify']['toSignedEntity']>;
type SignatureContent = SignedEntity['signature'];

/** What the package verifies. What it would have to hold in memory whole, or compares with the wrong hash, it is told. */
function signedEntity({ bundle, verify }: VerifyPackages, { bundle: json, message }: Found): SignedEntity {
  const parsed = bundle.bundleFromJSON(json);
  const entity = verify.toSignedEntity(parsed, NOTHING);
  const entries = parsed.verificationMaterial.tlogEntries;
  for (const { inclusionProof } of entries) if (inclusionProof !== undefined) requireConsistent(inclusionProof);
  const { content } = parsed;
  if (content.$case === 'messageSignature') {
    if (message === undefined) throw new Error('it signs a file, not a statement');
    return { ...entity, signature: overFile(message) };
  }
  if (!entries.every(({ kindVersion }) => kindVersion?.kind === 'hashedrekord')) return entity;
  return { ...entity, signature: hashed(entity.signature, content.dsseEnvelope) };
}

const NOTHING = Buffer.alloc(0);

/** A signature over a file that was read before. */
function overFile({ digest, signature, isSignedBy }: ReadMessage): SignatureContent {
  return {
    signature,
    compareSignature: (other) => signature.equals(other),
    compareDigest: (other) => digest.equals(other),
    verifySignature: isSignedBy,
  };
}

/**
 * Newer logs know an envelope by the hash of what is signed. The line of the package that runs on Node 20 compares the hash of the payload
 * instead: for entries of that kind it is told what is right.
 */
function hashed(
  signature: SignatureContent,
  { payload, payloadType }: { readonly payload: Uint8Array; readonly payloadType: string },
): SignatureContent {
  const digest = createHash('sha256').update(preAuthEncoding(payloadType, payload)).digest();
  return {
    signature: signature.signature,
    compareSignature: (other) => signature.compareSignature(other),
    compareDigest: (other) => digest.equals(other),
    verifySignature: (key) => signature.verifySignature(key),
  };
}

/** What a proof says of the log besides its checkpoint, which is signed: it has to say the same. Throws when it does not. */
function requireConsistent({ checkpoint, treeSize, rootHash }: InclusionProof): void {
  if (checkpoint === undefined) return;
  const [, size, hash] = checkpoint.envelope.split('\n');
  if (size !== treeSize || hash !== rootHash.toString('base64'))
    throw new Error('the proof of inclusion and its checkpoint are of two states of the log');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, 300) : 'it cannot be read';
}
