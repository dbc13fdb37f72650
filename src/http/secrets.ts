import { decodePercent } from '../core/index.js';
const MASK = '***';
// Shorter values would blot out ordinary words.
const SHORTEST = 4;

/** A URL as it may be shown: no user information, no query (presigned URLs carry their signature there), no fragment. */
export function displayUrl(url: string | URL): string {
  try {
    const { protocol, host, pathname } = new URL(url);
    return `${protocol}//${host}${pathname}`;
  } catch {
    return 'an invalid URL';
  }
}

/** Values that must never appear in a message. They are found by value, whatever text they end up in. */
export class Secrets {
  readonly #values = new Set<string>();

  add(value: string): void {
    if (value.length < SHORTEST) return;
    this.#values.add(value);
    const encoded = encodeURIComponent(value);
    if (encoded !== value) this.#values.add(encoded);
  }

  /** Registers what an Authorization (or other credential) header carries. */
  addHeader(name: string, value: string): void {
    const lower = name.toLowerCase();
    if (!/authorization|cookie|token|secret|key/.test(lower)) return;
    const [scheme, rest] = splitOnce(value, ' ');
    this.add(rest === '' ? value : rest);
    if (scheme.toLowerCase() !== 'basic') return;
    const [, password] = splitOnce(Buffer.from(rest, 'base64').toString(), ':');
    this.add(password);
  }

  /** Registers user information and query values of a URL that is about to be asked. */
  addUrl(url: URL): void {
    if (url.password !== '') this.add(decodePercent(url.password) ?? url.password);
    for (const [name, value] of url.searchParams) {
      if (/signature|token|credential|secret|policy|^sig$/i.test(name)) this.add(value);
    }
  }

  redact(text: string): string {
    let clean = text;
    for (const value of [...this.#values].sort((a, b) => b.length - a.length)) clean = clean.replaceAll(value, MASK);
    return clean;
  }
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
