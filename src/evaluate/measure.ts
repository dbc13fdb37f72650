import { SlipwayError, throwIfAborted } from '../core/index.js';
import type { ScoredPositions } from '../../workers/llama-addon.js';
import type { Chunks } from './chunks.js';
import { MICRO_BATCH } from './engine/engine.js';
import type { ChunkPart, LlamaModel } from './engine/model.js';
import { DifferenceTally, LossTally, type Metric } from './metrics.js';

/** What is measured against: another model, or log-probabilities that were recorded. */
export type Baseline =
  | { readonly kind: 'model'; readonly model: LlamaModel; readonly rounded: boolean }
  | { readonly kind: 'records'; read(chunk: number, start: number, count: number): Promise<Uint8Array> };

/** Called after each chunk with the numbers so far. */
export type OnChunk = (done: number, perplexity: number, divergence?: number) => void;

export interface MeasureOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onChunk?: OnChunk | undefined;
  /** Gets the model's own log-probabilities, to be written to a .kld file. */
  readonly onRecords?: ((records: Uint8Array) => Promise<void>) | undefined;
}

/** Fewer positions are no basis for statistics, as in llama-perplexity. */
const LEAST_POSITIONS = 100;
/** Queries that ggml's attention takes together (GGML_FA_TILE_Q). */
const ATTENTION_TILE = 64;
/** Bytes of logits that a model is asked for at once, when two are compared. */
const LOGITS_AT_ONCE = 24 * 1024 * 1024;
/** Bytes of records that are held at once. */
const RECORDS_AT_ONCE = 32 * 1024 * 1024;

/** Bytes of the recorded log-probabilities of one position. */
export function recordBytes(vocabulary: number): number {
  return 2 * (2 * Math.floor((vocabulary + 1) / 2) + 4);
}

/**
 * Perplexity of a model over chunks of text, as llama-perplexity computes it. Throws `EVALUATION_FAILED` for logits
 * that are not finite.
 */
export async function measurePerplexity(
  model: LlamaModel,
  chunks: Chunks,
  options: MeasureOptions = {},
): Promise<readonly Metric[]> {
  const tally = new LossTally();
  await eachBatch(chunks, options.signal, async (start, tokens) => {
    await model.decode(tokens, chunks.first, options.signal);
    for (const [index, positions] of scoredChunks(chunks, tokens)) {
      tally.add(finite(await model.losses(positions, options.signal), model.name));
      if (options.onRecords !== undefined) await passRecords(model, positions, options);
      options.onChunk?.(start + index + 1, tally.perplexity);
    }
  });
  return tally.metrics();
}

/**
 * Compares a model's predictions with a baseline's over chunks of text: perplexities, Kullback-Leibler divergence,
 * agreement of the likeliest token, change of probability. Throws `EVALUATION_FAILED` for numbers that are not finite,
 * other vocabularies, and fewer than 100 positions.
 */
export async function measureDifference(
  model: LlamaModel,
  baseline: Baseline,
  chunks: Chunks,
  options: MeasureOptions = {},
): Promise<DifferenceTally> {
  requirePositions(chunks);
  if (baseline.kind === 'model') requireSameVocabulary(model, baseline.model);
  const tally = new DifferenceTally();
  const compareChunk = comparer(model, baseline, options.signal);
  await eachBatch(chunks, options.signal, async (start, tokens) => {
    const found = Array.from({ length: tokens.length / chunks.contextSize }, (): Float64Array[] => []);
    const whole: readonly ChunkGroup[] = [{ tokens }];
    for (const group of baseline.kind === 'model' ? groupsOf(chunks, tokens, model.facts.vocabulary) : whole) {
      await decodeGroup(model, baseline, chunks, group, options.signal);
      for (const [index, positions] of scoredChunks(chunks, group.tokens, group.part)) {
        const chunk = (group.part?.sequence ?? 0) + index;
        for (const differences of await compareChunk(start + chunk, positions)) {
          found[chunk]?.push(finite(differences, model.name));
        }
      }
    }
    // In the order of the text: sums depend on theirs in the last bits.
    for (const [index, parts] of found.entries()) {
      for (const differences of parts) tally.add(differences);
      options.onChunk?.(start + index + 1, tally.perplexity, tally.divergence);
    }
  });
  return tally;
}

/** Chunks that are decoded in one call, or these positions of them. */
interface ChunkGroup {
  readonly tokens: Int32Array;
  readonly part?: ChunkPart;
}

/**
 * Decodes with both models, one after the other. Meanwhile the other one gives back as much memory as the smaller of them
 * takes, so that the weights take no more than the larger model's: pages come back within a fraction of the time.
 */
async function decodeGroup(
  model: LlamaModel,
  baseline: Baseline,
  { first }: Chunks,
  { tokens, part }: ChunkGroup,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (baseline.kind === 'model') {
    const shared = Math.min(model.facts.size, baseline.model.facts.size);
    await model.rest(shared, signal);
    await baseline.model.decode(tokens, first, signal, part);
    await baseline.model.rest(shared, signal);
  }
  await model.decode(tokens, first, signal, part);
}

