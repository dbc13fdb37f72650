import { createHash, type KeyObject } from 'node:crypto';
import { SlipwayError } from '../../core/index.js';
import { isJsonObject, jsonField, type JsonObject, type JsonValue } from '../../files/index.js';
import { parseStrictJson } from './strict-json.js';
import type { Envelope } from './dsse.js';

/** Media type of a Sigstore bundle (sigstore/protobuf-specs, sigstore_bundle.proto). */
export const BUNDLE_TYPE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const BUNDLE_TYPES = /^application\/vnd\.dev\.sigstore\.bundle(?:\.v0\.(\d+)\+json|\+json;version=0\.(\d+))$/;

/** Names of hashes in a bundle (sigstore_common.proto, `HashAlgorithm`), and Node's. */
const MESSAGE_HASHES: ReadonlyMap<unknown, string> = new Map([
  ['SHA2_256', 'sha256'],
  ['SHA2_384', 'sha384'],
  ['SHA2_512', 'sha512'],
]);

/** Kyverno refuses larger ones too. */
export const BUNDLE_LIMIT: number = 10 * 1024 * 1024;

/** What a bundle says about who signed, before any of it is believed. */
export type VerificationMaterial =
  | { readonly kind: 'key'; readonly hint: string }
  | { readonly kind: 'certificate'; readonly chain: readonly Buffer[] };

export interface Bundle {
  readonly envelope: Envelope;
  readonly material: VerificationMaterial;
  /** The JSON as it was read: what the Sigstore packages take for keyless verification. */
  readonly json: JsonObject;
}

/** A signature over a file's bytes themselves, without a statement: what `cosign sign-blob` makes. */
export interface MessageBundle {
  readonly message: MessageSignature;
  readonly material: VerificationMaterial;
  readonly json: JsonObject;
}

export interface MessageSignature {
  /** Of the digest: `sha256`, `sha384` or `sha512`. */
  readonly algorithm: string;
  /** Digest of the file that the bundle names; what is signed is the file. */
  readonly digest: Buffer;
  /** DER. */
  readonly signature: Buffer;
}

/** What the hint of a bundle is: cosign's name of the key, or empty where other readers expect another. */
export type HintChoice = 'cosign' | 'none';

/**
 * A bundle for a signature by a key. Only the members that cosign reads: protojson refuses unknown ones, and a `keyid` in
 * the signature would have to be the one that Go's verifier derives, so there is none.
 */
export function bundleBytes(envelope: Envelope, publicKey: KeyObject, hint: HintChoice = 'cosign'): Uint8Array {
  return written(envelope, { publicKey: { hint: hint === 'none' ? '' : cosignHint(publicKey) } });
}

/** A bundle that brings certificates, the signer's own first: what OpenSSF Model Signing writes, and cosign does not read. */
export function certifiedBundleBytes(envelope: Envelope, chain: readonly Buffer[]): Uint8Array {
  const certificates = chain.map((der) => ({ rawBytes: der.toString('base64') }));
  return written(envelope, { x509CertificateChain: { certificates } });
}

function written(envelope: Envelope, verificationMaterial: object): Uint8Array {
  return Buffer.from(
    JSON.stringify({
      mediaType: BUNDLE_TYPE,
      verificationMaterial,
      dsseEnvelope: {
        payload: Buffer.from(envelope.payload).toString('base64'),
        payloadType: envelope.payloadType,
        signatures: [{ sig: Buffer.from(envelope.signature).toString('base64') }],
      },
    }),
  );
}

/** cosign's name of a key: base64 of SHA-256 over its SubjectPublicKeyInfo. */
function cosignHint(publicKey: KeyObject): string {
  return createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64');
}

/**
 * Reads a bundle that holds a DSSE envelope with exactly one signature. Unknown members and doubled keys are refused, as
 * cosign's parser does. Throws `ATTESTATION_INVALID`.
 */
export function parseBundle(bytes: Uint8Array, name: string): Bundle {
  const bundle = parseFileBundle(bytes, name);
  if ('envelope' in bundle) return bundle;
  throw invalid(name, 'no DSSE envelope');
}

/** As {@link parseBundle}, of a bundle that belongs to a file: it may hold a plain signature over the file instead. */
export function parseFileBundle(bytes: Uint8Array, name: string): Bundle | MessageBundle {
  if (bytes.byteLength > BUNDLE_LIMIT) throw invalid(name, `${bytes.byteLength} bytes, limit ${BUNDLE_LIMIT}`);
  const json = objectOf(strict(bytes, name), name, 'the bundle');
  known(json, ['mediaType', 'verificationMaterial', 'dsseEnvelope', 'messageSignature'], name);
  const type = jsonField(json, 'mediaType');
  const version = typeof type === 'string' ? BUNDLE_TYPES.exec(type) : null;
  if (version === null || Number(version[1] ?? version[2]) > 3)
    throw invalid(name, `media type ${JSON.stringify(type) ?? 'missing'}`);
  const [envelope, message] = [jsonField(json, 'dsseEnvelope'), jsonField(json, 'messageSignature')];
  if (envelope !== undefined && message !== undefined) throw invalid(name, 'an envelope and a plain signature');
  const material = materialOf(jsonField(json, 'verificationMaterial'), name);
  if (isJsonObject(message)) return { message: messageOf(message, name), material, json };
  if (!isJsonObject(envelope)) throw invalid(name, 'no DSSE envelope');
  return { envelope: envelopeOf(envelope, name), material, json };
}

