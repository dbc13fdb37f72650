/** Characters of one JSON string in the header, escapes included. */
const STRING_LIMIT = 64 * 1024;
/** Nesting that {@link Scanner.skip} follows. */
const DEPTH_LIMIT = 8;

const LONE_SURROGATE = /\p{Surrogate}/u;

/** What the scanner found wrong, and where. Its callers turn it into a SlipwayError that names the file. */
export class ScanError extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

/**
 * Reads JSON (RFC 8259) piece by piece, for headers whose grammar is known beforehand. Stricter than `JSON.parse` where
 * that is silent: a repeated key is an error, an integer is decimal digits that a double can hold exactly, strings are
 * bounded and well-formed. Depth is bounded by what the caller asks for.
 */
export class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Calls `entry` for each key, positioned at its value, which `entry` must consume. */
  object(entry: (key: string) => void): void {
    const seen = new Set<string>();
    this.#list('{', '}', () => {
      const key = this.string();
      if (seen.has(key)) this.fail(`the key '${key.slice(0, 80)}' appears twice`);
      seen.add(key);
      this.#expect(':');
      entry(key);
    });
  }

  /** Calls `item` at each element, which `item` must consume. */
  array(item: () => void): void {
    this.#list('[', ']', item);
  }

  string(): string {
    this.#space();
    if (this.#text[this.#at] !== '"') this.fail('a string is expected here');
    const end = this.#closingQuote();
    const raw = this.#text.slice(this.#at, end + 1);
    const value = raw.includes('\\') ? this.#unescape(raw) : raw.slice(1, -1);
    for (let index = 0; index < raw.length; index += 1) {
      if (raw.charCodeAt(index) < 0x20) this.fail('a string holds a control character');
    }
    if (LONE_SURROGATE.test(value)) this.fail('a string holds half a surrogate pair');
    this.#at = end + 1;
    return value;
  }

  /** A non-negative integer up to 2^53 - 1, written in decimal digits. */
  integer(): number {
    this.#space();
    const digits = /^(?:0|[1-9]\d{0,15})(?![\d.eE])/.exec(this.#text.slice(this.#at, this.#at + 18))?.[0];
    const value = Number(digits);
    if (digits === undefined || !Number.isSafeInteger(value)) {
      this.fail('a non-negative integer below 2^53 is expected here');
    }
    this.#at += digits.length;
    return value;
  }

  /** Passes over a `null`, if there is one here. */
  takeNull(): boolean {
    this.#space();
    if (!/^null(?!\w)/.test(this.#text.slice(this.#at, this.#at + 5))) return false;
    this.#at += 4;
    return true;
  }

  /** Passes over any value. */
  skip(depth = 0): void {
    if (depth > DEPTH_LIMIT) this.fail(`values are nested more than ${DEPTH_LIMIT} deep`);
    this.#space();
    const first = this.#text[this.#at];
    if (first === '{') return this.object(() => this.skip(depth + 1));
    if (first === '[') return this.array(() => this.skip(depth + 1));
    if (first === '"') return void this.string();
    const word = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])/.exec(
      this.#text.slice(this.#at, this.#at + 64),
    )?.[0];
    if (word === undefined) this.fail('a value is expected here');
    this.#at += word.length;
  }

  /** Requires that only white space is left. */
  end(): void {
    this.#space();
    if (this.#at < this.#text.length) this.fail('something follows the closing brace');
  }

  fail(message: string): never {
    throw new ScanError(message, this.#at);
  }

  #list(open: string, close: string, item: () => void): void {
    this.#expect(open);
    this.#space();
    if (this.#text[this.#at] === close) {
      this.#at += 1;
      return;
    }
    for (;;) {
      item();
      this.#space();
      const next = this.#text[this.#at];
      this.#at += 1;
      if (next === close) return;
      if (next !== ',') {
        this.#at -= 1;
        this.fail(`',' or '${close}' is expected here`);
      }
    }
  }

  #expect(character: string): void {
    this.#space();
    if (this.#text[this.#at] !== character) this.fail(`'${character}' is expected here`);
    this.#at += 1;
  }

  #space(): void {
    while (/[ \t\n\r]/.test(this.#text[this.#at] ?? '')) this.#at += 1;
  }

  #closingQuote(): number {
    for (let at = this.#at + 1; at < this.#text.length && at - this.#at <= STRING_LIMIT; at += 1) {
      const character = this.#text[at];
      if (character === '"') return at;
      if (character === '\\') at += 1;
    }
    return this.fail(`a string does not end, or is longer than ${STRING_LIMIT} characters`);
  }

  #unescape(raw: string): string {
    try {
      return JSON.parse(raw) as string;
    } catch {
      return this.fail('a string holds a malformed escape');
    }
  }
}
