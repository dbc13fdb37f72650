import { createHash } from 'node:crypto';
import { SlipwayError, type Digest } from '../../core/index.js';
import { isJsonObject, jsonField, type JsonObject, type JsonValue } from '../../files/index.js';
import { bundleBytes, parseBundle } from '../bundle/bundle.js';
import { sealStatement } from '../bundle/seal.js';
import { IN_TOTO_TYPE, isSignedBy } from '../bundle/dsse.js';
import { parseStatement, PREDICATES, statementBytes, type Statement } from '../bundle/statement.js';
import { signatureLimit, type Signer } from '../keys/signer.js';
import type { FoundAttestation } from '../collect-evidence.js';
import { identify, keysOf, type CertificateVerifier } from '../verify/identify.js';
import type { Identity } from '../verify/policy.js';

// OpenSSF Model Signing 1.0 (ossf/model-signing-spec): a detached bundle over the files of a directory.

/** Name of the signature in a model's directory. */
export const MODEL_SIGNATURE = 'model.sig';
/** Largest signature that is read: a large repository has some thousand files. */
export const MODEL_SIGNATURE_LIMIT: number = 64 * 1024 * 1024;
/** Left out at the top of a directory unless the signature says otherwise. */
const DEFAULT_IGNORES = ['.git', '.gitattributes', '.github', '.gitignore'];
const MOST_RESOURCES = 1_000_000;
const SHARD_SIZE = 1_000_000_000;
/** What a model that is one file is called in its own signature. */
export const SINGLE_FILE = '.';

/** One file, or a part of one, under a signature. */
export interface SignedResource {
  /** POSIX path, or `path:start:end` with shards. */
  readonly name: string;
  readonly digest: Digest;
}

/** Makes `model.sig`: resources in code point order, each SHA-256, one subject over all of them. */
export async function signModel(
  name: string,
  files: readonly SignedResource[],
  signer: Signer,
  options: {
    readonly ignored?: readonly string[];
    /** Fill it up to so many bytes. */
    readonly size?: number;
    readonly signal?: AbortSignal;
  } = {},
): Promise<Uint8Array> {
  if (files.length === 0) throw new SlipwayError('NOT_FOUND', 'there is no file to sign', { where: name });
  const statement = modelStatement(name, files, options.ignored);
  // The reference verifier and cosign disagree about what a hint is: an empty one suits both.
  return filledUp(await sealStatement(statement, signer, options.signal, 'none'), options.size);
}

function modelStatement(name: string, files: readonly SignedResource[], more: readonly string[] = []): Uint8Array {
  const sorted = files.toSorted((a, b) => compareCodePoints(a.name, b.name));
  const ignored = [...DEFAULT_IGNORES, ...more].toSorted(compareCodePoints);
  const statement: Statement = {
    subject: [{ name, digest: { sha256: rootDigest(sorted) } }],
    predicateType: PREDICATES.oms,
    predicate: {
      serialization: { method: 'files', hash_type: 'sha256', allow_symlinks: false, ignore_paths: ignored },
      resources: sorted.map((one) => ({
        name: one.name,
        digest: one.digest.slice('sha256:'.length),
        algorithm: 'sha256',
      })),
    },
  };
  return statementBytes(statement);
}

/**
 * Bytes of a `model.sig` over files of these names, whatever their digests: {@link signModel} fills it up to that. A signature by a
 * certificate brings what its services answer, of which only a bound is known.
 */
export function modelSignatureSize(
  name: string,
  paths: readonly string[],
  signer: Signer,
  options: { readonly ignored?: readonly string[] } = {},
): number {
  const payload = modelStatement(
    name,
    paths.map((path) => ({ name: path, digest: NO_DIGEST })),
    options.ignored,
  );
  const signature = Buffer.alloc(signatureLimit(signer.publicKey));
  const { byteLength } = bundleBytes({ payload, payloadType: IN_TOTO_TYPE, signature }, signer.publicKey, 'none');
  return byteLength + (signer.seal === undefined ? 0 : CERTIFICATE_ROOM);
}

