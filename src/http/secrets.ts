import { decodePercent, Redactor, rememberSecret } from '../core/index.js';

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
  readonly #redactor = new Redactor();

  add(value: string): void {
    this.#redactor.add(value);
    rememberSecret(value);
  }

  /** Registers what an Authorization (or other credential) header carries. */
  addHeader(name: string, value: string): void {
    const lower = name.toLowerCase();
    if (!/authorization|cookie|token|secret|key/.test(lower)) return;
    const [scheme, rest] = splitOnce(value, ' ');
    this.add(rest === '' ? value : rest);
    if (scheme.toLowerCase() !== 'basic') return;
    const pair = Buffer.from(rest, 'base64').toString();
    this.add(pair);
    this.add(splitOnce(pair, ':')[1]);
  }

  /** Registers user information and query values of a URL that is about to be asked. */
  addUrl(url: URL): void {
    if (url.password !== '') this.add(decodePercent(url.password) ?? url.password);
    for (const [name, value] of url.searchParams) {
      if (/signature|token|credential|secret|policy|^sig$/i.test(name)) this.add(value);
    }
  }

  redact(text: string): string {
    return this.#redactor.redact(text);
  }
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
