import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { inspect } from 'node:util';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { SlipwayError } from '../../src/core/index.js';
import { createHttpClient, retryAfterMs, type HttpClient, type HttpOptions } from '../../src/http/index.js';

type Handler = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;

interface Recorder {
  readonly url: string;
  readonly requests: { method: string; url: string; headers: IncomingMessage['headers']; body: Buffer }[];
}

const servers: Server[] = [];
const clients: HttpClient[] = [];

async function serve(handler: Handler): Promise<Recorder> {
  const requests: Recorder['requests'] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      requests.push({ method: request.method ?? '', url: request.url ?? '', headers: request.headers, body });
      handler(request, response, body);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

function open(options: HttpOptions = {}): HttpClient {
  const client = createHttpClient({ retryDelayMs: 1, ...options });
  clients.push(client);
  return client;
}

async function failure(promise: Promise<unknown>): Promise<SlipwayError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!SlipwayError.is(error)) throw new Error(`expected a SlipwayError, got ${inspect(error)}`);
  return error;
}

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

describe('redirects', () => {
  test('another origin sees neither credentials nor custom headers, and a way back does not restore them', async () => {
    const third = await serve((_, response) => response.end('content'));
    const other = await serve((_, response) => response.writeHead(307, { location: `${third.url}/end` }).end());
    const first = await serve((_, response) => response.writeHead(302, { location: `${other.url}/blob` }).end());
    const response = await open().send({
      url: `${first.url}/a`,
      headers: { Authorization: 'Bearer canary-1', 'X-Auth': 'canary-2', Cookie: 'canary-3', Range: 'bytes=0-6' },
    });
    expect(Buffer.from(await response.bytes(100)).toString()).toBe('content');
    expect(first.requests[0]?.headers).toMatchObject({ authorization: 'Bearer canary-1', 'x-auth': 'canary-2' });
    expect(inspect([other.requests, third.requests], { depth: 9 })).not.toContain('canary');
    expect(third.requests[0]?.headers.range).toBe('bytes=0-6');
  });

  test('coming back to the first origin does not re-attach anything', async () => {
    const back: { url?: string } = {};
    const other = await serve((_, response) => response.writeHead(302, { location: `${back.url}/end` }).end());
    const first = await serve((request, response) => {
      if (request.url === '/end') response.end('ok');
      else response.writeHead(302, { location: `${other.url}/` }).end();
    });
    back.url = first.url;
    await open().send({ url: first.url, headers: { authorization: 'Bearer canary' } });
    expect(first.requests.map((one) => one.headers.authorization)).toEqual(['Bearer canary', undefined]);
  });

  test.each([
    ['ftp://example.com/', 'scheme'],
    ['http://user:pass@127.0.0.1:1/', 'user information'],
    ['http://[', 'nowhere'],
  ])('%s is refused', async (location, word) => {
    const server = await serve((_, response) => response.writeHead(302, { location }).end());
    const error = await failure(open().send({ url: server.url }));
    expect(error.code).toBe('NET_REDIRECT');
    expect(error.message).toContain(word);
  });

  test('a loop ends after five', async () => {
    const server = await serve((_, response) => response.writeHead(302, { location: '/again' }).end());
    expect((await failure(open().send({ url: server.url }))).code).toBe('NET_REDIRECT');
    expect(server.requests).toHaveLength(6);
  });

  test('a body is not replayed at another origin', async () => {
    const other = await serve((_, response) => response.end());
    const server = await serve((_, response) => response.writeHead(307, { location: other.url }).end());
    const body = { kind: 'bytes', bytes: Buffer.from('secret body') } as const;
    expect((await failure(open().send({ url: server.url, method: 'PUT', body }))).code).toBe('NET_REDIRECT');
    expect(other.requests).toHaveLength(0);
  });
});

