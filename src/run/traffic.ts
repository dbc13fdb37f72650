import type { HostTraffic } from '../core/index.js';

/** Adds up the bytes that move over the network, by host. */
export class Traffic {
  readonly #hosts = new Map<string, { received: number; sent: number }>();

  count(direction: 'received' | 'sent', host: string, bytes: number): void {
    const known = this.#hosts.get(host) ?? { received: 0, sent: 0 };
    known[direction] += bytes;
    this.#hosts.set(host, known);
  }

  /** Sorted by name. */
  hosts(): HostTraffic[] {
    return [...this.#hosts].map(([host, bytes]) => ({ host, ...bytes })).sort((a, b) => (a.host < b.host ? -1 : 1));
  }
}
