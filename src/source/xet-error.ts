import { SlipwayError, type ErrorCode, type ErrorDetails } from '../core/index.js';

/** An error of the Xet storage: there is always the other way to a file. */
export function xetError(
  code: ErrorCode,
  message: string,
  path: string,
  details: Omit<ErrorDetails, 'where' | 'try'>,
): SlipwayError {
  return new SlipwayError(code, message, {
    where: path,
    ...details,
    try: ['run again', 'read it over HTTP: without --xet, with HF_HUB_DISABLE_XET=1 for a file above 300 GB'],
  });
}
