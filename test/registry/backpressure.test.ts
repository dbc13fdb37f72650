import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { sha256, type ModelFile } from '../../src/files/index.js';
import { openRegistry } from '../../src/registry/index.js';

// Memory is bounded when nothing runs ahead: what is on its way is at most what sockets hold.
const AHEAD = 24 * 1024 * 1024;
const MIB = 1024 * 1024;

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

describe('nothing runs ahead', () => {
  test('a source is read no faster than a slow registry takes it', async () => {
    let [produced, taken, most] = [0, 0, 0];
    const host = await listen(
      createServer((request, response) => {
        void (async (): Promise<void> => {
          for await (const chunk of request as AsyncIterable<Uint8Array>) {
            taken += chunk.byteLength;
            most = Math.max(most, produced - taken);
            if (taken % (4 * MIB) < chunk.byteLength) await sleep(5);
          }
          const location = `/v2/a/blobs/uploads/1?at=${taken}`;
          if (request.method === 'PUT') response.writeHead(201).end();
          else response.writeHead(202, { location, range: `0-${Math.max(0, taken - 1)}` }).end();
        })();
      }),
    );
    const size = 200 * MIB;
    const file: ModelFile = {
      path: 'large',
      size,
      async *read(range) {
        const { start, end } = range ?? { start: 0, end: size };
        for (let at = start; at < end; at += MIB) {
          produced += MIB;
          yield new Uint8Array(MIB);
        }
      },
    };
    const pushed = await openRegistry(`${host}/a`).pushBlob(file);
    expect([pushed.size, taken]).toEqual([size, size]);
    expect(most).toBeLessThan(AHEAD);
  });

  test('a registry is read no faster than a slow consumer takes it', async () => {
    const size = 200 * MIB;
    let [sent, taken, most] = [0, 0, 0];
    const host = await listen(
      createServer((_, response) => {
        void (async (): Promise<void> => {
          response.writeHead(200, { 'content-length': size });
          for (; sent < size; sent += MIB) {
            const ready = response.write(new Uint8Array(MIB));
            if (!ready) await new Promise((resolve) => response.once('drain', resolve));
          }
          response.end();
        })();
      }),
    );
    const blob = { digest: sha256(new Uint8Array(size)), size };
    for await (const chunk of openRegistry(`${host}/a`).readBlob(blob)) {
      taken += chunk.byteLength;
      most = Math.max(most, sent - taken);
      if (taken % (4 * MIB) < chunk.byteLength) await sleep(5);
    }
    expect(taken).toBe(size);
    expect(most).toBeLessThan(AHEAD);
  });
});
