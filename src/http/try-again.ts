/**
 * Is this worth another try? The one table for every client: the Hub's, Xet's, a registry's, a token server's, Harbor's.
 * `nothing done`: the server says that it has not begun (RFC 6585 §4, RFC 9110 §15.6.4), so any request may be repeated.
 * `may pass`: the same request may come out otherwise; it may also have been carried out, so only what is idempotent is
 * repeated. A status that is not here stays what it is: 501 and 505 are about the server's abilities, 507 about its disk.
 */
const STATUSES: ReadonlyMap<number, 'nothing done' | 'may pass'> = new Map([
  [408, 'may pass'],
  [425, 'may pass'],
  [429, 'nothing done'],
  [500, 'may pass'],
  [502, 'may pass'],
  [503, 'nothing done'],
  [504, 'may pass'],
  // Of Cloudflare, which stands before the Hub and many registries: the origin failed, hung or could not be reached.
  [520, 'may pass'],
  [521, 'may pass'],
  [522, 'may pass'],
  [523, 'may pass'],
  [524, 'may pass'],
]);

/** Methods that may be sent twice (RFC 9110 §9.2.2). */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE']);

export function isIdempotent(method: string): boolean {
  return IDEMPOTENT.has(method);
}

/** True when an answer of this status may come out otherwise if the request is sent again. */
export function isTransient(status: number, idempotent = true): boolean {
  const verdict = STATUSES.get(status);
  return idempotent ? verdict !== undefined : verdict === 'nothing done';
}

/** True when it was the server that could not, whether or not another try would help: its error says "unavailable". */
export function isServersFault(status: number): boolean {
  return status >= 500 || isTransient(status);
}