type CompareChunk = (chunk: number, positions: ScoredPositions) => Promise<readonly Float64Array[]>;

function comparer(model: LlamaModel, baseline: Baseline, signal: AbortSignal | undefined): CompareChunk {
  if (baseline.kind === 'model') {
    return async (_chunk, positions) => [await model.compare(positions, baseline.model, baseline.rounded, signal)];
  }
  return async (chunk, positions) => {
    const results: Float64Array[] = [];
    for (const part of parts(positions, model.facts.vocabulary)) {
      const records = await baseline.read(chunk, part[3], part[4]);
      results.push(await model.compareRecords(part, records, signal));
    }
    return results;
  };
}

async function passRecords(model: LlamaModel, positions: ScoredPositions, options: MeasureOptions): Promise<void> {
  for (const part of parts(positions, model.facts.vocabulary)) {
    await options.onRecords?.(await model.records(part, options.signal));
  }
}

/** Positions in portions whose records fit into memory. */
function* parts([tokens, chunk, first, from, count]: ScoredPositions, vocabulary: number): Generator<ScoredPositions> {
  const each = Math.max(1, Math.floor(RECORDS_AT_ONCE / recordBytes(vocabulary)));
  for (let start = from; start < from + count; start += each) {
    yield [tokens, chunk, first, start, Math.min(each, from + count - start)];
  }
}

async function eachBatch(
  { tokens, contextSize, count, sequences }: Chunks,
  signal: AbortSignal | undefined,
  work: (start: number, tokens: Int32Array) => Promise<void>,
): Promise<void> {
  for (let start = 0; start < count; start += sequences) {
    throwIfAborted(signal);
    const end = Math.min(start + sequences, count);
    await work(start, tokens.subarray(start * contextSize, end * contextSize));
  }
}

/**
 * Parts of the chunks that lie side by side, for two models in turns: decoded so the numbers are the same to the last
 * digit, and the logits of both take a fraction of the memory. A chunk's part is what the library would compute together
 * of it; where there are logits it is at most 64 positions (attention over fewer goes another way through ggml, and to
 * other digits) of as many chunks as are worth their memory.
 */
function* groupsOf({ contextSize, first }: Chunks, tokens: Int32Array, vocabulary: number): Generator<ChunkGroup> {
  const count = tokens.length / contextSize;
  const together = Math.floor(MICRO_BATCH / count);
  const usual = together === 0 ? contextSize : together;
  let start = 0;
  while (start < contextSize) {
    const end = Math.min(start + (start < first ? usual : Math.min(usual, ATTENTION_TILE)), contextSize);
    const fitting = Math.max(1, Math.floor(LOGITS_AT_ONCE / ((end - start) * vocabulary * 4)));
    const chunks = start === 0 || end <= first ? count : Math.min(fitting, count);
    for (let sequence = 0; sequence < count; sequence += chunks) {
      const part = { start, end, sequence };
      yield { tokens: tokens.subarray(sequence * contextSize, (sequence + chunks) * contextSize), part };
    }
    start = end;
  }
}

function* scoredChunks(
  { contextSize, first, scored }: Chunks,
  tokens: Int32Array,
  part: ChunkPart = { start: 0, end: contextSize },
): Generator<[number, ScoredPositions]> {
  const from = Math.max(first, part.start);
  const count = Math.min(part.end, first + scored) - from;
  if (count <= 0) return;
  for (let index = 0; index * contextSize < tokens.length; index += 1) {
    const own = tokens.subarray(index * contextSize, (index + 1) * contextSize);
    yield [index, [own, index, from, 0, count]];
  }
}

function finite(values: Float64Array, name: string): Float64Array {
  if (values.every(Number.isFinite)) return values;
  throw new SlipwayError('EVALUATION_FAILED', `'${name}' computes numbers that are not finite`, {
    where: name,
    got: 'NaN or infinity among its logits',
    try: 'another type for its tensors, or another revision of the model',
  });
}

function requirePositions({ count, scored, contextSize }: Chunks): void {
  if (count * scored >= LEAST_POSITIONS) return;
  throw new SlipwayError('EVALUATION_FAILED', 'the text gives too few positions for statistics', {
    got: `${count} chunks of ${contextSize} tokens are ${count * scored} positions, at least ${LEAST_POSITIONS} are needed`,
    try: ['more chunks', 'a longer text'],
  });
}

function requireSameVocabulary(model: LlamaModel, base: LlamaModel): void {
  if (model.facts.vocabulary === base.facts.vocabulary) return;
  throw new SlipwayError('EVALUATION_FAILED', 'the models have different vocabularies', {
    where: `${model.name}, ${base.name}`,
    got: `${model.facts.vocabulary} and ${base.facts.vocabulary} tokens`,
    try: 'a base that the candidate was made from',
  });
}
