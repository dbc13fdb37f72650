import { fixed } from './python-text.js';

/** How many parameters a model has, as llama.cpp's converter counts them. */
export interface ParameterCounts {
  readonly total: number;
  /** Outside the experts. */
  readonly shared: number;
  /** In one expert. */
  readonly expert: number;
  /** 0 for a dense model. */
  readonly expertCount: number;
}

/** `general.size_label` of a model whose name does not say it: `7B`, `1.2M`, `8x7B`. */
export function sizeLabel(counts: ParameterCounts): string {
  const { total, shared, expert, expertCount } = counts;
  if (expertCount > 0) return `${expertCount}x${rounded(Math.abs(shared) + Math.abs(expert))}`;
  return rounded(Math.abs(total));
}

const SCALES: readonly (readonly [above: number, factor: number, suffix: string])[] = [
  [1e12, 1e-12, 'T'],
  [1e9, 1e-9, 'B'],
  [1e6, 1e-6, 'M'],
  [-1, 1e-3, 'K'],
];

/** At least two digits: one decimal below ten, two below one half. */
function rounded(count: number): string {
  const [, factor, suffix] = SCALES.find(([above]) => count > above) ?? [0, 1e-3, 'K'];
  const scaled = count * factor;
  const digits = fixed(scaled, 0).replace(/^0+/, '').length;
  return `${fixed(scaled, Math.max(2 - digits, 0))}${suffix}`;
}
