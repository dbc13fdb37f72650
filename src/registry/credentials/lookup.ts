import { join } from 'node:path';
import type { CredentialLookup } from '../../core/index.js';
import { placesAbove, readAuthFile, type AuthFile } from './auth-file.js';
import type { RegistryCredential } from './credential.js';
import { askHelper } from './docker-helper.js';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Finds the credential for a canonical host or a repository in it (`host/team/model`). First match wins: the configuration,
 * `PIPELINE_REGISTRY_<HOST>_…`, what `pipeline login` wrote, `$REGISTRY_AUTH_FILE`, Docker's configuration, podman's,
 * nothing. Hosts match exactly, with port; of a file's keys with a path the most specific one counts.
 */
export async function findCredential(
  place: string,
  env: Env,
  configured?: CredentialLookup,
): Promise<RegistryCredential | undefined> {
  const [host = ''] = place.split('/');
  const first = (await configured?.(host)) ?? fromVariables(host, env);
  if (first !== undefined) return first;
  for (const path of authFiles(env)) {
    const file = await readAuthFile(path);
    const found = file === undefined ? undefined : await fromFile(file, place, env);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Prefix of a host's variables: upper case, with `_` for dots, dashes, colons and brackets. */
export function variablePrefix(host: string): string {
  return `PIPELINE_REGISTRY_${host.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`;
}

function fromVariables(host: string, env: Env): RegistryCredential | undefined {
  const prefix = variablePrefix(host);
  const [token, username, password] = ['TOKEN', 'USERNAME', 'PASSWORD'].map((name) => env[`${prefix}_${name}`]);
  if (token !== undefined && token !== '') return { kind: 'token', token, origin: `${prefix}_TOKEN` };
  if (username === undefined || username === '' || password === undefined) return undefined;
  return { kind: 'basic', username, password, origin: `${prefix}_USERNAME` };
}

/** A key with a path is more specific than any helper: those know hosts only. */
async function fromFile(file: AuthFile, place: string, env: Env): Promise<RegistryCredential | undefined> {
  const [host = '', ...paths] = placesAbove(place).reverse();
  const closest = paths.findLast((path) => file.credentials.has(path));
  if (closest !== undefined) return file.credentials.get(closest);
  const helper = file.helpers.get(host);
  if (helper !== undefined) return askHelper(helper, host, env);
  const stored = file.store === undefined ? undefined : await askHelper(file.store, host, env);
  return stored ?? file.credentials.get(host);
}

/** Where our own `login` keeps what no helper keeps. */
export function ownAuthFile(env: Env): string | undefined {
  const base = env['XDG_CONFIG_HOME'] ?? (env['HOME'] === undefined ? undefined : join(env['HOME'], '.config'));
  return base === undefined ? undefined : join(base, 'slipway', 'auth.json');
}

/** Docker's configuration file. */
export function dockerConfig(env: Env): string | undefined {
  if (env['DOCKER_CONFIG'] !== undefined && env['DOCKER_CONFIG'] !== '')
    return join(env['DOCKER_CONFIG'], 'config.json');
  const home = env['HOME'] ?? env['USERPROFILE'];
  return home === undefined ? undefined : join(home, '.docker', 'config.json');
}

function authFiles(env: Env): string[] {
  const podman =
    env['XDG_RUNTIME_DIR'] === undefined ? undefined : join(env['XDG_RUNTIME_DIR'], 'containers', 'auth.json');
  const kept = env['HOME'] === undefined ? undefined : join(env['HOME'], '.config', 'containers', 'auth.json');
  const paths = [ownAuthFile(env), env['REGISTRY_AUTH_FILE'], dockerConfig(env), podman, kept];
  return paths.filter((path) => path !== undefined && path !== '') as string[];
}
