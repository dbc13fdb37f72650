/** Headers of an answer. The standard's `Headers` are such; what they bring along takes longer to load than all else here. */
export interface AnswerHeaders extends Iterable<[string, string]> {
  /** The values of a field, joined by commas; `null` without one. Names in any case. */
  get(name: string): string | null;
  has(name: string): boolean;
}

/** Headers as a connection gives them, without those that are `hidden` (names in lower case). */
export function answerHeaders(
  raw: Readonly<Record<string, string | string[] | undefined>>,
  hidden: readonly string[] = [],
): AnswerHeaders {
  const fields = new Map<string, string>();
  for (const [name, value] of Object.entries(raw)) {
    const key = name.toLowerCase();
    if (value !== undefined && !hidden.includes(key)) fields.set(key, [value].flat().join(', '));
  }
  return {
    get: (name) => fields.get(name.toLowerCase()) ?? null,
    has: (name) => fields.has(name.toLowerCase()),
    [Symbol.iterator]: () => fields.entries(),
  };
}
