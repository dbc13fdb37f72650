const [QUOTE, COMMA, COLON, BACKSLASH] = [0x22, 0x2c, 0x3a, 0x5c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
/** Characters that the engine's parser, which nothing interrupts, gets at a time. */
const PIECE = 2 ** 20;

/** Characters from which on a text is parsed in pieces. */
export const LONG_JSON: number = 16 * PIECE;

/**
 * What `JSON.parse` makes of a text, in steps of about a megabyte: between them Ctrl-C and limits of time are heard. Throws `SyntaxError`
 * for what `JSON.parse` refuses, without saying where.
 */
export function parseInPieces(text: string, piece: number = PIECE): unknown {
  return new Pieces(text, piece).value(0, text.length);
}

class Pieces {
  readonly #text: string;
  readonly #piece: number;

  constructor(text: string, piece: number) {
    this.#text = text;
    this.#piece = piece;
  }

  value(start: number, end: number): unknown {
    const from = skipSpace(this.#text, start, end);
    const open = this.#text.charCodeAt(from);
    const isSmall = end - start <= this.#piece;
    if (!isSmall && open === OPEN_LIST) return this.#list(from, end);
    if (!isSmall && open === OPEN_OBJECT) return this.#object(from, end);
    return JSON.parse(this.#text.slice(start, end)) as unknown;
  }

  #list(from: number, end: number): unknown[] {
    const list: unknown[] = [];
    for (const [start, stop] of this.#pieces(from, end, CLOSE_LIST)) {
      if (stop - start > this.#piece) list.push(this.value(start, stop));
      else for (const item of JSON.parse(`[${this.#text.slice(start, stop)}]`) as unknown[]) list.push(item);
    }
    return list;
  }

  #object(from: number, end: number): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    for (const [start, stop] of this.#pieces(from, end, CLOSE_OBJECT)) {
      const isLarge = stop - start > this.#piece;
      const part = isLarge ? this.#largeMember(start, stop) : objectOf(this.#text.slice(start, stop));
      for (const [key, value] of Object.entries(part)) setOwn(object, key, value);
    }
    return object;
  }

  #largeMember(start: number, stop: number): Record<string, unknown> {
    const text = this.#text;
    const name = skipSpace(text, start, stop);
    if (text.charCodeAt(name) !== QUOTE) throw new SyntaxError('a member has no name');
    const after = endOfString(text, name + 1);
    const colon = skipSpace(text, after, stop);
    if (text.charCodeAt(colon) !== COLON) throw new SyntaxError('a member has no value');
    const member = objectOf(`${text.slice(name, after)}:0`);
    for (const key of Object.keys(member)) setOwn(member, key, this.value(colon + 1, stop));
    return member;
  }

  /** Where members lie in the list or object that begins at `from`: several small ones together, a large one by itself. */
  *#pieces(from: number, end: number, close: number): Generator<[start: number, stop: number]> {
    const text = this.#text;
    let [start, last] = [from + 1, from + 1];
    for (let at = from + 1; ; at = last + 1) {
      const stop = endOfMember(text, at, end);
      const isEnd = text.charCodeAt(stop) !== COMMA;
      if (at > start && stop - start > this.#piece) {
        yield this.#withContent(start, last);
        start = at;
      }
      last = stop;
      const isEmpty = isEnd && start === from + 1 && skipSpace(text, start, stop) === stop;
      if (!isEmpty && (isEnd || stop - start > this.#piece)) {
        yield this.#withContent(start, stop);
        start = stop + 1;
      }
      if (!isEnd) continue;
      if (text.charCodeAt(stop) === close && skipSpace(text, stop + 1, end) === end) return;
      throw new SyntaxError('it does not end where it should');
    }
  }

  /** Nothing between two commas, or after the last, is no member. */
  #withContent(start: number, stop: number): [start: number, stop: number] {
    if (skipSpace(this.#text, start, stop) === stop) throw new SyntaxError('a member is missing');
    return [start, stop];
  }
}

function objectOf(members: string): Record<string, unknown> {
  return JSON.parse(`{${members}}`) as Record<string, unknown>;
}

/** The index after the string whose content begins at `from`. */
function endOfString(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const char = text.charCodeAt(at);
    if (char === QUOTE) return at + 1;
    if (char === BACKSLASH) at++;
  }
  throw new SyntaxError('a string does not end');
}

/** As `JSON.parse` sets a member: `__proto__` is a name like any other. */
function setOwn(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  } else object[key] = value;
}

/** Where the member that begins at `at` ends: at its comma, or at what closes the list or object. */
function endOfMember(text: string, at: number, end: number): number {
  for (let [place, depth] = [at, 0]; place < end; place++) {
    const char = text.charCodeAt(place);
    if (char === QUOTE) place = endOfString(text, place + 1) - 1;
    else if (char === COMMA && depth === 0) return place;
    else if (char === OPEN_LIST || char === OPEN_OBJECT) depth++;
    else if ((char === CLOSE_LIST || char === CLOSE_OBJECT) && depth-- === 0) return place;
  }
  throw new SyntaxError('it does not end');
}

function skipSpace(text: string, start: number, end: number): number {
  for (let at = start; at < end; at++) if (!' \t\n\r'.includes(text.charAt(at))) return at;
  return end;
}
