import { SlipwayError } from '../core/index.js';
import { cutChunks, requireDecoder, sequencesFor, type Chunks } from './chunks.js';
import type { Engine, EngineFacts } from './engine/engine.js';
import { BATCH, MICRO_BATCH } from './engine/engine.js';
import type { LoadOptions } from './engine/load-options.js';
import type { LlamaModel } from './engine/model.js';
import { KldReader, KldWriter, readKldHeader } from './kld-file.js';
import { measureDifference, measurePerplexity, type Baseline, type MeasureOptions } from './measure.js';
import type { Metric } from './metrics.js';

/** How an evaluation is carried out. */
export interface EvaluationSettings {
  /** Tokens of a chunk; 512 unless given. */
  readonly context?: number;
  /** At most so many chunks; all of the text unless given. */
  readonly chunks?: number;
  /** With `chunks`: taken evenly over the text, not from its beginning. */
  readonly spread?: boolean;
  /** Chunks decoded side by side: it moves the last digits. As llama-perplexity unless given. */
  readonly sequences?: number;
  readonly threads?: number;
  readonly flashAttention?: 'auto' | 'off' | 'on';
  /** The base's log-probabilities are rounded to 16 bits, as llama-perplexity does, unless this is true. */
  readonly fullPrecision?: boolean;
}

/** Settings as they were used: repeated on the same engine they give the same numbers. */
export interface UsedSettings {
  readonly contextSize: number;
  readonly chunks: number;
  /** Predictions that counted. */
  readonly scored: number;
  readonly sequences: number;
  readonly ubatch: number;
  readonly flashAttention: 'auto' | 'off' | 'on';
  /** Each chunk begins with the vocabulary's first token. */
  readonly bosPerChunk: boolean;
  readonly threads: number;
  /** Bits of the base's log-probabilities. */
  readonly baseBits?: 16 | 32;
}

export interface EvaluationText {
  /** Shown in results: a file name. */
  readonly name: string;
  readonly content: string;
}

/** What is evaluated, and against what. Paths are of GGUF files. */
export interface EvaluationInput extends EvaluationSettings {
  readonly candidate: string;
  /** A model, or a .kld file that llama-perplexity or this wrote; without it only perplexity is measured. */
  readonly base?: { readonly model: string } | { readonly kld: string };
  /** Not used with a .kld file, which holds its tokens. */
  readonly text: EvaluationText;
  /** Without a base: where the candidate's log-probabilities are written, as llama-perplexity does. */
  readonly writeKld?: string;
}

export interface Measurement {
  readonly metrics: readonly Metric[];
  readonly settings: UsedSettings;
  readonly engine: EngineFacts;
  /** Tokens of the text. */
  readonly tokens: number;
  /** Divergence of every position, for a histogram; empty without a base. */
  readonly divergences: Float32Array;
}

export const DEFAULT_CONTEXT = 512;

/**
 * Measures a model by itself or against a base, with the numbers of llama-perplexity. Both models are decoded chunk by
 * chunk side by side: nothing is written. Throws what the engine throws, and `EVALUATION_FAILED`.
 */
export async function evaluateModels(
  engine: Engine,
  input: EvaluationInput,
  options: MeasureOptions = {},
): Promise<Measurement> {
  const kld = input.base !== undefined && 'kld' in input.base ? await readKldHeader(input.base.kld) : undefined;
  const context = kld?.contextSize ?? input.context ?? DEFAULT_CONTEXT;
  const usual = loadOptions(input, context);
  const loaded: LlamaModel[] = [];
  try {
    const candidate = await loadFitted(engine, input.candidate, usual, input.sequences, options.signal);
    loaded.push(candidate);
    requireDecoder(candidate.facts, candidate.name);
    const fitted = { ...usual, sequences: candidate.options.sequences ?? 1 };
    if (kld !== undefined) {
      const reader = await KldReader.open(kld, candidate.facts.vocabulary);
      try {
        const chunks = cutRecorded(reader, input, fitted.sequences);
        return await compared(engine, candidate, { kind: 'records', read: reader.read }, chunks, input, options);
      } finally {
        await reader.close();
      }
    }
    const text = trimmed(input.text.content);
    const tokens = await candidate.tokenize(text, true, false, options.signal);
    const chunks = cutChunks(tokens, { ...input, contextSize: context, sequences: fitted.sequences }, input.text.name);
    if (input.base === undefined || 'kld' in input.base) return await alone(engine, candidate, chunks, input, options);
    const base = await engine.load(input.base.model, fitted, options.signal);
    loaded.push(base);
    requireDecoder(base.facts, base.name);
    requireSameTokens(candidate, tokens, base, await base.tokenize(text, true, false, options.signal));
    const baseline: Baseline = { kind: 'model', model: base, rounded: input.fullPrecision !== true };
    return await compared(engine, candidate, baseline, chunks, input, options);
  } finally {
    if (engine.alive) for (const model of loaded) await model.free();
  }
}

