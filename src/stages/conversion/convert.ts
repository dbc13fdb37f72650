import { SlipwayError, type Planned, type RunContext, type Stage, type StageReport } from '../../core/index.js';
import {
  checkLoadable,
  missingKeys,
  convertContent,
  isAdapter,
  openRepository,
  VocabularyMemory,
  type Conversion,
} from '../../convert/index.js';
import { localFile, readJsonObject, type JsonObject, type Snapshot } from '../../files/index.js';
import { tensorSize } from '../../gguf/index.js';
import type { ModelVariant } from '../../package/index.js';
import { convertAdapterFiles, listSource } from './adapter.js';
import type { TargetChoice } from '../../quantize/index.js';
import { fingerprintOf, recipeOf, vouched, withRecipe } from '../fingerprint.js';
import { fileDigest, matrixFor, matrixSettings, namedInputs, type LoadedMatrix } from '../evaluation/make-imatrix.js';
import { companionsOf } from './companions.js';
import { mixOptions } from './read-mix-options.js';
import type { ConvertOptions } from '../options/index.js';
import { beside, checkProjector, projectorFileOf, projectorReports, projectorType } from './projector-file.js';
import { encoderOf, leastMemory, preparedEncoder, requireEngineOf } from '../resources.js';
import { tellWarnings, variantReport } from './variant-report.js';
import { plainVariant, quantizedVariants, type GgufModel } from './variants.js';

/** A metadata file with more than this is a mistake. */
const METADATA_LIMIT = 8 * 1024 * 1024;

/**
 * Converts a Hugging Face repository to GGUF, the same bytes as llama.cpp's `convert_hf_to_gguf.py` and, with
 * `quantize`, `llama-quantize` after it. Lays everything out; weights are read and computed when the result is read.
 */
export function convert(options: ConvertOptions = {}): Stage<Snapshot, readonly ModelVariant[]> {
  const memory: Memory = { vocabularies: new VocabularyMemory(), choices: new Map() };
  return {
    name: 'convert',
    plan: async (snapshot, context) => planConversion(snapshot, options, context, memory),
    run: async (snapshot, context) => {
      const started = context.now();
      context.emit({ type: 'stage.start', stage: 'convert', total: null });
      const { variants, conversion, reports } = await convertSnapshot(snapshot, options, context, memory, false);
      tellWarnings(reports, context);
      for (const message of conversion.warnings)
        context.emit({ type: 'warning', code: 'CONVERTED_OTHERWISE', message });
      const summary = variants.map((variant) => variant.name).join(', ');
      context.emit({ type: 'stage.end', stage: 'convert', ok: true, summary, durationMs: context.now() - started });
      return variants;
    },
  };
}

/** What a plan has found out, for the run after it. */
interface Memory {
  readonly vocabularies: VocabularyMemory;
  readonly choices: Map<string, TargetChoice>;
}

interface Converted {
  readonly conversion: Conversion;
  readonly variants: readonly ModelVariant[];
  /** One a quantized variant. */
  readonly reports: readonly StageReport[];
  readonly matrix?: LoadedMatrix;
}

async function convertSnapshot(
  snapshot: Snapshot,
  options: ConvertOptions,
  context: RunContext,
  memory: Memory,
  planning: boolean,
): Promise<Converted> {
  const converted = await convertFiles(snapshot, options, context, memory, planning);
  // Every engine gives the same bytes.
  // Nor does a variant depend on the others, or a file on where it lies.
  const { engine: _, kernel: _kernel, quantize: _quantize, imatrix: _imatrix, metadata: _metadata, ...alone } = options;
  const readsBase =
    options.base !== undefined || options.targetModelDir !== undefined || (isAdapter(snapshot) && !hasModel(snapshot));
  const matrix = converted.matrix?.input;
  const content = [matrix?.digest, await fileDigest(options.metadata, context)];
  const inputs = namedInputs([matrix?.name, options.metadata], content);
  const variants = converted.variants.map((variant) => ({
    ...variant,
    recipe: { snapshot, convert: { ...options, engine: undefined, kernel: undefined }, inputs },
  }));
  for (const variant of variants) {
    await vouched(variant, 'convert', [fingerprintOf(snapshot)], { ...alone, content, name: variant.name });
    // An adapter's base and a draft's target are other sources, which the recipe would have to name at a commit.
    if (!readsBase) withRecipe(variant, 'convert', [recipeOf(snapshot)], { ...alone, content, name: variant.name });
  }
  return { ...converted, variants };
}