describe('retries', () => {
  test('transient answers are repeated, Retry-After is honoured, the caller hears of it', async () => {
    const heard: string[] = [];
    let count = 0;
    const server = await serve((_, response) => {
      count++;
      if (count < 3) response.writeHead(count === 1 ? 503 : 429, { 'retry-after': '0' }).end();
      else response.end('done');
    });
    const client = open({
      onRetry: ({ reason, attempt, code, status }) => heard.push(`${attempt} ${reason} ${code} ${status}`),
    });
    expect((await client.send({ url: server.url })).status).toBe(200);
    expect(heard).toEqual([
      '1 HTTP 503 (service unavailable) NET_UNAVAILABLE 503',
      '2 HTTP 429 (too many requests) NET_UNAVAILABLE 429',
    ]);
  });

  test('a view of the client tells its own listener, and a lost connection by its own code', async () => {
    const [everybody, own]: [string[], string[]] = [[], []];
    let count = 0;
    const server = await serve((_, response) => {
      if (count++ === 0) response.socket?.destroy();
      else response.end('done');
    });
    const view = open({ onRetry: ({ code }) => everybody.push(code) }).tellingRetries(({ code, status }) =>
      own.push(`${code} ${status}`),
    );
    expect((await view.fetch(server.url)).status).toBe(200);
    expect([everybody, own]).toEqual([[], ['NET_UNREACHABLE undefined']]);
  });

  test('a Retry-After beyond five minutes hands the answer on', async () => {
    const server = await serve((_, response) => response.writeHead(429, { 'retry-after': '3600' }).end());
    expect((await open().send({ url: server.url })).status).toBe(429);
    expect(server.requests).toHaveLength(1);
  });

  test('POST is repeated only when the answer says that nothing was done', async () => {
    const server = await serve((request, response) => response.writeHead(request.url === '/500' ? 500 : 503).end());
    const client = open({ attempts: 3 });
    await client.send({ url: `${server.url}/500`, method: 'POST' });
    await client.send({ url: `${server.url}/503`, method: 'POST' });
    expect(server.requests.map((one) => one.url)).toEqual(['/500', '/503', '/503', '/503']);
  });

  test('a one-shot stream is sent once', async () => {
    const server = await serve((_, response) => response.writeHead(503).end());
    async function* content(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('abc');
    }
    const request = { url: server.url, method: 'PUT', body: { kind: 'stream', content: content(), size: 3 } } as const;
    expect((await open().send(request)).status).toBe(503);
    expect(server.requests.map((one) => one.body.toString())).toEqual(['abc']);
    expect(server.requests[0]?.headers['content-length']).toBe('3');
  });

  test('a closed connection is tried again and named in the end', async () => {
    const server = await serve((request) => request.socket.destroy());
    const error = await failure(open({ attempts: 3 }).send({ url: server.url }));
    expect(error.code).toBe('NET_UNREACHABLE');
    expect(error.details.retryable).toBe(true);
    expect(server.requests).toHaveLength(3);
  });
});

describe('secrets', () => {
  test('no error shows a credential or a query, however deep one looks', async () => {
    const server = await serve((request) => request.socket.destroy());
    const client = open({ attempts: 1 });
    const basic = Buffer.from('robot:canary-password').toString('base64');
    const url = `${server.url}/canary-password/x?X-Amz-Signature=canary-signature`;
    const error = await failure(client.send({ url, headers: { authorization: `Basic ${basic}` } }));
    const shown = inspect(error, { depth: 20, showHidden: true }) + JSON.stringify(error);
    expect(shown).not.toContain('canary');
    expect(shown).not.toContain(basic);
    expect(client.redact('x canary-signature y canary-password')).toBe('x *** y ***');
  });

  test('a user name in the address is refused', async () => {
    expect((await failure(open().send({ url: 'http://user:canary@127.0.0.1/' }))).code).toBe('USAGE');
  });
});

