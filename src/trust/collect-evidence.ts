import pLimit from 'p-limit';
import { SlipwayError, type Digest } from '../core/index.js';
import { isJsonObject, jsonField, type JsonValue } from '../files/index.js';
import {
  MEDIA_TYPES,
  parseManifest,
  type Descriptor,
  type ReadableTarget,
  type StoredManifest,
} from '../registry/index.js';
import { BUNDLE_LIMIT, parseBundle, type VerificationMaterial } from './bundle/bundle.js';
import type { Envelope } from './bundle/dsse.js';
import {
  CERTIFICATE_ANNOTATION,
  digestOfPayload,
  legacyTag,
  SIGNATURE_ANNOTATION,
  SIMPLE_SIGNING_TYPE,
} from './bundle/simple-signing.js';
import { IN_TOTO_TYPE } from './bundle/dsse.js';
import { parseStrictJson } from './bundle/strict-json.js';
import { parseStatement, type Statement } from './bundle/statement.js';
import type { JsonObject } from '../files/index.js';

/** A statement in an envelope, as it was found. Nothing of it is believed before a key or certificate has verified it. */
export interface FoundAttestation {
  readonly statement: Statement;
  readonly envelope: Envelope;
  readonly material: VerificationMaterial;
  /** The bundle it came in; absent for the form that cosign had before. */
  readonly bundle?: JsonObject;
  /** Digest of what holds it: the referrer's manifest, or the layer; the path of a file. */
  readonly where: string;
}

/** A signature of the form that cosign had before bundles. */
export interface FoundSignature {
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
  /** What the payload is about. */
  readonly digest: Digest;
  /** It was made with a certificate: no key of a policy verifies it. */
  readonly hasCertificate: boolean;
  readonly where: string;
}

/** Everything that is attached to a digest and could speak for it. */
export interface Evidence {
  readonly attestations: readonly FoundAttestation[];
  readonly signatures: readonly FoundSignature[];
  /** Referrers that are no bundles, by their type. */
  readonly others: readonly { readonly digest: Digest; readonly artifactType: string }[];
  /** What looked like evidence and could not be read, with the reason. */
  readonly unreadable: readonly { readonly where: string; readonly reason: string }[];
  /** Why there may be more than was looked at. */
  readonly incomplete: readonly string[];
}

const MANIFESTS_AT_ONCE = 8;
/** Layers of one legacy manifest that are read. */
const MOST_LAYERS = 100;
const PAYLOAD_LIMIT = 64 * 1024;
const BUNDLE_PREFIX = 'application/vnd.dev.sigstore.bundle';
const DSSE_LAYER = 'application/vnd.dsse.envelope.v1+json';
/** Errors that say that a thing is malformed, not that it cannot be reached. */
const MALFORMED: ReadonlySet<string> = new Set([
  'MANIFEST_INVALID',
  'ATTESTATION_INVALID',
  'JSON_INVALID',
  'DIGEST_MISMATCH',
  'SIZE_MISMATCH',
  'OCI_NOT_FOUND',
]);

/** Says what speaks for a digest: what is attached to it in a registry, or what lies in files. */
export type EvidenceSource = (target: ReadableTarget, digest: Digest, signal?: AbortSignal) => Promise<Evidence>;

/**
 * Reads what is attached to a digest: bundles among its referrers, and what lies under the tags of cosign's older scheme.
 * Evidence that cannot be read is listed, not thrown: any account that may push can attach rubbish. Throws what the registry
 * throws when it cannot be asked at all.
 */
export async function collectEvidence(target: ReadableTarget, digest: Digest, signal?: AbortSignal): Promise<Evidence> {
  const found = new Collection(target, signal);
  await found.referrers(digest);
  await found.legacy(digest);
  return found;
}

