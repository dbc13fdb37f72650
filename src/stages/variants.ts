import { SlipwayError, type RunContext, type StageReport } from '../core/index.js';
import type { ModelFile, Snapshot } from '../files/index.js';
import { shareReads, tensorSize, weightCount, type GgufContent, type GgufTensor } from '../gguf/index.js';
import { modelFacts, type ModelVariant } from '../package/index.js';
import { fileTypeOf, ggufExtra, quantizationOf, withGgufFacts } from './gguf-facts.js';
import { preparedEncoder, type Kernel } from './resources.js';
import {
  imatrixWarning,
  quantizeContent,
  quantizeParts,
  type MixOptions,
  type QuantizedParts,
  type QuantizeOptions,
  type QuantizePlan,
} from '../quantize/index.js';
import { wholeModel } from './gguf-weights.js';
import { splitAsConverter, splitAsTool, weightFiles, type SplitLimits } from './split-weights.js';

/** Share of the memory limit that segments read from the source may take. */
const WINDOW_SHARE = 0.25;

/** A model as one GGUF content, with what goes beside it. */
export interface GgufModel {
  readonly content: GgufContent;
  /** `F16`, `Q8_0`: how the content's weights are stored. */
  readonly typeName: string;
  /** File name without `-TYPE.gguf`. */
  readonly baseName: string;
  readonly snapshot: Snapshot;
  readonly companions: readonly ModelFile[];
  /** Weights per tensor name, as the source stores them: what `from` shows in reports. */
  readonly from: ReadonlyMap<string, string>;
  /** The splits that the model came in, when they are to stay. */
  readonly parts?: readonly GgufContent[];
  /** The stage whose work the tensors are: what their events say. */
  readonly stage: 'convert' | 'quantize';
  /** Set when there is a vocabulary and nothing else. */
  readonly vocabularyOnly?: boolean;
}

/** The model as it is, in one variant. */
export async function plainVariant(model: GgufModel, limits: SplitLimits, context: RunContext): Promise<ModelVariant> {
  return variantOf(model, model.typeName, splitAsConverter(model.content, limits), context);
}

/** How to quantize: the mix's options and who computes. */
export type VariantOptions = MixOptions & SplitLimits & { readonly kernel?: Kernel };

/** A variant with the plan that it was made by. */
export interface QuantizedVariant {
  readonly variant: ModelVariant;
  readonly plan: QuantizePlan;
  /** What a person should hear, said once for all variants of one reading. */
  readonly warnings: readonly string[];
}

/** One variant a quantization type, all fed by one reading of the source. */
export async function quantizedVariants(
  model: GgufModel,
  types: readonly string[],
  options: VariantOptions,
  context: RunContext,
): Promise<readonly QuantizedVariant[]> {
  const [first] = types;
  if (first === undefined) throw new SlipwayError('CONFIG_INVALID', 'no quantization type is given');
  const { splitMaxSize, splitMaxTensors, noTensorFirstSplit, ...mix } = options;
  const limits = {
    ...(splitMaxSize !== undefined && { splitMaxSize }),
    ...(splitMaxTensors !== undefined && { splitMaxTensors }),
    ...(noTensorFirstSplit === true && { noTensorFirstSplit }),
  };
  const settings = { ...mix, encoder: preparedEncoder(context, options.kernel), signal: context.signal };
  const views = types.length === 1 ? [model.content] : sharedViews(model.content, types, first, settings, context);
  const made: QuantizedVariant[] = [];
  for (const [index, type] of types.entries()) {
    const view = views[index] ?? model.content;
    const { parts, plan } = quantized(view, model.parts, type, settings);
    const cut = Object.keys(limits).length === 0 ? parts : splitAsTool(wholeModel(parts), limits);
    const warnings = index === 0 ? [imatrixWarning(options.imatrix, model.content.tensors) ?? []].flat() : [];
    made.push({ variant: await variantOf(model, plan.fileType.name, cut, context), plan, warnings });
  }
  return made;
}

/** The same content for each type, read once. */
function sharedViews(
  content: GgufContent,
  types: readonly string[],
  first: string,
  settings: QuantizeOptions,
  context: RunContext,
): readonly GgufContent[] {
  // Types differ in what they store, not in the order of the tensors: the first one's order is everybody's.
  const order = quantizeContent(content, first, settings).content.tensors.map((tensor) => tensor.name);
  const windowBytes = Math.floor(context.limits.memory * WINDOW_SHARE);
  return shareReads(content, { readers: types.length, order, windowBytes, signal: context.signal });
}

