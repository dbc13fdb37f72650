import { PatternProgram, type Node, type UnitTest } from './matcher-program.js';

const SLASH = 0x2f;

const ANY_UNIT: Node = { kind: 'unit', test: () => true };
const NO_SLASH: Node = { kind: 'unit', test: (unit) => unit !== SLASH };
const STAR: Node = { kind: 'repeat', part: NO_SLASH, least: 0, most: Infinity };
const EMPTY: Node = { kind: 'all', parts: [] };

/** A file pattern that cannot be read. */
export class BadGlob extends Error {}

/**
 * A predicate for a glob: `*` and `?` within a name, `**` over folders, `[a-z]`, `[!a]`, `{a,b}`, `{1..3}`, `@(a|b)`, `?(a)`,
 * `*(a)`, `+(a)`, `\\` before what is meant literally, `!` in front for everything else. Takes time in proportion to the
 * lengths of pattern and path. Throws {@link BadGlob}.
 */
export function globMatcher(pattern: string, ignoreCase: boolean): (path: string) => boolean {
  const negated = pattern.startsWith('!') && !pattern.startsWith('!(');
  const source = negated ? pattern.slice(1) : pattern;
  const program = new PatternProgram(new GlobReader(source.replace(/^\.\//, ''), ignoreCase).read(), false);
  return (path) => program.test(path) !== negated;
}

class GlobReader {
  readonly #text: string;
  readonly #ignoreCase: boolean;
  #at = 0;
  #depth = 0;
  /** Braces that were found to stand for themselves: each is tried once, or many in each other would take for ever. */
  readonly #plainBraces = new Set<number>();

  constructor(text: string, ignoreCase: boolean) {
    this.#text = text;
    this.#ignoreCase = ignoreCase;
  }

  read(): Node {
    return this.#sequence('');
  }

  /** Up to one of `stops`, which is not taken. */
  #sequence(stops: string): Node {
    if (++this.#depth > 32) throw new BadGlob('it is nested too deeply');
    const parts: Node[] = [];
    while (this.#at < this.#text.length && !stops.includes(this.#text.charAt(this.#at))) parts.push(this.#next());
    this.#depth--;
    return { kind: 'all', parts };
  }

  #next(): Node {
    const char = this.#text.charAt(this.#at);
    if ('@?*+!'.includes(char) && this.#text.charAt(this.#at + 1) === '(') return this.#group(char);
    this.#at++;
    if (char === '*') return this.#stars();
    if (char === '?') return NO_SLASH;
    if (char === '[') return this.#class();
    if (char === '{') return this.#braces();
    if (char === '\\' && this.#at < this.#text.length) return this.#literal(this.#text.charAt(this.#at++));
    return this.#literal(char);
  }

  #literal(char: string): Node {
    const unit = char.charCodeAt(0);
    const test: UnitTest = (other) => other === unit;
    return { kind: 'unit', test: this.#ignoreCase ? eitherCase(test) : test };
  }

  /** Two stars that fill a segment go over folders, none of them too; others are one star. */
  #stars(): Node {
    const start = this.#at - 1;
    while (this.#text.charAt(this.#at) === '*' && this.#text.charAt(this.#at + 1) !== '(') this.#at++;
    const before = this.#text.charAt(start - 1);
    const after = this.#text.charAt(this.#at);
    const fills = (start === 0 || before === '/') && (after === '/' || after === '');
    if (this.#at - start < 2 || !fills) return STAR;
    if (after === '') return { kind: 'repeat', part: ANY_UNIT, least: 0, most: Infinity };
    this.#at++;
    const folders: Node = {
      kind: 'all',
      parts: [{ kind: 'repeat', part: ANY_UNIT, least: 0, most: Infinity }, this.#literal('/')],
    };
    return { kind: 'any', choices: [EMPTY, folders] };
  }

  #group(mark: string): Node {
    if (mark === '!') throw new BadGlob("'!(…)' is not understood: say what is left out with exclude");
    this.#at += 2;
    const choices = [this.#sequence('|)')];
    while (this.#text.charAt(this.#at) === '|') {
      this.#at++;
      choices.push(this.#sequence('|)'));
    }
    if (this.#text.charAt(this.#at) !== ')') throw new BadGlob("a '(' is not closed");
    this.#at++;
    const part: Node = { kind: 'any', choices };
    if (mark === '@') return part;
    return { kind: 'repeat', part, least: mark === '+' ? 1 : 0, most: mark === '?' ? 1 : Infinity };
  }

  #braces(): Node {
    if (this.#plainBraces.has(this.#at)) return this.#literal('{');
    const range = /^(-?\d{1,4})\.\.(-?\d{1,4})\}/.exec(this.#text.slice(this.#at, this.#at + 12));
    if (range !== null) return this.#numbers(range);
    const start = this.#at;
    const choices = [this.#sequence(',}')];
    while (this.#text.charAt(this.#at) === ',') {
      this.#at++;
      choices.push(this.#sequence(',}'));
    }
    if (this.#text.charAt(this.#at) === '}' && choices.length > 1) {
      this.#at++;
      return { kind: 'any', choices };
    }
    // A brace that is not closed, or holds one thing only, stands for itself.
    this.#plainBraces.add(start);
    this.#at = start;
    return this.#literal('{');
  }

  #numbers([whole, from = '', to = '']: RegExpExecArray): Node {
    this.#at += whole.length;
    const [first, last] = [Number(from), Number(to)];
    const [least, most] = [Math.min(first, last), Math.max(first, last)];
    if (most - least > 1000) throw new BadGlob('a range of more than 1000 numbers');
    const texts = Array.from({ length: most - least + 1 }, (_, index) => String(least + index));
    return {
      kind: 'any',
      choices: texts.map((text) => ({ kind: 'all', parts: Array.from(text, (char) => this.#literal(char)) })),
    };
  }

  /** `[a-z]`, `[!a-z]`, `[^a-z]`; a bracket that is not closed stands for itself. */
  #class(): Node {
    const from = this.#at;
    const isNegated = /[!^]/.test(this.#text.charAt(this.#at));
    const begin = isNegated ? from + 1 : from;
    const end = this.#text.indexOf(']', begin + 1);
    if (end === -1) return this.#literal('[');
    this.#at = end + 1;
    const ranges = rangesOf(this.#text.slice(begin, end));
    const inRanges: UnitTest = (unit) => ranges.some(([least, most]) => unit >= least && unit <= most);
    const test = this.#ignoreCase ? eitherCase(inRanges) : inRanges;
    return { kind: 'unit', test: (unit) => unit !== SLASH && test(unit) !== isNegated };
  }
}

function rangesOf(text: string): [number, number][] {
  const ranges: [number, number][] = [];
  for (let at = 0; at < text.length; at++) {
    if (text.charAt(at) === '\\' && at + 1 < text.length) at++;
    const first = text.charCodeAt(at);
    const isRange = text.charAt(at + 1) === '-' && at + 2 < text.length;
    ranges.push([first, isRange ? text.charCodeAt(at + 2) : first]);
    if (isRange) at += 2;
  }
  return ranges;
}

function eitherCase(test: UnitTest): UnitTest {
  return (unit) => {
    const char = String.fromCharCode(unit);
    return test(unit) || test(char.toLowerCase().charCodeAt(0)) || test(char.toUpperCase().charCodeAt(0));
  };
}
