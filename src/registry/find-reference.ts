import { SlipwayError } from '../core/index.js';
import type { Descriptor } from './descriptor.js';
import type { Resolver } from './target.js';

/** True for what says that a manifest, a tag or a whole repository or layout is not there. */
export function isNotThere(error: unknown): boolean {
  return SlipwayError.is(error) && (error.code === 'OCI_NOT_FOUND' || error.code === 'NOT_FOUND');
}

/** True for what is there and not given out: a Harbor with content trust keeps what has no signature to itself. */
export function isWithheld(error: unknown): boolean {
  return SlipwayError.is(error) && error.code === 'TRUST_REFUSED' && error.details.context?.['status'] === 412;
}

/** Looks a tag or digest up; `undefined` when it, or the repository, is not there. Everything else is thrown. */
export async function findReference(
  target: Resolver,
  reference: string,
  signal?: AbortSignal,
): Promise<Descriptor | undefined> {
  try {
    return await target.resolve(reference, signal);
  } catch (error) {
    if (isNotThere(error)) return undefined;
    throw error;
  }
}

/** The refusal of a tag that stands for something else already. `kept` says what is done all the same. */
export function tagExists(place: string, present: string, wanted: string, kept?: string): SlipwayError {
  return new SlipwayError('TAG_EXISTS', `'${place}' already points to a different artifact`, {
    where: place,
    got: `there ${present}, about to be put there ${wanted}`,
    kept,
    try: 'a new tag, or leave --no-overwrite out',
  });
}
