import { SlipwayError } from '../../core/index.js';
import { digestOf, type ModelFile } from '../../files/index.js';

// What a registry answers when it and we disagree about where an upload stands (distribution-spec v1.1 "Error codes").
const STATUSES = new Set<unknown>([404, 416]);
const CODES = new Set<unknown>(['BLOB_UPLOAD_INVALID', 'BLOB_UPLOAD_UNKNOWN', 'RANGE_INVALID', 'DIGEST_INVALID']);

/** True when asking the registry where the upload stands, or starting again, will help. */
export function isOutOfStep({ details: { context = {} } }: SlipwayError): boolean {
  return STATUSES.has(context['status']) || CODES.has(context['registryCode']);
}

/** True when the registry holds bytes that are not ours: only a new upload helps. */
export function isMixedUp({ details: { context = {} } }: SlipwayError): boolean {
  return context['registryCode'] === 'DIGEST_INVALID';
}

/** True when the registry does not take the upload and does not say why: olareg answers so to a wrong digest too. */
export function isInvalid({ details: { context = {} } }: SlipwayError): boolean {
  return context['registryCode'] === 'BLOB_UPLOAD_INVALID';
}

/**
 * True when a body was too large for the registry or something before it. 416 to the very first chunk means so, too: a range
 * that begins where nothing is cannot be out of step (GitHub's takes 4 MiB).
 */
export function isTooLarge({ details: { context = {} } }: SlipwayError, offset: number): boolean {
  return context['status'] === 413 || (context['status'] === 416 && offset === 0);
}

/** True when a request may have been refused because it did not say how long it is. */
export function wantsLength({ details: { context = {} } }: SlipwayError): boolean {
  const status = context['status'];
  return status === 411 || status === 501 || (status === 400 && context['registryCode'] === null);
}

/** The registry got other bytes than announced. Reads the file again to find out whether they were already its own. Throws `DIGEST_MISMATCH`. */
export async function requireAnnounced(file: ModelFile, signal: AbortSignal | undefined): Promise<void> {
  const { path, digest: expected } = file;
  if (expected === undefined) return;
  const { digest: actual } = await digestOf(file.read(undefined, signal), file.size);
  if (actual === expected) return;
  throw new SlipwayError('DIGEST_MISMATCH', `'${path}' is not what was announced`, {
    where: path,
    got: `${actual}, expected ${expected}`,
    context: { expected, actual },
  });
}
