/** An error with a code that `network-error.ts` has words for: undici's, which speaks to proxies, and our own are the same. */
export function coded(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
