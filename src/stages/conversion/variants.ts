import { interruptibleStep, SlipwayError, type RunContext } from '../../core/index.js';
import type { ModelFile, Snapshot } from '../../files/index.js';
import { shareReads, tensorSize, weightCount, type GgufContent, type GgufTensor } from '../../gguf/index.js';
import { modelFacts, type ModelVariant } from '../../package/index.js';
import { fileTypeOf, ggufExtra, quantizationOf, withGgufFacts } from './gguf-facts.js';
import { budgetOf, preparedEncoder } from '../resources.js';
import {
  imatrixWarning,
  type EngineWish,
  quantizeContent,
  quantizeParts,
  unmetRules,
  type MixOptions,
  type QuantizedParts,
  type QuantizeOptions,
  TargetSearch,
  type QuantizePlan,
  type Target,
  type TargetChoice,
} from '../../quantize/index.js';
import { wholeModel } from './gguf-weights.js';
import { splitAsConverter, splitAsTool, weightFiles, type SplitLimits } from './split-weights.js';

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
  /** Set for a machine that is big endian. */
  readonly bigEndian?: boolean;
}

/** The model as it is, in one variant. */
export async function plainVariant(model: GgufModel, limits: SplitLimits, context: RunContext): Promise<ModelVariant> {
  return variantOf(model, model.typeName, splitAsConverter(model.content, limits), context);
}

/** How to quantize: the mix's options and who computes. */
export type VariantOptions = MixOptions &
  SplitLimits &
  EngineWish & { readonly target?: Target } & {
    /** Choices that were made for a target already: a plan and the run after it need one search. */
    readonly choices?: Map<string, TargetChoice>;
    /** Stands for the importance matrix that they were made with. */
    readonly choicesKey?: string | undefined;
  };

/** A variant with the plan that it was made by. */
export interface QuantizedVariant {
  readonly variant: ModelVariant;
  readonly plan: QuantizePlan;
  /** How a target size was met. */
  readonly target?: TargetChoice;
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
  const {
    splitMaxSize,
    splitMaxTensors,
    noTensorFirstSplit,
    target,
    choices = new Map(),
    choicesKey,
    ...mix
  } = options;
  const limits = {
    splitMaxSize,
    splitMaxTensors,
    ...(noTensorFirstSplit === true && { noTensorFirstSplit }),
  };
  const settings = { ...mix, encoder: preparedEncoder(context, options, types.length), signal: context.signal };
  if (target !== undefined)
    return targetVariants(model, types, { settings, target, limits, choices, choicesKey }, context);
  if (first === undefined) throw noType();
  const views = types.length === 1 ? [model.content] : sharedViews(model.content, types, first, settings, context);
  const made: QuantizedVariant[] = [];
  for (const [index, type] of types.entries()) {
    const view = views[index] ?? model.content;
    const { parts, plan } = quantized(view, model.parts, type, settings);
    const cut = cutParts(parts, limits);
    const warnings = index === 0 ? warningsOf(options, model.content.tensors) : [];
    made.push({ variant: await variantOf(model, plan.fileType.name, cut, context), plan, warnings });
  }
  return made;
}

interface TargetWork {
  readonly settings: QuantizeOptions;
  readonly target: Target;
  readonly limits: SplitLimits;
  readonly choices: Map<string, TargetChoice>;
  readonly choicesKey: string | undefined;
}

/** A variant of a target size; one for each mix to start from, or one from the largest that fits. */
async function targetVariants(
  model: GgufModel,
  types: readonly string[],
  { settings, target, limits, choices, choicesKey }: TargetWork,
  context: RunContext,
): Promise<readonly QuantizedVariant[]> {
  const made: QuantizedVariant[] = [];
  for (const type of types.length === 0 ? [undefined] : types) {
    const search = new TargetSearch(model.content, settings);
    // Each of several files has a header of its own: what they are too large by is taken off and tried again.
    for (let wanted = target; ;) {
      const key = JSON.stringify([contentKey(model), wanted, type, choicesKey]);
      const choice = choices.get(key) ?? (await search.choose(wanted, type));
      choices.set(key, choice);
      const options = { ...settings, assigned: choice.types, fallback: 'allow' as const };
      const { parts, plan } = quantized(model.content, model.parts, choice.fileType.name, options);
      const name = `${plan.fileType.name}-${plan.bitsPerWeight.toFixed(2)}bpw`;
      const variant = await variantOf(model, name, cutParts(parts, limits), context, plan.fileType.name);
      const excess = 'bytes' in target ? sizeOf(variant) - target.bytes : 0;
      if (excess > 0 && 'bytes' in wanted) wanted = { bytes: wanted.bytes - excess };
      else {
        const warnings = made.length === 0 ? warningsOf(settings, model.content.tensors) : [];
        made.push({ variant, plan, target: choice, warnings });
        break;
      }
    }
  }
  return made;
}

