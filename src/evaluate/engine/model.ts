import type { FrameValue } from '../../../workers/frames.js';
import type { CollectedSums, LlamaFacts, ScoredPositions } from '../../../workers/llama-addon.js';
import type { Child } from './child.js';
import type { LoadOptions } from './load-options.js';
import { engineRefusal } from './refused.js';

/** Positions of chunks, the end left out. */
export interface ChunkPart {
  readonly start: number;
  readonly end: number;
  /** Which of the chunks that lie side by side is the first given; 0 without it. */
  readonly sequence?: number;
}

export interface Loaded {
  readonly id: number;
  /** File name, for errors. */
  readonly name: string;
  readonly facts: LlamaFacts;
  readonly options: LoadOptions;
}

/** A model that was loaded into the engine's process. Errors are the engine's. */
export class LlamaModel {
  readonly id: number;
  readonly name: string;
  readonly facts: LlamaFacts;
  readonly options: LoadOptions;
  readonly #child: Child;

  constructor(child: Child, { id, name, facts, options }: Loaded) {
    this.#child = child;
    this.id = id;
    this.name = name;
    this.facts = facts;
    this.options = options;
  }

  async tokenize(text: string, addSpecial: boolean, parseSpecial: boolean, signal?: AbortSignal): Promise<Int32Array> {
    return (await this.#call('tokenize', [text, addSpecial, parseSpecial], signal)) as Int32Array;
  }

  /**
   * Decodes whole chunks side by side; logits from position `first` on stay until the next call. With `part` only these
   * positions of each: a call goes on where the one before ended for these chunks, and one that begins at 0 is for all.
   */
  async decode(tokens: Int32Array, first: number, signal?: AbortSignal, part?: ChunkPart): Promise<void> {
    const { start, end, sequence = 0 } = part ?? { start: 0, end: this.options.contextSize };
    await this.#call('decode', [tokens, first, start, end, sequence], signal);
  }

  /**
   * Gives back up to so many bytes of memory that its mapped weights take, as far as the system can: what is read again
   * comes back from the system's cache of the file.
   */
  async rest(bytes: number, signal?: AbortSignal): Promise<void> {
    await this.#call('rest', [bytes], signal);
  }

  /** Negative log-likelihoods of the tokens that follow the positions. */
  async losses(positions: ScoredPositions, signal?: AbortSignal): Promise<Float64Array> {
    return (await this.#call('losses', [...positions], signal)) as Float64Array;
  }

  /** The positions' log-probabilities as .kld files keep them. */
  async records(positions: ScoredPositions, signal?: AbortSignal): Promise<Uint8Array> {
    return (await this.#call('records', [...positions], signal)) as Uint8Array;
  }

  /** Five numbers a position: loss, the base's loss, divergence, difference of probability, 1 for the same top. */
  async compareRecords(positions: ScoredPositions, records: Uint8Array, signal?: AbortSignal): Promise<Float64Array> {
    return (await this.#call('compareRecords', [...positions, records], signal)) as Float64Array;
  }

  /** The same with another model that has just decoded the same chunks; `rounded` rounds its logits as a file does. */
  async compare(
    positions: ScoredPositions,
    base: LlamaModel,
    rounded: boolean,
    signal?: AbortSignal,
  ): Promise<Float64Array> {
    return (await this.#call('compare', [...positions, base.id, rounded], signal)) as Float64Array;
  }

  /** Sums of squares that decoding has collected, by the name of the matrix. */
  async sums(signal?: AbortSignal): Promise<readonly CollectedSums[]> {
    return (await this.#call('sums', [], signal)) as unknown as readonly CollectedSums[];
  }

  /** Sums to go on from. */
  async preset({ name, values, counts }: CollectedSums, signal?: AbortSignal): Promise<void> {
    await this.#call('preset', [name, values, counts], signal);
  }

  /** The likeliest token after these, which go on from the tokens before unless `restart`. */
  async next(tokens: Int32Array, restart: boolean, signal?: AbortSignal): Promise<number> {
    return (await this.#call('next', [tokens, restart], signal)) as number;
  }

  async piece(token: number, signal?: AbortSignal): Promise<Uint8Array> {
    return (await this.#call('piece', [token], signal)) as Uint8Array;
  }

  async isEnd(token: number, signal?: AbortSignal): Promise<boolean> {
    return (await this.#call('isEnd', [token], signal)) as boolean;
  }

  /** The embedding of a text, not normalized. */
  async embed(tokens: Int32Array, signal?: AbortSignal): Promise<Float32Array> {
    return (await this.#call('embed', [tokens], signal)) as Float32Array;
  }

  async freeContext(signal?: AbortSignal): Promise<void> {
    await this.#call('freeContext', [], signal);
  }

  async free(signal?: AbortSignal): Promise<void> {
    await this.#call('free', [], signal);
  }

  async #call(method: string, values: readonly FrameValue[], signal: AbortSignal | undefined): Promise<FrameValue> {
    try {
      return await this.#child.request(method, [this.id, ...values], `'${method}' of '${this.name}'`, signal);
    } catch (error) {
      throw engineRefusal(error, this.name);
    }
  }
}
