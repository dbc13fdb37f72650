/** One challenge of a `WWW-Authenticate` header (RFC 9110 §11.6.1). Names are lower case; of duplicates the first counts. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const LONGEST = 8192;
const TOKEN = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y;

/**
 * Reads every challenge of a header. Quoted strings may hold commas and escapes, several challenges may share a header,
 * and what cannot be read ends the reading: what came before still counts.
 */
export function parseChallenges(header: string): Challenge[] {
  const scanner = new Scanner(header.slice(0, LONGEST));
  const challenges: { scheme: string; parameters: Map<string, string> }[] = [];
  for (;;) {
    scanner.skip(/[\s,]*/y);
    const word = scanner.take(TOKEN);
    if (word === undefined) return challenges;
    const value = scanner.parameterValue();
    if (value === undefined) {
      challenges.push({ scheme: word.toLowerCase(), parameters: new Map() });
      continue;
    }
    const parameters = challenges.at(-1)?.parameters;
    if (parameters === undefined) return challenges;
    if (!parameters.has(word.toLowerCase())) parameters.set(word.toLowerCase(), value);
  }
}

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) return undefined;
    this.#at += match[0].length;
    return match[0];
  }

  skip(pattern: RegExp): void {
    this.take(pattern);
  }

  /** What follows `=`, quoted or not; `undefined` when no `=` follows (then the word was a scheme). */
  parameterValue(): string | undefined {
    const before = this.#at;
    if (this.take(/[ \t]*=[ \t]*/y) === undefined) return undefined;
    const quoted = this.take(/"(?:[^"\\]|\\.)*"/y);
    if (quoted !== undefined) return quoted.slice(1, -1).replaceAll(/\\(.)/g, '$1');
    const plain = this.take(TOKEN);
    if (plain === undefined) this.#at = before + 1;
    return plain;
  }
}
