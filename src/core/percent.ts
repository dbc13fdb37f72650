/** Percent-encoded text (RFC 3986 §2.1, UTF-8) as it reads; `undefined` for what encodes none, as `%E0`. */
export function decodePercent(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
