import { isDigest, SlipwayError, type Digest } from '../../core/index.js';
import { isJsonObject, jsonField, type JsonValue } from '../../files/index.js';
import { parseStrictJson } from './strict-json.js';

// The scheme of cosign before bundles: a payload that names a digest, its signature beside it in an annotation, and all of
// them under a tag that is made of the digest (sigstore/cosign, specs/SIGNATURE_SPEC.md).

export const SIMPLE_SIGNING_TYPE = 'application/vnd.dev.cosign.simplesigning.v1+json';
export const SIGNATURE_ANNOTATION = 'dev.cosignproject.cosign/signature';
/** What a layer with this annotation was signed with: a certificate, which a key does not verify. */
export const CERTIFICATE_ANNOTATION = 'dev.sigstore.cosign/certificate';
const SIGNATURE_KIND = 'cosign container image signature';

/** The tag that holds what is attached to a digest: `sha256-<hex>.sig`. */
export function legacyTag(digest: Digest, ending: 'sig' | 'att' = 'sig'): string {
  return `${digest.replace(':', '-')}.${ending}`;
}

/** The signed bytes. The reference in it says nothing to a verifier; only the digest does. */
export function simpleSigningPayload(digest: Digest, reference: string): Uint8Array {
  return Buffer.from(
    JSON.stringify({
      critical: {
        identity: { 'docker-reference': reference },
        image: { 'docker-manifest-digest': digest },
        type: SIGNATURE_KIND,
      },
      optional: null,
    }),
  );
}

/** The digest that a payload is about. Throws `ATTESTATION_INVALID`. */
export function digestOfPayload(bytes: Uint8Array, name: string): Digest {
  const critical = field(parse(bytes, name), 'critical');
  if (field(critical, 'type') !== SIGNATURE_KIND) throw invalid(name, 'another type than a container image signature');
  const digest = field(field(critical, 'image'), 'docker-manifest-digest');
  if (isDigest(digest)) return digest;
  throw invalid(name, 'no digest');
}

function parse(bytes: Uint8Array, name: string): JsonValue {
  try {
    return parseStrictJson(bytes, name);
  } catch (cause) {
    throw invalid(name, 'not JSON', cause);
  }
}

function field(value: JsonValue | undefined, key: string): JsonValue | undefined {
  return isJsonObject(value) ? jsonField(value, key) : undefined;
}

function invalid(name: string, got: string, cause?: unknown): SlipwayError {
  return new SlipwayError('ATTESTATION_INVALID', `'${name}' is not a signature that can be read`, {
    where: name,
    got,
    cause,
  });
}
