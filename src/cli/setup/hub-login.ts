import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { SlipwayError } from '../../core/index.js';
import { createHttpClient } from '../../http/index.js';
import { hubEndpoint } from '../../source/index.js';
import type { Session } from '../session/session.js';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Asks the Hub whose token this is. Throws `HUB_UNAUTHORIZED` when it belongs to no account. A mirror that does not know the
 * question says nothing about the token.
 */
export async function checkHubToken({ env, network, signal }: Session, token: string): Promise<void> {
  const endpoint = hubEndpoint(env);
  const http = createHttpClient({ ...network, env });
  http.protect(token);
  try {
    const answer = await http.send({
      url: new URL('/api/whoami-v2', endpoint),
      headers: { authorization: `Bearer ${token}` },
      signal,
    });
    await answer.discard();
    if (answer.status !== 401 && answer.status !== 403) return;
    throw new SlipwayError('HUB_UNAUTHORIZED', `'${endpoint.host}' refuses this token`, {
      got: `HTTP ${answer.status}`,
      try: ['make a new one: Settings, Access Tokens', '--no-check keeps it untried'],
    });
  } finally {
    await http.close();
  }
}

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
