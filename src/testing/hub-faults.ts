import type { IncomingMessage } from 'node:http';

/** Something that goes wrong in the test Hub. */
export interface HubFault {
  /**
   * `drop`: the connection is cut after `after` bytes of the body. `truncate`: the body ends there as if complete.
   * `corrupt`: one bit of the body's byte `after` (the first unless given) is flipped. `status`: the request is answered with `status`.
   * `slow`: the answer waits `delayMs`. `other-commit`: X-Repo-Commit names another commit.
   */
  readonly kind: 'drop' | 'truncate' | 'corrupt' | 'status' | 'slow' | 'other-commit';
  /** Which requests: a part of `METHOD path?query`. All without it. */
  readonly match?: string | RegExp;
  /** How often; once unless given. */
  readonly times?: number;
  /** Bytes of the body that still come; 1000 unless given, 0 for `corrupt`. */
  readonly after?: number;
  /** 500 unless given. */
  readonly status?: number;
  readonly delayMs?: number;
}

/** The faults that are still to come, in the order in which they were asked for. */
export class FaultQueue {
  #pending: { readonly fault: HubFault; left: number }[] = [];

  add(fault: HubFault): void {
    this.#pending.push({ fault, left: fault.times ?? 1 });
  }

  /** The first pending fault that fits the request; it counts as used. */
  take(request: IncomingMessage): HubFault | undefined {
    const line = `${request.method ?? 'GET'} ${request.url ?? '/'}`;
    const entry = this.#pending.find(({ fault }) => {
      const { match } = fault;
      if (match === undefined) return true;
      return typeof match === 'string' ? line.includes(match) : match.test(line);
    });
    if (entry === undefined) return undefined;
    entry.left -= 1;
    if (entry.left <= 0) this.#pending = this.#pending.filter((other) => other !== entry);
    return entry.fault;
  }
}
