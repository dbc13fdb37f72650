import type { Agent, Dispatcher, ProxyAgent } from 'undici';

/** What of undici the client is built on. */
export interface Engine {
  readonly Agent: typeof Agent;
  /** Sends a request over the connections of `dispatcher`. */
  request(dispatcher: Dispatcher, url: URL, options: RequestOptions): Promise<Dispatcher.ResponseData>;
}

export type RequestOptions = Omit<Dispatcher.RequestOptions, 'origin' | 'path'>;

let engine: Promise<Engine> | undefined;

/**
 * The client's engine, loaded with the first request: most commands on local files never need it. Only its parts that are needed
 * are loaded, or all of it should they no longer be where they were.
 */
export async function loadEngine(): Promise<Engine> {
  engine ??= parts().catch(whole);
  return engine;
}

/** What requests go through a proxy with; its tunnels need all of undici. Loaded where there is one. */
export async function loadProxyAgent(): Promise<typeof ProxyAgent> {
  return (await import('undici')).ProxyAgent;
}

async function parts(): Promise<Engine> {
  const [{ default: agent }, { default: request }] = await Promise.all([
    import('undici/lib/dispatcher/agent.js'),
    import('undici/lib/api/api-request.js'),
  ]);
  return {
    Agent: agent,
    request: async (dispatcher, { origin, pathname, search }, options) =>
      request.call(dispatcher, { ...options, origin, path: `${pathname}${search}` }),
  };
}

async function whole(): Promise<Engine> {
  const { Agent: agent, request } = await import('undici');
  return { Agent: agent, request: async (dispatcher, url, options) => request(url, { ...options, dispatcher }) };
}
