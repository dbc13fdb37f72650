import { SlipwayError } from '../../core/index.js';
import type { Metric } from '../metrics.js';
import { valuesOf, type OnnxTensor } from './tensor-values.js';

/** How far one output is from the base's, over all runs. */
export interface OutputDifference {
  readonly name: string;
  readonly values: number;
  readonly maxError: number;
  readonly meanError: number;
  readonly cosine: number;
}

interface Sums {
  values: number;
  max: number;
  errors: number;
  dot: number;
  own: number;
  other: number;
}

/** Differences of all outputs that are numbers, by their names; one list of outputs a run. Throws `EVALUATION_FAILED`. */
export function compareOutputs(
  candidate: readonly (readonly OnnxTensor[])[],
  base: readonly (readonly OnnxTensor[])[],
): readonly OutputDifference[] {
  const all = new Map<string, Sums>();
  for (const [run, outputs] of candidate.entries()) {
    for (const output of outputs) {
      const other = base[run]?.find(({ name }) => name === output.name);
      if (other === undefined) throw different(output.name, 'the base has no such output');
      if (other.dims.join() !== output.dims.join())
        throw different(output.name, `[${output.dims.join(', ')}] and [${other.dims.join(', ')}]`);
      const [ours, theirs] = [valuesOf(output), valuesOf(other)];
      if (ours === undefined || theirs === undefined) continue;
      const sums = all.get(output.name) ?? { values: 0, max: 0, errors: 0, dot: 0, own: 0, other: 0 };
      all.set(output.name, sums);
      add(sums, ours, theirs);
    }
  }
  if (all.size === 0) throw different('', 'no output is a number');
  return [...all].map(([name, { values, max, errors, dot, own, other }]) => ({
    name,
    values,
    maxError: max,
    meanError: errors / Math.max(1, values),
    cosine: own === 0 && other === 0 ? 1 : dot / Math.sqrt(own * other),
  }));
}

/** The numbers that a gate can name: the worst of all outputs. */
export function onnxMetrics(differences: readonly OutputDifference[]): readonly Metric[] {
  return [
    { name: 'onnx.maxError', value: largest(differences.map(({ maxError }) => maxError)) },
    { name: 'onnx.meanError', value: largest(differences.map(({ meanError }) => meanError)) },
    { name: 'onnx.cosine', value: -largest(differences.map(({ cosine }) => -cosine)) },
  ];
}

/** The largest, NaN when one is none. */
function largest(values: readonly number[]): number {
  return values.some(Number.isNaN) ? Number.NaN : Math.max(...values);
}

function add(sums: Sums, ours: Float64Array, theirs: Float64Array): void {
  for (const [index, value] of ours.entries()) {
    const other = theirs[index] ?? Number.NaN;
    const error = Math.abs(value - other);
    if (!(error <= sums.max)) sums.max = error;
    sums.errors += error;
    sums.dot += value * other;
    sums.own += value * value;
    sums.other += other * other;
  }
  sums.values += ours.length;
}

function different(output: string, got: string): SlipwayError {
  return new SlipwayError('EVALUATION_FAILED', 'the models have different outputs', {
    where: output,
    got,
    try: 'a base that the candidate was made from',
  });
}