function loadOptions(input: EvaluationInput, contextSize: number): LoadOptions {
  const { threads, flashAttention } = input;
  return {
    contextSize,
    threads,
    flashAttention,
  };
}

/** Loads a model with as many sequences as are usual and fit its vocabulary. */
async function loadFitted(
  engine: Engine,
  path: string,
  options: LoadOptions,
  wanted: number | undefined,
  signal: AbortSignal | undefined,
): Promise<LlamaModel> {
  const usual = wanted ?? Math.max(1, Math.floor(BATCH / options.contextSize));
  const model = await engine.load(path, { ...options, sequences: usual }, signal);
  const fitting = wanted ?? sequencesFor(options.contextSize, model.facts.vocabulary);
  if (fitting === usual) return model;
  await model.free();
  return engine.load(path, { ...options, sequences: fitting }, signal);
}

async function alone(
  engine: Engine,
  candidate: LlamaModel,
  chunks: Chunks,
  input: EvaluationInput,
  options: MeasureOptions,
): Promise<Measurement> {
  const writer = input.writeKld === undefined ? undefined : await KldWriter.open(input.writeKld, chunks, candidate);
  try {
    const metrics = await measurePerplexity(candidate, chunks, {
      ...options,
      onRecords: writer?.write,
    });
    await writer?.finish();
    return measurement(engine, candidate, chunks, input, { metrics, divergences: new Float32Array() });
  } finally {
    await writer?.close();
  }
}

async function compared(
  engine: Engine,
  candidate: LlamaModel,
  baseline: Baseline,
  chunks: Chunks,
  input: EvaluationInput,
  options: MeasureOptions,
): Promise<Measurement> {
  const tally = await measureDifference(candidate, baseline, chunks, options);
  const bits: 16 | 32 = baseline.kind === 'records' || baseline.rounded ? 16 : 32;
  const found = { metrics: tally.metrics(), divergences: tally.divergences, baseBits: bits };
  return measurement(engine, candidate, chunks, input, found);
}

/** What was measured; `baseBits` where there was something to compare with. */
interface Findings {
  readonly metrics: readonly Metric[];
  readonly divergences: Float32Array;
  readonly baseBits?: 16 | 32;
}

function measurement(
  { facts: engine }: Engine,
  { facts, options }: LlamaModel,
  { count, scored, contextSize, sequences, total }: Chunks,
  { flashAttention = 'auto' }: EvaluationInput,
  { metrics, divergences, baseBits }: Findings,
): Measurement {
  return {
    metrics,
    engine,
    tokens: total,
    divergences,
    settings: {
      contextSize,
      chunks: count,
      scored: count * scored,
      sequences,
      ubatch: MICRO_BATCH,
      flashAttention,
      bosPerChunk: facts.addsBos,
      threads: options.threads ?? 1,
      baseBits,
    },
  };
}

/** Chunks as a .kld file has them: its tokens are the text. */
function cutRecorded(reader: KldReader, { chunks }: EvaluationInput, sequences: number): Chunks {
  const { contextSize, chunkCount } = reader.header;
  const first = Math.floor(contextSize / 2);
  const count = Math.min(chunks ?? chunkCount, chunkCount);
  return {
    tokens: reader.tokens,
    total: reader.tokens.length,
    contextSize,
    count,
    sequences,
    first,
    scored: contextSize - 1 - first,
  };
}

/** The text without the end of its last line, as llama.cpp's programs read files. */
function trimmed(text: string): string {
  return text.endsWith('\n') ? text.slice(0, -1) : text;
}

function requireSameTokens(one: LlamaModel, tokens: Int32Array, other: LlamaModel, others: Int32Array): void {
  const same = tokens.length === others.length && tokens.every((token, index) => token === others[index]);
  if (same && one.facts.vocabulary === other.facts.vocabulary) return;
  throw new SlipwayError('EVALUATION_FAILED', 'the models have different vocabularies', {
    where: `${one.name}, ${other.name}`,
    got:
      one.facts.vocabulary === other.facts.vocabulary
        ? `the text is ${tokens.length} tokens for one and ${others.length} others for the other`
        : `${one.facts.vocabulary} and ${other.facts.vocabulary} tokens`,
    try: 'a base that the candidate was made from',
  });
}