/** The same for referrers alone: nothing is looked for under the tags of the older scheme. */
export async function collectReferrers(
  target: ReadableTarget,
  digest: Digest,
  signal?: AbortSignal,
): Promise<Evidence> {
  const found = new Collection(target, signal);
  await found.referrers(digest);
  return found;
}

class Collection implements Evidence {
  readonly attestations: FoundAttestation[] = [];
  readonly signatures: FoundSignature[] = [];
  readonly others: { digest: Digest; artifactType: string }[] = [];
  readonly unreadable: { where: string; reason: string }[] = [];
  readonly incomplete: string[] = [];
  readonly #target: ReadableTarget;
  readonly #signal: AbortSignal | undefined;

  constructor(target: ReadableTarget, signal: AbortSignal | undefined) {
    this.#target = target;
    this.#signal = signal;
  }

  async referrers(digest: Digest): Promise<void> {
    const { found, stopped } = await this.#target.referrersSoFar(digest, this.#signal);
    if (stopped !== undefined) this.incomplete.push(`the listing of referrers was cut short: ${stopped.message}`);
    const limit = pLimit(MANIFESTS_AT_ONCE);
    const unique = [...new Map(found.map((one) => [one.digest, one])).values()];
    const read = await Promise.all(
      unique.map(async (one) => limit(async () => this.#attempt(one.digest, async () => this.#referrer(one, digest)))),
    );
    for (const attestation of read) if (attestation !== undefined) this.attestations.push(attestation);
  }

  async legacy(digest: Digest): Promise<void> {
    for (const layer of await this.#layersUnder(legacyTag(digest, 'sig'), SIMPLE_SIGNING_TYPE)) {
      const signature = await this.#attempt(layer.digest, async () => this.#legacySignature(layer));
      if (signature !== undefined) this.signatures.push(signature);
    }
    for (const layer of await this.#layersUnder(legacyTag(digest, 'att'), DSSE_LAYER)) {
      const attestation = await this.#attempt(layer.digest, async () => this.#legacyAttestation(layer));
      if (attestation !== undefined) this.attestations.push(attestation);
    }
  }

  async #attempt<T>(where: string, read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      if (!SlipwayError.is(error) || !MALFORMED.has(error.code)) throw error;
      this.unreadable.push({ where, reason: [error.message, error.details.got].filter(Boolean).join(': ') });
      return undefined;
    }
  }

  /** A referrer that may be a bundle: what a listing calls it is not believed, since cosign itself lists another type. */
  async #referrer(entry: Descriptor, subject: Digest): Promise<FoundAttestation | undefined> {
    const { artifactType } = entry;
    const maybe =
      artifactType === undefined || artifactType === MEDIA_TYPES.empty || artifactType.startsWith(BUNDLE_PREFIX);
    if (!maybe) {
      this.others.push({ digest: entry.digest, artifactType });
      return undefined;
    }
    const { bytes, descriptor } = await this.#target.readManifest(entry.digest, this.#signal);
    const parsed = parseManifest(bytes, entry.digest, descriptor.mediaType);
    const layers = parsed.blobs.slice(1);
    const [layer] = layers;
    const isBundle = layer?.mediaType.startsWith(BUNDLE_PREFIX) === true;
    if (!isBundle || parsed.subject?.digest !== subject) {
      this.others.push({ digest: entry.digest, artifactType: parsed.artifactType ?? 'unknown' });
      return undefined;
    }
    if (layers.length !== 1) throw invalid(entry.digest, `${layers.length} layers, a bundle has one`);
    return attestationOf(await this.#blob(layer, BUNDLE_LIMIT), entry.digest);
  }

