import { basename } from 'node:path';
import { type Digest } from '../../core/index.js';
import { digestOf, localFile, readWhole } from '../../files/index.js';
import {
  BUNDLE_LIMIT,
  identify,
  parseBundle,
  parseStatement,
  sealStatement,
  statementBytes,
  subjectDigests,
  subjectOf,
  type Identified,
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
  readonly statement: Statement;
  readonly signer: Identified;
  /** SHA-256 digests of what it is about. */
  readonly subjects: ReadonlySet<string>;
}

/** Reads a bundle and says which identity signed it. Throws `ATTESTATION_INVALID`. */
export async function openFileBundle(
  path: string,
  policy: Pick<Policy, 'identities' | 'trustedRoot' | 'rekor'>,
  signal?: AbortSignal,
): Promise<OpenedBundle> {
  const { envelope, material, json } = parseBundle(
    await readWhole(await localFile(path, path), BUNDLE_LIMIT, signal),
    path,
  );
  const statement = parseStatement(envelope.payload, path);
  return {
    statement,
    signer: await identify(
      { statement, envelope, material, bundle: json, where: path },
      policy,
      certificateVerifier(policy),
    ),
    subjects: subjectDigests(statement),
  };
}
