import { SlipwayError } from '../core/index.js';
import type { HubEntry } from './hub-client.js';

/** Above this a file is read from the Xet storage unasked: HTTP has been seen to fail for files of some 400 GB. */
const XET_FROM = 300e9;

/** Which files are read from the Xet storage. Throws `USAGE` when that is wanted and forbidden at once. */
export function xetChoice(wanted: boolean | undefined, disabled: boolean): (entry: HubEntry) => boolean {
  if (wanted === true && disabled) {
    throw new SlipwayError('USAGE', 'reading over the Xet protocol is asked for and switched off', {
      got: 'xet (--xet) and HF_HUB_DISABLE_XET=1',
      try: ['unset HF_HUB_DISABLE_XET', 'leave --xet out: files are read over HTTP then'],
    });
  }
  return (entry) => !disabled && entry.xetHash !== undefined && (wanted ?? entry.size > XET_FROM);
}