function messageOf(object: JsonObject, name: string): MessageSignature {
  known(object, ['messageDigest', 'signature'], name);
  const named = objectOf(jsonField(object, 'messageDigest'), name, 'the digest');
  known(named, ['algorithm', 'digest'], name);
  const algorithm = MESSAGE_HASHES.get(jsonField(named, 'algorithm'));
  if (algorithm === undefined) throw invalid(name, 'a digest by an algorithm that is not known here');
  return {
    algorithm,
    digest: base64(jsonField(named, 'digest'), name, 'digest'),
    signature: base64(jsonField(object, 'signature'), name, 'signature'),
  };
}

function envelopeOf(object: JsonObject, name: string): Envelope {
  known(object, ['payload', 'payloadType', 'signatures'], name);
  const payloadType = jsonField(object, 'payloadType');
  const signatures = jsonField(object, 'signatures');
  if (typeof payloadType !== 'string') throw invalid(name, 'no payload type');
  if (!Array.isArray(signatures) || signatures.length !== 1)
    throw invalid(name, 'another number of signatures than one');
  const signature = objectOf((signatures as readonly JsonValue[])[0], name, 'a signature');
  known(signature, ['sig', 'keyid'], name);
  return {
    payloadType,
    payload: base64(jsonField(object, 'payload'), name, 'payload'),
    signature: base64(jsonField(signature, 'sig'), name, 'signature'),
  };
}

function materialOf(value: JsonValue | undefined, name: string): VerificationMaterial {
  const object = objectOf(value, name, 'the verification material');
  known(object, ['publicKey', 'certificate', 'x509CertificateChain', 'tlogEntries', 'timestampVerificationData'], name);
  const [key, certificate, chain] = ['publicKey', 'certificate', 'x509CertificateChain'].map((one) =>
    jsonField(object, one),
  );
  if ([key, certificate, chain].filter((one) => one !== undefined).length !== 1)
    throw invalid(name, 'not exactly one kind of signer');
  if (key !== undefined) {
    const named = objectOf(key, name, 'the key');
    // Early model signatures carry the key beside its name; it is never believed.
    known(named, ['hint', 'rawBytes', 'keyDetails'], name);
    const hint = jsonField(named, 'hint');
    return { kind: 'key', hint: typeof hint === 'string' ? hint : '' };
  }
  if (certificate !== undefined) return { kind: 'certificate', chain: [rawBytes(certificate, name)] };
  const list = jsonField(objectOf(chain, name, 'the chain'), 'certificates');
  if (!Array.isArray(list) || list.length === 0 || list.length > 16) throw invalid(name, 'no chain of certificates');
  return { kind: 'certificate', chain: list.map((one: JsonValue) => rawBytes(one, name)) };
}

function rawBytes(value: JsonValue, name: string): Buffer {
  return base64(jsonField(objectOf(value, name, 'a certificate'), 'rawBytes'), name, 'certificate');
}

/** Standard base64 with its padding; nothing else, so that one value has one spelling. */
function base64(value: JsonValue | undefined, name: string, what: string): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'base64') : undefined;
  if (bytes?.toString('base64') !== value || bytes === undefined) throw invalid(name, `a ${what} that is no base64`);
  return bytes;
}

function known(object: JsonObject, keys: readonly string[], name: string): void {
  const unknown = Object.keys(object).find((key) => !keys.includes(key));
  if (unknown !== undefined) throw invalid(name, `an unknown member '${unknown.slice(0, 80)}'`);
}

function objectOf(value: JsonValue | undefined, name: string, what: string): JsonObject {
  if (isJsonObject(value)) return value;
  throw invalid(name, `${what} is no object`);
}

function strict(bytes: Uint8Array, name: string): JsonValue {
  try {
    return parseStrictJson(bytes, name);
  } catch (cause) {
    throw invalid(name, SlipwayError.is(cause) ? (cause.details.got ?? 'not JSON') : 'not JSON', cause);
  }
}

function invalid(name: string, got: string, cause?: unknown): SlipwayError {
  return new SlipwayError('ATTESTATION_INVALID', `'${name}' is not a Sigstore bundle that can be read`, {
    where: name,
    got,
    cause,
  });
}
