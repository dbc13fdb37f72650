import type { ClientRequestArgs } from 'node:http';
import { Agent, type AgentOptions } from 'node:https';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { receiveInto } from './receive-into.js';
import { coded } from './socket-error.js';

type Done = (error: Error | null, socket: Duplex) => void;

/**
 * Connections that are given out encrypted: a request that were written before would fail with what the system says of the socket, not
 * with what is wrong about the encryption.
 */
export class SecureAgent extends Agent {
  readonly #connectTimeoutMs: number;
  readonly #connecting = new Set<TLSSocket>();

  constructor(options: AgentOptions, connectTimeoutMs: number) {
    super(options);
    this.#connectTimeoutMs = connectTimeoutMs;
  }

  override createConnection(options: ClientRequestArgs, done: Done): undefined {
    const onread = receiveInto(() => socket);
    const socket: TLSSocket = super.createConnection({ ...options, onread } as ClientRequestArgs) as TLSSocket;
    this.#connecting.add(socket);
    const settle = (error: Error | null): void => {
      clearTimeout(timer);
      this.#connecting.delete(socket);
      socket.off('secureConnect', connected).off('error', settle).off('close', closed);
      if (error !== null) socket.on('error', () => {}).destroy();
      done(error, socket);
    };
    const connected = (): void => settle(null);
    const closed = (): void => settle(coded('UND_ERR_SOCKET', 'other side closed'));
    const late = (): void => settle(coded('UND_ERR_CONNECT_TIMEOUT', 'the connection took too long'));
    const timer = setTimeout(late, this.#connectTimeoutMs);
    socket.on('secureConnect', connected).on('error', settle).on('close', closed);
  }

  override destroy(): void {
    for (const socket of this.#connecting) socket.destroy();
    super.destroy();
  }
}
