import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, test } from 'vitest';
import { createContext } from '../../src/core/index.js';
import { readWhole, type Snapshot } from '../../src/files/index.js';
import { createHttpClient } from '../../src/http/index.js';
import { openSource } from '../../src/source/index.js';
import { download } from '../../src/stages/index.js';
import { startTestHub, type TestHub } from '../../src/testing/index.js';

const FILES = { 'config.json': '{"a":1}', 'README.md': '# tiny\n', 'model.safetensors': Buffer.alloc(300_000, 'w') };
const closers: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Passed {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

/** Stands before the test Hub under another name and answers as a mirror does. */
async function mirror(
  hub: TestHub,
  change: (answer: Passed, path: string) => Passed,
  instead?: (request: IncomingMessage) => Passed | undefined,
): Promise<{ url: string; tokens: () => number }> {
  let tokens = 0;
  const server: Server = createServer((incoming, response) => {
    if (incoming.headers.authorization !== undefined) tokens++;
    const send = ({ status, headers, body }: Passed): void => {
      response.writeHead(status, { ...headers, 'content-length': String(body.byteLength) }).end(body);
    };
    const own = instead?.(incoming);
    if (own !== undefined) return send(own);
    const headers = { ...incoming.headers, host: new URL(hub.url).host };
    const up = httpRequest(new URL(incoming.url ?? '/', hub.url), { method: incoming.method, headers }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () => {
        const { statusCode: status = 500, headers: back } = answer;
        const { 'transfer-encoding': _coding, ...plain } = back;
        const passed = change({ status, headers: plain, body: Buffer.concat(chunks) }, incoming.url ?? '/');
        if (incoming.method === 'HEAD') response.writeHead(passed.status, passed.headers).end();
        else send(passed);
      });
    });
    up.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, tokens: () => tokens };
}

async function startHub(): Promise<TestHub> {
  const hub = await startTestHub({ repositories: { 'acme/tiny': FILES } });
  closers.push(async () => hub[Symbol.asyncDispose]());
  return hub;
}

async function open(endpoint: string): Promise<Snapshot> {
  const http = createHttpClient({ retryDelayMs: 1 });
  closers.push(async () => http.close());
  return openSource('hf://acme/tiny', { env: { HF_ENDPOINT: endpoint, HF_TOKEN: 'hf_test' }, fetch: http.fetch });
}

async function expectAll(snapshot: Snapshot): Promise<void> {
  expect(snapshot.files.map(({ path }) => path).sort()).toEqual(Object.keys(FILES).sort());
  for (const file of snapshot.files) {
    const expected = Buffer.from(FILES[file.path as keyof typeof FILES]);
    expect(Buffer.from(await readWhole(file, 1_000_000)).equals(expected)).toBe(true);
  }
}

const same = (answer: Passed): Passed => answer;
const gone = (status: number): Passed => ({ status, headers: {}, body: Buffer.from('no') });

test('a mirror that compresses what it sends is read', async () => {
  const { url } = await mirror(await startHub(), (answer) => {
    if (answer.body.byteLength === 0 || answer.status === 206) return answer;
    return { ...answer, headers: { ...answer.headers, 'content-encoding': 'gzip' }, body: gzipSync(answer.body) };
  });
  await expectAll(await open(url));
});

test('a mirror that sends its askers on to another host is followed, and the token is not', async () => {
  const hub = await startHub();
  const behind = await mirror(hub, same);
  const front = await mirror(hub, same, ({ url = '' }) => ({
    status: 308,
    headers: { location: `${behind.url.replace('127.0.0.1', 'localhost')}${url}` },
    body: Buffer.alloc(0),
  }));
  await expectAll(await open(front.url));
  expect(front.tokens()).toBeGreaterThan(0);
  expect(behind.tokens()).toBe(0);
});

test.each([404, 405, 501])('a mirror that lists no tree (%i) has the files of the model itself', async (status) => {
  const { url } = await mirror(await startHub(), same, (request) =>
    request.url?.includes('/tree/') === true || request.url?.includes('/commits/') === true ? gone(status) : undefined,
  );
  await expectAll(await open(url));
});

test('one that names its files only is asked for each', async () => {
  const hub = await startHub();
  const siblings = Object.keys(FILES).map((rfilename) => ({ rfilename }));
  const info = {
    id: 'acme/tiny',
    sha: hub.commitOf('acme/tiny'),
    gated: false,
    siblings,
    lastModified: '2026-01-01T00:00:00.000Z',
  };
  const { url } = await mirror(hub, same, (request) => {
    if (request.url?.includes('/tree/') === true) return gone(404);
    if (request.url?.includes('/revision/') !== true) return undefined;
    return { status: 200, headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(info)) };
  });
  await expectAll(await open(url));
});

test('one that knows no files at all is named', async () => {
  const { url } = await mirror(await startHub(), same, (request) =>
    request.url?.includes('/tree/') === true || request.url?.includes('blobs=true') === true ? gone(404) : undefined,
  );
  await expect(open(url)).rejects.toMatchObject({
    code: 'HUB_UNAVAILABLE',
    message: expect.stringContaining('does not list the files'),
    details: { try: expect.arrayContaining([expect.stringContaining('HF_ENDPOINT')]) },
  });
});

test('plain HTTP is for those that it was allowed for', async () => {
  const endpoint = 'http://nexus.example:8081/hf';
  const asked: string[] = [];
  const fetch = async (input: Parameters<typeof globalThis.fetch>[0]): Promise<Response> => {
    asked.push(input instanceof Request ? input.url : input.toString());
    return new Response('', { status: 503 });
  };
  const options = { env: { HF_ENDPOINT: endpoint }, fetch };
  await expect(openSource('hf://acme/tiny', options)).rejects.toMatchObject({
    code: 'INSECURE_REFUSED',
    details: { try: expect.stringContaining('--insecure-http nexus.example:8081') },
  });
  const insecureHosts = ['nexus.example:8081'];
  await expect(openSource('hf://acme/tiny', { ...options, insecureHosts })).rejects.toMatchObject({
    code: 'HUB_UNAVAILABLE',
  });
  expect(asked[0]).toMatch(/^http:\/\/nexus\.example:8081\/hf\/api\/models\/acme\/tiny/);
});

test('a plan and its run ask the Hub once', async () => {
  const hub = await startHub();
  const stage = download('hf://acme/tiny');
  const context = createContext({ env: hub.env });
  await stage.plan?.(undefined, context);
  const asked = hub.requests.length;
  await stage.run(undefined, context);
  expect(hub.requests.length).toBe(asked);
});
