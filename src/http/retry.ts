import { STATUS_CODES } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { abortedError } from '../core/index.js';

/** Longest wait that a server may ask for; beyond it the answer is handed on. */
const LONGEST_WAIT_MS = 300_000;
const LONGEST_BACKOFF_MS = 30_000;

/** `HTTP 429 (too many requests)`. */
export function statusText(status: number): string {
  const name = STATUS_CODES[status]?.toLowerCase();
  return name === undefined ? `HTTP ${status}` : `HTTP ${status} (${name})`;
}

/**
 * Milliseconds that an answer asks to wait: `Retry-After` (RFC 9110 §10.2.3: seconds or a date), else the time until a quota
 * that is used up is filled again (`RateLimit`, or the `RateLimit-Reset` of earlier drafts); `undefined` when it does not say.
 */
export function retryAfterMs(headers: Pick<Headers, 'get'>, now: number): number | undefined {
  const value = headers.get('retry-after')?.trim();
  if (value === undefined || value === '') return quotaResetMs(headers);
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? quotaResetMs(headers) : Math.max(0, date - now);
}

/**
 * `RateLimit: "resolvers";r=0;t=30` (draft-ietf-httpapi-ratelimit-headers): `r` requests are left, and in `t` seconds the
 * quota is whole again. Of several quotas those that are used up count, and of them the one that takes longest.
 */
function quotaResetMs(headers: Pick<Headers, 'get'>): number | undefined {
  const quotas = (headers.get('ratelimit') ?? '').slice(0, 4096).split(',');
  const waits = quotas.flatMap((quota) => {
    const parameter = (name: string): string | undefined =>
      new RegExp(`[;,\\s]${name}=(\\d{1,9})\\b`).exec(`;${quota}`)?.[1];
    const [remaining, seconds] = [parameter('r') ?? parameter('remaining'), parameter('t') ?? parameter('reset')];
    return seconds !== undefined && Number(remaining ?? 0) === 0 ? [Number(seconds)] : [];
  });
  const reset = headers.get('ratelimit-reset')?.trim() ?? '';
  if (waits.length === 0 && /^\d{1,9}$/.test(reset) && Number(headers.get('ratelimit-remaining') ?? 0) === 0) {
    waits.push(Number(reset));
  }
  return waits.length === 0 ? undefined : Math.max(...waits) * 1000;
}

/** How long to wait before attempt `attempt + 1`, or `undefined` when the server asks for too much patience. */
export function delayBefore(attempt: number, baseMs: number, asked: number | undefined): number | undefined {
  if (asked !== undefined && asked > LONGEST_WAIT_MS) return undefined;
  const ceiling = Math.min(LONGEST_BACKOFF_MS, baseMs * 2 ** (attempt - 1));
  // Half of it is fixed and half is random: clients that failed together do not come back together.
  const backoff = ceiling / 2 + (Math.random() * ceiling) / 2;
  return Math.round(Math.max(asked ?? 0, backoff));
}

/** Waits, or throws `ABORTED` at once when the signal fires. */
export async function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, undefined, signal === undefined ? {} : { signal });
  } catch (error) {
    throw signal?.aborted ? abortedError(signal) : error;
  }
}

export interface Backoff {
  /** Failures so far, 1 or more. */
  readonly attempt: number;
  readonly baseMs: number;
  /** What a Retry-After asked for. */
  readonly askedMs?: number;
  readonly signal?: AbortSignal;
  readonly onWait?: (delayMs: number) => void;
}

/** Waits before something is tried again. False (at once) when the server asks for more than five minutes. */
export async function backoff({ attempt, baseMs, askedMs, signal, onWait }: Backoff): Promise<boolean> {
  const delayMs = delayBefore(attempt, baseMs, askedMs);
  if (delayMs === undefined) return false;
  onWait?.(delayMs);
  await wait(delayMs, signal);
  return true;
}
