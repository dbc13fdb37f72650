import { isWord, PatternProgram, PatternTooLarge, type Node, type UnitTest } from './matcher-program.js';
import { SlipwayError, withTimeLimit } from '../../core/index.js';

const MOST_CHARACTERS = 1024;
const MOST_REPEATS = 1000;
const DEEPEST = 64;
/** For what cannot be matched in linear time: it is rare, and short where it is honest. */
const TIME_LIMIT_MS = 90;

/** What makes an expression one that only the engine itself can match: looking around, looking back. */
class NotRegular extends Error {}

/**
 * Whether a regular expression (ECMAScript's, which std::regex has too) matches anywhere in a text, in time that grows with
 * the lengths of both. Expressions that look ahead, behind or back are matched by the engine, which is ended when it takes
 * too long. Throws `CONFIG_INVALID` for what is no expression, and for one that takes too long.
 */
export function searcher(source: string): (text: string) => boolean {
  if (source.length > MOST_CHARACTERS) {
    throw refused(source, `${source.length} characters, at most ${MOST_CHARACTERS}`);
  }
  let engine: RegExp;
  try {
    engine = new RegExp(source);
  } catch (cause) {
    throw new SlipwayError('CONFIG_INVALID', `'${shown(source)}' is not a regular expression`, { cause });
  }
  try {
    const program = new PatternProgram(new ExpressionReader(source).read(), true);
    return (text) => program.test(text);
  } catch (error) {
    if (error instanceof PatternTooLarge) throw refused(source, 'its repetitions make it too large');
    if (!(error instanceof NotRegular)) throw error;
  }
  const what = `the regular expression '${shown(source)}'`;
  return (text) => withTimeLimit(() => engine.test(text), { ms: TIME_LIMIT_MS, code: 'CONFIG_INVALID', what });
}

function refused(source: string, got: string): SlipwayError {
  return new SlipwayError('CONFIG_INVALID', `the regular expression '${shown(source)}' is too large`, { got });
}

function shown(source: string): string {
  return source.length > 80 ? `${source.slice(0, 80)}…` : source;
}

const DIGIT: UnitTest = (unit) => unit >= 48 && unit <= 57;
const SPACE: UnitTest = (unit) => /\s/.test(String.fromCharCode(unit));
const LINE_END: UnitTest = (unit) => unit === 10 || unit === 13 || unit === 0x2028 || unit === 0x2029;
const CONTROLS: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, v: 11, f: 12 };

