import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request, type ClientRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sendStream } from '../../src/http/send-stream.js';

let server: Server;
let received: Promise<string>;
beforeEach(async () => {
  let settle = (_digest: string): void => {};
  received = new Promise((resolve) => (settle = resolve));
  server = createServer((asked, answer) => {
    const hash = createHash('sha256');
    asked
      .on('data', (chunk: Buffer) => hash.update(chunk))
      .on('end', () => {
        settle(hash.digest('hex'));
        answer.end();
      })
      .on('error', () => {});
  }).listen(0);
  await once(server, 'listening');
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

function put(): ClientRequest {
  const { port } = server.address() as AddressInfo;
  return request({ port, method: 'PUT' }).on('error', () => {});
}

/** Chunks of these sizes, all in the same memory: each holds only until the next one is asked for. */
function lent(sizes: readonly number[]): { chunks: AsyncGenerator<Uint8Array>; digest: string } {
  const memory = new Uint8Array(new SharedArrayBuffer(Math.max(...sizes)));
  const fill = (index: number): void => void memory.fill(index + 1);
  const hash = createHash('sha256');
  for (const [index, size] of sizes.entries()) hash.update(new Uint8Array(size).fill(index + 1));
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (const [index, size] of sizes.entries()) {
      fill(index);
      yield memory.subarray(0, size);
      // Every so often the next chunk takes a while.
      if (index % 7 === 6) await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
  return { chunks: chunks(), digest: hash.digest('hex') };
}

const MIB = 1024 * 1024;

describe('a body that is streamed', () => {
  test.each([
    ['small', Array.from({ length: 200 }, (_, index) => 1 + ((index * 7919) % 70_000))],
    ['of just the size of what gathers them', [512 * 1024 - 1, 1, 1, 512 * 1024 - 1, 300_000, 300_000]],
    ['large and small', [10, MIB, 10, 3 * MIB, 512 * 1024, 20_000, 0, 5]],
  ])('arrives as it was, in lent chunks: %s', async (_name, sizes) => {
    const { chunks, digest } = lent(sizes);
    const sent = put();
    const length = sizes.reduce((sum, size) => sum + size, 0);
    await sendStream(sent, chunks, length, () => false);
    expect(await received).toBe(digest);
  });

  test('ends when its request is dropped, however much there is', async () => {
    const sent = put();
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (let index = 0; ; index += 1) {
        if (index === 50) sent.destroy();
        yield new Uint8Array(100_000);
      }
    }
    await sendStream(sent, endless(), undefined, () => sent.destroyed);
    expect(sent.destroyed).toBe(true);
  });
});
