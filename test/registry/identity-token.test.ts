import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { memoryFile } from '../../src/files/index.js';
import { openRegistry, type RegistryTarget } from '../../src/registry/index.js';
import { startTestRegistry } from '../../src/testing/registry.js';
import { failure } from './failure.js';

// Identity tokens, as `docker login` keeps them, at a token server that follows distribution's token specification: OAuth 2
// over POST, or a GET with Basic where the server has no POST.

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

interface Grant {
  readonly method: string;
  readonly type: string | undefined;
  readonly authorization: string | undefined;
  readonly form: Record<string, string>;
  readonly query: Record<string, string>;
}

interface TokenServer {
  readonly host: string;
  readonly grants: Grant[];
}

interface Behaviour {
  /** What a POST is answered, when the server has none. */
  readonly post?: number;
  /** Every grant replaces the identity token. */
  readonly rotates?: boolean;
  /** Milliseconds that a token lives. */
  readonly tokenLifetimeMs?: number;
}

/** A registry, its token server on a host of its own, and the auth file of whoever logged in with `id-1`. */
async function setUp(
  entry: object,
  { post, rotates = false, tokenLifetimeMs = 60_000 }: Behaviour = {},
): Promise<{ tokens: TokenServer; target: RegistryTarget }> {
  const grants: Grant[] = [];
  let valid = 'id-1';
  const answer = async (grant: Grant, response: ServerResponse): Promise<void> => {
    grants.push(grant);
    const json = (status: number, body: object): unknown =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (grant.method === 'POST' && post !== undefined) return void json(post, { error: 'unsupported' });
    const { scope = '', service = '', grant_type, client_id, refresh_token } = { ...grant.form, ...grant.query };
    const basic = `Basic ${Buffer.from(`me:${valid}`).toString('base64')}`;
    const accepted =
      grant.method === 'POST'
        ? grant_type === 'refresh_token' && refresh_token === valid && client_id !== undefined && service !== ''
        : grant.authorization === basic;
    if (!accepted) return void json(grant.method === 'POST' ? 400 : 401, { error: 'invalid_grant' });
    const query = new URLSearchParams({ service });
    for (const one of scope.split(' ')) query.append('scope', one);
    const headers = { authorization: `Basic ${Buffer.from('user:password').toString('base64')}` };
    const made = (await (await fetch(`${registry.url}/token?${query.toString()}`, { headers })).json()) as {
      access_token: string;
    };
    if (rotates) valid = `id-${grants.length + 1}`;
    // OAuth 2 knows only `access_token`; Harbor has an empty one beside `token`.
    const names =
      grant.method === 'POST' ? { token: '', access_token: made.access_token } : { token: made.access_token };
    json(200, { ...names, expires_in: tokenLifetimeMs / 1000, ...(rotates && { refresh_token: valid }) });
  };
  const server = createServer((request: IncomingMessage, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const { headers, method = '', url = '' } = request;
      void answer(
        {
          method,
          type: headers['content-type'],
          authorization: headers.authorization,
          form: Object.fromEntries(new URLSearchParams(body)),
          query: Object.fromEntries(new URL(url, 'http://x').searchParams),
        },
        response,
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => server.close());
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const realm = `http://${host}/auth/token`;
  const registry = await startTestRegistry({ auth: 'bearer', realm });
  closing.push(async () => registry.close());
  const home = await mkdtemp(join(tmpdir(), 'slipway-identity-'));
  closing.push(async () => rm(home, { recursive: true }));
  await writeFile(join(home, 'auth.json'), JSON.stringify({ auths: { [registry.host]: entry } }));
  const target = openRegistry(`${registry.host}/team/model`, {
    env: { REGISTRY_AUTH_FILE: join(home, 'auth.json') },
    authHosts: [`${registry.host}=${host}`],
    retryDelayMs: 1,
  });
  return { tokens: { host, grants }, target };
}

const auth = Buffer.from('me:').toString('base64');

test('are sent as a refresh_token grant in a form, one for each scope', async () => {
  const { tokens, target } = await setUp({ auth, identitytoken: 'id-1' });
  expect((await target.pushBlob(memoryFile('x', 'y'))).how).toBe('sent');
  expect(await target.tags()).toEqual([]);
  expect(tokens.grants.map(({ form }) => form['scope'])).toEqual([
    'repository:team/model:pull,push',
    'repository:team/model:pull',
  ]);
  expect(tokens.grants[0]).toMatchObject({
    method: 'POST',
    type: 'application/x-www-form-urlencoded',
    authorization: undefined,
    query: {},
    form: { grant_type: 'refresh_token', client_id: 'slipway', service: 'test-registry', refresh_token: 'id-1' },
  });
});

test('that the server replaces are replaced', async () => {
  const { tokens, target } = await setUp({ auth, identitytoken: 'id-1' }, { rotates: true });
  await target.pushBlob(memoryFile('x', 'y'));
  expect(await target.tags()).toEqual([]);
  expect(tokens.grants.map(({ form }) => form['refresh_token'])).toEqual(['id-1', 'id-2']);
});

test.each([404, 405])('are a password where POST is answered %s', async (post) => {
  for (const entry of [
    { auth, identitytoken: 'id-1' },
    { username: 'me', identitytoken: 'id-1' },
  ]) {
    const { tokens, target } = await setUp(entry, { post });
    expect((await target.pushBlob(memoryFile('x', 'y'))).how).toBe('sent');
    expect(tokens.grants.map(({ method }) => method)).toEqual(['POST', 'GET']);
    expect(tokens.grants[1]).toMatchObject({
      query: { scope: 'repository:team/model:pull,push', service: 'test-registry' },
      form: {},
    });
  }
});

test('without a user are of no use there, and it is said so', async () => {
  const { tokens, target } = await setUp({ identitytoken: 'id-1' }, { post: 405 });
  const error = await failure(target.tags());
  expect([error.code, error.message]).toEqual(['OCI_UNAUTHORIZED', 'the token server does not take identity tokens']);
  expect(error.details.got).toContain('auth.json');
  expect(tokens.grants).toHaveLength(1);
});

test.each([
  ['over POST', {}, 1],
  ['over GET', { post: 404 }, 2],
])('that are refused %s are named, not repeated and not shown', async (_, behaviour, requests) => {
  const { tokens, target } = await setUp({ auth, identitytoken: 'spent-canary' }, behaviour);
  const error = await failure(target.tags());
  expect([error.code, error.message]).toEqual(['OCI_UNAUTHORIZED', 'the token server refused the credentials']);
  expect(JSON.stringify([error.message, error.details])).not.toContain('canary');
  expect(tokens.grants).toHaveLength(requests);
});
