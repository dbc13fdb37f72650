import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SlipwayError } from '../../src/core/index.js';
import { apiError } from '../../src/harbor/harbor-error.js';
import { createHttpClient, type HttpClient } from '../../src/http/index.js';
import { fetchToken } from '../../src/registry/auth/token.js';
import { registryError } from '../../src/registry/remote/registry-error.js';
import { hubRefusal } from '../../src/source/hub-answer.js';
import { openHttps } from '../../src/source/https.js';
import { storageRefusal } from '../../src/source/xet-exchange.js';

// Which answers are worth another try, walked through every client. `GET` may always be repeated; a `POST` only where the
// server says that it did nothing.
const REPEATED = new Set([408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524]);
const NOTHING_DONE = new Set([429, 503]);
const STATUSES = [
  400, 401, 402, 403, 404, 405, 406, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 421, 422, 423, 424, 425, 426,
  428, 429, 431, 451, 500, 501, 502, 503, 504, 505, 506, 507, 508, 510, 511, 520, 521, 522, 523, 524, 525, 526, 530,
  599,
];

let server: Server;
let base: string;
let http: HttpClient;
const requests = new Map<string, number>();

beforeAll(async () => {
  // Answers with the status that the last part of the path names.
  server = createServer((request, response) => {
    const key = `${request.method ?? ''} ${request.url?.replace(/\?.*/, '') ?? ''}`;
    requests.set(key, (requests.get(key) ?? 0) + 1);
    response.writeHead(Number(/(\d+)$/.exec(request.url?.replace(/\?.*/, '') ?? '')?.[1] ?? 404)).end('{}');
  });
  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', done);
  });
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  http = createHttpClient({ retryDelayMs: 0, attempts: 2, env: {} });
});
afterAll(async () => {
  await http.close();
  server.closeAllConnections();
  server.close();
});

async function thrown(work: Promise<unknown>): Promise<SlipwayError> {
  try {
    await work;
  } catch (error) {
    if (SlipwayError.is(error)) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

const retryable = (error: SlipwayError): boolean => error.details.retryable === true;

describe.each(STATUSES)('HTTP %i', (status) => {
  const isRepeated = REPEATED.has(status);

  test('is sent again by the client as the table says', async () => {
    for (const [method, again] of [
      ['GET', isRepeated],
      ['PUT', isRepeated],
      ['POST', NOTHING_DONE.has(status)],
    ] as const) {
      const answer = await http.send({ url: new URL(`${base}/client/${status}`), method });
      await answer.discard();
      expect([method, requests.get(`${method} /client/${status}`)]).toEqual([method, again ? 2 : 1]);
    }
  });

  test('is the same question for the Hub, Xet, HTTPS, a registry, a token server and Harbor', async () => {
    const url = new URL(`${base}/once/${status}`);
    const once = async () => http.send({ url, repeatable: false });
    const hub = { endpoint: new URL(base), repository: 'acme/tiny' };
    const tried = { method: 'GET', host: 'registry.example.com', doing: 'push a blob' };
    const realm = { url, publicOnly: false };
    const errors = {
      hub: hubRefusal(new Response('{}', { status }), hub),
      xet: storageRefusal(status, 'model.safetensors'),
      https: await thrown(openHttps(`${base}/once/model-${status}`, { fetch: http.fetch, env: {} } as never)),
      registry: await registryError(http, await once(), tried),
      token: await thrown(
        fetchToken(http, { realm, service: undefined, scopes: [], credential: undefined, now: () => 0 }),
      ),
      harbor: await apiError(http, await once(), tried),
    };
    const answers = Object.fromEntries(Object.entries(errors).map(([name, error]) => [name, retryable(error)]));
    // Xet's addresses are signed and get old: there a refusal is worth asking for a new one.
    const isOld = status === 401 || status === 403;
    expect(answers).toEqual({
      hub: isRepeated,
      xet: isRepeated || isOld,
      https: isRepeated,
      registry: isRepeated,
      token: isRepeated,
      harbor: isRepeated,
    });
  });
});
