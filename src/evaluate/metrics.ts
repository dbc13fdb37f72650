import { covariance, deviation, estimate, FloatList, median, percentile, type Estimate } from './statistics.js';

/** One number of an evaluation. */
export interface Metric {
  /** `ppl`, `kld.mean`, `top.same`: the table in docs/evaluate.md. */
  readonly name: string;
  readonly value: number;
  /** One standard error, in the value's unit. */
  readonly uncertainty?: number;
  /** `nats`, `%`, `tokens`; none for ratios. */
  readonly unit?: string;
}

/** Numbers of one compared position, as the engine gives them. */
const WIDTH = 5;
const PERCENTILES = [
  ['p99_9', 0.999],
  ['p99', 0.99],
  ['p95', 0.95],
  ['p90', 0.9],
  ['p75', 0.75],
  ['p25', 0.25],
  ['p10', 0.1],
  ['p5', 0.05],
  ['p1', 0.01],
  ['p0_1', 0.001],
] as const;
const { fround } = Math;

/** Sums over the positions of one model. */
export class LossTally {
  count = 0;
  #sum = 0;
  #squares = 0;

  add(losses: Float64Array): void {
    for (const loss of losses) {
      this.#sum += loss;
      this.#squares += loss * loss;
      this.count += 1;
    }
  }

  get perplexity(): number {
    return Math.exp(this.#sum / this.count);
  }

  metrics(): readonly Metric[] {
    const mean = estimate(this.#sum, this.#squares, this.count);
    return [metric('ppl', Math.exp(mean.value), mean.uncertainty * Math.exp(mean.value))];
  }
}

/** Sums over the positions at which two models were compared. */
export class DifferenceTally {
  count = 0;
  readonly #divergences = new FloatList();
  readonly #probabilities = new FloatList();
  #loss = 0;
  #lossSquares = 0;
  #base = 0;
  #baseSquares = 0;
  #products = 0;
  #divergence = 0;
  #divergenceSquares = 0;
  #probability = 0;
  #probabilitySquares = 0;
  #probabilityFourths = 0;
  #sameTop = 0;

  /** Adds positions, five numbers each: loss, the base's loss, divergence, difference of probability, same top. */
  add(differences: Float64Array): void {
    for (let at = 0; at + WIDTH <= differences.length; at += WIDTH) {
      const [loss = 0, base = 0, divergence = 0, probability = 0, sameTop = 0] = differences.subarray(at, at + WIDTH);
      this.#loss += loss;
      this.#lossSquares += fround(loss * loss);
      this.#base += base;
      this.#baseSquares += fround(base * base);
      this.#products += fround(loss * base);
      this.#divergence += divergence;
      this.#divergenceSquares += divergence * divergence;
      this.#divergences.push(divergence);
      const square = fround(probability * probability);
      this.#probability += probability;
      this.#probabilitySquares += square;
      this.#probabilityFourths += square * square;
      this.#probabilities.push(probability);
      this.#sameTop += sameTop;
      this.count += 1;
    }
  }

  get perplexity(): number {
    return Math.exp(this.#loss / this.count);
  }

  /** Mean divergence so far. */
  get divergence(): number {
    return this.#divergence / this.count;
  }

  /** The divergence of every position, in order. */
  get divergences(): Float32Array {
    return this.#divergences.values;
  }

  metrics(): readonly Metric[] {
    return [...this.#perplexities(), ...this.#divergenceMetrics(), ...this.#probabilityMetrics()];
  }

  #perplexities(): Metric[] {
    const { count } = this;
    const loss = estimate(this.#loss, this.#lossSquares, count);
    const base = estimate(this.#base, this.#baseSquares, count);
    const shared = covariance(this.#loss, this.#base, this.#products, count);
    const [ppl, basePpl] = [Math.exp(loss.value), Math.exp(base.value)];
    const [pplError, baseError] = [ppl * loss.uncertainty, basePpl * base.uncertainty];
    const lnRatio = loss.value - base.value;
    const lnError = deviation(loss.uncertainty ** 2 + base.uncertainty ** 2 - 2 * shared);
    const ratio = Math.exp(lnRatio);
    const difference = deviation(pplError ** 2 + baseError ** 2 - 2 * ppl * basePpl * shared);
    const both = loss.uncertainty * base.uncertainty;
    return [
      metric('ppl', ppl, pplError),
      metric('ppl.base', basePpl, baseError),
      metric('ppl.lnRatio', lnRatio, lnError),
      metric('ppl.ratio', ratio, ratio * lnError),
      metric('ppl.difference', ppl - basePpl, difference),
      ...(both > 0 ? [metric('ppl.correlation', (100 * shared) / both, undefined, '%')] : []),
    ];
  }

  #divergenceMetrics(): Metric[] {
    const mean = estimate(this.#divergence, this.#divergenceSquares, this.count);
    const sorted = this.#divergences.sorted();
    return [
      metric('kld.mean', mean.value, mean.uncertainty, 'nats'),
      metric('kld.max', sorted.at(-1) ?? 0, undefined, 'nats'),
      ...spread('kld', sorted, 'nats', 1),
      metric('kld.min', sorted[0] ?? 0, undefined, 'nats'),
    ];
  }

  #probabilityMetrics(): Metric[] {
    const { count } = this;
    const sorted = this.#probabilities.sorted();
    const mean = percent(estimate(this.#probability, this.#probabilitySquares, count));
    const square = estimate(this.#probabilitySquares, this.#probabilityFourths, count);
    const rms = Math.sqrt(square.value);
    const same = this.#sameTop / count;
    return [
      metric('deltaP.mean', mean.value, mean.uncertainty, '%'),
      metric('deltaP.rms', 100 * rms, rms > 0 ? (100 * 0.5 * square.uncertainty) / rms : 0, '%'),
      metric('deltaP.max', 100 * (sorted.at(-1) ?? 0), undefined, '%'),
      ...spread('deltaP', sorted, '%', 100),
      metric('deltaP.min', 100 * (sorted[0] ?? 0), undefined, '%'),
      metric('top.same', 100 * same, 100 * deviation((same * (1 - same)) / (count - 1)), '%'),
    ];
  }
}

function spread(name: string, sorted: Float32Array, unit: string, factor: number): Metric[] {
  return [
    ...PERCENTILES.map(([part, fraction]) =>
      metric(`${name}.${part}`, factor * percentile(sorted, fraction), undefined, unit),
    ),
    metric(`${name}.median`, factor * median(sorted), undefined, unit),
  ];
}

function percent({ value, uncertainty }: Estimate): Estimate {
  return { value: 100 * value, uncertainty: 100 * uncertainty };
}

function metric(name: string, value: number, uncertainty?: number, unit?: string): Metric {
  return { name, value, uncertainty, unit };
}
