import { strayDiskError } from './disk-error.js';
import { SlipwayError } from './error.js';

/** Turns anything thrown into a SlipwayError: aborts become `ABORTED`, a full or closed disk its code, the rest `INTERNAL`. */
export function toSlipwayError(error: unknown): SlipwayError {
  if (SlipwayError.is(error)) return error;
  if (error instanceof Error && (error.name === 'AbortError' || error.name === 'TimeoutError')) {
    return new SlipwayError('ABORTED', 'the operation was aborted', { cause: error });
  }
  const message = error instanceof Error ? error.message : String(error);
  return strayDiskError(error) ?? new SlipwayError('INTERNAL', message, { cause: error });
}
