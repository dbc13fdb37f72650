import type { Digest } from '../core/index.js';
import type { EngineFacts } from './engine/engine.js';
import type { UsedSettings } from './evaluate-models.js';
import type { GateCheck } from './gate.js';
import type { Metric } from './metrics.js';
import type { TensorError } from './weight-error.js';

/** A model as an evaluation names it. */
export interface EvaluatedModel {
  readonly name: string;
  /** Of the GGUF file. */
  readonly digest: Digest;
  readonly size: number;
  /** `Q4_K_M`, `F16`. */
  readonly fileType?: string;
  readonly bitsPerWeight?: number;
}

export interface EvaluatedText {
  readonly name: string;
  readonly digest: Digest;
  readonly tokens?: number;
  readonly licence?: string;
}

/** How far weights are from the base's, summed up, with the tensors that lost most. */
export interface WeightSummary {
  readonly rmse: number;
  readonly relative: number;
  readonly max: number;
  readonly weighted?: number;
  readonly tensors: number;
  readonly unmatched: readonly string[];
  readonly worst: readonly TensorError[];
}

export interface SmokeResult {
  readonly passed: boolean;
  readonly prompt: string;
  readonly output: string;
  readonly tokens: number;
  readonly promptDigest: Digest;
  readonly outputDigest: Digest;
  /** What was checked, and whether it held. */
  readonly checks: readonly { readonly name: string; readonly passed: boolean; readonly got?: string }[];
}

/** Divergences of all positions, counted by powers of ten. */
export interface Histogram {
  /** Upper ends; the last bin has none. */
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

/** What was found out about a model: what travels with it, and what `pipeline evaluate --json` prints. */
export interface Evaluation {
  readonly candidate: EvaluatedModel;
  readonly base?: EvaluatedModel;
  readonly text?: EvaluatedText;
  readonly settings?: UsedSettings;
  readonly engine?: EngineFacts;
  readonly metrics: readonly Metric[];
  readonly histogram?: Histogram;
  readonly weightError?: WeightSummary;
  readonly smoke?: SmokeResult;
  readonly gate?: readonly GateCheck[];
  /** Why there are no numbers from a library. */
  readonly unavailable?: { readonly code: string; readonly message: string };
}

const EDGES = [1e-5, 1e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1, 3] as const;

export function histogramOf(divergences: Float32Array): Histogram {
  const counts = Array.from({ length: EDGES.length + 1 }, () => 0);
  for (const value of divergences) {
    const bin = EDGES.findIndex((edge) => value < edge);
    const index = bin < 0 ? EDGES.length : bin;
    counts[index] = (counts[index] ?? 0) + 1;
  }
  return { edges: EDGES, counts };
}
