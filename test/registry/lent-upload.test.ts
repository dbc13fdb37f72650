import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecure } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, expect, test } from 'vitest';
import { sha256, type ModelFile } from '../../src/files/index.js';
import { createHttpClient } from '../../src/http/index.js';
import { openRegistry } from '../../src/registry/index.js';
import { FileCutter } from '../../src/registry/remote/file-cutter.js';

const TLS = join(import.meta.dirname, '../fixtures/tls');
const cert = readFileSync(join(TLS, 'loopback.cert.pem'), 'utf8');
const key = readFileSync(join(TLS, 'loopback.key.pem'), 'utf8');

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen(server: Server): Promise<string> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

// Large ones fill what the system holds for a socket, so that small ones wait in its queue.
const SIZES = [
  5000,
  1_048_576,
  300,
  700_001,
  2_097_152,
  65_536,
  262_144,
  16,
  4_194_304,
  262_143,
  900_000,
  ...Array.from({ length: 1500 }, (_, index) => 3000 + (index % 7) * 1000),
];
const content = Buffer.concat(SIZES.map((size, index) => Buffer.alloc(size, index + 1)));

/** A file whose chunks all lie in one memory that threads share, and are spoilt when the next one is asked for. */
const file: ModelFile = {
  path: 'lent',
  size: content.byteLength,
  async *read({ start, end } = { start: 0, end: content.byteLength }, _signal, hints) {
    expect(hints?.lend).toBe(true);
    const memory = new Uint8Array(new SharedArrayBuffer(Math.max(...SIZES)));
    let at = start;
    for (let index = 0; at < end; index = (index + 1) % SIZES.length) {
      const chunk = content.subarray(at, Math.min(end, at + (SIZES[index] ?? 0)));
      memory.set(chunk);
      yield memory.subarray(0, chunk.byteLength);
      memory.fill(0xee, 0, chunk.byteLength);
      at += chunk.byteLength;
    }
  },
};

/** Takes bodies slowly, a part at a time, and keeps the digest of all of them together. */
function slowly(digest: ReturnType<typeof createHash>, next: { at: number }): RequestListener {
  return (request, response) =>
    void (async (): Promise<void> => {
      await sleep(200);
      for await (const chunk of request as AsyncIterable<Uint8Array>) {
        digest.update(chunk);
        next.at += chunk.byteLength;
        if (next.at % 7 === 0) await sleep(1);
      }
      const location = `/v2/a/blobs/uploads/1?at=${next.at}`;
      if (request.method === 'PUT') response.writeHead(201).end();
      else response.writeHead(202, { location, range: `0-${Math.max(0, next.at - 1)}` }).end();
    })();
}

test('what a file lends to an upload is sent before its memory is used again', async () => {
  const [digest, next] = [createHash('sha256'), { at: 0 }];
  const host = await listen(createServer(slowly(digest, next)));
  const pushed = await openRegistry(`${host}/a`).pushBlob(file);
  expect([next.at, digest.digest('hex')]).toEqual([content.byteLength, sha256(content).slice('sha256:'.length)]);
  expect(pushed.digest).toBe(sha256(content));
});

test('the same when what is sent is encrypted', async () => {
  const [digest, next] = [createHash('sha256'), { at: 0 }];
  const host = await listen(createSecure({ cert, key }, slowly(digest, next)));
  const http = createHttpClient({ ca: cert });
  const cutter = new FileCutter(file, undefined);
  const body = { kind: 'stream', content: cutter.take(file.size, () => {}), size: file.size } as const;
  const response = await http.send({ url: `https://${host}/v2/a/blobs/uploads/1`, method: 'PATCH', body });
  await response.discard();
  cutter.end();
  await http.close();
  expect([next.at, digest.digest('hex')]).toEqual([content.byteLength, sha256(content).slice('sha256:'.length)]);
});
