import { toSlipwayError, type RunContext, type SlipwayError } from '../core/index.js';
import { localFile, readText, sha256 } from '../files/index.js';
import {
  checkGate,
  evaluateModels,
  histogramOf,
  measureWeightError,
  parseGate,
  parseGateFile,
  weightMetrics,
  worstTensors,
  type EvaluatedModel,
  type Evaluation,
  type EvaluationSettings,
  type GateRule,
  type Measurement,
  type Metric,
  type WeightError,
  type WeightSummary,
} from '../evaluate/index.js';
import type { Imatrix } from '../quantize/index.js';
import { fileTypeOf, ggufExtra } from './gguf-facts.js';
import { startItem } from './items.js';
import type { ModelOnDisk } from './model-on-disk.js';
import { encoderOf, engineOf } from './resources.js';
import type { ModelText } from './texts.js';

const GATE_LIMIT = 1024 * 1024;
/** Tensors that a result names. */
const WORST = 10;

/** What is measured, and how. */
export interface EvaluationRequest extends EvaluationSettings {
  readonly candidate: ModelOnDisk;
  readonly base?: ModelOnDisk | undefined;
  /** A .kld file in the base's place. */
  readonly kld?: string | undefined;
  readonly text: ModelText;
  readonly gate?: readonly GateRule[] | undefined;
  readonly imatrix?: Imatrix | undefined;
  /** Only compare weights: no library is needed. */
  readonly weightsOnly?: boolean | undefined;
  readonly writeKld?: string | undefined;
}

/** Reads a gate: the path of a file, or conditions. */
export async function loadGate(
  given: string | undefined,
  context: RunContext,
): Promise<readonly GateRule[] | undefined> {
  if (given === undefined) return undefined;
  if (/[<>]/.test(given)) return parseGate(given);
  return parseGateFile(await readText(await localFile(given, given), GATE_LIMIT, context.signal), given);
}

/**
 * Measures a model: its weights against the base's by our own arithmetic, its predictions by llama.cpp. When there is
 * no usable library the result says so and has the weight error alone. A gate is checked, not enforced: see `gate`.
 */
export async function evaluateOnDisk(request: EvaluationRequest, context: RunContext): Promise<EvaluationOutcome> {
  const { candidate, base, text, gate, imatrix } = request;
  const weights = base === undefined ? undefined : await weightError(candidate, base, imatrix, context);
  const measured = request.weightsOnly === true ? undefined : await measurePredictions(request, context);
  const measurement = measured !== undefined && 'settings' in measured ? measured : undefined;
  const metrics: readonly Metric[] = [
    ...(measurement?.metrics ?? []),
    ...(weights === undefined ? [] : weightMetrics(weights)),
  ];
  const evaluation: Evaluation = {
    candidate: await modelFacts(candidate),
    base: base === undefined ? undefined : await modelFacts(base),
    text: request.weightsOnly === true ? undefined : { ...textFacts(text), tokens: measurement?.tokens },
    settings: measurement?.settings,
    engine: measurement?.engine,
    metrics,
    histogram:
      measurement === undefined || measurement.divergences.length === 0
        ? undefined
        : histogramOf(measurement.divergences),
    weightError: weights === undefined ? undefined : summary(weights),
    gate: gate === undefined ? undefined : checkGate(gate, metrics),
    unavailable:
      measured !== undefined && 'code' in measured ? { code: measured.code, message: reason(measured) } : undefined,
  };
  return { evaluation, error: measured !== undefined && 'code' in measured ? measured : undefined };
}

export interface EvaluationOutcome {
  readonly evaluation: Evaluation;
  /** Why predictions were not measured. */
  readonly error?: SlipwayError | undefined;
}

function reason({ message, details }: SlipwayError): string {
  return details.got === undefined ? message : `${message}: ${details.got}`;
}

/** The library's numbers, or why there are none. */
async function measurePredictions(
  request: EvaluationRequest,
  context: RunContext,
): Promise<Measurement | SlipwayError> {
  const { candidate, base, kld, text, writeKld } = request;
  try {
    const engine = await engineOf(context);
    const item = startItem(context, 'evaluate', candidate.name, null);
    const measurement = await evaluateModels(
      engine,
      {
        ...settingsOf(request, context.limits),
        candidate: candidate.path,
        base: base !== undefined ? { model: base.path } : kld !== undefined ? { kld } : undefined,
        text,
        writeKld,
      },
      { signal: context.signal, onChunk: (done) => item.progress(done) },
    );
    item.end();
    return measurement;
  } catch (thrown) {
    const error = toSlipwayError(thrown);
    if (error.code === 'ABORTED' || error.code === 'TERMINATED' || error.code === 'INTERNAL') throw error;
    return error;
  }
}

function settingsOf(request: EvaluationRequest, limits: RunContext['limits']): EvaluationSettings {
  const { context, chunks, sequences, threads = limits.threads, flashAttention, fullPrecision, spread } = request;
  return { context, chunks, sequences, threads, flashAttention, fullPrecision, spread };
}

async function weightError(
  candidate: ModelOnDisk,
  base: ModelOnDisk,
  imatrix: Imatrix | undefined,
  context: RunContext,
): Promise<WeightError> {
  const item = startItem(context, 'evaluate', 'weights', candidate.gguf.tensors.length);
  let done = 0;
  const error = await measureWeightError(candidate.gguf, base.gguf, {
    encoder: encoderOf(context),
    imatrix,
    signal: context.signal,
    onTensor: () => item.progress(++done),
  });
  item.end();
  return error;
}

async function modelFacts(model: ModelOnDisk): Promise<EvaluatedModel> {
  const { bitsPerWeight } = ggufExtra(model.gguf);
  return {
    name: model.name,
    digest: await model.digest(),
    size: model.size,
    fileType: fileTypeOf(model.gguf.metadata),
    bitsPerWeight,
  };
}

function textFacts({ name, content, licence }: EvaluationRequest['text']): NonNullable<Evaluation['text']> {
  return { name, digest: sha256(content), licence };
}

function summary(error: WeightError): WeightSummary {
  const { tensors, rmse, relative, max, weighted, unmatched } = error;
  return { rmse, relative, max, weighted, tensors: tensors.length, unmatched, worst: worstTensors(error, WORST) };
}
