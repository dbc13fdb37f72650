import { lstat, readdir, realpath } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { diskError, SlipwayError, throwIfAborted, type Digest } from '../../core/index.js';
import { digestOf, localFile, readWhole, type ModelFile } from '../../files/index.js';
import {
  compareWithSignature,
  isIgnored,
  MODEL_SIGNATURE_LIMIT,
  openModelSignature,
  SINGLE_FILE,
  signModel,
  type ModelComparison,
  type Policy,
  type SignedResource,
  type SignedModel,
  type Signer,
} from '../../trust/index.js';
import { certificateVerifier } from './certificates.js';

/** Most files of a directory that is signed. */
const MOST_FILES = 100_000;

/** Signs a directory as OpenSSF Model Signing does: every file's digest under one signature. `signature`: its file's name in it. */
export async function signDirectory(
  directory: string,
  signature: string,
  signer: Signer,
  signal?: AbortSignal,
): Promise<{ readonly bytes: Uint8Array; readonly files: number }> {
  const paths = await filesBelow(directory, (path) => isIgnored(path, { ignored: [] }, signature), signal);
  const files: SignedResource[] = [];
  for (const path of paths)
    files.push({ name: path, digest: await wholeDigest(await localFile(path, join(directory, path)), signal) });
  const name = basename(await realpath(directory));
  const bytes = await signModel(name, files, signer, {
    ignored: [signature],
    signal,
  });
  return { bytes, files: files.length };
}

/** What became of verifying a directory against its `model.sig`. */
export interface VerifiedDirectory {
  readonly signed: SignedModel;
  readonly comparison: ModelComparison;
}

/** Who may sign, and how certificates are verified. */
export type SignerPolicy = Pick<Policy, 'identities' | 'trustedRoot' | 'rekor'>;

/**
 * Verifies a directory's signature and every file in it. `signature`: path of the `model.sig`; `ignored`: paths to leave out besides those
 * that the signature leaves out.
 */
export async function verifyDirectory(
  directory: string,
  signature: string,
  policy: SignerPolicy,
  { ignored = [], signal }: { readonly ignored?: readonly string[]; readonly signal?: AbortSignal } = {},
): Promise<VerifiedDirectory> {
  const file = await localFile(signature, signature);
  const bytes = await readWhole(file, MODEL_SIGNATURE_LIMIT, signal);
  const signed = await openModelSignature(bytes, signature, policy.identities, certificateVerifier(policy));
  const out = { ignored: [...signed.ignored, ...ignored] };
  const own = basename(signature);
  const paths = await filesBelow(directory, (path) => isIgnored(path, out, own), signal);
  const actual: SignedResource[] = [];
  for (const path of paths)
    actual.push(...(await resourcesOf(await localFile(path, join(directory, path)), signed, signal)));
  return { signed, comparison: compareWithSignature(signed, actual) };
}

/** Verifies the `model.sig` of a model that is one file. */
export async function verifySingleFile(
  path: string,
  signature: string,
  policy: SignerPolicy,
  signal?: AbortSignal,
): Promise<VerifiedDirectory> {
  const bytes = await readWhole(await localFile(signature, signature), MODEL_SIGNATURE_LIMIT, signal);
  const signed = await openModelSignature(bytes, signature, policy.identities, certificateVerifier(policy));
  const actual = await resourcesOf(await localFile(SINGLE_FILE, path), signed, signal);
  return { signed, comparison: compareWithSignature(signed, actual) };
}

/** A file in the form that the signature has files in. */
export async function resourcesOf(
  file: ModelFile,
  { method, shardSize }: Pick<SignedModel, 'method' | 'shardSize'>,
  signal: AbortSignal | undefined,
): Promise<readonly SignedResource[]> {
  const { path } = file;
  if (method === 'files') return [{ name: path, digest: await wholeDigest(file, signal) }];
  const shards: SignedResource[] = [];
  for (let start = 0; start < file.size; start += shardSize) {
    const end = Math.min(start + shardSize, file.size);
    const { digest } = await digestOf(file.read({ start, end }, signal), end - start);
    shards.push({ name: `${path}:${start}:${end}`, digest });
  }
  return shards;
}

async function wholeDigest(file: ModelFile, signal: AbortSignal | undefined): Promise<Digest> {
  return (await digestOf(file.read(undefined, signal), file.size)).digest;
}

/** Regular files below a directory, as POSIX paths. A symbolic link is refused: what it leads to is not signed with it. */
async function filesBelow(
  root: string,
  isLeftOut: (path: string) => boolean,
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const found: string[] = [];
  const pending = [''];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    throwIfAborted(signal);
    const entries = await readdir(join(root, folder), { withFileTypes: true }).catch((error: unknown) => {
      throw diskError(error, join(root, folder ?? ''));
    });
    for (const entry of entries) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (isLeftOut(path)) continue;
      if (entry.isDirectory()) pending.push(path);
      else if (entry.isFile()) found.push(path);
      else throw notRegular(join(root, path), (await lstat(join(root, path))).isSymbolicLink());
    }
    if (found.length > MOST_FILES) throw new SlipwayError('USAGE', `'${root}' has more than ${MOST_FILES} files`);
  }
  return found;
}

function notRegular(path: string, isLink: boolean): SlipwayError {
  return new SlipwayError('PATH_UNSAFE', `'${path}' is ${isLink ? 'a symbolic link' : 'no regular file'}`, {
    where: path,
    try: 'sign and verify a copy with the files themselves: cp -rL DIR COPY',
  });
}
