import type { Planned, RunContext, Stage, StageReport } from '../core/index.js';
import { convertContent, openRepository, type Conversion, type OutputType } from '../convert/index.js';
import type { Snapshot } from '../files/index.js';
import { tensorSize } from '../gguf/index.js';
import type { ModelVariant } from '../package/index.js';
import { loadImatrix } from './imatrix.js';
import { companionsOf } from './companions.js';
import { mixOptions, type MixStageOptions } from './mix-options.js';
import { encoderOf } from './resources.js';
import type { SplitLimits } from './split-weights.js';
import { plainVariant, quantizedVariants, variantReport, type GgufModel } from './variants.js';

/**
 * `splitMaxSize` and `splitMaxTensors` cut the converter's own output as the converter does; with `quantize` the results
 * are cut as `llama-gguf-split` would.
 */
export interface ConvertOptions extends MixStageOptions, SplitLimits {
  /** The converter's output type; the intermediate when `quantize` is given. `auto` follows the first weight. */
  readonly outtype?: OutputType;
  /** llama-quantize's file types: one variant each, from one reading of the source. */
  readonly quantize?: string | readonly string[];
  /** Overrides the model's name in the metadata. */
  readonly modelName?: string;
  /** Name of the pre-tokenizer, for a tokenizer that is not recognised. */
  readonly pre?: string;
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

interface Converted {
  readonly conversion: Conversion;
  readonly variants: readonly ModelVariant[];
  /** One a quantized variant. */
  readonly reports: readonly StageReport[];
}

async function convertSnapshot(snapshot: Snapshot, options: ConvertOptions, context: RunContext): Promise<Converted> {
  const { outtype, quantize, modelName, pre, imatrix, kernel, splitMaxSize, splitMaxTensors, ...mix } = options;
  const limits = {
    ...(splitMaxSize !== undefined && { splitMaxSize }),
    ...(splitMaxTensors !== undefined && { splitMaxTensors }),
  };
  const repository = await openRepository(snapshot, context.signal);
  const conversion = await convertContent(repository, {
    encoder: encoderOf(context, kernel),
    signal: context.signal,
    ...(outtype !== undefined && { outtype }),
    ...(modelName !== undefined && { modelName }),
    ...(pre !== undefined && { pre }),
  });
  const model: GgufModel = {
    content: conversion.content,
    typeName: conversion.outtype.toUpperCase(),
    baseName: modelName ?? repository.directoryName,
    snapshot,
    companions: companionsOf(snapshot),
    from: new Map(conversion.tensors.map((tensor) => [tensor.name, tensor.from])),
  };
  const types = [quantize ?? []].flat();
  if (types.length === 0) return { conversion, variants: [await plainVariant(model, limits, context)], reports: [] };
  const settings = {
    ...mixOptions(mix),
    ...limits,
    ...(await loadImatrix(imatrix, context)),
    ...(kernel !== undefined && { kernel }),
  };
  const made = await quantizedVariants(model, types, settings, context);
  return { conversion, variants: made.map(({ variant }) => variant), reports: made.map(variantReport) };
}

async function planConversion(
  snapshot: Snapshot,
  options: ConvertOptions,
  context: RunContext,
): Promise<Planned<readonly ModelVariant[]>> {
  const { conversion, variants, reports } = await convertSnapshot(snapshot, options, context);
  const { architecture, className, tensors, outtype, content } = conversion;
  const report: StageReport = {
    stage: 'convert',
    summary: `${className} → ${architecture}, ${tensors.length} tensors, ${outtype}`,
    details: tensors.map(({ name, from, to, dimensions }) => `${name} ${from} → ${to} [${dimensions.join(', ')}]`),
    bytesOut: content.tensors.reduce((sum, tensor) => sum + tensorSize(tensor), 0),
    data: { architecture, className, outtype, parameters: conversion.parameters, tensors },
  };
  return { reports: [report, ...reports], output: variants };
}
