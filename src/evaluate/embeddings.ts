import { SlipwayError, throwIfAborted } from '../core/index.js';
import type { Engine } from './engine/engine.js';
import type { LlamaModel } from './engine/model.js';
import type { Metric } from './metrics.js';

export interface EmbeddingInput {
  /** Paths of GGUF files. */
  readonly candidate: string;
  readonly base: string;
  readonly text: { readonly name: string; readonly content: string };
  /** Tokens of a passage at most; 512 unless given. */
  readonly context?: number | undefined;
  /** Passages; 64 unless given. */
  readonly passages?: number | undefined;
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onPassage?: ((done: number) => void) | undefined;
}

export interface EmbeddingComparison {
  readonly metrics: readonly Metric[];
  readonly passages: number;
}

const PASSAGES = 64;
/** Fewer say nothing about retrieval. */
const LEAST_PASSAGES = 8;
/** Characters of a passage, about. */
const PASSAGE_LENGTH = 300;
/** Neighbours that are compared. */
const NEIGHBOURS = 5;

/**
 * Compares the embeddings of two models: passages from all over a text are embedded by both. `embedding.cosine` is the
 * mean cosine between the two embeddings of a passage, `embedding.cosineMin` the smallest; `embedding.retrieval` says for
 * how many passages (per cent) both find the same nearest other passage, `embedding.neighbours` how many of the five
 * nearest are the same. Throws what the engine throws, and `EVALUATION_FAILED` for a short text.
 */
export async function compareEmbeddings(engine: Engine, input: EmbeddingInput): Promise<EmbeddingComparison> {
  const passages = cutPassages(input.text.content, input.passages ?? PASSAGES);
  if (passages.length < LEAST_PASSAGES) {
    throw new SlipwayError('EVALUATION_FAILED', `'${input.text.name}' is too short to compare embeddings`, {
      got: `${passages.length} passages, at least ${LEAST_PASSAGES} are needed`,
      try: 'a longer text',
    });
  }
  const base = await embedAll(engine, input.base, passages, input, 0);
  const candidate = await embedAll(engine, input.candidate, passages, input, passages.length);
  return { passages: passages.length, metrics: embeddingMetrics(candidate, base, input) };
}

/** Passages of whole lines or sentences, evenly over the text; always the same ones. */
export function cutPassages(text: string, most: number): readonly string[] {
  const sentences = text.replaceAll(/\s+/g, ' ').split(/(?<=[.!?]) /);
  const passages: string[] = [];
  let passage = '';
  for (const sentence of sentences) {
    passage = passage === '' ? sentence : `${passage} ${sentence}`;
    if (passage.length < PASSAGE_LENGTH) continue;
    passages.push(passage.slice(0, 4 * PASSAGE_LENGTH));
    passage = '';
  }
  if (passage.trim() !== '') passages.push(passage);
  const count = Math.min(most, passages.length);
  return Array.from({ length: count }, (_, index) => passages[Math.floor((index * passages.length) / count)] ?? '');
}

async function embedAll(
  engine: Engine,
  path: string,
  passages: readonly string[],
  { context = 512, threads, signal, onPassage }: EmbeddingInput,
  before: number,
): Promise<readonly Float32Array[]> {
  const loading = {
    contextSize: context,
    batch: context,
    microBatch: context,
    threads,
    purpose: 'embeddings',
  } as const;
  const model = await engine.load(path, loading, signal);
  try {
    const embeddings: Float32Array[] = [];
    for (const passage of passages) {
      throwIfAborted(signal);
      const tokens = await model.tokenize(passage, true, false, signal);
      embeddings.push(unit(await model.embed(tokens.subarray(0, context), signal), model));
      onPassage?.(before + embeddings.length);
    }
    return embeddings;
  } finally {
    if (engine.alive) await model.free();
  }
}

function unit(values: Float32Array, { name }: LlamaModel): Float32Array {
  const length = Math.sqrt(dot(values, values));
  if (Number.isFinite(length) && length > 0) return values.map((value) => value / length);
  throw new SlipwayError('EVALUATION_FAILED', `'${name}' computes an embedding that is no direction`, {
    where: name,
    got: `length ${length}`,
  });
}

/** The numbers of embeddings of length one, which belong together by their places. */
export function embeddingMetrics(
  candidate: readonly Float32Array[],
  base: readonly Float32Array[],
  names: { readonly candidate: string; readonly base: string },
): readonly Metric[] {
  if (candidate[0]?.length !== base[0]?.length) {
    throw new SlipwayError('EVALUATION_FAILED', 'the embeddings have different lengths', {
      where: `${names.candidate}, ${names.base}`,
      got: `${candidate[0]?.length} and ${base[0]?.length}`,
      try: 'a base that the candidate was made from',
    });
  }
  const cosines = candidate.map((values, index) => dot(values, base[index] ?? values));
  const [own, others] = [candidate, base].map((all) => all.map((_, index) => nearest(all, index)));
  const count = cosines.length;
  const same = (own ?? []).filter((list, index) => list[0] === others?.[index]?.[0]).length;
  const shared = (own ?? []).reduce(
    (sum, list, index) => sum + list.filter((it) => others?.[index]?.includes(it) === true).length / list.length,
    0,
  );
  const mean = cosines.reduce((sum, value) => sum + value, 0) / count;
  const variance = cosines.reduce((sum, value) => sum + (value - mean) ** 2, 0) / count;
  return [
    { name: 'embedding.cosine', value: mean, uncertainty: Math.sqrt(variance / Math.max(1, count - 1)) },
    { name: 'embedding.cosineMin', value: Math.min(...cosines) },
    { name: 'embedding.retrieval', value: (100 * same) / count, unit: '%' },
    { name: 'embedding.neighbours', value: (100 * shared) / count, unit: '%' },
  ];
}

/** The nearest other passages, nearest first; of equal ones the earlier. */
function nearest(all: readonly Float32Array[], index: number): readonly number[] {
  const own = all[index] ?? new Float32Array();
  return all
    .map((other, place) => ({ place, near: dot(own, other) }))
    .filter(({ place }) => place !== index)
    .sort((a, b) => b.near - a.near || a.place - b.place)
    .slice(0, NEIGHBOURS)
    .map(({ place }) => place);
}

function dot(one: Float32Array, other: Float32Array): number {
  let sum = 0;
  for (const [index, value] of one.entries()) sum += value * (other[index] ?? 0);
  return sum;
}
