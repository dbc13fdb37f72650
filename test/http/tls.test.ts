import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer as createPlain, type RequestListener } from 'node:http';
import { createServer, type Server } from 'node:https';
import { connect, createServer as createNet, type AddressInfo, type Server as NetServer } from 'node:net';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { createHttpClient, type HttpClient, type HttpOptions } from '../../src/http/index.js';
import { nextLocation } from '../../src/registry/remote/upload-location.js';
import { openRegistry } from '../../src/registry/index.js';
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

  test.each([
    ['other-name', 'its certificate is for another name', 'use one of the names that the certificate is for'],
    ['expired', 'its certificate has expired', 'ask its operator to renew the certificate'],
  ])('a certificate that is %s is called that', async (name, says, advice) => {
    const own = readFileSync(join(TLS, `${name}.cert.pem`), 'utf8');
    const url = await listen(
      createServer({ cert: own, key }, (_, response) => response.end()),
      'https',
    );
    const error = await failure(open({ ca: own }).send({ url }));
    expect(error.message).toBe(`the connection to '${new URL(url).host}' failed: ${says}`);
    expect(error.details).toMatchObject({ retryable: false, try: advice });
  });

  test('a server that speaks plain HTTP is called that', async () => {
    const plain = await listen(
      createPlain((_, response) => response.end()),
      'http',
    );
    const error = await failure(open().send({ url: plain.replace('http:', 'https:') }));
    expect([error.code, error.details.retryable]).toEqual(['NET_PROTOCOL', false]);
    expect(error.details.try).toContain(`--insecure-http ${new URL(plain).host}`);
  });

  test('authorities without a certificate, and a key of another certificate, are refused', async () => {
    const url = await secure((_, response) => response.end());
    expect((await failure(open({ ca: 'no certificate' }).send({ url }))).code).toBe('CONFIG_INVALID');
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const other = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    const certificates = [{ host: new URL(url).host, cert, key: other }];
    const error = await failure(open({ ca: cert, clientCertificates: certificates }).send({ url }));
    expect(error.message).toContain('the certificate and key given for it cannot be used');
  });

  test('a server that wants a client certificate is asked for by its advice', async () => {
    const options = { cert, key, ca: cert, requestCert: true };
    const url = await listen(
      createServer(options, (_, response) => response.end()),
      'https',
    );
    const error = await failure(open({ ca: cert }).send({ url }));
    expect(String(error.details.try)).toContain(`--client-cert ${new URL(url).host}=CERT,KEY`);
  });

  test('a registry on loopback that wants TLS gets it', async () => {
    const tls = await secure((request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(request.url === '/v2/a/b/tags/list' ? '{"name":"a/b","tags":["v1"]}' : '{}');
    });
    // Go's servers answer so to plain HTTP on the port of TLS.
    const front = createNet((socket) => {
      socket.on('error', () => socket.destroy());
      socket.once('data', (first) => {
        if (first[0] !== 22) {
          socket.end('HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n');
          return;
        }
        const upstream = connect(Number(new URL(tls).port), '127.0.0.1');
        upstream.on('error', () => socket.destroy());
        upstream.write(first);
        socket.pipe(upstream).pipe(socket);
      });
    });
    await new Promise<void>((resolve) => front.listen(0, '127.0.0.1', resolve));
    closing.push(() => front.close());
    const host = `127.0.0.1:${(front.address() as AddressInfo).port}`;
    const registry = openRegistry(`${host}/a/b`, { http: open({ ca: cert }) });
    expect(await Promise.all([registry.tags(), registry.tags()])).toEqual([['v1'], ['v1']]);
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
