import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { createServer as createRawServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { SlipwayError } from '../../src/core/index.js';
import { BLOCK } from '../../src/files/index.js';
import { createHttpClient, type HttpClient, type HttpResponse } from '../../src/http/index.js';

const TLS = join(import.meta.dirname, '../fixtures/tls');
const cert = readFileSync(join(TLS, 'loopback.cert.pem'), 'utf8');
const key = readFileSync(join(TLS, 'loopback.key.pem'), 'utf8');

const SIZE = 6 * BLOCK + 12_345;
const CONTENT = randomBytes(SIZE);

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

function client(): HttpClient {
  const http = createHttpClient({ attempts: 1 });
  ends.push(async () => http.close());
  return http;
}

async function listening(server: Server | ReturnType<typeof createRawServer>): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ends.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as { port: number }).port}/`;
}

/** A server that writes an answer byte for byte as it is told. */
async function raw(answer: (socket: Socket, count: number) => unknown): Promise<string> {
  let count = 0;
  const server = createRawServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => void answer(socket, count++));
  });
  return listening(server);
}

const head = (length: number, more = ''): string => `HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n${more}\r\n`;

async function lent(url: string, http: HttpClient = client()): Promise<HttpResponse> {
  return http.send({ url, lentBytes: SIZE });
}

/** Copies what it is lent, as its kind of reader does. */
async function read(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const copies: Buffer[] = [];
  for await (const chunk of body) copies.push(Buffer.from(chunk));
  return Buffer.concat(copies);
}

describe('a large body whose reader lends its chunks back', () => {
  it('comes in whole blocks of shared memory, byte for byte', async () => {
    const url = await listening(createServer((_, answer) => answer.end(CONTENT)));
    const sizes: number[] = [];
    const copies: Buffer[] = [];
    for await (const chunk of (await lent(url)).body) {
      expect(chunk.buffer).toBeInstanceOf(SharedArrayBuffer);
      sizes.push(chunk.byteLength);
      copies.push(Buffer.from(chunk));
    }
    expect(Buffer.concat(copies).equals(CONTENT)).toBe(true);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(BLOCK);
  });

  it('waits for a slow reader without losing a byte', async () => {
    const url = await listening(createServer((_, answer) => answer.end(CONTENT)));
    const copies: Buffer[] = [];
    for await (const chunk of (await lent(url)).body) {
      await sleep(30);
      copies.push(Buffer.from(chunk));
    }
    expect(Buffer.concat(copies).equals(CONTENT)).toBe(true);
  });

  it('comes through TLS, whose sender cannot be stopped at once', async () => {
    const address = await listening(createSecureServer({ cert, key }, (_, answer) => answer.end(CONTENT)));
    const url = address.replace('http:', 'https:');
    await expect(lent(url)).rejects.toMatchObject({ code: 'NET_UNREACHABLE', details: { retryable: false } });
    const http = createHttpClient({ attempts: 1, ca: cert });
    ends.push(async () => http.close());
    const copies: Buffer[] = [];
    for await (const chunk of (await lent(url, http)).body) {
      await sleep(20);
      expect(chunk.buffer).toBeInstanceOf(SharedArrayBuffer);
      copies.push(Buffer.from(chunk));
    }
    expect(Buffer.concat(copies).equals(CONTENT)).toBe(true);
  });

  it('hands on what a slow sender has sent so far', async () => {
    let more: (() => void) | undefined;
    const url = await raw((socket) => {
      socket.write(head(SIZE));
      socket.write(CONTENT.subarray(0, 10_000));
      more = (): void => void socket.end(CONTENT.subarray(10_000));
    });
    const copies: Buffer[] = [];
    for await (const chunk of (await lent(url)).body) {
      copies.push(Buffer.from(chunk));
      more?.();
      more = undefined;
    }
    expect(copies[0]?.byteLength).toBeLessThanOrEqual(10_000);
    expect(Buffer.concat(copies).equals(CONTENT)).toBe(true);
  });

  it('is read when the head comes in pieces, with the body behind it', async () => {
    const url = await raw(async (socket) => {
      const text = head(SIZE, 'X-Two: a\r\nX-Two: b\r\n');
      socket.setNoDelay(true).write(text.slice(0, 20));
      await sleep(20);
      socket.end(Buffer.concat([Buffer.from(text.slice(20)), CONTENT]));
    });
    const answer = await lent(url);
    expect(answer.headers.get('x-two')).toBe('a, b');
    expect((await read(answer.body)).equals(CONTENT)).toBe(true);
  });

  it('gives what came before a connection broke, and then says so', async () => {
    const url = await raw((socket) => {
      socket.write(head(SIZE));
      socket.end(CONTENT.subarray(0, BLOCK + 100));
    });
    let size = 0;
    const reading = (async (): Promise<void> => {
      for await (const chunk of (await lent(url)).body) size += chunk.byteLength;
    })();
    await expect(reading).rejects.toMatchObject({ code: 'NET_UNREACHABLE', details: { retryable: true } });
    expect(size).toBe(BLOCK + 100);
  });

  it('ends when the signal fires', async () => {
    const url = await raw((socket) => {
      socket.write(head(SIZE));
      socket.write(CONTENT.subarray(0, BLOCK));
    });
    const stop = new AbortController();
    const answer = await client().send({ url, lentBytes: SIZE, signal: stop.signal });
    setTimeout(() => stop.abort(), 50);
    await expect(read(answer.body)).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('ends when the client is closed while it is not read', async () => {
    let gone: Promise<unknown> | undefined;
    const url = await raw((socket) => {
      gone = new Promise((resolve) => socket.on('close', resolve));
      socket.write(head(SIZE));
      socket.write(CONTENT.subarray(0, BLOCK));
    });
    const http = client();
    await lent(url, http);
    await http.close();
    await gone;
  });

  it('is received in the usual way where it is framed, or coded, in another', async () => {
    let asked = 0;
    const url = await listening(
      createServer((_, answer) => {
        asked++;
        answer.write(CONTENT.subarray(0, 100));
        answer.end(CONTENT.subarray(100));
      }),
    );
    const http = client();
    expect((await read((await lent(url, http)).body)).equals(CONTENT)).toBe(true);
    expect(asked).toBe(2);
    // What the host's answers are like is remembered.
    expect((await read((await lent(url, http)).body)).equals(CONTENT)).toBe(true);
    expect(asked).toBe(3);
  });

  it.each([
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello'],
    ['no HTTP', 'SSH-2.0-OpenSSH_9.6\r\n\r\n'],
  ])('leaves %s to the judgement of the usual way', async (_, text) => {
    const url = await raw((socket) => socket.end(text));
    const usual = await client()
      .send({ url })
      .then(async ({ body }) => read(body))
      .catch((error: unknown) => error);
    expect(SlipwayError.is(usual)).toBe(true);
    const found = lent(url).then(async ({ body }) => read(body));
    await expect(found).rejects.toMatchObject({ code: (usual as SlipwayError).code });
  });

  it('follows redirects, and does not take credentials along to another origin', async () => {
    const seen: (string | undefined)[] = [];
    const storage = await listening(
      createServer((request, answer) => {
        seen.push(request.headers.authorization);
        answer.end(CONTENT);
      }),
    );
    const url = await listening(
      createServer((request, answer) => {
        seen.push(request.headers.authorization);
        answer.writeHead(307, { location: storage, 'content-length': 0 }).end();
      }),
    );
    const answer = await client().send({ url, lentBytes: SIZE, headers: { authorization: 'Bearer secret-token' } });
    expect((await read(answer.body)).equals(CONTENT)).toBe(true);
    expect(seen).toEqual(['Bearer secret-token', undefined]);
  });
});
