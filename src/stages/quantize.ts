import { SlipwayError, type Planned, type RunContext, type Stage } from '../core/index.js';
import type { Snapshot } from '../files/index.js';
import { readGguf } from '../gguf/index.js';
import type { ModelVariant } from '../package/index.js';
import type { QuantizeOptions } from '../quantize/index.js';
import { companionsOf } from './companions.js';
import { loadImatrix } from './imatrix.js';
import type { Kernel } from './resources.js';
import { quantizedVariants, variantReport, type GgufModel } from './variants.js';

export interface QuantizeStageOptions extends Omit<QuantizeOptions, 'imatrix' | 'encoder'> {
  /** llama-quantize's file types: one variant each, from one reading of the source. */
  readonly types: string | readonly string[];
  /** Path of an importance matrix, legacy binary or GGUF. */
  readonly imatrix?: string;
  readonly kernel?: Kernel;
}

/** Quantizes a GGUF as `llama-quantize` does, the same bytes. */
export function quantize(
  options: QuantizeStageOptions,
): Stage<Snapshot | readonly ModelVariant[], readonly ModelVariant[]> {
  const work = async (
    input: Snapshot | readonly ModelVariant[],
    context: RunContext,
  ): Promise<Required<Planned<readonly ModelVariant[]>>> => {
    const model = await openModel(input, context);
    const imatrix = await loadImatrix(options.imatrix, context);
    const settings = { ...options, ...imatrix };
    const { variants, quantized } = await quantizedVariants(model, [options.types].flat(), settings, context);
    return {
      output: variants,
      reports: variants.map((variant, index) => variantReport('quantize', variant, quantized[index])),
    };
  };
  return { name: 'quantize', plan: work, run: async (input, context) => (await work(input, context)).output };
}

/** The one GGUF of a snapshot or of the first variant. */
async function openModel(input: Snapshot | readonly ModelVariant[], context: RunContext): Promise<GgufModel> {
  const snapshot = 'files' in input ? input : asSnapshot(input);
  const files = snapshot.files.filter((file) => file.path.endsWith('.gguf'));
  const [file] = files;
  if (file === undefined || files.length > 1) {
    throw new SlipwayError('MODEL_INVALID', `'${snapshot.source.name}' does not hold exactly one GGUF file`, {
      where: snapshot.source.url,
      got: `${files.length} files ending in .gguf`,
      try: 'convert() first, or choose one with include',
    });
  }
  const content = await readGguf(file, {}, context.signal);
  return {
    content,
    typeName: 'GGUF',
    baseName: file.path.replace(/\.gguf$/, '').replace(/[-.](bf16|f16|f32)$/i, ''),
    snapshot,
    companions: companionsOf(snapshot),
    from: new Map(content.tensors.map((tensor) => [tensor.name, tensor.type])),
  };
}

function asSnapshot(variants: readonly ModelVariant[]): Snapshot {
  const [variant] = variants;
  if (variant === undefined) throw new SlipwayError('MODEL_INVALID', 'there is nothing to quantize');
  return {
    source: variant.facts.source,
    files: [...variant.weights, ...variant.companions],
    ...(variant.confirm === undefined ? {} : { confirm: variant.confirm }),
  };
}
