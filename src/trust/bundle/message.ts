import { createHash, createVerify, type KeyObject } from 'node:crypto';
import { SlipwayError } from '../../core/index.js';
import { hashOf } from '../keys/signer.js';
import type { MessageSignature } from './bundle.js';

/** A file that was read once, with what that told of a signature over it. */
export interface ReadMessage {
  /** SHA-256 of the file, lower-case hex. */
  readonly sha256: string;
  /** The file's digest by the bundle's own algorithm. */
  readonly digest: Buffer;
  readonly signature: Buffer;
  /** Whether it was signed by this key, one of those that the reading was told. */
  isSignedBy(key: KeyObject): boolean;
}

/**
 * Reads a file of any size once, for its digests and for a signature by each of some keys. Throws `TRUST_UNDECIDED` for keys that
 * sign only what is in memory whole (Ed25519).
 */
export async function readMessage(
  content: AsyncIterable<Uint8Array>,
  { signature, algorithm }: MessageSignature,
  keys: readonly KeyObject[],
): Promise<ReadMessage> {
  const [plain, named] = [createHash('sha256'), createHash(algorithm)];
  const readings = keys.map((key) => ({ key, verify: createVerify(streamed(key)) }));
  for await (const chunk of content) {
    for (const reader of [plain, named, ...readings.map(({ verify }) => verify)]) reader.update(chunk);
  }
  const signers = readings.filter(({ key, verify }) => isVerified(verify, key, signature)).map(({ key }) => key);
  return {
    sha256: plain.digest('hex'),
    digest: named.digest(),
    signature,
    isSignedBy: (key) => signers.some((signer) => signer.equals(key)),
  };
}

function streamed(key: KeyObject): string {
  const hash = hashOf(key);
  if (hash !== null) return hash;
  throw new SlipwayError('TRUST_UNDECIDED', 'a plain signature over a file by an Ed25519 key is not verified', {
    try: 'sign the file with pipeline sign, or with a P-256 key',
  });
}

/** A signature that cannot be read is none. */
function isVerified(verify: ReturnType<typeof createVerify>, key: KeyObject, signature: Buffer): boolean {
  try {
    return verify.verify(key, signature);
  } catch {
    return false;
  }
}