describe('where it may go', () => {
  test('offline refuses everything', async () => {
    expect(await failure(open({ offline: true }).send({ url: 'http://127.0.0.1:9' }))).toMatchObject({
      code: 'OFFLINE',
      details: { try: expect.stringContaining('--offline') as string },
    });
  });

  test('plain HTTP only to loopback and to hosts that were named', async () => {
    expect((await failure(open().send({ url: 'http://registry.example/' }))).code).toBe('INSECURE_REFUSED');
    const allowed = open({ insecureHosts: ['registry.invalid'], attempts: 1 });
    expect((await failure(allowed.send({ url: 'http://registry.invalid/' }))).code).toBe('NET_UNREACHABLE');
  });

  test.each(['127.0.0.1', '10.1.2.3', '169.254.169.254', '[::1]', '[::ffff:7f00:1]', '0.0.0.0', 'localhost'])(
    'a public-only request never reaches %s',
    async (host) => {
      const request = { url: `https://${host}:9/`, publicOnly: true } as const;
      expect((await failure(open({ attempts: 1 }).send(request))).code).toBe('INSECURE_REFUSED');
    },
  );
});

describe('bodies', () => {
  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ] as const)('an answer that is compressed unasked (%s) is read', async (coding, compress) => {
    const text = 'a list of files '.repeat(500);
    const body = compress(Buffer.from(text));
    const headers = { 'content-encoding': coding, 'content-length': String(body.byteLength) };
    const server = await serve((_, response) => response.writeHead(200, headers).end(body));
    const response = await open().send({ url: server.url });
    expect(server.requests[0]?.headers['accept-encoding']).toBe('identity');
    expect(response.headers.get('content-length')).toBeNull();
    expect(Buffer.from(await response.bytes(10_000)).toString()).toBe(text);
    const small = await open().send({ url: server.url });
    expect((await failure(small.bytes(10))).message).toBe('an answer is larger than allowed');
  });

  test.each([
    ['that is none', 200, 'gzip', 'cannot be decompressed'],
    ['of an unknown kind', 200, 'exi', 'compressed an answer'],
    ['of a range', 206, 'gzip', 'compressed an answer'],
  ])('a compression %s is refused with words', async (_, status, coding, words) => {
    const server = await serve((__, response) => response.writeHead(status, { 'content-encoding': coding }).end('x'));
    const error = await failure((await open().send({ url: server.url })).bytes(10));
    expect([error.code, error.message]).toEqual(['NET_PROTOCOL', expect.stringContaining(words)]);
  });

  test.each([
    [{ ratelimit: '"resolvers";r=0;t=0' }],
    [{ ratelimit: '"api";r=12;t=90, "resolvers";r=0;t=0' }],
    [{ 'ratelimit-remaining': '0', 'ratelimit-reset': '0' }],
  ])('a quota that is used up is waited for: %j', async (headers) => {
    let asked = 0;
    const server = await serve((_, response) => response.writeHead(asked++ === 0 ? 429 : 200, headers).end());
    expect((await open().send({ url: server.url })).status).toBe(200);
  });

  test.each([
    ['"resolvers";r=0;t=30', 30_000],
    ['"api";r=3;t=200, "resolvers";r=0;t=31;w=300', 31_000],
    ['limit=100, remaining=0, reset=12', 12_000],
    ['"api";r=3;t=200', undefined],
  ])('RateLimit: %s asks for %s ms', (ratelimit, ms) => {
    expect(retryAfterMs(new Headers({ ratelimit }), 0)).toBe(ms);
  });

  test('an answer larger than allowed is not collected', async () => {
    const server = await serve((_, response) => response.end(Buffer.alloc(5000)));
    expect((await failure((await open().send({ url: server.url })).bytes(4999))).code).toBe('NET_PROTOCOL');
  });

  test('a body cut short is an error', async () => {
    const server = await serve((request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => request.socket.destroy());
    });
    const error = await failure((await open().send({ url: server.url })).bytes(1000));
    expect(error.code).toBe('NET_UNREACHABLE');
  });

  test('an abort ends a silent request', async () => {
    const server = await serve(() => {});
    const error = await failure(open().send({ url: server.url, signal: AbortSignal.timeout(50) }));
    expect(error.code).toBe('ABORTED');
  });

  test('an abort ends a body that stands still', async () => {
    const server = await serve((_, response) => response.writeHead(200).write('x'));
    const controller = new AbortController();
    const response = await open().send({ url: server.url, signal: controller.signal });
    const ended = failure(response.bytes(10));
    controller.abort();
    expect((await ended).code).toBe('ABORTED');
  });
});

