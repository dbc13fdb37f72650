import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { createHttpClient, type HttpClient, type HttpOptions } from '../../src/http/index.js';
import { failure } from '../registry/failure.js';

const servers: Server[] = [];
const sockets = new Set<Socket>();
const clients: HttpClient[] = [];

afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  for (const socket of sockets) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

interface Served {
  readonly url: string;
  /** What each connection has sent so far, in the order in which they were made. */
  readonly received: string[];
}

/** A server that is told every request's text, up to its empty line, and what is to be done with the socket. */
async function serve(answer: (socket: Socket, text: string, connection: number) => void): Promise<Served> {
  const received: string[] = [];
  const server = createServer((socket) => {
    const connection = received.push('') - 1;
    sockets.add(socket);
    socket.on('error', () => {});
    let rest = '';
    socket.on('data', (chunk) => {
      received[connection] += chunk.toString('latin1');
      rest += chunk.toString('latin1');
      for (let end = rest.indexOf('\r\n\r\n'); end >= 0; end = rest.indexOf('\r\n\r\n')) {
        const text = rest.slice(0, end);
        rest = rest.slice(end + 4);
        if (/^[A-Z]+ /.test(text)) answer(socket, text, connection);
      }
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, received };
}

function open(options: HttpOptions = {}): HttpClient {
  const client = createHttpClient({ attempts: 1, retryDelayMs: 1, ...options });
  clients.push(client);
  return client;
}

const OK = 'HTTP/1.1 200 OK\r\n';
const LONG = Buffer.alloc(5_000_000, 'x');

describe('answers', () => {
  test.each([
    ['with a length', `${OK}Content-Length: 5\r\n\r\nhello`],
    ['in chunks', `${OK}Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;name=value\r\nllo\r\n0\r\nTrailer: x\r\n\r\n`],
    [
      'after hints',
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n${OK}Content-Length: 5\r\n\r\nhello`,
    ],
    ['without a reason', 'HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello'],
  ])('%s come whole, however they are cut', async (_, text) => {
    for (const step of [1, 7, 1000]) {
      const server = await serve((socket) => {
        for (let at = 0; at < text.length; at += step) socket.write(text.slice(at, at + step), 'latin1');
      });
      const answer = await open().send({ url: server.url });
      expect(Buffer.from(await answer.bytes(100)).toString()).toBe('hello');
    }
  });

  test('a body may end with its connection', async () => {
    for (const version of ['1.1', '1.0']) {
      const server = await serve((socket) => socket.end(`HTTP/${version} 200 OK\r\n\r\nhello`));
      expect(Buffer.from(await (await open().send({ url: server.url })).bytes(100)).toString()).toBe('hello');
    }
  });

  test.each([204, 304])('%i has no body, whatever it says', async (status) => {
    const server = await serve((socket) => socket.write(`HTTP/1.1 ${status} X\r\nContent-Length: 9\r\n\r\n`));
    const answer = await open().send({ url: server.url });
    expect([answer.status, (await answer.bytes(10)).byteLength]).toEqual([status, 0]);
  });

  test.each([
    ['no HTTP', '220 mail.example ESMTP\r\n\r\n'],
    ['a length and chunks', `${OK}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    ['two lengths', `${OK}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello`],
    ['a length that is told twice', `${OK}Content-Length: 5, 5\r\n\r\nhello`],
    ['no number as a length', `${OK}Content-Length: -5\r\n\r\nhello`],
    ['a field with a NUL', `${OK}X: a\0b\r\nContent-Length: 0\r\n\r\n`],
    ['a status line that ends in a line feed alone', 'HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n'],
    ['a folded line', `${OK}X: a\r\n b\r\nContent-Length: 0\r\n\r\n`],
    ['a coding that was not asked for', `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`],
    ['another protocol', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n'],
    ['a head without end', `${OK}X: ${'y'.repeat(40_000)}\r\n\r\n`],
  ])('%s is refused', async (_, text) => {
    const server = await serve((socket) => socket.write(text, 'latin1'));
    expect((await failure(open().send({ url: server.url }))).code).toBe('NET_PROTOCOL');
  });

  test.each([
    ['a chunk whose size is no number', 'x\r\n'],
    ['a chunk longer than it says', '1\r\nabc\r\n'],
    ['a line that is no field after the body', '0\r\nno field\r\n\r\n'],
    ['fields without end after the body', `0\r\n${`a: ${'b'.repeat(1000)}\r\n`.repeat(20)}`],
  ])('%s is refused', async (_, text) => {
    const server = await serve((socket) => socket.write(`${OK}Transfer-Encoding: chunked\r\n\r\n${text}`));
    const error = await failure((async () => (await open().send({ url: server.url })).bytes(100))());
    expect(error.code).toBe('NET_PROTOCOL');
  });

  test('a body whose reader waits does not pile up', async () => {
    let isSent = false;
    const server = await serve((socket) => {
      socket.write(`${OK}Content-Length: ${LONG.byteLength * 8}\r\n\r\n`);
      for (let turn = 0; turn < 8; turn++) socket.write(LONG, () => (isSent = turn === 7));
    });
    const answer = await open().send({ url: server.url });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(isSent).toBe(false);
    let size = 0;
    for await (const chunk of answer.body) size += chunk.byteLength;
    expect(size).toBe(LONG.byteLength * 8);
  });

  test('what was received stays as it is while other connections receive', async () => {
    const fills = [1, 2, 3];
    const client = open();
    const bodies = await Promise.all(
      fills.map(async (fill) => {
        const server = await serve((socket) => {
          socket.write(`${OK}Content-Length: ${LONG.byteLength * 4}\r\n\r\n`);
          for (let turn = 0; turn < 4; turn++) socket.write(Buffer.alloc(LONG.byteLength, fill));
        });
        const chunks: Uint8Array[] = [];
        for await (const chunk of (await client.send({ url: server.url })).body) chunks.push(chunk);
        return chunks;
      }),
    );
    const wrong = bodies.map((chunks, index) =>
      chunks.filter((chunk) => !chunk.every((byte) => byte === fills[index])),
    );
    expect(wrong).toEqual([[], [], []]);
    const sizes = bodies.map((chunks) => chunks.reduce((sum, { byteLength }) => sum + byteLength, 0));
    expect(sizes).toEqual(fills.map(() => LONG.byteLength * 4));
  });
});

describe('connections', () => {
  test('one carries request after request', async () => {
    const server = await serve((socket, text) =>
      socket.write(text.startsWith('HEAD') ? `${OK}Content-Length: 9\r\n\r\n` : `${OK}Content-Length: 2\r\n\r\nok`),
    );
    const client = open();
    for (const method of ['GET', 'HEAD', 'POST', 'GET'])
      await (await client.send({ url: server.url, method })).bytes(9);
    expect(server.received).toHaveLength(1);
    expect(server.received[0]).toContain('POST / HTTP/1.1\r\n');
    expect(server.received[0]).toContain('Content-Length: 0\r\n');
  });

  test.each([
    ['says that it closes', `${OK}Connection: close\r\nContent-Length: 0\r\n\r\n`],
    ['sends more than was asked for', `${OK}Content-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad`],
  ])('one whose server %s is not used again', async (_, text) => {
    const server = await serve((socket) => socket.write(text));
    const client = open();
    for (let turn = 0; turn < 2; turn++)
      expect((await (await client.send({ url: server.url })).bytes(9)).byteLength).toBe(0);
    expect(server.received).toHaveLength(2);
  });

  test('one that was closed meanwhile costs a question nothing, and a POST is not sent twice', async () => {
    const server = await serve((socket, text, connection) => {
      // The second request over the first connection finds it closed.
      if (connection === 0 && text.includes('/second')) socket.destroy();
      else socket.write(`${OK}Content-Length: 0\r\n\r\n`);
    });
    const client = open();
    await client.send({ url: server.url });
    expect((await client.send({ url: `${server.url}second` })).status).toBe(200);
    expect(server.received).toHaveLength(2);
    const other = await serve((socket, text) => {
      if (text.includes('/second')) socket.destroy();
      else socket.write(`${OK}Content-Length: 0\r\n\r\n`);
    });
    await client.send({ url: other.url });
    const error = await failure(client.send({ url: `${other.url}second`, method: 'POST' }));
    expect([error.code, other.received.length]).toEqual(['NET_UNREACHABLE', 1]);
  });

  test('one whose last answer waits for its reader brings the next one all the same', async () => {
    // More than is received ahead, the end of it in the same piece as what fills the room.
    const body = Buffer.alloc(1024 * 1024, 'x');
    const server = await serve((socket) => {
      socket.write(`${OK}Content-Length: ${body.byteLength}\r\n\r\n`);
      socket.write(body);
    });
    const client = open();
    const answers = [];
    for (let turn = 0; turn < 3; turn++) {
      answers.push(await client.send({ url: server.url }));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    for (const answer of answers) expect((await answer.bytes(2_000_000)).byteLength).toBe(body.byteLength);
  });

  test('closing the client ends what is under way', async () => {
    const server = await serve(() => {});
    const client = open();
    const asked = failure(client.send({ url: server.url }));
    await new Promise((resolve) => setTimeout(resolve, 20));
    await client.close();
    expect((await asked).code).toBe('NET_UNREACHABLE');
  });
});

describe('requests', () => {
  async function* pieces(...parts: string[]): AsyncGenerator<Uint8Array> {
    for (const part of parts) yield Buffer.from(part);
  }

  test('a stream of unknown length goes in chunks, one of a known length as it is', async () => {
    const server = await serve((socket, text) => {
      if (/^(PATCH|PUT) /.test(text)) setTimeout(() => socket.write(`${OK}Content-Length: 0\r\n\r\n`), 30);
    });
    const client = open();
    const url = server.url;
    await client.send({ url, method: 'PATCH', body: { kind: 'stream', content: pieces('one', '', 'two') } });
    await client.send({ url, method: 'PUT', body: { kind: 'stream', content: pieces('one', 'two'), size: 6 } });
    const [sent = ''] = server.received;
    expect(sent).toContain('Transfer-Encoding: chunked\r\n\r\n3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n');
    expect(sent).toMatch(/content-length: 6\r\n(?:.+\r\n)*\r\nonetwo$/);
  });

  test.each([
    ['more', ['one', 'two']],
    ['less', ['o']],
  ])('a stream that gives %s than it says fails', async (_, parts) => {
    const server = await serve(() => {});
    const body = { kind: 'stream', content: pieces(...parts), size: 3 } as const;
    const error = await failure(open().send({ url: server.url, method: 'PUT', body }));
    expect(error.details.got).toContain('a body of 3 bytes');
  });

  test('what a stream throws is thrown, and the server sees the end', async () => {
    const server = await serve(() => {});
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('one');
      throw new Error('the disk is gone');
    }
    const error = await failure(
      open().send({ url: server.url, method: 'PUT', body: { kind: 'stream', content: broken(), size: 6 } }),
    );
    expect(error.details.got).toContain('the disk is gone');
  });

  test('an answer that comes before all is sent counts, and ends the stream', async () => {
    const server = await serve((socket) => socket.write('HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n'));
    let isEnded = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) {
          yield Buffer.alloc(1000);
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      } finally {
        isEnded = true;
      }
    }
    const client = open();
    const answer = await client.send({
      url: server.url,
      method: 'PATCH',
      body: { kind: 'stream', content: endless() },
    });
    expect(answer.status).toBe(413);
    await expect.poll(() => isEnded).toBe(true);
    await client.send({ url: server.url });
    expect(server.received).toHaveLength(2);
  });

  test('a header that would end its line is not sent', async () => {
    const server = await serve(() => {});
    for (const value of ['a\r\nX-Evil: 1', 'a\nb', 'a\0'])
      await failure(open().send({ url: server.url, headers: { 'x-a': value } }));
    expect(server.received.join('')).toBe('');
  });

  test('a thousand requests that wait for one signal are one listener', async () => {
    const warnings: string[] = [];
    const hear = (warning: Error): number => warnings.push(warning.name);
    process.on('warning', hear);
    const server = await serve((socket) => socket.write(`${OK}Content-Length: 0\r\n\r\n`));
    const client = open();
    const { signal } = new AbortController();
    await Promise.all(Array.from({ length: 40 }, () => client.send({ url: server.url, signal })));
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', hear);
    expect(warnings).toEqual([]);
  });
});
