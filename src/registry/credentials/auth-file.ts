import { isMissing, readRegularText, SlipwayError } from '../../core/index.js';
import { isJsonObject, jsonField, parseJson, type JsonObject, type JsonValue } from '../../files/index.js';
import { canonicalHost, isRepositoryName } from '../reference.js';
import type { RegistryCredential } from './credential.js';

/** What Docker's `config.json` and podman's `auth.json` say about credentials. */
export interface AuthFile {
  readonly path: string;
  /** Helper by canonical host. */
  readonly helpers: ReadonlyMap<string, string>;
  /** Helper for every other host. */
  readonly store?: string;
  /** Credentials in the file itself, by canonical host or, as podman has it, by `host/path` for what lies below. */
  readonly credentials: ReadonlyMap<string, RegistryCredential>;
}

/** Reads such a file; a missing one is `undefined`. Throws `JSON_INVALID` for one that cannot be read as JSON. */
export async function readAuthFile(path: string): Promise<AuthFile | undefined> {
  const object = await readJsonFile(path);
  if (object === undefined) return undefined;
  const store = jsonField(object, 'credsStore');
  return {
    path,
    helpers: helpersOf(jsonField(object, 'credHelpers')),
    credentials: credentialsOf(jsonField(object, 'auths'), path),
    ...(typeof store === 'string' && store !== '' && { store }),
  };
}

/** The file's JSON object, or `undefined` when there is no file. */
export async function readJsonFile(path: string): Promise<JsonObject | undefined> {
  let text: string;
  try {
    text = await readRegularText(path);
  } catch (cause) {
    if (isMissing(cause)) return undefined;
    throw new SlipwayError('DISK_PERMISSION', `cannot read the credentials in '${path}'`, { where: path, cause });
  }
  const value = parseJson(text.trim() === '' ? '{}' : text, path);
  if (isJsonObject(value)) return value;
  throw new SlipwayError('JSON_INVALID', `'${path}' does not hold a JSON object`, { where: path });
}

/**
 * What a key (`host`, `https://host`, `https://index.docker.io/v1/`, `host/path`) stands for: a canonical host, or
 * `host/path` for the repositories at and below that path only. `undefined` for what is neither.
 */
export function placeOfKey(key: string): string | undefined {
  const [, name = '', path = ''] = /^(?:https?:\/\/)?([^/]+)(?:\/(.*?))?\/?$/.exec(key) ?? [];
  const host = canonicalHost(name);
  if (host === undefined || path === '' || /^v[12]$/.test(path)) return host;
  return isRepositoryName(path) ? `${host}/${path}` : undefined;
}

/** The places that credentials for `host/path` may be kept under, the most specific first and the host last. */
export function placesAbove(place: string): string[] {
  const parts = place.split('/');
  return parts.map((_, index) => parts.slice(0, parts.length - index).join('/'));
}

function helpersOf(value: JsonValue | undefined): Map<string, string> {
  const helpers = new Map<string, string>();
  if (!isJsonObject(value)) return helpers;
  for (const [key, name] of Object.entries(value)) {
    const host = placeOfKey(key);
    if (host !== undefined && typeof name === 'string' && name !== '') helpers.set(host, name);
  }
  return helpers;
}

function credentialsOf(value: JsonValue | undefined, path: string): Map<string, RegistryCredential> {
  const credentials = new Map<string, RegistryCredential>();
  if (!isJsonObject(value)) return credentials;
  for (const [key, entry] of Object.entries(value)) {
    const place = placeOfKey(key);
    const credential = isJsonObject(entry) ? credentialOf(entry, path) : undefined;
    if (place !== undefined && credential !== undefined) credentials.set(place, credential);
  }
  return credentials;
}

function credentialOf(entry: JsonObject, origin: string): RegistryCredential | undefined {
  const text = (key: string): string => {
    const value = jsonField(entry, key);
    return typeof value === 'string' ? value : '';
  };
  const pair = pairOf(text('auth'));
  const username = text('username') === '' ? pair?.username : text('username');
  const identity = text('identitytoken');
  if (identity !== '') return { kind: 'refresh', token: identity, origin, ...(username !== undefined && { username }) };
  if (text('registrytoken') !== '') return { kind: 'token', token: text('registrytoken'), origin };
  if (text('username') !== '') return { kind: 'basic', username: text('username'), password: text('password'), origin };
  return pair === undefined ? undefined : { kind: 'basic', ...pair, origin };
}

function pairOf(auth: string): { readonly username: string; readonly password: string } | undefined {
  const pair = Buffer.from(auth, 'base64').toString();
  const colon = pair.indexOf(':');
  if (colon < 1) return undefined;
  // Docker's own writer pads with NUL bytes.
  return { username: pair.slice(0, colon), password: pair.slice(colon + 1).replace(/\0+$/, '') };
}
