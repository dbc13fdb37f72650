import type { RunContext, StageReport } from '../core/index.js';
import type { ModelFile, Snapshot } from '../files/index.js';
import { ggufFile, shareReads, tensorSize, weightCount, type GgufContent, type GgufTensor } from '../gguf/index.js';
import { modelFacts, type ModelVariant } from '../package/index.js';
import { encoderOf, type Kernel } from './resources.js';
import { quantizeContent, type QuantizeOptions, type QuantizedContent } from '../quantize/index.js';

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
}

/** The model as it is, in one variant. */
export async function plainVariant(model: GgufModel, context: RunContext): Promise<ModelVariant> {
  return variantOf(model, model.typeName, model.content, context);
}

/** One variant a quantization type, all fed by one reading of the source. */
export async function quantizedVariants(
  model: GgufModel,
  types: readonly string[],
  options: QuantizeOptions & { readonly kernel?: Kernel },
  context: RunContext,
): Promise<{ variants: readonly ModelVariant[]; quantized: readonly QuantizedContent[] }> {
  const encoder = encoderOf(context, options.kernel);
  const first = await quantizeContent(model.content, types[0] ?? '', { ...options, encoder });
  const order = first.plan.map((tensor) => tensor.name);
  const windowBytes = Math.floor(context.limits.memory * WINDOW_SHARE);
  const views = shareReads(model.content, { readers: types.length, order, windowBytes });
  const quantized: QuantizedContent[] = [];
  const variants: ModelVariant[] = [];
  for (const [index, type] of types.entries()) {
    const result = await quantizeContent(views[index] ?? model.content, type, { ...options, encoder });
    quantized.push(result);
    variants.push(await variantOf(model, result.fileType, result.content, context));
  }
  return { variants, quantized };
}

/** What a variant's plan says. */
export function variantReport(
  stage: string,
  variant: ModelVariant,
  quantized: QuantizedContent | undefined,
): StageReport {
  const size = variant.weights.reduce((sum, file) => sum + file.size, 0);
  if (quantized === undefined) return { stage, summary: variant.name, bytesOut: size };
  const replaced = quantized.plan.filter((tensor) => tensor.fallback !== undefined);
  const share = (quantized.fallbackShare * 100).toFixed(1);
  const substitutions = replaced.length === 0 ? 'none' : `${replaced.length} tensors, ${share} % of weights`;
  return {
    stage,
    summary: `${variant.name}, ${quantized.bitsPerWeight.toFixed(2)} bits per weight, substitutions ${substitutions}`,
    bytesOut: size,
    data: { type: variant.name, bitsPerWeight: quantized.bitsPerWeight, tensors: quantized.plan },
  };
}

async function variantOf(
  model: GgufModel,
  name: string,
  content: GgufContent,
  context: RunContext,
): Promise<ModelVariant> {
  const shown = {
    ...content,
    tensors: content.tensors.map((tensor) => shownTensor(tensor, name, model.from, context)),
  };
  const file = ggufFile(`${model.baseName}-${name}.gguf`, shown);
  const parameters = content.tensors.reduce((sum, tensor) => sum + weightCount(tensor), 0);
  const facts = await modelFacts(model.snapshot, {
    format: 'gguf',
    parameters,
    ...quantizationOf(name),
    metadata: content.metadata,
  });
  return {
    name,
    weights: [file],
    companions: model.companions,
    facts,
    ...(model.snapshot.confirm === undefined ? {} : { confirm: model.snapshot.confirm }),
  };
}

const PRECISIONS: Readonly<Record<string, string>> = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' };

function quantizationOf(name: string): { precision: string } | { quantization: string } {
  const precision = PRECISIONS[name];
  return precision === undefined ? { quantization: name } : { precision };
}

/** Tells each tensor's end once: what reports chart. */
function shownTensor(
  tensor: GgufTensor,
  variant: string,
  from: ReadonlyMap<string, string>,
  context: RunContext,
): GgufTensor {
  const size = tensorSize(tensor);
  let told = false;
  return {
    ...tensor,
    async *read(range, signal) {
      yield* tensor.read(range, signal);
      if (told || (range !== undefined && range.end < size)) return;
      told = true;
      context.emit({
        type: 'tensor',
        stage: 'convert',
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
