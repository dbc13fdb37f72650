// The statistics of llama-perplexity: floats where it has floats, doubles where it has doubles, in its order, so that
// what it prints comes out to the last digit.

const { fround } = Math;

/** A mean with the standard error that llama-perplexity gives; 0 where it cannot be told. */
export interface Estimate {
  readonly value: number;
  readonly uncertainty: number;
}

/** Fewer values have no uncertainty, and no covariance. */
const LEAST = 10;

/** Mean and standard error from sums of values and of their squares. A variance that rounding made negative is 0. */
export function estimate(sum: number, squares: number, count: number): Estimate {
  if (count < 1) return { value: 0, uncertainty: 0 };
  const value = sum / count;
  const variance = squares / count - value * value;
  return { value, uncertainty: variance > 0 && count > LEAST ? Math.sqrt(variance / (count - 1)) : 0 };
}

/** Covariance of two means, from sums of both and of their products. */
export function covariance(sumA: number, sumB: number, products: number, count: number): number {
  if (count < LEAST) return 0;
  return (products / count - (sumA / count) * (sumB / count)) / (count - 1);
}

/** The square root of a variance, which rounding may have made negative. */
export function deviation(variance: number): number {
  return variance > 0 ? Math.sqrt(variance) : 0;
}

/** Linear interpolation at `fraction` of sorted values, in floats. */
export function percentile(sorted: Float32Array, fraction: number): number {
  const last = sorted.length - 1;
  if (fraction <= 0) return sorted[0] ?? 0;
  if (fraction >= 1) return sorted[last] ?? 0;
  const position = fround(fround(fraction) * last);
  const index = Math.trunc(position);
  const part = fround(position - index);
  const low = sorted[index] ?? 0;
  const high = sorted[Math.min(index + 1, last)] ?? 0;
  return fround(fround(fround(1 - part) * low) + fround(part * high));
}

export function median(sorted: Float32Array): number {
  const half = Math.trunc(sorted.length / 2);
  const high = sorted[half] ?? 0;
  return sorted.length % 2 === 0 ? fround(0.5 * fround(high + (sorted[half - 1] ?? 0))) : high;
}

/** Grows as values come. */
export class FloatList {
  #values = new Float32Array(1024);
  #length = 0;

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const larger = new Float32Array(2 * this.#length);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#length++] = value;
  }

  get values(): Float32Array {
    return this.#values.subarray(0, this.#length);
  }

  /** A sorted copy. */
  sorted(): Float32Array {
    return this.values.slice().sort();
  }
}
