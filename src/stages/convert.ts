import type { Planned, RunContext, Stage } from '../core/index.js';
import { convertContent, openRepository, type ConvertedContent, type OutType } from '../convert/index.js';
import type { Snapshot } from '../files/index.js';
import { tensorSize } from '../gguf/index.js';
import type { ModelVariant } from '../package/index.js';
import { loadImatrix } from './imatrix.js';
import { companionsOf } from './companions.js';
import type { QuantizeStageOptions } from './quantize.js';
import { encoderOf, type Kernel } from './resources.js';
import { plainVariant, quantizedVariants, variantReport, type GgufModel } from './variants.js';

export interface ConvertOptions extends Omit<QuantizeStageOptions, 'types'> {
  /** The converter's output type; the intermediate when `quantize` is given. `auto` follows the first weight. */
  readonly outtype?: OutType;
  /** llama-quantize's file types: one variant each, from one reading of the source. */
  readonly quantize?: string | readonly string[];
  /** Overrides the model's name in the metadata. */
  readonly modelName?: string;
  /** Name of the pre-tokenizer, for a tokenizer that is not recognised. */
  readonly pre?: string;
  readonly kernel?: Kernel;
}

/**
 * Converts a Hugging Face repository to GGUF, the same bytes as llama.cpp's `convert_hf_to_gguf.py` and, with
 * `quantize`, `llama-quantize` after it. Lays everything out; weights are read and computed when the result is read.
 */
export function convert(options: ConvertOptions = {}): Stage<Snapshot, readonly ModelVariant[]> {
  return {
    name: 'convert',
    plan: async (snapshot, context) => planConversion(snapshot, options, context),
    run: async (snapshot, context) => {
      const started = context.now();
      context.emit({ type: 'stage.start', stage: 'convert', total: null });
      const { variants } = await convertSnapshot(snapshot, options, context);
      const summary = variants.map((variant) => variant.name).join(', ');
      context.emit({ type: 'stage.end', stage: 'convert', ok: true, summary, durationMs: context.now() - started });
      return variants;
    },
  };
}

interface Conversion {
  readonly converted: ConvertedContent;
  readonly variants: readonly ModelVariant[];
  readonly reports: Planned<unknown>['reports'];
}

async function convertSnapshot(snapshot: Snapshot, options: ConvertOptions, context: RunContext): Promise<Conversion> {
  const repository = await openRepository(snapshot, context.signal);
  const converted = await convertContent(repository, {
    outtype: options.outtype ?? 'auto',
    encoder: encoderOf(context, options.kernel),
    signal: context.signal,
    ...(options.modelName === undefined ? {} : { modelName: options.modelName }),
    ...(options.pre === undefined ? {} : { pre: options.pre }),
  });
  const model: GgufModel = {
    content: converted.content,
    typeName: converted.outtype.toUpperCase(),
    baseName: options.modelName ?? repository.directoryName,
    snapshot,
    companions: companionsOf(snapshot),
    from: new Map(),
  };
  const types = [options.quantize ?? []].flat();
  if (types.length === 0) {
    const variant = await plainVariant(model, context);
    return { converted, variants: [variant], reports: [variantReport('convert', variant, undefined)] };
  }
  const imatrix = await loadImatrix(options.imatrix, context);
  const { variants, quantized } = await quantizedVariants(model, types, { ...options, ...imatrix }, context);
  return {
    converted,
    variants,
    reports: variants.map((variant, index) => variantReport('quantize', variant, quantized[index])),
  };
}

async function planConversion(
  snapshot: Snapshot,
  options: ConvertOptions,
  context: RunContext,
): Promise<Planned<readonly ModelVariant[]>> {
  const { converted, variants, reports } = await convertSnapshot(snapshot, options, context);
  const { architecture, content, outtype } = converted;
  const summary = `${architecture.huggingFace} → ${architecture.gguf}, ${content.tensors.length} tensors, ${outtype}`;
  const details = content.tensors.map((tensor) => `${tensor.name} ${tensor.type} [${tensor.dimensions.join(', ')}]`);
  const bytesOut = content.tensors.reduce((sum, tensor) => sum + tensorSize(tensor), 0);
  return { reports: [{ stage: 'convert', summary, details, bytesOut }, ...reports], output: variants };
}