/** What a person should hear of an importance matrix, and of rules by names, that this model does not have. */
function warningsOf(options: MixOptions, tensors: readonly GgufTensor[]): readonly string[] {
  return [imatrixWarning(options.imatrix, tensors) ?? [], unmetRules(options, tensors)].flat();
}

/** What a choice depends on beside options: the revision, and what its files are. */
function contentKey({ snapshot: { source, files } }: GgufModel): readonly unknown[] {
  return [source.url, source.revision, ...files.map(({ path, size, digest }) => [path, size, digest])];
}

function cutParts(parts: readonly GgufContent[], limits: SplitLimits): readonly GgufContent[] {
  return Object.values(limits).every((limit) => limit === undefined) ? parts : splitAsTool(wholeModel(parts), limits);
}

function noType(): SlipwayError {
  return new SlipwayError('CONFIG_INVALID', 'no quantization type is given', {
    try: ['types: Q4_K_M', 'targetBpw: 4.5'],
  });
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
  const { window, segment } = budgetOf(context, types.length);
  const sizes = { windowBytes: window, segmentBytes: segment };
  return shareReads(content, { readers: types.length, order, ...sizes, signal: context.signal });
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

/** Bytes of a variant's weights. */
export function sizeOf(variant: ModelVariant): number {
  return variant.weights.reduce((sum, file) => sum + file.size, 0);
}

/** Millions of tokens and merges take their time to be laid out, on a slow machine a minute. */
const LAYOUT_LIMIT = { ms: 600_000, code: 'MODEL_INVALID', what: "the model's metadata" } as const;

/** About how many bytes the lists in a model's metadata are: a length and a few characters for each item. */
function listedBytes({ metadata }: GgufContent): number {
  return [...metadata.values()].reduce((sum, { type, value }) => sum + (type === 'ARRAY' ? 12 * value.length : 0), 0);
}

async function variantOf(
  model: GgufModel,
  name: string,
  parts: readonly GgufContent[],
  context: RunContext,
  typeName: string = name,
): Promise<ModelVariant> {
  const shown = parts.map((part) => ({
    ...part,
    tensors: part.tensors.map((tensor) => shownTensor(tensor, name, model, context)),
  }));
  const gguf = wholeModel(shown);
  const vocabularyOnly = model.vocabularyOnly === true;
  const stored = vocabularyOnly ? {} : quantizationOf(typeName);
  const extra = { format: 'gguf', ...ggufExtra(gguf), ...stored } as const;
  const endian = { vocabularyOnly, bigEndian: model.bigEndian === true };
  const layout = (): ModelVariant['weights'] => weightFiles(`${model.baseName}-${name}`, shown, endian);
  const weights = await interruptibleStep(layout, listedBytes(gguf), LAYOUT_LIMIT, context.signal);
  return {
    name,
    weights,
    companions: model.companions,
    facts: withGgufFacts(await modelFacts(model.snapshot, extra, context.signal), gguf),
    // What is made of the content later, smaller parts say, would be little endian.
    ...(model.bigEndian === true ? {} : { gguf }),
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
export function shownTensor(
  tensor: GgufTensor,
  variant: string,
  { from, stage }: Pick<GgufModel, 'from' | 'stage'>,
  context: RunContext,
): GgufTensor {
  const size = tensorSize(tensor);
  let hasWarned = false;
  return {
    ...tensor,
    async *read(range, signal, hints) {
      yield* tensor.read(range, signal, hints);
      if (hasWarned || (range !== undefined && range.end < size)) return;
      hasWarned = true;
      const weightError = tensor.rounding?.();
      context.emit({
        type: 'tensor',
        stage,
        variant,
        name: tensor.name,
        from: from.get(tensor.name) ?? tensor.type,
        to: tensor.type,
        weights: weightCount(tensor),
        size,
        weightError,
      });
    },
  };
}
