import { Agent, type ClientRequestArgs } from 'node:http';
import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { receiveInto } from './receive-into.js';

/** Connections without encryption that receive into memory that is used again. */
export class PlainAgent extends Agent {
  override createConnection(options: ClientRequestArgs): Socket {
    const onread = receiveInto(() => socket);
    const socket: Socket = connect({ ...options, onread } as NetConnectOpts);
    return socket;
  }
}