async function convertFiles(
  snapshot: Snapshot,
  options: ConvertOptions,
  context: RunContext,
  memory: Memory,
  planning: boolean,
): Promise<Converted> {
  await requireEngineOf(context, options);
  if (options.base !== undefined || (isAdapter(snapshot) && !hasModel(snapshot))) {
    return convertAdapterFiles(snapshot, options, await loadMetadata(options.metadata, context), context);
  }
  const { content, quantization } = takenApart(options);
  const { vocabOnly, asReference, mtp, modelName, mistralFormat, bigendian } = options;
  const { imatrix, engine, kernel, splitMaxSize, splitMaxTensors, noTensorFirstSplit, ...mix } = quantization;
  const limits = { splitMaxSize, splitMaxTensors, noTensorFirstSplit };
  const types = [options.quantize ?? []].flat();
  checkVocabulary(options, types);
  checkByteOrder(options, types);
  checkProjector(options);
  const wish = { engine, kernel };
  const encoder = needsThreads(options, types)
    ? preparedEncoder(context, wish, types.length)
    : encoderOf(context, wish, types.length);
  const repository = await openRepository(snapshot, context.signal, { mistralFormat });
  const metadata = await loadMetadata(options.metadata, context);
  const shared = { encoder, signal: context.signal, modelName, metadata };
  const converted = await convertContent(repository, {
    ...shared,
    ...content,
    vocabularies: memory.vocabularies,
    targetModel: await targetOf(options, context),
  });
  if (asReference !== true) checkLoadable(converted, { mtp });
  const conversion = { ...converted, warnings: [...converted.warnings, ...missingKeys(converted)] };
  const model: GgufModel = {
    stage: 'convert',
    content: conversion.content,
    vocabularyOnly: vocabOnly,
    bigEndian: bigendian,
    typeName: vocabOnly === true ? 'vocab' : conversion.typeName,
    baseName: `${prefixOf(options)}${modelName ?? repository.directoryName}`,
    snapshot,
    companions: companionsOf(snapshot),
    from: new Map(conversion.tensors.map((tensor) => [tensor.name, tensor.from])),
  };
  const projector = await projectorFileOf(repository, { ...shared, outtype: projectorType(options) }, model, context);
  const own = { ...mixOptions(mix), ...limits, ...wish };
  if (types.length === 0 && own.target === undefined) {
    const variants = [beside(await plainVariant(model, limits, context), projector)];
    return { conversion, variants, reports: projectorReports(projector) };
  }
  const key = keyOfContent(snapshot, options);
  const matrix = await matrixFor(imatrix, { content: conversion.content, key }, planning, context);
  const settings = { ...own, choices: memory.choices, ...matrixSettings(matrix) };
  const made = await quantizedVariants(model, types, settings, context);
  const variants = made.map(({ variant }) => beside(variant, projector));
  const reports = [projectorReports(projector), matrix.report ?? [], made.map(variantReport)].flat();
  return { conversion, matrix, variants, reports };
}

/** Whether weights will be encoded for sure: what keeps its type is only copied, and does without threads. */
function needsThreads(
  { vocabOnly, outtype, targetBpw, targetSize }: ConvertOptions,
  types: readonly string[],
): boolean {
  if (vocabOnly === true) return false;
  const isEncoded = outtype !== undefined && outtype !== 'auto' && outtype !== 'bf16';
  return isEncoded || types.length > 0 || targetBpw !== undefined || targetSize !== undefined;
}

/** What the converted model depends on, before it is quantized. */
function keyOfContent(snapshot: Snapshot, options: ConvertOptions): string | undefined {
  const { outtype, mtp, noMtp, dspark, targetModelDir, fuseQkv, fuseGateUpExps, fp8AsQ8, mistralFormat, pre } = options;
  const print = fingerprintOf(snapshot);
  const fused = { fuseQkv, fuseGateUpExps, fp8AsQ8 };
  const shaping = { outtype, mtp, noMtp, dspark, targetModelDir, ...fused, mistralFormat, pre };
  return print === undefined ? undefined : JSON.stringify([print, shaping]);
}

