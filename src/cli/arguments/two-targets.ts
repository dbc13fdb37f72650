import { SlipwayError } from '../../core/index.js';

/** The error for a size in bits per weight and another in bytes. */
export function twoTargets(): SlipwayError {
  return new SlipwayError('USAGE', '--target-bpw and --target-size cannot be given together', {
    try: ['--target-bpw 4.5', '--target-size 4GiB'],
  });
}
