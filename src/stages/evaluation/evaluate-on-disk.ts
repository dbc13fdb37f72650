import { SlipwayError, toSlipwayError, type RunContext } from '../../core/index.js';
import { localFile, readText, sha256, type ModelFile } from '../../files/index.js';
import {
  checkGate,
  compareEmbeddings,
  evaluateModels,
  gateNotFound,
  histogramOf,
  measureWeightError,
  parseGate,
  parseGateFile,
  smokeMetrics,
  smokeTest,
  weightMetrics,
  worstTensors,
  type EmbeddingComparison,
  type Engine,
  type EngineFacts,
  type EvaluatedModel,
  type Evaluation,
  type EvaluationSettings,
  type GateRule,
  type Measurement,
  type Metric,
  type SmokeResult,
  type SmokeSettings,
  type WeightError,
  type WeightSummary,
} from '../../evaluate/index.js';
import type { Imatrix } from '../../quantize/index.js';
import { fileTypeOf, ggufExtra } from '../conversion/gguf-facts.js';
import { startItem } from '../items.js';
import type { EvaluateStageOptions } from '../options/index.js';
import type { ModelOnDisk } from './model-on-disk.js';
import { encoderOf, engineOf } from '../resources.js';
import type { ModelText } from './model-texts.js';

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
  /** Compare embeddings, not predictions; always so for encoders. */
  readonly embeddings?: boolean | undefined;
  /** Let the candidate answer a question; `smokeOnly` measures nothing else of its predictions. */
  readonly smoke?: SmokeSettings | undefined;
  readonly smokeOnly?: boolean | undefined;
  /** Only compare weights: no library is needed. */
  readonly weightsOnly?: boolean | undefined;
  readonly writeKld?: string | undefined;
}

/** Reads a gate: the path of a file, or conditions. */
export async function loadGate(
  gateText: string | undefined,
  context: RunContext,
): Promise<readonly GateRule[] | undefined> {
  if (gateText === undefined) return undefined;
  // The one condition that is a word.
  if (gateText.trim() === 'smoke') return parseGate(gateText);
  if (/[<>≤≥]/.test(gateText)) return parseGate(gateText);
  return parseGateFile(await readText(await gateFile(gateText), GATE_LIMIT, context.signal), gateText);
}

async function gateFile(path: string): Promise<ModelFile> {
  try {
    return await localFile(path, path);
  } catch (error) {
    // A path is what looks like one; anything else was meant as conditions.
    const isPath = /[\\/]|\.(?:ya?ml|json|txt)$/i.test(path);
    throw SlipwayError.is(error) && error.code === 'NOT_FOUND' && !isPath ? gateNotFound(path, error) : error;
  }
}

/**
 * Measures a model: its weights against the base's by our own arithmetic, its predictions by llama.cpp. When there is
 * no usable library the result says so and has the weight error alone. A gate is checked, not enforced: see `gate`.
 */
export async function evaluateOnDisk(request: EvaluationRequest, context: RunContext): Promise<EvaluationOutcome> {
  const { candidate, base, text, gate, imatrix, weightsOnly } = request;
  // One after the other, models first: what comparing weights takes is not beside both models in memory.
  const ran = weightsOnly === true ? undefined : await caught(async () => runModels(request, context));
  const weights = base === undefined ? undefined : await weightError(candidate, base, imatrix, context);
  const { measurement, embeddings, smoke }: RanModels = ran === undefined || SlipwayError.is(ran) ? {} : ran;
  const error = SlipwayError.is(ran) ? ran : undefined;
  const metrics: readonly Metric[] = [
    ...(measurement?.metrics ?? []),
    ...(embeddings?.metrics ?? []),
    ...(weights === undefined ? [] : weightMetrics(weights)),
    ...(smoke === undefined ? [] : smokeMetrics(smoke)),
  ];
  const readsText = measurement !== undefined || embeddings !== undefined || error !== undefined;
  const evaluation: Evaluation = {
    candidate: await modelFacts(candidate),
    base: base === undefined ? undefined : await modelFacts(base),
    text: readsText ? { ...textFacts(text), tokens: measurement?.tokens } : undefined,
    settings: measurement?.settings,
    engine: SlipwayError.is(ran) ? undefined : ran?.engine,
    metrics,
    histogram:
      measurement === undefined || measurement.divergences.length === 0
        ? undefined
        : histogramOf(measurement.divergences),
    weightError: weights === undefined ? undefined : summary(weights),
    smoke,
    gate: gate === undefined ? undefined : checkGate(gate, metrics),
    unavailable: error === undefined ? undefined : { code: error.code, message: reason(error) },
  };
  return { evaluation, error, importanceUsed: imatrix !== undefined || isMadeWithImportance(candidate) };
}

