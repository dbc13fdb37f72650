import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import type { CredentialLookup } from '../../src/core/index.js';
import { memoryFile, sha256 } from '../../src/files/index.js';
import { openRegistry, type RegistryOptions, type RegistryTarget } from '../../src/registry/index.js';
import { checkRealm } from '../../src/registry/auth/realm.js';
import { startTestRegistry, type TestRegistry } from '../../src/testing/registry.js';
import { failure } from './failure.js';
import { collect, sampleFile } from './samples.js';

// The rules of a registry client that is not to be talked out of its credentials, one test each.

const CANARY = 'canary-password';
const credentials: CredentialLookup = async () => ({
  kind: 'basic',
  username: 'user',
  password: CANARY,
  origin: 'test',
});

interface Recorder {
  readonly host: string;
  readonly seen: { method: string; url: string; headers: IncomingMessage['headers']; body: string }[];
}

const closing: (() => unknown)[] = [];

async function serve(handler: (request: IncomingMessage, response: ServerResponse) => void): Promise<Recorder> {
  const seen: Recorder['seen'] = [];
  const server: Server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString('latin1')));
    request.on('end', () => {
      seen.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
      handler(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

async function registryWith(options: Parameters<typeof startTestRegistry>[0]): Promise<TestRegistry> {
  const registry = await startTestRegistry({ users: { user: CANARY }, ...options });
  closing.push(() => registry.close());
  return registry;
}

function open(host: string, options: RegistryOptions = {}): RegistryTarget {
  return openRegistry(`${host}/team/model`, { retryDelayMs: 1, credentials, ...options });
}

/** Whether anything that a server received holds a secret, in whatever form. */
function leaked(recorder: Recorder): boolean {
  const text = inspect(recorder.seen, { depth: 9, maxStringLength: null });
  return [CANARY, Buffer.from(`user:${CANARY}`).toString('base64'), 'token-'].some((secret) => text.includes(secret));
}

afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

describe('the token address', () => {
  const https = new URL('https://registry.example.com');

  test.each([
    ['https://registry.example.com/service/token', false],
    ['https://registry.example.com:443/token', false],
  ])('%s of the registry itself is asked', (realm, publicOnly) => {
    expect(checkRealm(realm, https)).toMatchObject({ publicOnly });
  });

  test('a private address is fine where it is the registry’s own', () => {
    expect(checkRealm('https://10.0.0.5/token', new URL('https://10.0.0.5')).publicOnly).toBe(false);
    expect(checkRealm('http://127.0.0.1:5000/token', new URL('http://127.0.0.1:5000')).publicOnly).toBe(false);
  });

  test.each([
    ['http://registry.example.com/token', 'https'],
    ['https://user:pass@registry.example.com/token', 'user information'],
    ['https://registry.example.com/token#x', 'fragment'],
    ['https://registry.example.com:8443/token', 'another host'],
    ['https://attacker.example/token', 'another host'],
    ['https://registry.example.com.attacker.example/token', 'another host'],
    ['https://127.0.0.1/token', 'another host'],
    ['https://169.254.169.254/latest', 'another host'],
    ['https://[::ffff:127.0.0.1]/token', 'another host'],
    ['file:///etc/passwd', 'https'],
    ['token', 'no URL'],
    ['', 'no URL'],
  ])('%s is not', (realm, why) => {
    expect(() => checkRealm(realm, https)).toThrow(
      expect.objectContaining({ code: 'INSECURE_REFUSED', message: expect.stringContaining(why) }),
    );
  });

  test('another host needs a pair, and the pair is for one registry', () => {
    const pairs = ['registry.example.com=auth.example.com'];
    expect(checkRealm('https://auth.example.com/t', https, pairs).url.host).toBe('auth.example.com');
    expect(() => checkRealm('https://auth.example.com/t', new URL('https://other.example.com'), pairs)).toThrow();
    expect(checkRealm('https://auth.docker.io/token', new URL('https://registry-1.docker.io')).publicOnly).toBe(true);
    expect(() => checkRealm('https://auth.docker.io/token', https)).toThrow();
  });

  test('a registry that names somebody else’s gets nothing', async () => {
    const thief = await serve((_, response) => response.end('{"token":"x"}'));
    const registry = await registryWith({ auth: 'bearer', realm: `http://${thief.host}/token` });
    expect((await failure(open(registry.host).tags())).code).toBe('INSECURE_REFUSED');
    expect(thief.seen).toEqual([]);
  });

  test('does not redirect', async () => {
    const thief = await serve((_, response) => response.end('{"token":"x"}'));
    const registry: Recorder = await serve((request, response) => {
      if (request.url?.startsWith('/token') === true)
        response.writeHead(302, { location: `http://${thief.host}/` }).end();
      else response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${registry.host}/token"` }).end();
    });
    expect((await failure(open(registry.host).tags())).code).toBe('NET_REDIRECT');
    expect(thief.seen).toEqual([]);
  });

  test.each(['{"token":"a\\r\\nX-Evil: 1"}', '{"token":7}', '{}', 'no', `{"token":"${'x'.repeat(1_100_000)}"}`])(
    'answers a token or nothing: %.40s',
    async (answer) => {
      const registry: Recorder = await serve((request, response) => {
        if (request.url?.startsWith('/token') === true) response.end(answer);
        else response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${registry.host}/token"` }).end();
      });
      const error = await failure(open(registry.host).tags());
      expect(['OCI_PROTOCOL', 'JSON_INVALID', 'NET_PROTOCOL']).toContain(error.code);
    },
  );

  test('is asked for our scope, not for the one in the challenge', async () => {
    const registry: Recorder = await serve((request, response) => {
      const challenge = `Bearer realm="http://${registry.host}/token",scope="repository:*:*"`;
      if (request.url?.startsWith('/token') === true) response.end('{"token":"t"}');
      else if (request.headers.authorization === undefined)
        response.writeHead(401, { 'www-authenticate': challenge }).end();
      else response.end('{"tags":[]}');
    });
    await open(registry.host).tags();
    const asked = registry.seen.find(({ url }) => url.startsWith('/token'))?.url ?? '';
    expect(new URL(asked, 'http://x').searchParams.getAll('scope')).toEqual(['repository:team/model:pull']);
  });
});

describe('the upload’s Location', () => {
  test('on another origin sees the bytes, and no credentials', async () => {
    const elsewhere: Recorder = await serve((request, response) => {
      const location = `http://${elsewhere.host}/up?state=2`;
      if (request.method === 'PATCH') response.writeHead(202, { location, range: '0-999' }).end();
      else response.writeHead(201).end();
    });
    const registry: Recorder = await serve((request, response) => {
      if (request.headers.authorization === undefined)
        response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
      else response.writeHead(202, { location: `http://${elsewhere.host}/up?state=1` }).end();
    });
    const file = sampleFile('w', 1, 1000);
    await open(registry.host).pushBlob(file);
    expect(elsewhere.seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'PATCH /up?state=1',
      `PUT /up?state=2&digest=${encodeURIComponent(sha256(await collect(file.read())))}`,
    ]);
    expect(elsewhere.seen.map(({ headers }) => headers.authorization)).toEqual([undefined, undefined]);
    expect(leaked(elsewhere)).toBe(false);
  });

  test.each([
    'http://10.0.0.1/up',
    'http://localhost:1/up',
    'http://[::1]:1/up',
    'http://169.254.169.254/up',
    'ftp://x/up',
    'http://user:pw@127.0.0.1/up',
    '',
  ])('%s is refused', async (location) => {
    const registry = await serve((_, response) => response.writeHead(202, location === '' ? {} : { location }).end());
    const error = await failure(open(registry.host).pushBlob(sampleFile('w', 1, 1000)));
    expect(['INSECURE_REFUSED', 'OCI_PROTOCOL']).toContain(error.code);
  });
});

describe('redirects of blobs', () => {
  test('leave credentials behind, and the digest still decides', async () => {
    const storage = await serve((_, response) => response.end('content'));
    const registry = await serve((request, response) => {
      if (request.headers.authorization === undefined)
        response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
      else response.writeHead(307, { location: `http://${storage.host}/b?X-Amz-Signature=secret-signature` }).end();
    });
    const target = open(registry.host);
    const read = await collect(target.readBlob({ digest: sha256('content'), size: 7 }));
    expect(read.toString()).toBe('content');
    expect(leaked(storage)).toBe(false);
    const error = await failure(collect(target.readBlob({ digest: sha256('kontent'), size: 7 })));
    expect(error.code).toBe('DIGEST_MISMATCH');
    expect(inspect(error, { depth: 9 })).not.toContain('secret-signature');
  });

  test('a 401 of the storage does not bring credentials there', async () => {
    const storage = await serve((_, response) =>
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end(),
    );
    const registry = await serve((_, response) =>
      response.writeHead(307, { location: `http://${storage.host}/b` }).end(),
    );
    const error = await failure(collect(open(registry.host).readBlob({ digest: sha256('x'), size: 1 })));
    expect(error.code).toBe('OCI_UNAUTHORIZED');
    expect(leaked(storage)).toBe(false);
  });
});

describe('credentials', () => {
  test('no cookie is ever sent back', async () => {
    const registry = await serve((_, response) =>
      response.writeHead(200, { 'set-cookie': 'sid=1' }).end('{"tags":[]}'),
    );
    const target = open(registry.host);
    await target.tags();
    await target.tags();
    expect(registry.seen.map(({ headers }) => headers.cookie)).toEqual([undefined, undefined]);
  });

  test('anonymous reading needs none, wrong ones are said to be wrong once', async () => {
    const registry = await registryWith({ auth: 'bearer', anonymousPull: true });
    const nobody = open(registry.host, { credentials: async () => undefined });
    expect(await nobody.tags()).toEqual([]);
    expect((await failure(nobody.pushBlob(memoryFile('x', 'y')))).code).toBe('OCI_UNAUTHORIZED');
    const before = registry.requests.length;
    const wrong = open(registry.host, {
      credentials: async () => ({ kind: 'basic', username: 'user', password: 'other-canary', origin: 'X_PASSWORD' }),
    });
    const error = await failure(wrong.pushBlob(memoryFile('x', 'y')));
    expect([error.code, error.details.got]).toEqual(['OCI_UNAUTHORIZED', expect.stringContaining('X_PASSWORD')]);
    expect(inspect(error, { depth: 9 })).not.toContain('other-canary');
    expect(registry.requests.length - before).toBeLessThan(4);
  });

  test('a refresh token buys access tokens, an access token goes as it is', async () => {
    const registry = await registryWith({ auth: 'bearer' });
    const authFile = { auths: { [registry.host]: { identitytoken: 'refresh-user' } } };
    const { mkdtemp, rm, writeFile } = await import('node:fs/promises');
    const { join } = await import('node:path');
    const { tmpdir } = await import('node:os');
    const home = await mkdtemp(join(tmpdir(), 'slipway-refresh-'));
    closing.push(() => rm(home, { recursive: true }));
    await writeFile(join(home, 'auth.json'), JSON.stringify(authFile));
    const target = openRegistry(`${registry.host}/team/model`, {
      env: { REGISTRY_AUTH_FILE: join(home, 'auth.json') },
    });
    await target.pushBlob(memoryFile('x', 'y'));
    const grant = registry.requests.find(({ path, method }) => path === '/token' && method === 'POST');
    expect(grant?.status).toBe(200);
    const access = open(registry.host, {
      credentials: async () => ({ kind: 'token', token: 'not-a-token', origin: 'test' }),
    });
    expect((await failure(access.tags())).code).toBe('OCI_UNAUTHORIZED');
    expect(registry.requests.at(-1)?.headers['authorization']).toBe('Bearer not-a-token');
  });

  test('one token per scope, however many requests', async () => {
    const registry = await registryWith({ auth: 'bearer' });
    const target = open(registry.host);
    await target.tags();
    await Promise.all(Array.from({ length: 8 }, (_, at) => target.pushBlob(sampleFile(`f${at}`, at, 1000))));
    expect(registry.tokensIssued).toBe(2);
  });

  test('no error shows what was sent', async () => {
    const registry = await serve((request, response) => {
      const message = `you sent ${request.headers.authorization ?? 'nothing'}`;
      if (request.headers.authorization === undefined)
        response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
      else response.writeHead(400).end(JSON.stringify({ errors: [{ code: 'ECHO', message }] }));
    });
    const error = await failure(open(registry.host).tags());
    expect(error.details.got).toContain('ECHO');
    expect(inspect(error, { depth: 9 })).not.toContain(Buffer.from(`user:${CANARY}`).toString('base64'));
  });
});

describe('listings', () => {
  test('a next page on another host is not asked for', async () => {
    const other = await serve((_, response) => response.end('{}'));
    const registry = await serve((_, response) =>
      response.writeHead(200, { link: `<http://${other.host}/x>; rel="next"` }).end('{"tags":["a"]}'),
    );
    expect((await failure(open(registry.host).tags())).code).toBe('OCI_PROTOCOL');
    expect(other.seen).toEqual([]);
  });

  test('a listing without end ends', async () => {
    const registry = await serve((_, response) =>
      response.writeHead(200, { link: '</v2/team/model/tags/list>; rel="next"' }).end('{"tags":["a"]}'),
    );
    expect((await failure(open(registry.host).tags())).code).toBe('OCI_PROTOCOL');
  });

  test('more referrers than anyone needs are refused', async () => {
    const one = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: sha256('x'), size: 1 };
    const manifests = Array.from({ length: 5001 }, () => one);
    const registry = await serve((_, response) => response.end(JSON.stringify({ manifests })));
    expect((await failure(open(registry.host).referrers(sha256('s')))).code).toBe('OCI_PROTOCOL');
  });
});