  async #legacySignature(layer: Descriptor): Promise<FoundSignature> {
    const payload = await this.#blob(layer, PAYLOAD_LIMIT);
    const text = layer.annotations?.[SIGNATURE_ANNOTATION] ?? '';
    return {
      payload,
      signature: Buffer.from(text, 'base64'),
      digest: digestOfPayload(payload, layer.digest),
      hasCertificate: layer.annotations?.[CERTIFICATE_ANNOTATION] !== undefined,
      where: layer.digest,
    };
  }

  async #legacyAttestation(layer: Descriptor): Promise<FoundAttestation> {
    const bytes = await this.#blob(layer, BUNDLE_LIMIT);
    const hasCertificate = layer.annotations?.[CERTIFICATE_ANNOTATION] !== undefined;
    const material: VerificationMaterial = hasCertificate
      ? { kind: 'certificate', chain: [] }
      : { kind: 'key', hint: '' };
    return { ...statementOf(bareEnvelope(bytes, layer.digest), layer.digest), material };
  }

  async #layersUnder(tag: string, mediaType: string): Promise<readonly Descriptor[]> {
    const parsed = await this.#attempt(tag, async () => {
      const stored = await this.#present(tag);
      return stored && parseManifest(stored.bytes, tag, stored.descriptor.mediaType);
    });
    const layers = (parsed?.blobs.slice(1) ?? []).filter((layer) => layer.mediaType === mediaType);
    if (layers.length > MOST_LAYERS)
      this.incomplete.push(`${tag} has ${layers.length} layers, ${MOST_LAYERS} were read`);
    return layers.slice(0, MOST_LAYERS);
  }

  /** What a tag names; mostly there is no such tag, which is nothing to tell. */
  async #present(tag: string): Promise<StoredManifest | undefined> {
    try {
      return await this.#target.readManifest(tag, this.#signal);
    } catch (error) {
      if (SlipwayError.is(error) && error.code === 'OCI_NOT_FOUND') return undefined;
      throw error;
    }
  }

  async #blob(blob: Descriptor, limit: number): Promise<Uint8Array> {
    if (blob.size > limit) throw invalid(blob.digest, `${blob.size} bytes, limit ${limit}`);
    const chunks: Uint8Array[] = [];
    for await (const chunk of this.#target.readBlob(blob, undefined, this.#signal)) chunks.push(chunk);
    return Buffer.concat(chunks);
  }
}

/** A bundle that holds a statement, as it was found. Throws `ATTESTATION_INVALID`. */
export function attestationOf(bytes: Uint8Array, where: string): FoundAttestation {
  const { envelope, material, json } = parseBundle(bytes, where);
  return { ...statementOf(envelope, where), material, bundle: json };
}

function statementOf(envelope: Envelope, where: string): Pick<FoundAttestation, 'statement' | 'envelope' | 'where'> {
  if (envelope.payloadType !== IN_TOTO_TYPE) throw invalid(where, `a payload of the type '${envelope.payloadType}'`);
  return { statement: parseStatement(envelope.payload, where), envelope, where };
}

/** A DSSE envelope without a bundle around it, with exactly one signature. */
function bareEnvelope(bytes: Uint8Array, name: string): Envelope {
  const value: JsonValue = parseStrictJson(bytes, name);
  const object = isJsonObject(value) ? value : {};
  const [payload, payloadType, signatures] = ['payload', 'payloadType', 'signatures'].map((key) =>
    jsonField(object, key),
  );
  const list: readonly JsonValue[] = Array.isArray(signatures) ? (signatures as readonly JsonValue[]) : [];
  const [first] = list;
  const signature = first !== undefined && isJsonObject(first) ? jsonField(first, 'sig') : undefined;
  if (
    list.length !== 1 ||
    typeof payload !== 'string' ||
    typeof payloadType !== 'string' ||
    typeof signature !== 'string'
  ) {
    throw invalid(name, 'no envelope with one signature');
  }
  return { payloadType, payload: Buffer.from(payload, 'base64'), signature: Buffer.from(signature, 'base64') };
}

function invalid(where: string, got: string): SlipwayError {
  return new SlipwayError('ATTESTATION_INVALID', `what is attached as '${where}' is not evidence`, { where, got });
}