export interface EvaluationOutcome {
  readonly evaluation: Evaluation;
  /** Why predictions were not measured. */
  readonly error?: SlipwayError | undefined;
  /** Whether an importance matrix is known: one was given, or the candidate was made with one. */
  readonly importanceUsed: boolean;
}

/** llama-quantize and this project note the matrix among a model's keys. */
function isMadeWithImportance({ gguf }: ModelOnDisk): boolean {
  return gguf.metadata.has('quantize.imatrix.entries_count');
}

function reason({ message, details }: SlipwayError): string {
  return details.got === undefined ? message : `${message}: ${details.got}`;
}

/** What a library has found out. */
interface RanModels {
  readonly measurement?: Measurement | undefined;
  readonly embeddings?: EmbeddingComparison | undefined;
  readonly smoke?: SmokeResult | undefined;
  readonly engine?: EngineFacts;
}

/** What work gives, or the error that ends it; one that ends everything is thrown. */
async function caught<T>(work: () => Promise<T>): Promise<T | SlipwayError> {
  try {
    return await work();
  } catch (thrown) {
    const error = toSlipwayError(thrown);
    if (error.code === 'ABORTED' || error.code === 'TERMINATED' || error.code === 'INTERNAL') throw error;
    return error;
  }
}

/** Everything that needs a library: predictions or embeddings, and the smoke test. */
async function runModels(request: EvaluationRequest, context: RunContext): Promise<RanModels> {
  const engine = await engineOf(context);
  const found = request.smokeOnly === true ? {} : await measured(engine, request, context);
  const smoke = request.smoke === undefined ? undefined : await runSmoke(engine, request, context);
  return { ...found, smoke, engine: engine.facts };
}

async function measured(engine: Engine, request: EvaluationRequest, context: RunContext): Promise<RanModels> {
  const { candidate, base, kld, text, writeKld, embeddings } = request;
  const item = startItem(context, 'evaluate', candidate.name, null);
  const { threads } = context.limits;
  if (base !== undefined && (embeddings === true || isEncoder(candidate))) {
    const compared = await compareEmbeddings(engine, {
      candidate: candidate.path,
      base: base.path,
      text,
      context: request.context,
      threads,
      signal: context.signal,
      onPassage: (done) => item.progress(done),
    });
    item.end();
    return { embeddings: compared };
  }
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
  return { measurement };
}

/** A model that sees a whole text at once says nothing about the next token. */
function isEncoder({ gguf: { metadata } }: ModelOnDisk): boolean {
  const architecture = metadata.get('general.architecture')?.value;
  return typeof architecture === 'string' && metadata.get(`${architecture}.attention.causal`)?.value === false;
}

async function runSmoke(engine: Engine, request: EvaluationRequest, context: RunContext): Promise<SmokeResult> {
  const item = startItem(context, 'evaluate', 'smoke', null);
  const { signal, limits } = context;
  const input = { ...request.smoke, candidate: request.candidate.path, threads: limits.threads, signal };
  const result = await smokeTest(engine, input);
  item.end();
  return result;
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

/** The smoke test that options ask for, by themselves or in a gate; `undefined` for none. */
export function smokeOf(
  { smoke, smokePrompt: prompt, smokeTokens: tokens, smokeContains: contains, smokeEnds: ends }: SmokeOptions,
  rules: readonly GateRule[] | undefined,
): SmokeSettings | undefined {
  const hasSetting = [prompt, tokens, contains, ends].some((value) => value !== undefined);
  const inGate = rules?.some(({ metric }) => metric.startsWith('smoke.')) === true;
  return smoke === true || hasSetting || inGate ? { prompt, tokens, contains, ends } : undefined;
}

/** Conditions with that of the smoke test: what is asked for has to hold. */
export function withSmoke(
  rules: readonly GateRule[] | undefined,
  smoke: SmokeSettings | undefined,
): readonly GateRule[] | undefined {
  if (smoke === undefined || rules?.some(({ metric }) => metric.startsWith('smoke.')) === true) return rules;
  return [...(rules ?? []), ...parseGate('smoke')];
}

type SmokeOptions = Pick<EvaluateStageOptions, 'smoke' | 'smokePrompt' | 'smokeTokens' | 'smokeContains' | 'smokeEnds'>;
