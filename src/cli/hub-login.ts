import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SlipwayError } from '../core/index.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** Keeps a token where the Hub's own tools keep and find it. Returns the path. */
export async function storeHubToken(token: string, env: Environment): Promise<string> {
  const path = tokenPath(env);
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(path, token, { mode: 0o600 });
  return path;
}

/** Removes the token; false when there was none. */
export async function removeHubToken(env: Environment): Promise<boolean> {
  return rm(tokenPath(env)).then(
    () => true,
    () => false,
  );
}

function tokenPath(env: Environment): string {
  if (isSet(env['HF_TOKEN_PATH'])) return env['HF_TOKEN_PATH'];
  if (isSet(env['HF_HOME'])) return join(env['HF_HOME'], 'token');
  const home = env['HOME'] ?? env['USERPROFILE'];
  const cache = isSet(env['XDG_CACHE_HOME'])
    ? env['XDG_CACHE_HOME']
    : home === undefined
      ? undefined
      : join(home, '.cache');
  if (cache === undefined)
    throw new SlipwayError('USAGE', 'there is no place for the token', { try: 'set HF_TOKEN_PATH' });
  return join(cache, 'huggingface', 'token');
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}
