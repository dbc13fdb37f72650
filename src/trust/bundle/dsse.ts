import { verify as verifyBytes, type KeyObject } from 'node:crypto';
import { hashOf, type Signer } from '../keys/signer.js';

/** Type of an in-toto statement in an envelope. */
export const IN_TOTO_TYPE = 'application/vnd.in-toto+json';

/** A signed payload (DSSE v1.0, envelope.md), of which this house writes one signature each. */
export interface Envelope {
  readonly payloadType: string;
  readonly payload: Uint8Array;
  /** DER. */
  readonly signature: Uint8Array;
}

/** What is signed: the pre-authentication encoding of DSSE v1 (protocol.md). Lengths are of UTF-8 bytes. */
export function preAuthEncoding(payloadType: string, payload: Uint8Array): Uint8Array {
  const type = Buffer.from(payloadType, 'utf8');
  return Buffer.concat([
    Buffer.from(`DSSEv1 ${type.byteLength} `),
    type,
    Buffer.from(` ${payload.byteLength} `),
    payload,
  ]);
}

export async function signEnvelope(payload: Uint8Array, signer: Signer, signal?: AbortSignal): Promise<Envelope> {
  const signature = await signer.sign(preAuthEncoding(IN_TOTO_TYPE, payload), signal);
  return { payloadType: IN_TOTO_TYPE, payload, signature };
}

/** Whether the envelope was signed by this key. */
export function isSignedBy({ payloadType, payload, signature }: Envelope, publicKey: KeyObject): boolean {
  return verifies(preAuthEncoding(payloadType, payload), signature, publicKey);
}

/** Whether `signature` (DER) is this key's over `bytes`. A signature that cannot be read is none. */
export function verifies(bytes: Uint8Array, signature: Uint8Array, publicKey: KeyObject): boolean {
  return verifiesBy(hashOf(publicKey), bytes, signature, publicKey);
}

/** As {@link verifies}, of the older form: there keys on P-384 and P-521 have signed with SHA-256, too (sigstore/cosign, LoadVerifier). */
export function verifiesLegacy(bytes: Uint8Array, signature: Uint8Array, publicKey: KeyObject): boolean {
  if (verifies(bytes, signature, publicKey)) return true;
  return publicKey.asymmetricKeyType === 'ec' && verifiesBy('sha256', bytes, signature, publicKey);
}

function verifiesBy(hash: string | null, bytes: Uint8Array, signature: Uint8Array, publicKey: KeyObject): boolean {
  try {
    return verifyBytes(hash, bytes, publicKey, signature);
  } catch {
    return false;
  }
}
