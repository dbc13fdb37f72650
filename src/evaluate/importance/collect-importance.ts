import { throwIfAborted } from '../../core/index.js';
import { cutChunks, requireDecoder } from '../chunks.js';
import { BATCH, type Engine, type EngineFacts } from '../engine/engine.js';
import type { LlamaModel } from '../engine/model.js';
import { mergeImportance, type ImportanceSums } from './importance-matrix.js';

export interface CollectOptions {
  /** Path of the GGUF. */
  readonly model: string;
  /** `name` is recorded in the file, as llama-imatrix records its argument. */
  readonly text: { readonly name: string; readonly content: string };
  readonly context?: number | undefined;
  readonly chunks?: number | undefined;
  /** Chunks at the beginning that are left out. */
  readonly skip?: number | undefined;
  readonly threads?: number | undefined;
  /** Collects for `output.weight`, too. */
  readonly processOutput?: boolean | undefined;
  /** Reads names of special tokens in the text as these tokens. */
  readonly parseSpecial?: boolean | undefined;
  /** Sums to go on from: those of an earlier file, or of a run that was interrupted. */
  readonly from?: readonly ImportanceSums[] | undefined;
  /** Chunks of this very text that `from` has already. */
  readonly done?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called after each batch of chunks. */
  readonly onChunks?: ((done: number, total: number) => void) | undefined;
  /** Called now and then with the sums so far, so that they can be kept. */
  readonly onSums?: ((sums: ImportanceSums, done: number) => Promise<void>) | undefined;
}

export interface CollectedImportance {
  readonly sums: ImportanceSums;
  readonly chunks: number;
  readonly tokens: number;
  readonly engine: EngineFacts;
  /** Matrices of experts that were never chosen. */
  readonly unused: readonly string[];
}

/** Chunks between two times that sums are handed out, as llama-imatrix saves its file. */
const SAVE_EVERY = 10;

/**
 * Collects an importance matrix as llama-imatrix does: chunks of text are decoded with every position an output, and
 * the squares of what each matrix is multiplied with are added up. Throws what the engine throws, `EVALUATION_FAILED`
 * for a short text and for sums that are not finite.
 */
export async function collectImportance(engine: Engine, options: CollectOptions): Promise<CollectedImportance> {
  const { context = 512, signal, from = [], done = 0 } = options;
  const sequences = Math.max(1, Math.floor(BATCH / context));
  const purpose = options.processOutput === true ? 'importanceWithOutput' : 'importance';
  const loading = { contextSize: context, sequences, threads: options.threads, purpose } as const;
  const model = await engine.load(options.model, loading, signal);
  try {
    requireDecoder(model.facts, model.name);
    const { content, name } = options.text;
    const text = content.endsWith('\n') ? content.slice(0, -1) : content;
    const all = await model.tokenize(text, true, options.parseSpecial === true, signal);
    const tokens = all.subarray(Math.min((options.skip ?? 0) * context, all.length));
    const chunks = cutChunks(tokens, { contextSize: context, chunks: options.chunks, sequences }, name);
    for (const entry of mergeImportance(from, context).entries.values()) await model.preset(entry, signal);
    const datasets =
      done > 0 ? from.flatMap((sums) => sums.datasets) : [...from.flatMap((sums) => sums.datasets), name];
    let saved = done;
    for (let start = done; start < chunks.count; start += sequences) {
      throwIfAborted(signal);
      const end = Math.min(start + sequences, chunks.count);
      await model.decode(tokens.subarray(start * context, end * context), 0, signal);
      options.onChunks?.(end, chunks.count);
      if (options.onSums === undefined || end - saved < SAVE_EVERY || end === chunks.count) continue;
      saved = end;
      await options.onSums(await sumsOf(model, datasets, context, signal), end);
    }
    const sums = await sumsOf(model, datasets, context, signal);
    const unused = [...sums.entries.values()].filter(({ counts }) => counts.includes(0)).map((entry) => entry.name);
    return { sums, chunks: chunks.count, tokens: all.length, engine: engine.facts, unused };
  } finally {
    if (engine.alive) await model.free();
  }
}

async function sumsOf(
  model: LlamaModel,
  datasets: readonly string[],
  chunkSize: number,
  signal: AbortSignal | undefined,
): Promise<ImportanceSums> {
  const entries = new Map((await model.sums(signal)).map((entry) => [entry.name, entry]));
  return { entries, datasets, chunkSize };
}