function quantized(
  view: GgufContent,
  parts: readonly GgufContent[] | undefined,
  type: string,
  settings: QuantizeOptions,
): QuantizedParts {
  if (parts !== undefined) return quantizeParts(asParts(view, parts), type, settings);
  const { content, plan } = quantizeContent(view, type, settings);
  return { parts: [content], plan };
}

/** One view of all tensors in the splits that they came in. */
function asParts(view: GgufContent, parts: readonly GgufContent[]): readonly GgufContent[] {
  const byName = new Map(view.tensors.map((tensor) => [tensor.name, tensor]));
  return parts.map(({ metadata, tensors }) => ({
    metadata,
    tensors: tensors.flatMap(({ name }) => byName.get(name) ?? []),
  }));
}

/** Says during a run what its plan warns of. */
export function tellWarnings(reports: readonly StageReport[], context: RunContext): void {
  for (const message of reports.flatMap(({ warnings = [] }) => warnings)) {
    context.emit({ type: 'warning', code: 'IMATRIX_COVERAGE', message });
  }
}

/** What a quantized variant's plan says, for people and for programs. */
export function variantReport({ variant, plan, warnings }: QuantizedVariant): StageReport {
  const replaced = plan.tensors.filter((tensor) => tensor.fallback !== undefined);
  const share = (plan.fallbackShare * 100).toFixed(1);
  const substitutions = replaced.length === 0 ? 'none' : `${replaced.length} tensors, ${share} % of weights`;
  return {
    stage: 'quantize',
    summary: `${variant.name}, ${plan.bitsPerWeight.toFixed(2)} bits per weight, substitutions ${substitutions}`,
    details: plan.tensors.map((tensor) => `${tensor.name} ${tensor.from} → ${tensor.to}${wanted(tensor.fallback)}`),
    bytesOut: sizeOf(variant),
    ...(warnings.length > 0 && { warnings }),
    data: { type: variant.name, bitsPerWeight: plan.bitsPerWeight, tensors: plan.tensors },
  };
}

function wanted(type: string | undefined): string {
  return type === undefined ? '' : ` (instead of ${type}: its blocks do not fit the rows)`;
}

/** Bytes of a variant's weights. */
export function sizeOf(variant: ModelVariant): number {
  return variant.weights.reduce((sum, file) => sum + file.size, 0);
}

async function variantOf(
  model: GgufModel,
  name: string,
  parts: readonly GgufContent[],
  context: RunContext,
): Promise<ModelVariant> {
  const shown = parts.map((part) => ({
    ...part,
    tensors: part.tensors.map((tensor) => shownTensor(tensor, name, model, context)),
  }));
  const gguf = wholeModel(shown);
  const vocabularyOnly = model.vocabularyOnly === true;
  const stored = vocabularyOnly ? {} : quantizationOf(name);
  const extra = { format: 'gguf', ...ggufExtra(gguf), ...stored } as const;
  return {
    name,
    weights: weightFiles(`${model.baseName}-${name}`, shown, vocabularyOnly),
    companions: model.companions,
    facts: withGgufFacts(await modelFacts(model.snapshot, extra, context.signal), gguf),
    gguf,
    ...(model.snapshot.confirm === undefined ? {} : { confirm: model.snapshot.confirm }),
  };
}

/** A model whose tensors stay as they are, in these files. */
export async function plainModel(
  snapshot: Snapshot,
  stem: string,
  parts: readonly GgufContent[],
  companions: readonly ModelFile[],
  signal: AbortSignal,
): Promise<ModelVariant> {
  const gguf = wholeModel(parts);
  const name = fileTypeOf(gguf.metadata) ?? 'GGUF';
  const extra = { format: 'gguf', ...ggufExtra(gguf), ...quantizationOf(name) } as const;
  return {
    name,
    weights: weightFiles(stem, parts),
    companions,
    facts: withGgufFacts(await modelFacts(snapshot, extra, signal), gguf),
    gguf,
    ...(snapshot.confirm === undefined ? {} : { confirm: snapshot.confirm }),
  };
}

/** Tells each tensor's end once: what reports chart. */
function shownTensor(tensor: GgufTensor, variant: string, { from, stage }: GgufModel, context: RunContext): GgufTensor {
  const size = tensorSize(tensor);
  let told = false;
  return {
    ...tensor,
    async *read(range, signal, hints) {
      yield* tensor.read(range, signal, hints);
      if (told || (range !== undefined && range.end < size)) return;
      told = true;
      context.emit({
        type: 'tensor',
        stage,
        variant,
        name: tensor.name,
        from: from.get(tensor.name) ?? tensor.type,
        to: tensor.type,
        weights: weightCount(tensor),
        size,
      });
    },
  };
}