/** What the conversion itself takes under the same names, and what is left for what comes behind it. */
function takenApart(options: ConvertOptions) {
  const { outtype, quantize: _quantize, mmproj, mtp, noMtp, dspark, vocabOnly, pre, ...others } = options;
  const { targetModelDir: _target, base: _base, modelName: _name, metadata: _metadata, ...further } = others;
  const { bigendian: _order, mistralFormat: _format, fuseQkv, fuseGateUpExps, fp8AsQ8, ...rest } = further;
  const { sentenceTransformersDenseModules, asReference, disableMistralCommunityChatTemplate, ...quantization } = rest;
  const content = {
    outtype,
    mtp,
    noMtp,
    dspark,
    vocabOnly,
    pre,
    fuseQkv,
    fuseGateUpExps,
    fp8AsQ8,
    asReference,
    mmproj: mmproj === 'only',
    disableMistralCommunityChatTemplate,
    sentenceTransformersDenseModules,
  };
  return { content, quantization };
}

async function targetOf({ targetModelDir }: ConvertOptions, context: RunContext): Promise<Snapshot | undefined> {
  return targetModelDir === undefined ? undefined : listSource(targetModelDir, undefined, context);
}

/** What the names of files begin with that are no whole language model. */
function prefixOf({ mmproj, mtp }: ConvertOptions): string {
  if (mmproj === 'only') return 'mmproj-';
  return mtp === true ? 'mtp-' : '';
}

/** A fine-tune may keep its adapter beside the merged weights: then it is a model. */
function hasModel({ files }: Snapshot): boolean {
  return files.some(({ path }) => /^(?:model|consolidated)[^/]*\.safetensors(?:\.index\.json)?$/.test(path));
}

function checkVocabulary(
  { vocabOnly, noTensorFirstSplit, targetBpw, targetSize }: ConvertOptions,
  types: readonly string[],
): void {
  if (vocabOnly !== true) return;
  if (targetBpw !== undefined || targetSize !== undefined) throw vocabularyAlone('a target size');
  if (types.length > 0) throw vocabularyAlone(`quantize: ${types.join(', ')}`);
  if (noTensorFirstSplit === true) throw vocabularyAlone('noTensorFirstSplit');
}

/** Nothing reads what was turned around in order to quantize it. */
function checkByteOrder({ bigendian, targetBpw, targetSize }: ConvertOptions, types: readonly string[]): void {
  if (bigendian !== true || (types.length === 0 && targetBpw === undefined && targetSize === undefined)) return;
  throw new SlipwayError('CONFIG_INVALID', 'a big-endian file is not quantized', {
    got: `bigendian together with ${types.length === 0 ? 'a target size' : `quantize: ${types.join(', ')}`}`,
    try: ['outtype: q8_0 makes it small', 'leave out one of them'],
  });
}

function vocabularyAlone(option: string): SlipwayError {
  return new SlipwayError('CONFIG_INVALID', 'a vocabulary alone has nothing to quantize or to split', {
    got: `vocab-only together with ${option}`,
    try: 'leave out one of them',
  });
}

async function loadMetadata(path: string | undefined, { signal }: RunContext): Promise<JsonObject | undefined> {
  return path === undefined ? undefined : readJsonObject(await localFile(path, path), METADATA_LIMIT, signal);
}

async function planConversion(
  snapshot: Snapshot,
  options: ConvertOptions,
  context: RunContext,
  memory: Memory,
): Promise<Planned<readonly ModelVariant[]>> {
  const { conversion, variants, reports } = await convertSnapshot(snapshot, options, context, memory, true);
  const { architecture, className, tensors, outtype, content, warnings } = conversion;
  const report: StageReport = {
    stage: 'convert',
    summary: `${className} → ${architecture}, ${tensors.length} tensors, ${outtype}`,
    details: tensors.map(({ name, from, to, dimensions }) => `${name} ${from} → ${to} [${dimensions.join(', ')}]`),
    ...(warnings.length > 0 && { warnings }),
    bytesOut: content.tensors.reduce((sum, tensor) => sum + tensorSize(tensor), 0),
    memory: leastMemory(context, variants.length),
    data: { architecture, className, outtype, parameters: conversion.parameters, tensors },
  };
  return { reports: [report, ...reports], output: variants };
}
