import { X509Certificate, type KeyObject } from 'node:crypto';
import { basename } from 'node:path';
import { SlipwayError, type Digest } from '../../core/index.js';
import { digestOf, localFile, readWhole } from '../../files/index.js';
import {
  BUNDLE_LIMIT,
  identify,
  identifyMessage,
  keysOf,
  parseFileBundle,
  parseStatement,
  readMessage,
  sealStatement,
  statementBytes,
  subjectDigests,
  subjectOf,
  type Identified,
  type MessageBundle,
  type Policy,
  type Signer,
  type Statement,
} from '../../trust/index.js';

import { certificateVerifier } from './certificates.js';

/** Where the bundle of a file lies unless it is said otherwise. */
export function bundlePath(file: string): string {
  return `${file}.sigstore.json`;
}

/** Digest of a local file, read once. */
export async function fileDigestOf(path: string, signal?: AbortSignal): Promise<Digest> {
  const file = await localFile(path, path);
  return (await digestOf(file.read(undefined, signal), file.size)).digest;
}

/** Makes a bundle over one file: a statement about its digest, which cosign's verify-blob-attestation accepts. */
export async function signFile(
  path: string,
  { predicateType, predicate }: Omit<Statement, 'subject'>,
  signer: Signer,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const subject = [subjectOf(await fileDigestOf(path, signal), basename(path))];
  return sealStatement(statementBytes({ subject, predicateType, predicate }), signer, signal);
}

/** What a bundle beside a file says. */
export interface OpenedBundle {
  readonly signer: Identified;
  /** The file's digest, which was read once. */
  readonly digest: Digest;
  /** Whether that is what was signed. */
  readonly isSubject: boolean;
  /** Absent for a plain signature over the file's bytes. */
  readonly predicateType?: string;
}

type SignerPolicy = Pick<Policy, 'identities' | 'trustedRoot' | 'rekor'>;

/** Reads a file and its bundle and says which identity signed it. Throws `ATTESTATION_INVALID`. */
export async function openFileBundle(
  file: string,
  path: string,
  policy: SignerPolicy,
  signal?: AbortSignal,
): Promise<OpenedBundle> {
  const bundle = parseFileBundle(await readWhole(await localFile(path, path), BUNDLE_LIMIT, signal), path);
  if ('message' in bundle) return openMessage(file, bundle, policy, signal);
  const { envelope, material, json } = bundle;
  const statement = parseStatement(envelope.payload, path);
  const found = { statement, envelope, material, bundle: json, where: path };
  const signer = await identify(found, policy, certificateVerifier(policy));
  const digest = await fileDigestOf(file, signal);
  return {
    signer,
    digest,
    isSubject: subjectDigests(statement).has(digest),
    predicateType: statement.predicateType,
  };
}

/** A plain signature is verified while the file is read: with the keys of the policy, or with the key of its certificate. */
async function openMessage(
  path: string,
  bundle: MessageBundle,
  policy: SignerPolicy,
  signal?: AbortSignal,
): Promise<OpenedBundle> {
  const { material, message } = bundle;
  const keys =
    material.kind === 'key' ? keysOf(policy).map(({ publicKey }) => publicKey) : [certificateKey(material.chain, path)];
  const file = await localFile(path, path);
  const read = await readMessage(file.read(undefined, signal), message, keys);
  return {
    signer: await identifyMessage(bundle, read, policy, certificateVerifier(policy)),
    digest: `sha256:${read.sha256}`,
    isSubject: read.digest.equals(message.digest),
  };
}

function certificateKey([leaf]: readonly Buffer[], where: string): KeyObject {
  try {
    return new X509Certificate(leaf ?? '').publicKey;
  } catch (cause) {
    throw new SlipwayError('ATTESTATION_INVALID', `the certificate of '${where}' cannot be read`, { where, cause });
  }
}
