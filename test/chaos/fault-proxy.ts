import { createServer, request as forward, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from './random.js';

const FAULTS = [
  'status',
  'cut-request',
  'cut-response',
  'lose-response',
  'truncate-response',
  'corrupt-request',
  'corrupt-response',
  'wrong-digest',
  'delay',
  'expire-tokens',
] as const;
type Fault = (typeof FAULTS)[number];

const STATUSES = [429, 500, 502, 503, 504];

export interface FaultProxyOptions {
  readonly random: Random;
  /** Share of requests that something happens to. */
  readonly rate: number;
  readonly expireTokens: () => void;
}

/** Stands between a client and a registry on loopback and does what networks do. */
export class FaultProxy {
  readonly #options: FaultProxyOptions;
  readonly #server: Server;
  readonly counts: Map<Fault, number> = new Map();
  #upstream = '';
  /** False lets everything through. */
  active = true;

  constructor(options: FaultProxyOptions) {
    this.#options = options;
    this.#server = createServer((request, response) => void this.#handle(request, response));
    this.#server.requestTimeout = 0;
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** `host:port` of the registry. */
  connect(upstream: string): void {
    this.#upstream = upstream;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const fault = this.#draw();
    // Whatever is cut off: neither side of this proxy may bring the test down.
    for (const stream of [request, response]) stream.on('error', () => {});
    if (fault === 'delay') await sleep(this.#options.random.below(60));
    if (fault === 'expire-tokens') this.#options.expireTokens();
    if (fault === 'status') {
      const status = this.#options.random.pick(STATUSES);
      response.writeHead(status, status === 429 ? { 'retry-after': '0' } : {}).end();
      return;
    }
    const upstream = this.#forward(request, response, fault);
    await this.#copyRequest(request, upstream, fault).catch(() => upstream.destroy());
  }

  #draw(): Fault | undefined {
    const { random, rate } = this.#options;
    if (!this.active || random.next() >= rate) return undefined;
    const fault = random.pick(FAULTS);
    this.counts.set(fault, (this.counts.get(fault) ?? 0) + 1);
    return fault;
  }

  #forward(request: IncomingMessage, response: ServerResponse, fault: Fault | undefined): ReturnType<typeof forward> {
    const [hostname, port] = this.#upstream.split(':');
    const { socket } = request;
    const upstream = forward({ hostname, port, method: request.method, path: request.url, headers: request.headers });
    upstream.on('error', () => socket.destroy());
    upstream.on('response', (answer) => {
      answer.on('error', () => socket.destroy());
      if (fault === 'lose-response') socket.destroy();
      else void this.#copyResponse(request, answer, response, fault).catch(() => socket.destroy());
    });
    return upstream;
  }

  async #copyRequest(
    request: IncomingMessage,
    upstream: ReturnType<typeof forward>,
    fault: Fault | undefined,
  ): Promise<void> {
    const { socket } = request;
    const at = this.#options.random.below(150_000);
    let done = 0;
    for await (const chunk of request as AsyncIterable<Uint8Array>) {
      const before = done;
      done += chunk.byteLength;
      if (fault === 'cut-request' && done > at) {
        upstream.write(chunk.subarray(0, at - before));
        await sleep(5);
        upstream.destroy();
        socket.destroy();
        return;
      }
      const sent = fault === 'corrupt-request' && before <= at && at < done ? flipped(chunk, at - before) : chunk;
      if (!upstream.write(sent))
        await Promise.race([new Promise((resolve) => upstream.once('drain', resolve)), sleep(1000)]);
    }
    upstream.end();
  }

  async #copyResponse(
    request: IncomingMessage,
    answer: IncomingMessage,
    response: ServerResponse,
    fault: Fault | undefined,
  ): Promise<void> {
    const headers = { ...answer.headers };
    const length = Number(headers['content-length'] ?? 0);
    const at = this.#options.random.below(Math.max(1, length));
    const hasBody = request.method === 'GET' && length > 0;
    if (fault === 'truncate-response' && hasBody) headers['content-length'] = String(at);
    if (fault === 'wrong-digest' && headers['docker-content-digest'] !== undefined) {
      headers['docker-content-digest'] = `sha256:${'0'.repeat(64)}`;
    }
    response.writeHead(answer.statusCode ?? 500, headers);
    let done = 0;
    for await (const chunk of answer as AsyncIterable<Uint8Array>) {
      const before = done;
      done += chunk.byteLength;
      const within = before <= at && at < done;
      if (fault === 'truncate-response' && within) return void response.end(chunk.subarray(0, at - before));
      if (fault === 'cut-response' && within)
        return void response.write(chunk.subarray(0, at - before), () => request.socket.destroy());
      // A wrong token or upload address would be refused, which is a fault of its own; content is what must be noticed.
      const corrupt = fault === 'corrupt-response' && within && /\/(blobs|manifests)\//.test(request.url ?? '');
      response.write(corrupt ? flipped(chunk, at - before) : chunk);
    }
    response.end();
  }
}

function flipped(chunk: Uint8Array, at: number): Uint8Array {
  const copy = Uint8Array.from(chunk);
  copy[at] = (copy[at] ?? 0) ^ 0x40;
  return copy;
}
