import { SlipwayError, type ErrorCode, type RunContext } from '../../core/index.js';
import type { ModelVariant } from '../../package/index.js';
import { fileOfLayer, parseManifest, type Descriptor, type ReadableTarget } from '../../registry/index.js';
import { firstDifference, type ComparedPart, type TensorDifference } from './rebuild-difference.js';
import type { ResolvedArtifact } from './sign-artifact.js';

/** Failures that mean that a blob is not what its digest says. */
const DAMAGED: ReadonlySet<ErrorCode> = new Set(['DIGEST_MISMATCH', 'SIZE_MISMATCH', 'OCI_NOT_FOUND']);

/**
 * Reads every blob of an artifact as it is stored: the manifest says what they should be, a registry may hold others. The first that is
 * another, and of weights the place; `undefined` when all are sound.
 */
export async function firstDamaged(
  variant: ModelVariant,
  { target, descriptor }: Pick<ResolvedArtifact, 'target' | 'descriptor'>,
  context: RunContext,
): Promise<{ readonly part: ComparedPart; readonly difference: TensorDifference } | undefined> {
  const { bytes } = await target.readManifest(descriptor.digest, context.signal);
  for (const blob of parseManifest(bytes, descriptor.digest, descriptor.mediaType).blobs) {
    const damage = await damageOf(target, blob, context.signal);
    if (damage === undefined) continue;
    const { reason, isThere } = damage;
    const file = fileOfLayer(blob) ?? blob.digest;
    const actual = isThere ? 'other bytes' : 'not there';
    const place = isThere ? await firstDifference(variant, [blob], target, context) : undefined;
    const part = { what: `${file} as it is stored`, expected: blob.digest, actual, equal: false };
    return { part, difference: place ?? { file, reason } };
  }
  return undefined;
}

async function damageOf(
  target: ReadableTarget,
  blob: Descriptor,
  signal: AbortSignal,
): Promise<{ readonly reason: string; readonly isThere: boolean } | undefined> {
  try {
    for await (const _ of target.readBlob(blob, undefined, signal));
    return undefined;
  } catch (error) {
    if (!SlipwayError.is(error) || !DAMAGED.has(error.code)) throw error;
    const reason = [error.message, error.details.got].filter(Boolean).join(': ');
    return { reason, isThere: error.code !== 'OCI_NOT_FOUND' };
  }
}
