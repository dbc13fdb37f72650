import { SlipwayError, type Planned, type RunContext, type Stage, type StageReport } from '../../core/index.js';
import { evaluationPredicates, gateError, ruleText, type Evaluation } from '../../evaluate/index.js';
import type { Snapshot } from '../../files/index.js';
import type { ModelVariant } from '../../package/index.js';
import { convert } from '../conversion/convert.js';
import { download } from '../download.js';
import { evaluateOnDisk, loadGate, smokeOf, withSmoke } from './evaluate-on-disk.js';
import { checkReport, writeEvaluationReport } from './evaluation-report.js';
import { derived } from '../fingerprint.js';
import { loadImatrix } from './make-imatrix.js';
import { modelOnDisk, requireOneModel, temporaryPlace, type ModelOnDisk } from './model-on-disk.js';
import type { EvaluateStageOptions } from '../options/index.js';
import type { PackedModel } from '../packaging/packed-model.js';
import { snapshotOnDisk } from './snapshot-on-disk.js';
import { loadText } from './model-texts.js';

export type Evaluated = readonly ModelVariant[] | PackedModel;

/**
 * Measures each variant against what it was made from, and ends the run when a gate does not hold: nothing behind it is
 * pushed, no tag moves. Stands behind convert and quantize, or between pack and push. The numbers go with the artifact
 * as statements. Throws `GATE_FAILED`, `EVALUATION_FAILED`, `KERNEL_UNAVAILABLE` when there is no llama.cpp.
 */
export function evaluate<T extends Evaluated>(options: EvaluateStageOptions = {}): Stage<T, T> {
  return {
    name: 'evaluate',
    plan: async (input, context): Promise<Planned<T>> => ({
      reports: [await planned(input, options, context)],
      output: input,
    }),
    run: async (input, context) => {
      const started = context.now();
      context.emit({ type: 'stage.start', stage: 'evaluate', total: null });
      const evaluations = await evaluateAll(variantsOf(input), options, context);
      const summary = [...evaluations].map(([{ name }, evaluation]) => `${name} ${headline(evaluation)}`).join(', ');
      context.emit({ type: 'stage.end', stage: 'evaluate', ok: true, summary, durationMs: context.now() - started });
      return withStatements(input, evaluations);
    },
  };
}

function variantsOf(input: Evaluated): readonly ModelVariant[] {
  const variants = 'artifacts' in input ? (input.variants ?? []) : input;
  if (variants.length > 0) return variants;
  throw new SlipwayError('MODEL_INVALID', 'there is nothing to evaluate', { got: 'no variant with weights' });
}

async function planned(input: Evaluated, options: EvaluateStageOptions, context: RunContext): Promise<StageReport> {
  const variants = variantsOf(input);
  const rules = await loadGate(options.gate, context);
  const sizes = variants.map(({ weights }) => weights.reduce((sum, file) => sum + file.size, 0));
  const largest = Math.max(...sizes);
  const base = options.against === undefined ? baseSize(variants) : 0;
  const gate = rules === undefined ? 'no gate' : `gate ${rules.map(ruleText).join(', ')}`;
  const memory = options.weightsOnly === true ? 0 : largest + base;
  return {
    stage: 'evaluate',
    summary: `${variants.map(({ name }) => name).join(', ')} against ${options.against ?? 'what it is made from'}, ${gate}; temporary files in ${temporaryPlace(context)}, both models in memory`,
    disk: largest + base,
    diskAt: temporaryPlace(context),
    data: { gate: rules ?? null, temporaryBytes: largest + base, mappedBytes: memory },
  };
}

/** Bytes of the same model with 16 bits a weight, about. */
function baseSize(variants: readonly ModelVariant[]): number {
  return 2 * Math.max(0, ...variants.map(({ facts }) => facts.parameters ?? 0));
}

