import { SlipwayError } from '../../core/index.js';
import type { JsonValue } from '../../files/index.js';

/** No attestation is deeper than this. */
const DEEPEST = 64;

/**
 * Parses JSON of which two readers must see the same thing (RFC 8259 §4): a key that occurs twice in one object is refused,
 * so is a number that JavaScript would round. Throws `JSON_INVALID` with the name.
 */
export function parseStrictJson(bytes: Uint8Array, name: string): JsonValue {
  let text: string;
  let value: JsonValue;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    value = JSON.parse(text) as JsonValue;
  } catch (cause) {
    throw new SlipwayError('JSON_INVALID', `'${name}' is not valid JSON`, { where: name, cause });
  }
  // JSON.parse has found the text sound: what follows needs to look at its structure only.
  new Scanner(text, name).check();
  return value;
}

class Scanner {
  readonly #text: string;
  readonly #name: string;
  #at = 0;

  constructor(text: string, name: string) {
    this.#text = text;
    this.#name = name;
  }

  check(): void {
    // One set of keys an open object; `undefined` for an open list.
    const open: (Set<string> | undefined)[] = [];
    for (let char = this.#next(); char !== undefined; char = this.#next()) {
      if (char === '{' || char === '[') {
        open.push(char === '{' ? new Set() : undefined);
        if (open.length > DEEPEST) throw this.#wrong(`nested deeper than ${DEEPEST}`);
      } else if (char === '}' || char === ']') open.pop();
      else if (char === '"') this.#string(open.at(-1));
      else if (char === '-' || (char >= '0' && char <= '9')) this.#number();
    }
  }

  #next(): string | undefined {
    const char = this.#text[this.#at];
    this.#at += 1;
    return char;
  }

  /** Behind an opening quotation mark: a string, which is a key when a colon follows. */
  #string(keys: Set<string> | undefined): void {
    const from = this.#at - 1;
    for (let char = this.#next(); char !== '"'; char = this.#next()) if (char === '\\') this.#at += 1;
    if (keys === undefined) return;
    const raw = this.#text.slice(from, this.#at);
    const rest = /\s*:/y;
    rest.lastIndex = this.#at;
    if (!rest.test(this.#text)) return;
    const key = JSON.parse(raw) as string;
    if (keys.has(key)) throw this.#wrong(`the key '${key.slice(0, 80)}' occurs twice`);
    keys.add(key);
  }

  #number(): void {
    const number = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
    number.lastIndex = this.#at - 1;
    const text = number.exec(this.#text)?.[0] ?? '';
    this.#at += Math.max(text.length - 1, 0);
    if (/^-?\d+$/.test(text) && !Number.isSafeInteger(Number(text)))
      throw this.#wrong(`the number ${text.slice(0, 40)}`);
  }

  #wrong(got: string): SlipwayError {
    return new SlipwayError('JSON_INVALID', `'${this.#name}' can be read in two ways`, { where: this.#name, got });
  }
}