describe('fetch', () => {
  test('answers like the standard one', async () => {
    const server = await serve((request, response, body) => {
      if (request.url === '/from') response.writeHead(302, { location: '/to' }).end();
      else
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ got: body.toString() }));
    });
    const { fetch } = open();
    const followed = await fetch(`${server.url}/from`);
    expect([followed.url, followed.redirected, followed.ok]).toEqual([`${server.url}/to`, true, true]);
    const posted = await fetch(new URL(server.url), { method: 'POST', body: JSON.stringify({ a: 1 }) });
    expect(await posted.json()).toEqual({ got: '{"a":1}' });
    const manual = await fetch(`${server.url}/from`, { redirect: 'manual' });
    expect([manual.status, manual.headers.get('location')]).toEqual([302, '/to']);
    const head = await fetch(server.url, { method: 'HEAD' });
    expect(await head.text()).toBe('');
    expect(await (await fetch(new Request(server.url, { method: 'PUT', body: 'b' }))).json()).toEqual({ got: 'b' });
  });
});

describe('proxies', () => {
  interface Proxy {
    readonly url: string;
    /** Tunnels that were asked for, and whole URLs that were to be forwarded. */
    readonly asked: string[];
    readonly authorizations: unknown[];
  }

  /** As squid behaves: forwards plain HTTP to whatever `to` is, and makes tunnels to port 443 only. */
  async function proxyTo(to: string, answer = ''): Promise<Proxy> {
    const [asked, authorizations]: [string[], unknown[]] = [[], []];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      authorizations.push(request.headers['proxy-authorization']);
      if (answer !== '') {
        response.writeHead(Number(answer), { 'x-squid-error': 'ERR_ACCESS_DENIED 0' }).end('no');
        return;
      }
      const { 'proxy-authorization': _, ...headers } = request.headers;
      const onward = httpRequest(new URL(new URL(request.url ?? '').pathname, to), { method: request.method, headers });
      request.pipe(onward).on('response', (got) => {
        response.writeHead(got.statusCode ?? 0, got.headers);
        got.pipe(response);
      });
    });
    server.on('connect', (request, socket: Socket) => {
      asked.push(request.url ?? '');
      authorizations.push(request.headers['proxy-authorization']);
      const status = answer !== '' ? answer : request.url?.endsWith(':443') === true ? '200' : '403';
      socket.end(`HTTP/1.1 ${status} as it is\r\n\r\n`);
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, authorizations };
  }

  const insecureHosts = ['registry.invalid', 'registry.invalid:5000'];

  test('loopback is asked directly, other hosts through the proxy of the environment', async () => {
    const server = await serve((_, response) => response.end('here'));
    const proxy = await proxyTo(server.url);
    const client = open({ env: { HTTP_PROXY: proxy.url }, insecureHosts, attempts: 1 });
    expect((await client.send({ url: server.url })).status).toBe(200);
    expect(proxy.asked).toEqual([]);
    expect((await client.send({ url: 'http://registry.invalid:5000/v2/' })).status).toBe(200);
    expect(proxy.asked).toEqual(['http://registry.invalid:5000/v2/']);
  });

  test('plain HTTP is forwarded, with its own host and body and the credentials of the proxy; https is tunnelled', async () => {
    const hosts: unknown[] = [];
    const server = await serve((request, response, body) => {
      hosts.push([request.headers.host, request.headers['proxy-authorization']]);
      response.end(body);
    });
    const proxy = await proxyTo(server.url);
    const named = proxy.url.replace('//', '//me:p%40ss@');
    const client = open({ env: { http_proxy: named }, insecureHosts, attempts: 1 });
    const content = (async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('one ');
      yield Buffer.from('two');
    })();
    const sent = await client.send({
      url: 'http://registry.invalid:5000/v2/a?b=c',
      method: 'PUT',
      body: { kind: 'stream', content, size: 7 },
    });
    expect(Buffer.from(await sent.bytes(100)).toString()).toBe('one two');
    expect(hosts).toEqual([['registry.invalid:5000', undefined]]);
    await failure(client.send({ url: 'https://registry.invalid/v2/' }));
    await failure(client.send({ url: 'https://registry.invalid:5000/v2/' }));
    expect(proxy.asked).toEqual([
      'http://registry.invalid:5000/v2/a?b=c',
      'registry.invalid:443',
      'registry.invalid:5000',
    ]);
    const pair = `Basic ${Buffer.from('me:p@ss').toString('base64')}`;
    expect(proxy.authorizations).toEqual([pair, pair, pair]);
    expect(client.redact('p@ss')).toBe('***');
  });

  test.each([
    ['407', 'the proxy asks for other credentials', false],
    ['403', 'the proxy did not make it', false],
    ['502', 'the proxy did not make it', true],
  ])('a proxy that answers %s is named', async (answer, says, retryable) => {
    const proxy = await proxyTo('', answer);
    const client = open({ env: { HTTP_PROXY: proxy.url }, insecureHosts, attempts: 1 });
    for (const url of ['http://registry.invalid/v2/', 'https://registry.invalid/v2/']) {
      const error = await failure(client.send({ url }));
      expect(error).toMatchObject({ code: 'NET_UNREACHABLE', details: { retryable } });
      expect(error.message).toBe(`the connection to 'registry.invalid' failed: ${says}`);
      expect(error.details.try).toContain('PROXY');
    }
  });

  test('a host where nothing listens: the hint is about it, and not about a proxy', async () => {
    const error = await failure(open({ attempts: 1 }).send({ url: 'http://127.0.0.1:9/v2/' }));
    expect([error.code, error.details.try]).toEqual(['NET_UNREACHABLE', expect.stringContaining('host and the port')]);
  });

  test('a proxy that is not there is named, and not the host behind it', async () => {
    for (const [proxy, says] of [
      ['http://127.0.0.1:9', "the connection to the proxy '127.0.0.1:9' was refused"],
      ['proxy.invalid:3128', "the connection to the proxy 'proxy.invalid:3128' failed: the name is not known"],
    ]) {
      for (const [scheme, name] of [
        ['https', 'https_proxy'],
        ['http', 'http_proxy'],
      ] as const) {
        const client = open({ env: { [name]: proxy }, insecureHosts, attempts: 1 });
        const error = await failure(client.send({ url: `${scheme}://registry.invalid/v2/` }));
        expect([error.code, error.message]).toEqual(['NET_UNREACHABLE', says]);
      }
    }
  });

  test('an address without a scheme is taken as HTTP, one that is none is refused', async () => {
    const server = await serve((_, response) => response.end('here'));
    const proxy = await proxyTo(server.url);
    const bare = open({ env: { HTTP_PROXY: proxy.url.slice('http://'.length) }, insecureHosts, attempts: 1 });
    expect((await bare.send({ url: 'http://registry.invalid/v2/' })).status).toBe(200);
    for (const HTTP_PROXY of [':::', 'ftp://proxy.invalid']) {
      const client = open({ env: { HTTP_PROXY }, insecureHosts, attempts: 1 });
      expect(await failure(client.send({ url: 'http://registry.invalid/v2/' }))).toMatchObject({
        code: 'CONFIG_INVALID',
        message: 'HTTP_PROXY is not the address of a proxy',
      });
    }
  });

  test.each(['*', 'other.invalid, *', 'registry.invalid', '.invalid', 'registry.invalid:80'])(
    'NO_PROXY=%s is followed',
    async (NO_PROXY) => {
      const proxy = await proxyTo('');
      const client = open({ env: { HTTP_PROXY: proxy.url, NO_PROXY }, insecureHosts, attempts: 1 });
      expect((await failure(client.send({ url: 'http://registry.invalid/v2/' }))).message).toContain('not known');
      expect(proxy.asked).toEqual([]);
    },
  );
});
