import type { Direction, HostTraffic } from '../core/index.js';

interface Flow {
  bytes: number;
  /** Requests that wait for the host now. */
  waiting: number;
  since: number;
  waitedMs: number;
}

/** Adds up the bytes that move over the network, by host, and the time in which at least one request waited for it. */
export class Traffic {
  readonly #hosts = new Map<string, Record<Direction, Flow>>();
  readonly #now: () => number;

  /** `now`: milliseconds since an arbitrary origin. */
  constructor(now: () => number) {
    this.#now = now;
  }

  count(direction: Direction, host: string, bytes: number): void {
    this.#flow(direction, host).bytes += bytes;
  }

  wait(direction: Direction, host: string, isWaiting: boolean): void {
    const flow = this.#flow(direction, host);
    if (isWaiting && flow.waiting === 0) flow.since = this.#now();
    flow.waiting += isWaiting ? 1 : -1;
    if (flow.waiting === 0) flow.waitedMs += this.#now() - flow.since;
  }

  /** Sorted by name. */
  hosts(): HostTraffic[] {
    return [...this.#hosts]
      .map(([host, { received, sent }]) => ({
        host,
        received: received.bytes,
        sent: sent.bytes,
        receivingMs: Math.round(received.waitedMs),
        sendingMs: Math.round(sent.waitedMs),
      }))
      .sort((a, b) => (a.host < b.host ? -1 : 1));
  }

  #flow(direction: Direction, host: string): Flow {
    const known = this.#hosts.get(host) ?? { received: newFlow(), sent: newFlow() };
    this.#hosts.set(host, known);
    return known[direction];
  }
}

function newFlow(): Flow {
  return { bytes: 0, waiting: 0, since: 0, waitedMs: 0 };
}
