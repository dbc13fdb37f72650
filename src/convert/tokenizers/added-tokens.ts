import type { ModelVocabulary } from './model-vocabulary.js';

/** A token that is matched in the text before the model sees it. */
export interface AddedToken {
  readonly content: string;
  readonly special: boolean;
  readonly normalized: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly singleWord: boolean;
}

/**
 * The added tokens of a fast tokenizer, as the Rust library numbers them: a token that the model knows keeps the
 * model's id, any other gets the next free one. The id that a file states is not looked at.
 */
export class AddedVocabulary {
  readonly #modelIds: ModelVocabulary;
  readonly #ids = new Map<string, number>();
  readonly #tokens = new Map<number, AddedToken>();
  #highest = -1;

  constructor(modelIds: ModelVocabulary) {
    this.#modelIds = modelIds;
  }

  /** Adds a token, or gives one that is there its new flags. */
  add(token: AddedToken): void {
    if (token.content === '') return;
    const id = this.idOf(token.content) ?? Math.max(this.#highest + 1, this.#modelIds.size);
    this.#ids.set(token.content, id);
    this.#tokens.set(id, token);
    this.#highest = Math.max(this.#highest, id);
  }

  idOf(token: string): number | undefined {
    return this.#ids.get(token) ?? this.#modelIds.get(token);
  }

  tokens(): ReadonlyMap<number, AddedToken> {
    return this.#tokens;
  }
}
