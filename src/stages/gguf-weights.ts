import type { ModelFile } from '../files/index.js';
import { mergeGguf, parseSplitName, readSplitGguf, type GgufContent } from '../gguf/index.js';
import type { ModelVariant } from '../package/index.js';
import { fileTypeOf, ggufExtra, quantizationOf, withGgufFacts } from './gguf-facts.js';

/** A projector goes with a model; it is not one. */
const PROJECTOR = /(^|[/-])mmproj/i;

/** The files that hold one model: one GGUF, or all splits of one. Several models give `undefined`. */
export function oneModel(files: readonly ModelFile[]): readonly ModelFile[] | undefined {
  const models = files.filter(({ path }) => path.endsWith('.gguf') && !PROJECTOR.test(path));
  if (models.length < 2) return models.length === 0 ? undefined : models;
  const prefixes = new Set(models.map(({ path }) => parseSplitName(path)?.prefix));
  return prefixes.size === 1 && !prefixes.has(undefined) ? models : undefined;
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
export async function openWeights(variant: ModelVariant, signal: AbortSignal): Promise<ModelVariant> {
  const files = oneModel(variant.weights);
  if (files === undefined || files.length < variant.weights.filter(({ path }) => !PROJECTOR.test(path)).length) {
    return variant;
  }
  const gguf = wholeModel(await readSplitGguf(files, signal));
  const type = fileTypeOf(gguf.metadata);
  const known = { ...variant.facts, ...ggufExtra(gguf), ...(type === undefined ? {} : quantizationOf(type)) };
  return { ...variant, name: type ?? variant.name, facts: withGgufFacts(known, gguf), gguf };
}
