import { parentPort, workerData } from 'node:worker_threads';
import type { HashAnswer, HashOrder, HashSetup } from './hash-messages.js';
import { RunningHash } from './running-hash.js';
import { stepBack } from './thread-priority.js';

interface Stream {
  readonly bytes: Uint8Array;
  readonly hash: RunningHash;
}

if ((workerData as HashSetup).stepsBack) stepBack();

// The hashing thread: SHA-256 of any number of streams, whose bytes lie in memory that both threads see.
const streams = new Map<number, Stream>();

function carryOut(order: Exclude<HashOrder, { kind: 'open' }>): HashAnswer {
  const { stream: id } = order;
  if (order.kind === 'close') {
    streams.delete(id);
    return { kind: 'closed', stream: id };
  }
  const stream = streams.get(id);
  if (stream === undefined) throw new Error(`stream ${id} is not open`);
  if (order.kind === 'rewind') return { kind: 'rewound', stream: id, offset: stream.hash.rewind(order.offset) };
  if (order.kind === 'digest') return { kind: 'digest', stream: id, hex: stream.hash.hex() };
  const bytes = order.memory === undefined ? stream.bytes : new Uint8Array(order.memory);
  stream.hash.update(bytes.subarray(order.start, order.end));
  return { kind: 'taken', stream: id };
}

parentPort?.on('message', (order: HashOrder) => {
  if (order.kind === 'open') {
    streams.set(order.stream, { bytes: new Uint8Array(order.memory), hash: new RunningHash() });
  } else {
    parentPort?.postMessage(carryOut(order));
  }
});
parentPort?.postMessage({ kind: 'ready' } satisfies HashAnswer);