/** A certificate, an entry of a log with its proof, and a time stamp with its certificates. */
const CERTIFICATE_ROOM = 48 * 1024;
const NO_DIGEST: Digest = `sha256:${'0'.repeat(64)}`;

/** White space at the end of JSON means nothing. */
function filledUp(bytes: Uint8Array, size: number | undefined): Uint8Array {
  if (size === undefined || bytes.byteLength === size) return bytes;
  if (bytes.byteLength < size) return Buffer.concat([bytes, Buffer.alloc(size - bytes.byteLength, ' ')]);
  throw new SlipwayError('SIGNER_FAILED', 'the signature is larger than the room that was left for it', {
    got: `${bytes.byteLength} bytes, room for ${size}`,
  });
}

/** What a signature says was signed, after the signature itself was verified. */
export interface SignedModel {
  readonly identity: Identity;
  readonly root: string;
  readonly method: 'files' | 'shards';
  readonly shardSize: number;
  readonly ignored: readonly string[];
  readonly resources: readonly SignedResource[];
}

/**
 * Verifies the signature of a `model.sig` and reads what it covers; whether the files are those is the caller's to compare.
 * A pinned key counts whatever the bundle says of its signer; a certificate is verified by `byCertificate`.
 * Throws `ATTESTATION_INVALID` for what cannot be read, `TRUST_REFUSED` for a signature by anyone else, `TRUST_UNDECIDED` when that cannot
 * be told here.
 */
export async function openModelSignature(
  bytes: Uint8Array,
  name: string,
  identities: readonly Identity[],
  byCertificate?: CertificateVerifier,
): Promise<SignedModel> {
  const bundle = parseBundle(bytes, name);
  const { envelope, material, json } = bundle;
  if (envelope.payloadType !== IN_TOTO_TYPE) throw invalid(name, `a payload of the type '${envelope.payloadType}'`);
  const statement = parseStatement(envelope.payload, name);
  if (statement.predicateType !== PREDICATES.oms)
    throw invalid(name, `the predicate type '${statement.predicateType}'`);
  const pinned = keysOf({ identities }).find(({ publicKey }) => isSignedBy(envelope, publicKey));
  const identity =
    pinned ?? (await signerOf({ statement, envelope, material, bundle: json, where: name }, identities, byCertificate));
  return { identity, ...readPredicate(statement, name) };
}

/** Reads what a `model.sig` covers without verifying who signed it. Throws `ATTESTATION_INVALID`. */
export function readModelSignature(bytes: Uint8Array, name: string): Omit<SignedModel, 'identity'> {
  return readPredicate(parseStatement(parseBundle(bytes, name).envelope.payload, name), name);
}

async function signerOf(
  found: FoundAttestation,
  identities: readonly Identity[],
  byCertificate: CertificateVerifier | undefined,
): Promise<Identity> {
  const { where } = found;
  const signer = await identify(found, { identities }, byCertificate);
  if (signer.kind === 'known') return signer.identity;
  const got = found.material.kind === 'key' ? 'a signature by another key, or over other bytes' : signer.reason;
  throw signer.kind === 'undecided'
    ? new SlipwayError('TRUST_UNDECIDED', `who signed '${where}' could not be told`, { where, got })
    : new SlipwayError('TRUST_REFUSED', `'${where}' was not signed by an identity that is trusted here`, {
        where,
        got,
      });
}

function readPredicate({ subject, predicate }: Statement, name: string): Omit<SignedModel, 'identity'> {
  const serialization = objectAt(predicate, 'serialization', name);
  const method = jsonField(serialization, 'method');
  const hash = jsonField(serialization, 'hash_type');
  if (method !== 'files' && method !== 'shards') throw invalid(name, `the method ${JSON.stringify(method)}`);
  if (hash !== 'sha256') {
    throw new SlipwayError('TRUST_UNDECIDED', `'${name}' uses a hash that is not known here`, {
      where: name,
      got: JSON.stringify(hash),
    });
  }
  const resources = resourcesOf(predicate, name);
  const root = rootDigest(resources);
  const [only, ...others] = subject;
  if (only === undefined || others.length > 0 || only.digest['sha256'] !== root)
    throw invalid(name, 'its subject is not the digest of its resources');
  const size = jsonField(serialization, 'shard_size');
  const ignored = jsonField(serialization, 'ignore_paths');
  return {
    root,
    method,
    resources,
    shardSize: typeof size === 'number' && Number.isSafeInteger(size) && size > 0 ? size : SHARD_SIZE,
    ignored: Array.isArray(ignored) ? ignored.filter((one: JsonValue) => typeof one === 'string') : [],
  };
}

