import { readFileSync } from 'node:fs';
import { createServer as createPlain, type RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Server as NetServer } from 'node:net';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { createHttpClient, type HttpClient, type HttpOptions } from '../../src/http/index.js';
import { nextLocation } from '../../src/registry/remote/upload-location.js';
import { failure } from '../registry/failure.js';

const TLS = join(import.meta.dirname, '../fixtures/tls');
const CERTIFICATE = join(TLS, 'loopback.cert.pem');
const cert = readFileSync(CERTIFICATE, 'utf8');
const key = readFileSync(join(TLS, 'loopback.key.pem'), 'utf8');

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function listen(server: NetServer & Pick<Server, 'closeAllConnections'>, scheme: string): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const secure = (handler: RequestListener): Promise<string> => listen(createServer({ cert, key }, handler), 'https');

function open(options: HttpOptions = {}): HttpClient {
  const client = createHttpClient({ attempts: 1, ...options });
  closing.push(() => client.close());
  return client;
}

describe('encryption', () => {
  test('an unknown authority is refused, and can be made known', async () => {
    const url = await secure((_, response) => response.end('secret'));
    const error = await failure(open().send({ url }));
    expect([error.code, error.details.retryable]).toEqual(['NET_UNREACHABLE', false]);
    expect(error.message).toContain('certificate');
    for (const options of [
      { ca: cert },
      { env: { SSL_CERT_FILE: CERTIFICATE } },
      { env: { NODE_EXTRA_CA_CERTS: CERTIFICATE } },
    ]) {
      expect((await open(options).send({ url })).status).toBe(200);
    }
    await expect(open({ env: { SSL_CERT_FILE: '/nowhere.pem' } }).send({ url })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
  });

  test('a client certificate is shown to its host and to no other', async () => {
    const seen: boolean[] = [];
    const options = { cert, key, ca: cert, requestCert: true, rejectUnauthorized: false };
    const handler: RequestListener = (request, response) => {
      seen.push((request.socket as TLSSocket).authorized);
      response.end();
    };
    const [first, second] = [
      await listen(createServer(options, handler), 'https'),
      await listen(createServer(options, handler), 'https'),
    ];
    const client = open({ ca: cert, clientCertificates: [{ host: new URL(first).host, cert, key }] });
    await client.send({ url: first });
    await client.send({ url: second });
    expect(seen).toEqual([true, false]);
  });

  test('a redirect never leads out of it', async () => {
    let asked = 0;
    const plain = await listen(
      createPlain((_, response) => response.end(String(asked++))),
      'http',
    );
    const url = await secure((_, response) => response.writeHead(302, { location: plain }).end());
    expect((await failure(open({ ca: cert }).send({ url }))).code).toBe('NET_REDIRECT');
    expect(asked).toBe(0);
  });

  test('an upload is not led out of it either', async () => {
    const url = await secure((_, response) => response.writeHead(202, { location: 'http://127.0.0.1:1/up' }).end());
    const response = await open({ ca: cert }).send({ url, method: 'POST' });
    expect(() => nextLocation(response)).toThrow(expect.objectContaining({ code: 'INSECURE_REFUSED' }));
  });

  test('a server that speaks something else is said to', async () => {
    const plain = await listen(
      createPlain((_, response) => response.end()),
      'http',
    );
    const error = await failure(open().send({ url: plain.replace('http:', 'https:') }));
    expect(error.code).toMatch(/^NET_/);
  });
});
