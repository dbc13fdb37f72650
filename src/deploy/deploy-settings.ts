import { SlipwayError } from '../core/index.js';
import { shapeOfGguf, isWithoutCache, type ModelShape } from './gguf-shape.js';
import { estimateMemory, type CacheType, type MemoryEstimate } from './memory.js';
import type { DeployOptions } from './deployment-request.js';
import { servedBytes, filesOf, type ServedModel } from './served-model.js';

/** How the server is set: what was chosen, and what it takes. */
export interface ServerSettings {
  /** Tokens that one request may use. */
  readonly perSlot: number;
  readonly slots: number;
  /** `--ubatch-size`, when it differs from the server's own. */
  readonly batch: number | undefined;
  readonly cacheTypeK: CacheType;
  readonly cacheTypeV: CacheType;
  readonly estimate: MemoryEstimate;
  readonly reasons: readonly string[];
}

const MIB = 1024 * 1024;
/** What llama.cpp computes at once unless told. */
const USUAL_BATCH = 512;
/** Longest context that is taken without being asked for: enough for a conversation, small in memory. */
const USUAL_CONTEXT = 8192;
const SHORT_CONTEXT = 2048;
const STEP = 256;
/** A server with less than this is of no use to a conversation. */
const LEAST_CONTEXT = 512;
/** Code, threads, HTTP and the tokenizer of a server, beside what the formula counts. */
export const PROCESS_BYTES: number = 192 * MIB;

/** With the prompts that it keeps. */
const SERVER_BYTES = PROCESS_BYTES + 256 * MIB;

/** Chooses context, slots and batch for a GGUF; throws `USAGE` when the budget is too small for the weights. */
export function settingsFor(model: ServedModel, options: DeployOptions): ServerSettings {
  const shape = shapeOfGguf(model.gguf ?? new Map());
  const trained = shape.trained > 0 ? shape.trained : SHORT_CONTEXT;
  const slots = options.slots ?? (model.task === 'generate' ? 1 : 4);
  const cache = { cacheTypeK: options.cacheTypeK ?? 'f16', cacheTypeV: options.cacheTypeV ?? 'f16' } as const;
  const weights = servedBytes(
    model.files.filter(({ role }) => ['weights', 'projector', 'adapter', 'draft'].includes(role)),
  );
  const estimate = (perSlot: number): MemoryEstimate =>
    estimateMemory(shape, weights, {
      contextSize: perSlot * slots,
      slots,
      batch: batchOf(model, perSlot, shape) ?? USUAL_BATCH,
      ...cache,
    });
  const { perSlot, reason } = contextOf(model, options, trained, estimate);
  const batch = batchOf(model, perSlot, shape);
  return { perSlot, slots, batch, ...cache, estimate: estimate(perSlot), reasons: [reason, ...batchReason(batch)] };
}

function batchReason(batch: number | undefined): string[] {
  return batch === undefined ? [] : [`batches of ${batch} tokens: a text that is embedded is read in one`];
}

/** What is pooled must be in one batch. */
function batchOf(model: ServedModel, perSlot: number, { architecture }: ModelShape): number | undefined {
  if (model.task === 'generate') return undefined;
  return perSlot > USUAL_BATCH || isWithoutCache(architecture) ? perSlot : undefined;
}

function contextOf(
  model: ServedModel,
  options: DeployOptions,
  trained: number,
  estimate: (perSlot: number) => MemoryEstimate,
): { perSlot: number; reason: string } {
  const wish = options.contextSize;
  if (wish !== undefined && wish > trained) {
    throw new SlipwayError('USAGE', `the model was trained for ${trained} tokens`, {
      got: `--ctx-size ${wish}`,
      try: `--ctx-size ${trained}`,
    });
  }
  const usual = Math.min(trained, model.task === 'generate' ? USUAL_CONTEXT : SHORT_CONTEXT);
  const budget = options.memoryBudget;
  if (budget === undefined) {
    const perSlot = wish ?? withinNode(options, usual, estimate);
    const why =
      wish === undefined
        ? `of the ${trained} that the model was trained for; --ctx-size or --memory-budget change it`
        : 'as asked for';
    return { perSlot, reason: `context of ${perSlot} tokens a request, ${why}` };
  }
  const most = Math.min(trained, wish ?? trained);
  const perSlot = longestWithin(budget - PROCESS_BYTES, most, estimate);
  if (perSlot >= Math.min(LEAST_CONTEXT, most)) {
    return { perSlot, reason: `context of ${perSlot} tokens a request: the longest within ${mib(budget)}` };
  }
  const least = estimate(Math.min(LEAST_CONTEXT, most)).total + PROCESS_BYTES;
  throw new SlipwayError('USAGE', `the memory budget of ${mib(budget)} is too small for this model`, {
    got: `${mib(estimate(STEP).weights)} of weights, ${mib(least)} with ${Math.min(LEAST_CONTEXT, most)} tokens of context`,
    try: [
      `--memory-budget ${Math.ceil(least / MIB)}MiB`,
      '--cache-type-k q8_0 --cache-type-v q8_0',
      'a smaller quantization',
    ],
  });
}

/** Of what is chosen without being asked for, as much as the largest node of a known cluster has room for. */
function withinNode(
  { cluster, gpus = 0 }: DeployOptions,
  usual: number,
  estimate: (perSlot: number) => MemoryEstimate,
): number {
  const room = cluster?.nodeMemory;
  if (room === undefined || gpus > 0) return usual;
  const fitting = longestWithin(room - SERVER_BYTES, usual, estimate);
  return fitting >= Math.min(LEAST_CONTEXT, usual) ? fitting : usual;
}

/** The longest context in steps that llama.cpp rounds to, by halving: memory grows with it. */
function longestWithin(budget: number, most: number, estimate: (perSlot: number) => MemoryEstimate): number {
  let [low, high] = [0, Math.ceil(most / STEP)];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (estimate(Math.min(middle * STEP, most)).total <= budget) low = middle;
    else high = middle - 1;
  }
  return Math.min(low * STEP, most);
}

/** Bytes in words, binary. */
export function mib(bytes: number): string {
  return bytes >= 10 * 1024 * MIB ? `${(bytes / 1024 / MIB).toFixed(1)} GiB` : `${Math.ceil(bytes / MIB)} MiB`;
}

/** Projector, adapters and draft model: what is loaded beside the weights. */
export function servedCompanions(model: ServedModel): { projector?: string; adapters: string[]; draft?: string } {
  const [projector] = filesOf(model, 'projector');
  const [draft] = filesOf(model, 'draft');
  return {
    adapters: filesOf(model, 'adapter').map(({ path }) => path),
    ...(projector !== undefined && { projector: projector.path }),
    ...(draft !== undefined && { draft: draft.path }),
  };
}
