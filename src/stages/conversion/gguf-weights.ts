import type { ModelFile } from '../../files/index.js';
import { mergeGguf, readGguf, readSplitGguf, type GgufContent } from '../../gguf/index.js';
import {
  ggufRepository,
  inputTypesOf,
  quantizationInName,
  readWeightRoles,
  requireWhole,
  severalVariants,
  type GgufVariant,
  type ModelFacts,
  type ModelVariant,
  type WeightRoles,
} from '../../package/index.js';
import { fileTypeOf, ggufExtra, quantizationOf, withGgufFacts } from './gguf-facts.js';

/**
 * The files of the one model among others: one GGUF, or all splits of one. Throws `USAGE` with the list when there are
 * several, `GGUF_INVALID` when a split is missing; `undefined` when there is none.
 * @param what takes one: `quantize takes`
 */
export function theModel(
  files: readonly ModelFile[],
  what: string,
  roles?: WeightRoles,
): readonly ModelFile[] | undefined {
  const { variants } = ggufRepository(files, roles);
  const [variant] = variants;
  if (variant === undefined) return undefined;
  if (variants.length > 1) throw severalVariants(variants, what);
  requireWhole(variant);
  return variant.files;
}

/** One content for a model in one or several files. */
export function wholeModel(parts: readonly GgufContent[]): GgufContent {
  const [first] = parts;
  return first !== undefined && parts.length === 1 ? first : mergeGguf(parts);
}

/**
 * A variant whose weights came as GGUF, with what their headers say: name, parameters, template, context, and what its
 * projector sees or hears. Reads headers only; a variant of something else, or of several models, stays as it is.
 */
export async function openGgufWeights(variant: ModelVariant, signal: AbortSignal): Promise<ModelVariant> {
  const roles = variant.roles ?? (await readWeightRoles(variant.weights, signal));
  const { variants, adapters, projectors, companions } = ggufRepository(variant.weights, roles);
  const [model] = variants;
  if (variants.length > 1 || companions.length > 0) return { ...variant, roles };
  const seen = await inputsOf(projectors, signal);
  if (model === undefined)
    return withInputs(await openAlone({ ...variant, roles }, adapters, projectors, signal), seen);
  requireWhole(model);
  const gguf = wholeModel(await readSplitGguf(model.files, signal));
  const type = nameOf(model, fileTypeOf(gguf.metadata));
  const { adapter: _beside, ...facts } = variant.facts;
  const known = { ...facts, ...ggufExtra(gguf), ...(type === undefined ? {} : quantizationOf(type)) };
  const opened = { ...variant, roles, name: type ?? variant.name, facts: withGgufFacts(known, gguf), gguf };
  return withInputs(opened, seen);
}

/** What projectors add to the text that a model reads. */
async function inputsOf(projectors: readonly ModelFile[], signal: AbortSignal): Promise<ModelFacts['inputTypes']> {
  if (projectors.length === 0) return undefined;
  const headers = await Promise.all(projectors.map(async (file) => readGguf(file, {}, signal)));
  return inputTypesOf(headers.map(({ metadata }) => metadata));
}

function withInputs(variant: ModelVariant, inputTypes: ModelFacts['inputTypes']): ModelVariant {
  return inputTypes === undefined ? variant : { ...variant, facts: { ...variant.facts, inputTypes } };
}

/** An adapter or a projector without a model beside it: a variant named after its type. */
async function openAlone(
  variant: ModelVariant,
  adapters: readonly ModelFile[],
  projectors: readonly ModelFile[],
  signal: AbortSignal,
): Promise<ModelVariant> {
  const [file, ...further] = adapters.length > 0 ? adapters : projectors;
  if (file === undefined || further.length > 0) return variant;
  const gguf = await readGguf(file, {}, signal);
  const type = quantizationInName(file.path) ?? fileTypeOf(gguf.metadata);
  const known = { ...variant.facts, ...ggufExtra(gguf), ...(type === undefined ? {} : quantizationOf(type)) };
  return { ...variant, name: type ?? variant.name, facts: withGgufFacts(known, gguf) };
}

/** Mixes that llama.cpp has no number for (`UD-Q4_K_XL`) are known by their files' names alone. */
function nameOf({ files }: GgufVariant, type: string | undefined): string | undefined {
  const named = quantizationInName(files[0]?.path ?? '');
  return named?.startsWith('UD-') === true ? named : (type ?? named);
}
