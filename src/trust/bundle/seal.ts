import { bundleBytes, type HintChoice } from './bundle.js';
import { signEnvelope } from './dsse.js';
import type { Signer } from '../keys/signer.js';

/** A statement's bytes, signed, as a bundle. */
export async function sealStatement(
  statement: Uint8Array,
  signer: Signer,
  signal?: AbortSignal,
  hint?: HintChoice,
): Promise<Uint8Array> {
  if (signer.seal !== undefined) return signer.seal(statement, signal);
  return bundleBytes(await signEnvelope(statement, signer, signal), signer.publicKey, hint);
}
