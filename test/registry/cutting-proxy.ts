import { createServer, request as forward, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Cuts the first `times` uploads after `afterBytes` of their body, and lets everything else through. */
export interface CuttingProxy {
  readonly host: string;
  /** `METHOD content-range` of every request that carried an upload. */
  readonly uploads: readonly string[];
  close(): Promise<void>;
}

/** Stands before a real registry on loopback. */
export async function startCuttingProxy(upstream: string, afterBytes: number, times: number): Promise<CuttingProxy> {
  const [hostname, port] = upstream.split(':');
  const uploads: string[] = [];
  let cuts = 0;
  const server: Server = createServer((request, response) => {
    const { socket, method = '' } = request;
    const up = forward({ hostname, port, method, path: request.url, headers: request.headers });
    up.on('error', () => socket.destroy());
    request.on('error', () => {});
    response.on('error', () => {});
    up.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    if (method === 'PATCH' || method === 'PUT')
      uploads.push(`${method} ${request.headers['content-range'] ?? ''}`.trim());
    let seen = 0;
    request.on('data', (chunk: Buffer) => {
      seen += chunk.byteLength;
      up.write(chunk);
      if ((method !== 'PATCH' && method !== 'PUT') || seen < afterBytes || cuts >= times) return;
      cuts++;
      request.removeAllListeners('data').pause();
      // The registry gets a moment to take what it was sent.
      setTimeout(() => {
        up.destroy();
        socket.destroy();
      }, 100);
    });
    request.on('end', () => up.end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    uploads,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}
