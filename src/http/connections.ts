import type { Agent } from 'node:http';
import type { ConnectionOptions } from 'node:tls';
import { CONNECT_TIMEOUT_MS, Exchange, type PlainRequest } from './exchange.js';
import type { Answer } from './response.js';

/** A connection that carries nothing for so long is closed: converters compute between two requests. */
const KEEP_MS = 15_000;
const KEEP_ALIVE_PROBE_MS = 60_000;
/** Bytes of a body that are received before its reader asks for them: a reader that stops and starts must not stop the sender. */
const BODY_AHEAD = 1024 * 1024;

/** What names and certificates a connection is made with. */
export type Connecting = Pick<ConnectionOptions, 'lookup' | 'ca' | 'cert' | 'key'>;

/** How a host is connected to. */
export interface ConnectionTarget {
  /** Connections with the same key are interchangeable. */
  readonly key: string;
  /** Names and certificates. */
  readonly connecting: Connecting;
}

/** Connections of Node's to hosts that are reached without a proxy; each carries one request at a time and is kept for the next one. */
export class Connections {
  readonly #agents = new Map<string, Agent>();

  /** Sends a request over a connection that is free, or a new one. Rejects as {@link Exchange.run} does. */
  async request(target: ConnectionTarget, request: PlainRequest): Promise<Answer> {
    const module = await (request.url.protocol === 'https:' ? import('node:https') : import('node:http'));
    const agent = this.#agents.get(target.key) ?? (await this.#create(target, request.url));
    for (;;) {
      const sent = module.request(request.url, {
        agent,
        method: request.method,
        headers: request.headers,
        insecureHTTPParser: false,
      });
      const exchange = new Exchange(sent, request);
      try {
        return await exchange.run();
      } catch (error) {
        const again = exchange.wasStale && request.repeatable && !request.signals.some((signal) => signal.aborted);
        if (!again) throw error;
      }
    }
  }

  /** Ends all connections, with what they carry. */
  destroy(): void {
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
  }

  async #create({ key, connecting }: ConnectionTarget, url: URL): Promise<Agent> {
    const options = {
      keepAlive: true,
      keepAliveMsecs: KEEP_ALIVE_PROBE_MS,
      timeout: KEEP_MS,
      highWaterMark: BODY_AHEAD,
      lookup: connecting.lookup,
    };
    const agent = url.protocol === 'https:' ? await secureAgent(options, connecting) : await plainAgent(options);
    this.#agents.set(key, agent);
    return agent;
  }
}

async function plainAgent(options: object): Promise<Agent> {
  const { PlainAgent } = await import('./plain-agent.js');
  return new PlainAgent(options);
}

/** Whom to trust is read once, not for every connection. */
async function secureAgent(options: object, { ca, cert, key }: Connecting): Promise<Agent> {
  const [{ SecureAgent }, { createSecureContext }] = await Promise.all([
    import('./secure-agent.js'),
    import('node:tls'),
  ]);
  return new SecureAgent({ ...options, secureContext: createSecureContext({ ca, cert, key }) }, CONNECT_TIMEOUT_MS);
}
