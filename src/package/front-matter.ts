import { parse } from 'yaml';
import { SlipwayError, withTimeLimit } from '../core/index.js';
import { isTangled } from '../files/index.js';

/** Front matter of a real card is a few kilobytes; benchmark tables (`model-index`) reach some hundred. */
const LIMIT = 1024 * 1024;

/** The fields of a model card's front matter that packaging needs; anything of another type is left out. */
export class CardData {
  readonly #fields: ReadonlyMap<string, unknown>;

  constructor(fields: ReadonlyMap<string, unknown>) {
    this.#fields = fields;
  }

  /** One text, or the first of a list. */
  text(key: string): string | undefined {
    return this.list(key).at(0);
  }

  /** A list of texts; one text is a list of one. */
  list(key: string): string[] {
    const value = this.#fields.get(key);
    const items: unknown[] = Array.isArray(value) ? value : [value];
    return items.flatMap((item) => {
      if (typeof item === 'number') return [String(item)];
      return typeof item === 'string' && item.trim() !== '' ? [item.trim()] : [];
    });
  }
}

/**
 * Reads the YAML between the two `---` lines at the top of a model card. A card without it, or with YAML that does not
 * parse, has no data: a broken card must not stop a build.
 */
export function cardData(markdown: string): CardData {
  const match = /^\uFEFF?---[ \t]*\r?\n([\s\S]*?)\r?\n---[ \t]*(?:\r?\n|$)/.exec(markdown.slice(0, LIMIT));
  const fields = new Map<string, unknown>();
  if (match?.[1] === undefined || isTangled(match[1])) return new CardData(fields);
  try {
    const source = match[1];
    const value: unknown = withTimeLimit(
      () => parse(source, { maxAliasCount: 100, uniqueKeys: false, logLevel: 'error', mapAsMap: true }),
      { ms: 3000, code: 'MODEL_INVALID', what: 'the front matter of a model card' },
    );
    for (const [key, member] of value instanceof Map ? value : []) if (typeof key === 'string') fields.set(key, member);
  } catch (error) {
    if (SlipwayError.is(error) && error.code === 'ABORTED') throw error;
    return new CardData(new Map());
  }
  return new CardData(fields);
}
