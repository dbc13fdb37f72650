import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { Answer } from '../response.js';
import { DirectConnection, type ConnectionOwner } from './direct-connection.js';
import { onAbort } from './on-abort.js';
import type { DirectRequest } from './request-head.js';
import { coded } from './socket-error.js';

/** Received at once at most. */
const ROOM = 128 * 1024;
const KEEP_ALIVE_PROBE_MS = 60_000;

type Connect = (options: object) => Socket;

/** What names and certificates a connection is made with. */
export type Connecting = Pick<ConnectionOptions, 'lookup' | 'ca' | 'cert' | 'key'>;

/** How a host is connected to. */
export interface DirectTarget {
  /** Connections with the same key are interchangeable. */
  readonly key: string;
  /** Names and certificates. */
  readonly connecting: Connecting;
  /** Milliseconds for the connection and its encryption. */
  readonly connectTimeoutMs: number;
}

/** Connections to hosts that are reached without a proxy; each carries one request at a time and is kept for the next one. */
export class DirectConnections {
  readonly #open = new Set<DirectConnection>();
  /** Those that carry nothing now, the last used one last. */
  readonly #free = new Map<string, DirectConnection[]>();
  /** What makes the next handshake with a host a short one. */
  readonly #sessions = new Map<string, Buffer>();
  #room: Uint8Array | undefined;

  /** Sends a request over a connection that is free, or a new one. Rejects as {@link DirectConnection.send} does. */
  async request(target: DirectTarget, request: DirectRequest): Promise<Answer> {
    const kept = this.#takeFree(target.key);
    if (kept === undefined) return this.#fresh(target, request);
    try {
      return await kept.send(request);
    } catch (error) {
      const again = kept.wasStale && request.repeatable && !request.signals.some((signal) => signal.aborted);
      if (!again) throw error;
      return this.#fresh(target, request);
    }
  }

  /** Ends all connections, with what they carry. */
  destroy(): void {
    for (const connection of this.#open) connection.destroy();
    this.#open.clear();
    this.#free.clear();
  }

  async #fresh(target: DirectTarget, request: DirectRequest): Promise<Answer> {
    return (await this.#connect(target, request)).send(request);
  }

  #takeFree(key: string): DirectConnection | undefined {
    const free = this.#free.get(key);
    for (;;) {
      const connection = free?.pop();
      if (connection === undefined || connection.isOpen) return connection;
    }
  }

  async #connect(target: DirectTarget, request: DirectRequest): Promise<DirectConnection> {
    const isSecure = request.url.protocol === 'https:';
    const { connect } = await (isSecure ? import('node:tls') : import('node:net'));
    this.#room ??= Buffer.allocUnsafeSlow(ROOM);
    const options = this.#options(target, request.url, isSecure);
    const sockets: Socket[] = [];
    const connection = new DirectConnection(
      (onread) => {
        const socket = (connect as Connect)({ ...options, onread });
        if (isSecure) socket.on('session', (session: Buffer) => this.#sessions.set(target.key, session));
        sockets.push(socket);
        return socket;
      },
      this.#room,
      this.#ownerOf(target.key),
    );
    this.#open.add(connection);
    try {
      const [socket] = sockets;
      if (socket !== undefined) await connected(socket, isSecure, target.connectTimeoutMs, request.signals);
    } catch (error) {
      connection.destroy();
      throw error;
    }
    return connection;
  }

  #options({ key, connecting }: DirectTarget, url: URL, isSecure: boolean): object {
    const session = isSecure ? this.#sessions.get(key) : undefined;
    return { ...addressOf(url, isSecure), ...connecting, ...(session !== undefined && { session }) };
  }

  #ownerOf(key: string): ConnectionOwner {
    return {
      onFree: (connection) => {
        const free = this.#free.get(key);
        if (free === undefined) this.#free.set(key, [connection]);
        else free.push(connection);
      },
      onClosed: (connection) => {
        this.#open.delete(connection);
        const free = this.#free.get(key);
        const at = free?.indexOf(connection) ?? -1;
        if (at >= 0) free?.splice(at, 1);
      },
    };
  }
}

/** Waits for a connection and its encryption. */
async function connected(
  socket: Socket,
  isSecure: boolean,
  timeoutMs: number,
  signals: readonly AbortSignal[],
): Promise<void> {
  const ends: (() => void)[] = [];
  try {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(coded('UND_ERR_CONNECT_TIMEOUT', 'the connection took too long')),
        timeoutMs,
      );
      ends.push(() => clearTimeout(timer), ...signals.map((signal) => onAbort(signal, reject)));
      socket.once(isSecure ? 'secureConnect' : 'connect', resolve);
      socket.once('error', reject);
      socket.once('close', () => reject(coded('UND_ERR_SOCKET', 'other side closed')));
    });
  } finally {
    for (const end of ends) end();
  }
}

function addressOf(url: URL, isSecure: boolean): object {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? (isSecure ? 443 : 80) : Number(url.port);
  const isName = !/^[\d.]+$/.test(host) && !host.includes(':');
  return {
    host,
    port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: KEEP_ALIVE_PROBE_MS,
    ...(isSecure && { servername: isName ? host : '', ALPNProtocols: ['http/1.1'] }),
  };
}
