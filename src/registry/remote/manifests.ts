import { isDigest, SlipwayError, type Digest } from '../../core/index.js';
import { sha256 } from '../../files/index.js';
import type { Descriptor } from '../descriptor.js';
import { describe, MANIFEST_ACCEPT, MANIFEST_LIMIT, parseManifest } from '../manifest.js';
import { isTag } from '../reference.js';
import type { StoredManifest } from '../target.js';
import type { Connection } from './connection.js';

/** What Harbor's content trust lets read what has no signature yet: an account that may push, by a client that says that it signs. */
const SIGNER = 'slipway (signs as cosign does)';

/** Fetches a manifest by tag or digest. Its digest is computed from its bytes; a header is only compared. */
export async function readManifest(
  connection: Connection,
  reference: string,
  signal?: AbortSignal,
  purpose: 'read' | 'sign' = 'read',
): Promise<StoredManifest> {
  const signs = purpose === 'sign';
  const response = await connection.ask({
    method: 'GET',
    to: `manifests/${checkedReference(reference)}`,
    actions: signs ? 'pull,push' : 'pull',
    expect: [200],
    headers: { accept: MANIFEST_ACCEPT, ...(signs && { 'user-agent': SIGNER }) },
    doing: `read manifest '${reference}' of '${connection.repository}'`,
    signal,
  });
  const bytes = await response.bytes(MANIFEST_LIMIT);
  const digest = sha256(bytes);
  const name = `${connection.host}/${connection.repository}${isDigest(reference) ? '@' : ':'}${reference}`;
  const announced = isDigest(reference) ? reference : response.headers.get('docker-content-digest');
  // Another algorithm in the header is none of our business: nothing relies on it.
  if (announced !== null && isDigest(announced) && announced !== digest) throw mismatch(name, announced, digest);
  const type = response.headers.get('content-type')?.split(';')[0]?.trim();
  const parsed = parseManifest(bytes, name, type);
  return { descriptor: describe(bytes, digest, parsed), bytes };
}

/**
 * Digest of a manifest without its bytes, or `undefined` when it is not there or the registry does not say: Harbor's content trust
 * withholds (412) what an interrupted run has left unsigned, which does not keep the same from being sent again.
 */
export async function headManifest(
  connection: Connection,
  reference: string,
  signal?: AbortSignal,
): Promise<Digest | undefined> {
  const response = await connection.ask({
    method: 'HEAD',
    to: `manifests/${checkedReference(reference)}`,
    actions: 'pull',
    expect: [200, 404, 412],
    headers: { accept: MANIFEST_ACCEPT },
    doing: `look for '${reference}' in '${connection.repository}'`,
    signal,
  });
  await response.discard();
  const digest = response.headers.get('docker-content-digest');
  if (response.status !== 200) return undefined;
  return isDigest(digest) ? digest : isDigest(reference) ? reference : undefined;
}

/** Puts a manifest under its digest or a tag. True when the registry processed its `subject` for the referrers API. */
export async function putManifest(
  connection: Connection,
  reference: string,
  manifest: { readonly bytes: Uint8Array; readonly mediaType: string },
  signal?: AbortSignal,
): Promise<boolean> {
  const response = await connection.ask({
    method: 'PUT',
    to: `manifests/${checkedReference(reference)}`,
    actions: 'pull,push',
    expect: [200, 201, 202],
    headers: { 'content-type': manifest.mediaType },
    body: { kind: 'bytes', bytes: manifest.bytes },
    doing: isDigest(reference)
      ? `store manifest ${reference} in '${connection.repository}'`
      : `point '${connection.repository}:${reference}' at a manifest`,
    headersTimeoutMs: 120_000,
    signal,
  });
  await response.discard();
  const stored = response.headers.get('docker-content-digest');
  const digest = sha256(manifest.bytes);
  if (isDigest(stored) && stored !== digest) throw mismatch(`${connection.repository}:${reference}`, digest, stored);
  return isDigest(response.headers.get('oci-subject'));
}