async function evaluateAll(
  variants: readonly ModelVariant[],
  options: EvaluateStageOptions,
  context: RunContext,
): Promise<ReadonlyMap<ModelVariant, Evaluation>> {
  const { gate, text, imatrix, against, smoke: _smoke, ...settings } = options;
  const rules = await loadGate(gate, context);
  checkReport(options.report);
  const content = await loadText(text, context);
  const matrix = await loadImatrix(imatrix, context);
  const base = await openBase(variants, against, context);
  const results = new Map<ModelVariant, Evaluation>();
  try {
    for (const variant of variants) {
      const candidate = await modelOnDisk(requireOneModel(variant.weights, variant.name), 'evaluate', context);
      try {
        const smoke = smokeOf(options, rules);
        const request = {
          ...settings,
          ...matrix,
          candidate,
          base,
          text: content,
          gate: withSmoke(rules, smoke),
          smoke,
        };
        const { evaluation, error, importanceUsed } = await evaluateOnDisk(request, context);
        // Written each time: a gate that does not hold leaves the numbers, too.
        await writeEvaluationReport(options.report, [...results.values(), evaluation], context);
        if (evaluation.gate?.some(({ passed }) => !passed) === true && error === undefined) {
          const worst = evaluation.weightError?.worst.slice(0, 3) ?? [];
          throw gateError(variant.name, evaluation.gate, worst, importanceUsed);
        }
        const needsEngine =
          smoke !== undefined || rules === undefined || rules.some(({ metric }) => !metric.startsWith('weight.'));
        if (error !== undefined && needsEngine) throw error;
        results.set(variant, evaluation);
      } finally {
        await candidate.release();
      }
    }
  } finally {
    await base.release();
  }
  return results;
}

/** What variants are measured against: what is named, else their own source, converted and not quantized. */
async function openBase(
  variants: readonly ModelVariant[],
  against: string | undefined,
  context: RunContext,
): Promise<ModelOnDisk> {
  const source = against ?? sourceOf(variants);
  const snapshot = await download(source).run(undefined, context);
  if (against !== undefined) return snapshotOnDisk(snapshot, 'evaluate', context);
  return snapshotOnDisk(await withoutQuantized(snapshot, context), 'evaluate', context);
}

function sourceOf([variant]: readonly ModelVariant[]): string {
  const source = variant?.facts.source;
  if (source === undefined) throw new SlipwayError('INTERNAL', 'a variant without a source');
  if (source.kind === 'huggingface') return `hf://${source.name}@${source.revision}`;
  return source.kind === 'directory' ? decodeURIComponent(new URL(source.url).pathname) : source.url;
}

/** A source of safetensors as one converted GGUF; one of GGUF as it is. */
async function withoutQuantized(snapshot: Snapshot, context: RunContext): Promise<Snapshot> {
  if (!snapshot.files.some(({ path }) => path.endsWith('.safetensors'))) return snapshot;
  const [plain] = await convert().run(snapshot, context);
  return { ...snapshot, files: plain?.weights ?? [] };
}

function headline({ metrics }: Evaluation): string {
  const [found] = ['kld.mean', 'weight.relative'].flatMap((name) => metrics.filter((metric) => metric.name === name));
  return found === undefined ? '' : `${found.name} ${found.value.toFixed(6)}`;
}

function withStatements<T extends Evaluated>(input: T, evaluations: ReadonlyMap<ModelVariant, Evaluation>): T {
  const evaluated = (variant: ModelVariant): ModelVariant => {
    const evaluation = evaluations.get(variant);
    if (evaluation === undefined) return variant;
    const statements = [...(variant.statements ?? []), ...evaluationPredicates(evaluation)];
    return derived({ ...variant, statements }, variant, { statements });
  };
  if (!('artifacts' in input)) return input.map(evaluated) as unknown as T;
  const variants = (input.variants ?? []).map(evaluated);
  return derived<PackedModel>({ ...input, variants }, input, { statements: variants.map((it) => it.statements) }) as T;
}
