import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { SlipwayError } from '../core/index.js';
import { isPublicAddress } from './address.js';

/** Looks a name up once and hands exactly the checked addresses to the connection, so that a second answer cannot differ. */
export const publicLookup: LookupFunction = (hostname, options, callback) => {
  systemLookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return callback(error, '', 0);
    const bad = addresses.find(({ address }) => !isPublicAddress(address));
    if (bad !== undefined) return callback(notPublic(hostname), '', 0);
    if (options.all === true) return callback(null, addresses);
    const [first] = addresses;
    return first === undefined ? callback(notPublic(hostname), '', 0) : callback(null, first.address, first.family);
  });
};

function notPublic(hostname: string): SlipwayError {
  return new SlipwayError('INSECURE_REFUSED', `'${hostname}' does not lead to a public address`, { where: hostname });
}
