import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { SlipwayError } from '../core/index.js';
import { localAddress, parseReference } from './reference.js';

/**
 * An address with the `layout:` or `oci-archive:` that was left out, when it can be no registry's and an image layout, or an
 * archive, is there; else what was given.
 */
export function recognisedAddress(text: string): string {
  if (isReference(text)) return text;
  const rest = text.replace(/@sha256:[0-9a-f]{64}$/, '');
  const path = [rest, rest.replace(/:[^/\\:]*$/, '')].find((one) => isLayout(one) || isArchive(one));
  return path === undefined ? text : `${localAddress(path)}${text.slice(path.length)}`;
}

function isReference(text: string): boolean {
  try {
    parseReference(text);
    return true;
  } catch (error) {
    if (SlipwayError.is(error)) return /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
    throw error;
  }
}

function isLayout(path: string): boolean {
  return existsSync(join(path, 'oci-layout')) && existsSync(join(path, 'index.json'));
}

function isArchive(path: string): boolean {
  return path.endsWith('.tar') && statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
