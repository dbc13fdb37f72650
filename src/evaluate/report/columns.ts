import type { Evaluation } from '../evaluation.js';

/** A column of a table of variants. */
export interface Column {
  readonly title: string;
  textOf(evaluation: Evaluation): string;
}

const METRICS: readonly (readonly [name: string, title: string, digits: number])[] = [
  ['kld.mean', 'KL divergence', 6],
  ['kld.p99_9', '99.9 % KLD', 4],
  ['top.same', 'Same top, %', 2],
  ['ppl', 'Perplexity', 4],
  ['ppl.lnRatio', 'ln PPL ratio', 5],
  ['deltaP.rms', 'RMS Δp, %', 3],
  ['embedding.cosine', 'Embedding cosine', 5],
  ['embedding.retrieval', 'Same nearest, %', 1],
  ['weight.relative', 'Weight error, %', 3],
];

/** Columns of which at least one evaluation has a number. */
export function columnsOf(evaluations: readonly Evaluation[]): readonly Column[] {
  return METRICS.flatMap(([name, title, digits]) => {
    const has = evaluations.some(({ metrics }) => metrics.some((metric) => metric.name === name));
    return has ? [{ title, textOf: (evaluation: Evaluation) => numberText(evaluation, name, digits) }] : [];
  });
}

/** One number of an evaluation. */
export function valueOf({ metrics }: Evaluation, name: string): number | undefined {
  return metrics.find((metric) => metric.name === name)?.value;
}

/** Bytes in decimal units. */
export function sizeText(bytes: number): string {
  if (bytes >= 1e9) return `${(bytes / 1e9).toFixed(2)} GB`;
  return bytes >= 1e6 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e3).toFixed(1)} kB`;
}

function numberText({ metrics }: Evaluation, name: string, digits: number): string {
  const metric = metrics.find((one) => one.name === name);
  if (metric === undefined) return '';
  const error = metric.uncertainty === undefined ? '' : ` ± ${metric.uncertainty.toFixed(digits)}`;
  return `${metric.value.toFixed(digits)}${error}`;
}
