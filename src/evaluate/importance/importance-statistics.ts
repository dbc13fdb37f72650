import type { CollectedSums } from '../../../workers/llama-addon.js';
import type { ImportanceSums } from './importance-matrix.js';

/** What llama-imatrix tells about a matrix with `--show-statistics`: of the mean squares of its inputs. */
export interface ImportanceStatistics {
  readonly tensor: string;
  /** Number of the block; `null` outside of blocks. */
  readonly layer: number | null;
  /** `attn_k`, `ffn_down`. */
  readonly kind: string;
  readonly total: number;
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  readonly deviation: number;
  /** Share of inputs above 1e-5, per cent. */
  readonly active: number;
  readonly elements: number;
  /** In bits; and as per cent of what is possible. */
  readonly entropy: number;
  readonly entropyShare: number;
  /** Share of inputs more than one deviation above the mean, per cent. */
  readonly distinct: number;
  /** Cosine between this layer's sums and those of the layer before; 0 for the first. */
  readonly cosine: number;
}

const THRESHOLD = 1e-5;
const { fround } = Math;

/** Statistics of every matrix, by kind and then by importance, as llama-imatrix prints them. */
export function importanceStatistics(sums: ImportanceSums): readonly ImportanceStatistics[] {
  const rows = [...sums.entries.values()].flatMap((entry) => {
    const values = averages(entry);
    return values.length === 0 ? [] : [statisticsOf(entry.name, values, cosine(entry, sums))];
  });
  return rows.sort((a, b) => (a.kind === b.kind ? b.total - a.total : a.kind < b.kind ? -1 : 1));
}

/** Mean squares, without those of experts that were never chosen. */
function averages({ values, counts }: CollectedSums): Float32Array {
  const each = values.length / counts.length;
  const kept: number[] = [];
  for (const [index, value] of values.entries()) {
    const count = counts[Math.trunc(index / each)] ?? 0;
    if (count > 0) kept.push(fround(value / count));
  }
  return Float32Array.from(kept);
}

function statisticsOf(tensor: string, values: Float32Array, cosineBefore: number): ImportanceStatistics {
  let [total, squares, max, min, inactive] = [0, 0, -Infinity, Infinity, 0];
  for (const value of values) {
    total = fround(total + value);
    squares = fround(squares + fround(value * value));
    max = Math.max(max, value);
    min = Math.min(min, value);
    if (Math.abs(value) <= fround(THRESHOLD)) inactive += 1;
  }
  const count = values.length;
  const mean = fround(total / count);
  const variance = fround(fround(squares / count) - fround(mean * mean));
  const deviation = fround(Math.sqrt(Math.max(0, variance)));
  const entropy = entropyOf(values, total);
  return {
    tensor,
    ...nameParts(tensor),
    total,
    min,
    max,
    mean,
    deviation,
    active: 100 * fround(1 - fround(inactive / count)),
    elements: count,
    entropy,
    entropyShare: count > 1 ? (100 * entropy) / Math.log2(count) : 0,
    distinct: deviation > 0 ? (100 * values.filter((value) => (value - mean) / deviation > 1).length) / count : 0,
    cosine: cosineBefore,
  };
}

function entropyOf(values: Float32Array, total: number): number {
  let entropy = 0;
  if (total <= 0) return entropy;
  for (const value of values) {
    const share = fround(value / total);
    if (share > 0) entropy = fround(entropy - fround(share * fround(Math.log2(share))));
  }
  return entropy;
}

function cosine({ name, values }: CollectedSums, { entries }: ImportanceSums): number {
  const layer = Number(/blk\.(\d+)\./.exec(name)?.[1] ?? Number.NaN);
  const before = entries.get(name.replace(/blk\.\d+\./, `blk.${layer - 1}.`));
  if (before === undefined || Number.isNaN(layer)) return 0;
  const [product, own, other] = [dot(values, before.values), dot(values, values), dot(before.values, before.values)];
  return fround(product / fround(fround(Math.sqrt(own)) * fround(Math.sqrt(other))));
}

function dot(one: Float32Array, other: Float32Array): number {
  let sum = 0;
  for (const [index, value] of one.entries()) sum = fround(sum + fround(value * (other[index] ?? 0)));
  return sum;
}

function nameParts(tensor: string): { layer: number | null; kind: string } {
  const parts = tensor.split('.');
  const layer = Number(parts[parts.indexOf('blk') + 1]);
  const weight = parts.indexOf('weight');
  return { layer: Number.isInteger(layer) ? layer : null, kind: weight > 0 ? (parts[weight - 1] ?? tensor) : tensor };
}
