import { SlipwayError } from '../core/index.js';

/** What cannot be deployed so: `USAGE`, with the reason and with what would make it work. */
export function cannotDeploy(target: string, reason: string, remedy: readonly string[]): SlipwayError {
  return new SlipwayError('USAGE', `target '${target}' cannot serve this: ${reason}`, { try: [...remedy] });
}
