import { inspect } from 'node:util';
import { SlipwayError } from '../../src/core/index.js';

/** The SlipwayError that a promise fails with. */
export async function failure(promise: Promise<unknown>): Promise<SlipwayError> {
  let error: unknown;
  try {
    await promise;
  } catch (reason) {
    error = reason;
  }
  if (SlipwayError.is(error)) return error;
  throw new Error(`expected a SlipwayError, got ${inspect(error)}`);
}