/** Answers of a registry that does not let this account read, or has not caught up yet: they say nothing about what it holds. */
const UNTOLD = [400, 401, 403, 404, 405, 412, 429, 501] as const;

/**
 * Asks for a manifest that was just stored, before a tag names it. What a full disk has left of it is not mended by storing it again
 * (distribution 2.8 keeps the empty file and answers 201). HEAD, since a registry counts GET as a pull.
 */
export async function requireReadable(
  connection: Connection,
  { digest, size }: Pick<Descriptor, 'digest' | 'size'>,
  signal?: AbortSignal,
): Promise<void> {
  const doing = `give back manifest ${digest} of '${connection.repository}', which it has just taken`;
  const answer = await connection
    .ask({
      method: 'HEAD',
      to: `manifests/${digest}`,
      actions: 'pull,push',
      expect: [200, ...UNTOLD],
      headers: { accept: MANIFEST_ACCEPT },
      doing,
      signal,
    })
    .catch((error: unknown) => {
      throw SlipwayError.is(error) && error.code === 'OCI_UNAVAILABLE' ? damaged(connection, digest, error) : error;
    });
  await answer.discard();
  const length = answer.headers.get('content-length');
  if (answer.status !== 200 || length === null || Number(length) === size) return;
  throw damaged(connection, digest, undefined, `${length} bytes, not ${size}`);
}

function damaged({ host }: Connection, digest: Digest, cause: SlipwayError | undefined, got?: string): SlipwayError {
  return new SlipwayError('OCI_UNAVAILABLE', `'${host}' took a manifest and cannot give it back: no tag was moved`, {
    where: cause?.details.where ?? digest,
    got: cause?.details.got ?? got,
    context: cause?.details.context,
    cause,
    try: [
      `ask its operator to remove what its storage holds as ${digest}: a disk that was full may have cut it short`,
      'or push with another --annotation: the manifest has another digest then',
    ],
  });
}

/** Deletes a manifest (by digest: with every tag that points at it) or a tag. */
export async function deleteManifest(connection: Connection, reference: string, signal?: AbortSignal): Promise<void> {
  const response = await connection.ask({
    method: 'DELETE',
    to: `manifests/${checkedReference(reference)}`,
    actions: 'pull,push,delete',
    expect: [200, 202, 204],
    doing: `delete '${reference}' from '${connection.repository}'`,
    signal,
  });
  await response.discard();
}

/** Only a tag or a digest becomes part of a path. Throws `USAGE`. */
function checkedReference(reference: string): string {
  if (isDigest(reference) || isTag(reference)) return reference;
  throw new SlipwayError('USAGE', `'${reference.slice(0, 80)}' is neither a tag nor a sha256 digest`);
}

/** A manifest that may be pushed: within the size that registries accept, and readable. Throws `MANIFEST_INVALID`. */
export function manifestWithDigest(
  bytes: Uint8Array,
  mediaType: string,
): { descriptor: Descriptor; subject?: Descriptor; annotations: Readonly<Record<string, string>> } {
  if (bytes.byteLength > MANIFEST_LIMIT) {
    throw new SlipwayError('MANIFEST_INVALID', 'the manifest is larger than registries accept', {
      got: `${bytes.byteLength} bytes, limit ${MANIFEST_LIMIT}`,
      context: { limit: MANIFEST_LIMIT, actual: bytes.byteLength },
    });
  }
  const digest = sha256(bytes);
  const parsed = parseManifest(bytes, digest, mediaType);
  return {
    descriptor: describe(bytes, digest, parsed),
    annotations: parsed.annotations,
    ...(parsed.subject !== undefined && { subject: parsed.subject }),
  };
}

function mismatch(name: string, expected: string, actual: string): SlipwayError {
  return new SlipwayError('DIGEST_MISMATCH', `'${name}' is not what was announced`, {
    where: name,
    got: `${actual}, expected ${expected}`,
    context: { expected, actual },
  });
}
