const MASK = '***';
/** Shorter values would blot out ordinary words. */
const SHORTEST = 4;
/** A beginning of a secret that a cut has left is one from this length on, and from half of it. */
const SHORTEST_BEGINNING = 8;

/** What pages and XML put for a character. Writers differ in the quotation marks, and in whether `>` is one. */
const MARKUP: readonly Readonly<Record<string, string>>[] = [
  { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' },
  { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' },
  { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#x27;' },
  { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' },
  { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' },
  { '&': '&amp;', '<': '&lt;', '>': '&gt;' },
  { '&': '&amp;', '<': '&lt;', '"': '&quot;' },
  { '&': '&amp;', '<': '&lt;' },
];

/**
 * Every form in which a secret may come back: as it is, as JSON, an address or a form writes it, as base64 (also within
 * a longer text, at any of its three places), misread as Latin-1, and as text that was cleaned.
 */
export function secretForms(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const encoded = encodeURIComponent(bytes.toString());
  const written = [secret, bytes.toString('latin1')].flatMap(writtenForms);
  const forms = [
    ...written,
    ...written.map((form) => form.replaceAll(/[^\x20-\x7e]/g, unicodeEscape)),
    encoded,
    encoded.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()),
    encoded.replaceAll('%20', '+'),
    new URLSearchParams({ a: secret }).toString().slice(2),
    encoded.replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`),
    encodeURI(bytes.toString()),
    ...base64Forms(bytes),
    ...[' ', '', '?', '\ufffd'].flatMap((blank) => written.map((form) => cleaned(form, blank))),
    secret.replaceAll(/[\s\p{Cc}\p{Cf}]+/gu, ' ').trim(),
  ];
  return [...new Set(forms)].filter((form) => form.length >= SHORTEST);
}

/** As it is, as JSON writes it, as Go's and PHP's JSON write it, and as a page does. */
function writtenForms(text: string): string[] {
  const json = jsonForm(text);
  return [
    text,
    json,
    json.replaceAll(/[<>&]/g, unicodeEscape),
    json.replaceAll('/', '\\/'),
    ...MARKUP.map((names) => text.replaceAll(/[&<>"']/g, (char) => names[char] ?? char)),
  ];
}

function jsonForm(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function unicodeEscape(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** As log lines and terminals get it: what is not printable ASCII is gone, or something else. */
function cleaned(text: string, blank: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, blank);
}

function base64Forms(bytes: Buffer): string[] {
  const forms = [bytes.toString('base64'), bytes.toString('base64url'), bytes.toString('base64').replace(/=+$/, '')];
  if (bytes.length < 8) return forms;
  for (const before of [0, 1, 2]) {
    const text = Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64')
      .replace(/=+$/, '');
    // Digits that share bits with what stands before or behind say little and differ.
    const inner = text.slice(before === 0 ? 0 : before + 1, -1);
    forms.push(inner, inner.replaceAll('+', '-').replaceAll('/', '_'));
  }
  return forms;
}

/** Replaces secrets by `***`, in every form that is known, and beginnings of them that a cut has left. */
export class Redactor {
  readonly #forms = new Set<string>();
  #sorted: readonly string[] | undefined;

  add(secret: string): void {
    if (secret.length < SHORTEST) return;
    const before = this.#forms.size;
    for (const form of secretForms(secret)) this.#forms.add(form);
    if (this.#forms.size !== before) this.#sorted = undefined;
  }

  redact(text: string): string {
    this.#sorted ??= [...this.#forms].toSorted((a, b) => b.length - a.length);
    let clean = text;
    for (const form of this.#sorted) clean = clean.replaceAll(form, MASK);
    for (const form of this.#sorted) clean = withoutBeginning(clean, form);
    return clean;
  }
}

/** Masks a beginning of the form where the text was cut: at its end, before an ellipsis, or before a quotation mark. */
function withoutBeginning(text: string, form: string): string {
  const least = Math.max(SHORTEST_BEGINNING, Math.ceil(form.length / 2));
  if (form.length <= least) return text;
  const start = form.slice(0, least);
  let result = '';
  let from = 0;
  for (let at = text.indexOf(start); at !== -1; at = text.indexOf(start, from)) {
    let end = at + least;
    while (end < text.length && text[end] === form[end - at]) end++;
    const isCut = end === text.length || /[…"']/.test(text[end] ?? '');
    result += text.slice(from, at) + (isCut ? MASK : text.slice(at, end));
    from = end;
  }
  return result + text.slice(from);
}

/** Everything that this process has sent to prove who it is: the last net before anything is printed. */
const sent = new Redactor();

export function rememberSecret(secret: string): void {
  sent.add(secret);
}

/** Replaces every secret that was sent by this process. */
export function redactSent(text: string): string {
  return sent.redact(text);
}
