/** Something that no template has need for. */
export interface Suspicion {
  readonly message: string;
  readonly line: number;
}

const SUSPICIOUS: readonly (readonly [pattern: RegExp, what: string])[] = [
  [/__[a-z]+__/, 'attributes of Python internals'],
  [/\|\s*attr\b/, "the filter 'attr', which reaches any attribute"],
  [/\{%-?\s*(?:include|import|from|extends)\b/, 'other templates are loaded'],
  [/\b(?:os|sys|subprocess|builtins|importlib)\.[a-z]/, 'modules of Python'],
  [/\b(?:popen|eval|exec|getattr|setattr|globals|mro|subclasses)\s*\(/, 'functions that reach out of a template'],
  [/[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]/, 'invisible characters'],
  [/https?:\/\/[^\s'"}<>)]+/i, 'an address'],
  [/[A-Za-z0-9+/]{120,}={0,2}/, 'a long run of encoded text'],
];

/** What stands out in a chat template, each kind once, with the line where it first stands. */
export function suspicions(template: string): Suspicion[] {
  return SUSPICIOUS.flatMap(([pattern, what]) => {
    const match = pattern.exec(template);
    if (match === null) return [];
    const shown = /^[\u200b-\u206f\ufeff]$/.test(match[0])
      ? `U+${match[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`
      : `'${match[0].slice(0, 60)}'`;
    return [{ message: `${what}: ${shown}`, line: template.slice(0, match.index).split('\n').length }];
  });
}
