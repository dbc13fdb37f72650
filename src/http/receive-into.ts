import type { OnReadOpts } from 'node:net';
import type { Duplex } from 'node:stream';

/** What one look at a socket brings at most. */
const ROOM_BYTES = 256 * 1024;

let room: Buffer | undefined;

/**
 * What a socket is to be connected with so that it receives into memory that is used again: by itself it asks for 64 KiB for each
 * look, and the engine stops for garbage by the buffers that were made. One memory serves all sockets: Node's parser copies what is of a
 * body before another socket has its turn. `socket`: asked for when something has come.
 */
export function receiveInto(socket: () => Duplex | undefined): OnReadOpts {
  const buffer = (room ??= Buffer.allocUnsafeSlow(ROOM_BYTES));
  return { buffer, callback: (count) => socket()?.emit('data', buffer.subarray(0, count)) !== undefined };
}
