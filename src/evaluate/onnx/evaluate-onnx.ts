import { SlipwayError } from '../../core/index.js';
import type { Metric } from '../metrics.js';
import { compareOutputs, onnxMetrics, type OutputDifference } from './compare-outputs.js';
import type { OnnxEngineFacts, OnnxRuntime } from './runtime.js';
import { inputShapes, type GivenShapes } from './shapes.js';
import type { StagedModel } from './staged-model.js';
import { inputTensor, valuesOf, type InputFill, type OnnxTensor } from './tensor-values.js';

export interface OnnxEvaluationInput {
  readonly candidate: StagedModel;
  readonly base?: StagedModel | undefined;
  /** Sizes of dimensions that the file leaves open. */
  readonly shapes: GivenShapes;
  /** What inputs are filled with, by name; random numbers, always the same ones, unless given. */
  readonly inputs?: ReadonlyMap<string, InputFill> | undefined;
  /** Runs with different numbers; 4 unless given. */
  readonly samples?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** An output as a run gave it. */
export interface OnnxOutput {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly number[];
  readonly min?: number;
  readonly max?: number;
  readonly finite: boolean;
}

export interface OnnxMeasurement {
  readonly engine: OnnxEngineFacts;
  readonly inputs: readonly { readonly name: string; readonly type: string; readonly shape: readonly number[] }[];
  readonly outputs: readonly OnnxOutput[];
  readonly samples: number;
  /** Against the base. */
  readonly differences?: readonly OutputDifference[];
  readonly checks: readonly { readonly name: string; readonly passed: boolean; readonly got?: string }[];
  readonly metrics: readonly Metric[];
}

const SAMPLES = 4;

/**
 * Runs an ONNX model on given or random inputs and looks at what comes out: whether there are numbers, all finite, and the
 * same ones for the same inputs; with a base, how far they are from its own. Throws `MODEL_INVALID` for what the runtime
 * refuses, `EVALUATION_FAILED` for sizes that are not known and outputs that differ in kind, `WORKER_DIED`.
 */
export async function evaluateOnnx(runtime: OnnxRuntime, input: OnnxEvaluationInput): Promise<OnnxMeasurement> {
  const { candidate, base, shapes: wantedShapes, inputs: fills, samples = SAMPLES, signal } = input;
  const shapes = inputShapes(candidate.model, wantedShapes, candidate.path);
  if (base !== undefined) requireSameInputs(candidate, base);
  requireKnown(candidate, fills);
  const own = await runtime.load(candidate, signal);
  const other = base === undefined ? undefined : await runtime.load(base, signal);
  const runs: (readonly OnnxTensor[])[] = [];
  const others: (readonly OnnxTensor[])[] = [];
  let repeats = true;
  for (let seed = 1; seed <= samples; seed += 1) {
    const tensors = candidate.model.inputs.map((value) =>
      inputTensor(value, shapes.get(value.name) ?? [], fills?.get(value.name), seed),
    );
    const outputs = await runtime.run(own, tensors, candidate.path, signal);
    runs.push(outputs);
    if (seed === 1) repeats = isSame(outputs, await runtime.run(own, tensors, candidate.path, signal));
    if (base !== undefined && other !== undefined) others.push(await runtime.run(other, tensors, base.path, signal));
  }
  const differences = base === undefined ? undefined : compareOutputs(runs, others);
  const outputs = (runs[0] ?? []).map((_, index) => outputOf(runs.flatMap((run) => run[index] ?? [])));
  const checks = checksOf(outputs, repeats);
  return {
    engine: runtime.facts,
    inputs: candidate.model.inputs.map(({ name, type }) => ({ name, type, shape: shapes.get(name) ?? [] })),
    outputs,
    samples,
    differences,
    checks,
    metrics: [
      ...checks.map(({ name, passed }) => ({ name: `smoke.${name}`, value: passed ? 1 : 0 })),
      { name: 'smoke.passed', value: checks.every(({ passed }) => passed) ? 1 : 0 },
      ...(differences === undefined ? [] : onnxMetrics(differences)),
    ],
  };
}

function outputOf(tensors: readonly OnnxTensor[]): OnnxOutput {
  const [first] = tensors;
  const { name = '', type = '', dims = [] } = first ?? {};
  let [min, max, finite, count] = [Infinity, -Infinity, true, 0];
  for (const tensor of tensors) {
    for (const value of valuesOf(tensor) ?? []) {
      count += 1;
      finite &&= Number.isFinite(value);
      min = Math.min(min, value);
      max = Math.max(max, value);
    }
  }
  return { name, type, shape: dims, finite, ...(count > 0 && finite && { min, max }) };
}

function checksOf(outputs: readonly OnnxOutput[], repeats: boolean): OnnxMeasurement['checks'] {
  const wrong = outputs.filter(({ finite }) => !finite).map(({ name }) => name);
  return [
    { name: 'runs', passed: outputs.length > 0 },
    { name: 'finite', passed: wrong.length === 0, ...(wrong.length > 0 && { got: wrong.join(', ') }) },
    { name: 'repeats', passed: repeats },
  ];
}

function isSame(one: readonly OnnxTensor[], other: readonly OnnxTensor[]): boolean {
  return (
    one.length === other.length &&
    one.every(({ data }, index) => Buffer.compare(data, other[index]?.data ?? new Uint8Array()) === 0)
  );
}

function requireSameInputs(candidate: StagedModel, base: StagedModel): void {
  const [own, others] = [candidate, base].map(({ model }) =>
    model.inputs
      .map(({ name, type }) => `${name} ${type}`)
      .sort()
      .join(', '),
  );
  if (own === others) return;
  throw new SlipwayError('EVALUATION_FAILED', 'the models have different inputs', {
    where: `${candidate.path}, ${base.path}`,
    got: `${own}; ${others}`,
    try: 'a base that the candidate was made from',
  });
}

function requireKnown({ model }: StagedModel, fills: ReadonlyMap<string, InputFill> | undefined): void {
  const unknown = [...(fills?.keys() ?? [])].filter((name) => !model.inputs.some((input) => input.name === name));
  if (unknown.length === 0) return;
  throw new SlipwayError('EVALUATION_FAILED', `no input is called ${unknown.join(', ')}`, {
    got: `inputs ${model.inputs.map(({ name }) => name).join(', ')}`,
  });
}
