import type { ModelFile } from '../files/index.js';
import { mergeGguf, readSplitGguf, type GgufContent } from '../gguf/index.js';
import {
  ggufRepository,
  quantizationInName,
  requireWhole,
  severalVariants,
  type GgufVariant,
  type ModelVariant,
} from '../package/index.js';
import { fileTypeOf, ggufExtra, quantizationOf, withGgufFacts } from './gguf-facts.js';

/**
 * The files of the one model among others: one GGUF, or all splits of one. Throws `USAGE` with the list when there are
 * several, `GGUF_INVALID` when a split is missing; `undefined` when there is none.
 * @param what takes one: `quantize takes`
 */
export function theModel(files: readonly ModelFile[], what: string): readonly ModelFile[] | undefined {
  const { variants } = ggufRepository(files);
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
 * A variant whose weights came as GGUF, with what their header says: name, parameters, template, context. Reads headers
 * only; a variant of something else, or of several models, stays as it is.
 */
export async function openGgufWeights(variant: ModelVariant, signal: AbortSignal): Promise<ModelVariant> {
  const { variants } = ggufRepository(variant.weights);
  const [model] = variants;
  const others = variant.weights.filter(({ path }) => !path.endsWith('.gguf'));
  if (model === undefined || variants.length > 1 || others.length > 0) return variant;
  requireWhole(model);
  const gguf = wholeModel(await readSplitGguf(model.files, signal));
  const type = nameOf(model, fileTypeOf(gguf.metadata));
  const known = { ...variant.facts, ...ggufExtra(gguf), ...(type === undefined ? {} : quantizationOf(type)) };
  return { ...variant, name: type ?? variant.name, facts: withGgufFacts(known, gguf), gguf };
}

/** Mixes that llama.cpp has no number for (`UD-Q4_K_XL`) are known by their files' names alone. */
function nameOf({ files }: GgufVariant, type: string | undefined): string | undefined {
  const named = quantizationInName(files[0]?.path ?? '');
  return named?.startsWith('UD-') === true ? named : (type ?? named);
}