function resourcesOf(predicate: JsonValue, name: string): readonly SignedResource[] {
  const list = isJsonObject(predicate) ? jsonField(predicate, 'resources') : undefined;
  if (!Array.isArray(list) || list.length === 0 || list.length > MOST_RESOURCES)
    throw invalid(name, 'no list of resources');
  const seen = new Set<string>();
  return list.map((one: JsonValue) => {
    const [path, hex, algorithm] = ['name', 'digest', 'algorithm'].map((key) =>
      isJsonObject(one) ? jsonField(one, key) : undefined,
    );
    if (typeof path !== 'string' || !isResourceName(path))
      throw invalid(name, `the resource ${JSON.stringify(path)?.slice(0, 80) ?? 'without a name'}`);
    if (algorithm !== 'sha256' || typeof hex !== 'string' || !/^[0-9a-f]{64}$/.test(hex))
      throw invalid(name, `the digest of '${path}'`);
    if (seen.has(path)) throw invalid(name, `'${path}' twice`);
    seen.add(path);
    return { name: path, digest: `sha256:${hex}` as const };
  });
}

/** A relative POSIX path without detours; a model that is one file is called `.`. */
function isResourceName(path: string): boolean {
  if (path === SINGLE_FILE) return true;
  return (
    path !== '' && !path.includes('\0') && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
  );
}

/** What a comparison of files with a signature found. */
export interface ModelComparison {
  /** Signed and not there. */
  readonly missing: readonly string[];
  /** There and not signed. */
  readonly unsigned: readonly string[];
  /** There with other bytes. */
  readonly changed: readonly string[];
}

/** Compares files, in the form that the signature has them in, with what was signed. */
export function compareWithSignature(signed: SignedModel, actual: readonly SignedResource[]): ModelComparison {
  const wanted = new Map(signed.resources.map(({ name, digest }) => [name, digest]));
  const present = new Map(actual.map(({ name, digest }) => [name, digest]));
  return {
    missing: [...wanted.keys()].filter((name) => !present.has(name)),
    unsigned: [...present.keys()].filter((name) => !wanted.has(name)),
    changed: [...wanted]
      .filter(([name, digest]) => present.has(name) && present.get(name) !== digest)
      .map(([name]) => name),
  };
}

/** Whether a path is left out: itself or a directory above it is named. */
export function isIgnored(path: string, signed: Pick<SignedModel, 'ignored'>, signature: string): boolean {
  const all = [...DEFAULT_IGNORES, ...signed.ignored, signature];
  return all.some((one) => path === one || path.startsWith(`${one}/`));
}

/** SHA-256 over the raw digests of all resources in their order. */
function rootDigest(resources: readonly SignedResource[]): string {
  const hash = createHash('sha256');
  for (const { digest } of resources) hash.update(Buffer.from(digest.slice('sha256:'.length), 'hex'));
  return hash.digest('hex');
}

/** Order of Unicode code points, which UTF-8 bytes have and UTF-16 units have not. */
function compareCodePoints(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function objectAt(value: JsonValue, key: string, name: string): JsonObject {
  const found = isJsonObject(value) ? jsonField(value, key) : undefined;
  if (isJsonObject(found)) return found;
  throw invalid(name, `no '${key}'`);
}

function invalid(name: string, got: string): SlipwayError {
  return new SlipwayError('ATTESTATION_INVALID', `'${name}' is not a model signature that can be read`, {
    where: name,
    got,
  });
}