/** Reads what `RegExp` has found to be well formed. */
class ExpressionReader {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): Node {
    return this.#alternatives();
  }

  #peek(): string {
    return this.#text.charAt(this.#at);
  }

  #alternatives(): Node {
    if (++this.#depth > DEEPEST) throw new PatternTooLarge();
    const choices = [this.#sequence()];
    while (this.#peek() === '|') {
      this.#at++;
      choices.push(this.#sequence());
    }
    this.#depth--;
    return choices.length === 1 && choices[0] !== undefined ? choices[0] : { kind: 'any', choices };
  }

  #sequence(): Node {
    const parts: Node[] = [];
    while (this.#at < this.#text.length && this.#peek() !== '|' && this.#peek() !== ')') {
      parts.push(this.#repeated(this.#atom()));
    }
    return { kind: 'all', parts };
  }

  #repeated(part: Node): Node {
    const bounds = this.#bounds();
    if (bounds === undefined) return part;
    // Lazy repetition finds the same texts.
    if (this.#peek() === '?') this.#at++;
    const [least, most] = bounds;
    if (least > MOST_REPEATS || (most > MOST_REPEATS && most !== Infinity)) throw new PatternTooLarge();
    return { kind: 'repeat', part, least, most };
  }

  #bounds(): readonly [number, number] | undefined {
    const mark = this.#peek();
    const simple = ({ '*': [0, Infinity], '+': [1, Infinity], '?': [0, 1] } as const)[mark];
    if (simple !== undefined) {
      this.#at++;
      return simple;
    }
    const counted = mark === '{' ? /^\{(\d+)(,(\d*))?\}/.exec(this.#text.slice(this.#at)) : null;
    if (counted === null) return undefined;
    this.#at += counted[0].length;
    const least = Number(counted[1]);
    if (counted[2] === undefined) return [least, least];
    return [least, counted[3] === '' ? Infinity : Number(counted[3])];
  }

  #atom(): Node {
    const char = this.#peek();
    this.#at++;
    if (char === '(') return this.#group();
    if (char === '[') return { kind: 'unit', test: this.#class() };
    if (char === '.') return { kind: 'unit', test: (unit) => !LINE_END(unit) };
    if (char === '^') return { kind: 'start' };
    if (char === '$') return { kind: 'end' };
    if (char === '\\') return this.#escaped();
    return literal(char.charCodeAt(0));
  }

  #group(): Node {
    if (this.#text.startsWith('?:', this.#at)) this.#at += 2;
    else if (/^\?<[^=!]/.test(this.#text.slice(this.#at))) this.#at = this.#text.indexOf('>', this.#at) + 1;
    else if (this.#peek() === '?') throw new NotRegular();
    const inside = this.#alternatives();
    this.#at++;
    return inside;
  }

  #escaped(): Node {
    const char = this.#peek();
    if (char === 'b' || char === 'B') {
      this.#at++;
      return { kind: char === 'b' ? 'boundary' : 'no boundary' };
    }
    if (/[1-9k]/.test(char)) throw new NotRegular();
    return { kind: 'unit', test: this.#escape() };
  }

  /** What follows a backslash, in a class or out of it. */
  #escape(): UnitTest {
    const char = this.#peek();
    this.#at++;
    const kind = ({ d: DIGIT, w: isWord, s: SPACE } as const)[char.toLowerCase()];
    if (kind !== undefined) return char === char.toLowerCase() ? kind : (unit) => !kind(unit);
    const control = CONTROLS[char];
    if (control !== undefined) return equals(control);
    if (char === '0' && !/\d/.test(this.#peek())) return equals(0);
    const hex = /^(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4}))/.exec(this.#text.slice(this.#at - 1));
    if (hex !== null) {
      this.#at += hex[0].length - 1;
      return equals(Number.parseInt(hex[1] ?? hex[2] ?? '', 16));
    }
    if (/[A-Za-z0-9]/.test(char)) throw new NotRegular();
    return equals(char.charCodeAt(0));
  }

  #class(): UnitTest {
    const isNegated = this.#peek() === '^';
    if (isNegated) this.#at++;
    const tests: UnitTest[] = [];
    while (this.#peek() !== ']') {
      const first = this.#member();
      if (this.#peek() !== '-' || this.#text.charAt(this.#at + 1) === ']') tests.push(first.test);
      else {
        this.#at++;
        const last = this.#member();
        if (first.unit === undefined || last.unit === undefined) throw new NotRegular();
        const [least, most] = [first.unit, last.unit];
        tests.push((unit) => unit >= least && unit <= most);
      }
    }
    this.#at++;
    return (unit) => tests.some((test) => test(unit)) !== isNegated;
  }

  #member(): { readonly test: UnitTest; readonly unit: number | undefined } {
    const char = this.#peek();
    this.#at++;
    if (char !== '\\') return { test: equals(char.charCodeAt(0)), unit: char.charCodeAt(0) };
    if (this.#peek() === 'b') {
      this.#at++;
      return { test: equals(8), unit: 8 };
    }
    if (/[dwsDWS]/.test(this.#peek())) return { test: this.#escape(), unit: undefined };
    const test = this.#escape();
    return { test, unit: undefined };
  }
}

function literal(unit: number): Node {
  return { kind: 'unit', test: equals(unit) };
}

function equals(unit: number): UnitTest {
  return (other) => other === unit;
}
