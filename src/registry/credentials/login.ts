import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { SlipwayError } from '../../core/index.js';
import { isJsonObject, jsonField } from '../../files/index.js';
import { canonicalHost, isRepositoryName } from '../reference.js';
import { placeOfKey, readAuthFile, readJsonFile } from './auth-file.js';
import { eraseFromHelper, storeInHelper } from './docker-helper.js';
import { dockerConfig, ownAuthFile } from './lookup.js';

type Env = Readonly<Record<string, string | undefined>>;

/** Where a credential went. `plain` means: into a file of ours, readable by its owner only but not encrypted. */
export interface StoredIn {
  readonly kind: 'helper' | 'plain';
  readonly where: string;
}

/**
 * Keeps a name and password for a registry (`host`) or a part of it (`host/team`): with the helper that Docker's configuration
 * names for the host, else in our own file (mode 0600). Helpers know hosts only, so a part of one goes into the file.
 * Does not check them: open the registry for that. Throws `USAGE`, `CREDENTIAL_HELPER`.
 */
export async function storeLogin(
  host: string,
  login: { readonly username: string; readonly password: string },
  env: Env,
): Promise<StoredIn> {
  const place = checkedPlace(host);
  const helper = await helperFor(place, env);
  if (helper !== undefined) {
    await storeInHelper(helper, place, login.username, login.password, env);
    return { kind: 'helper', where: `docker-credential-${helper}` };
  }
  const path = ownFile(env);
  const auth = Buffer.from(`${login.username}:${login.password}`).toString('base64');
  await editAuths(path, (auths) => new Map([...without(auths, place), [place, { auth }]]));
  return { kind: 'plain', where: path };
}

/** Forgets what {@link storeLogin} kept for a place. True when there was something in our own file or a helper was told. */
export async function removeLogin(host: string, env: Env): Promise<boolean> {
  const place = checkedPlace(host);
  const helper = await helperFor(place, env);
  if (helper !== undefined) await eraseFromHelper(helper, place, env);
  const path = ownAuthFile(env);
  const known = path === undefined ? undefined : await readAuthFile(path);
  if (path === undefined || known?.credentials.has(place) !== true) return helper !== undefined;
  await editAuths(path, (auths) => without(auths, place));
  return true;
}

/** `host[:port]` or `host[:port]/path` in canonical form. Throws `USAGE`. */
export function checkedPlace(text: string): string {
  const [name = '', ...path] = text.split('/');
  const host = canonicalHost(name);
  if (host !== undefined && path.length === 0) return host;
  if (host !== undefined && isRepositoryName(path.join('/'))) return [host, ...path].join('/');
  throw new SlipwayError('USAGE', `'${text}' is not a registry host`, { try: ['host[:port]', 'host[:port]/path'] });
}

async function helperFor(host: string, env: Env): Promise<string | undefined> {
  if (host.includes('/')) return undefined;
  const path = dockerConfig(env);
  const file = path === undefined ? undefined : await readAuthFile(path);
  return file?.helpers.get(host) ?? file?.store;
}

function ownFile(env: Env): string {
  const path = ownAuthFile(env);
  if (path === undefined)
    throw new SlipwayError('USAGE', 'no place to keep the login', { try: 'set HOME or XDG_CONFIG_HOME' });
  return path;
}

type Auths = ReadonlyMap<string, unknown>;

function without(auths: Auths, place: string): Map<string, unknown> {
  return new Map([...auths].filter(([key]) => placeOfKey(key) !== place));
}

/** Replaces the file as a whole, so that a crash leaves the old one. */
async function editAuths(path: string, edit: (auths: Auths) => Auths): Promise<void> {
  const object = (await readJsonFile(path)) ?? {};
  const auths = jsonField(object, 'auths');
  const edited = edit(new Map(Object.entries(isJsonObject(auths) ? auths : {})));
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.${randomUUID()}`;
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.writeFile(`${JSON.stringify({ ...object, auths: Object.fromEntries(edited) }, undefined, 2)}\n`);
    await file.sync();
    await file.close();
    await rename(temporary, path);
  } catch (error) {
    await file.close().catch(() => {});
    await rm(temporary, { force: true });
    throw error;
  }
}
