import { parseSize, SlipwayError } from '../../core/index.js';
import type { ModelFile } from '../../files/index.js';
import {
  ggufFile,
  layoutGguf,
  splitGguf,
  splitKeys,
  splitName,
  tensorSize,
  type GgufContent,
  type GgufTensor,
  type LayoutOptions,
} from '../../gguf/index.js';
import { isGguf, roleOf, type ModelVariant } from '../../package/index.js';

/** Limits of one file, by the converter's own names. */
export interface SplitLimits {
  /** Bytes of tensor data in a file: a number, or `700K`, `500M`, `2G` (decimal). */
  readonly splitMaxSize?: string | number;
  /** Tensors in a file. */
  readonly splitMaxTensors?: number;
  /** Only keys in the first file: there are two files at least. */
  readonly noTensorFirstSplit?: boolean;
}

/** Bytes of a limit. Throws `CONFIG_INVALID`. */
export function splitBytes(size: string | number): number {
  const bytes = parseSize(size);
  if (bytes !== undefined) return bytes;
  throw new SlipwayError('CONFIG_INVALID', 'a limit to split by is a whole number of bytes', {
    got: String(size),
    try: ['2G', '500M'],
  });
}

/**
 * Cuts a model as `convert_hf_to_gguf.py --split-max-size, --split-max-tensors, --no-tensor-first-split` does (gguf-py's
 * writer): sizes without padding, both limits at once, the split keys last. One part is left as it is.
 */
export function splitAsConverter(content: GgufContent, limits: SplitLimits): readonly GgufContent[] {
  const maxSize = limits.splitMaxSize === undefined ? Number.POSITIVE_INFINITY : splitBytes(limits.splitMaxSize);
  const maxTensors = limits.splitMaxTensors ?? Number.POSITIVE_INFINITY;
  if (!(maxTensors >= 1)) throw new SlipwayError('CONFIG_INVALID', 'a file holds at least one tensor');
  const groups: GgufTensor[][] = limits.noTensorFirstSplit === true ? [[], []] : [[]];
  let size = 0;
  for (const tensor of content.tensors) {
    const bytes = tensorSize(tensor);
    const last = groups.at(-1) ?? [];
    if (last.length > 0 && (last.length >= maxTensors || size + bytes > maxSize)) {
      groups.push([tensor]);
      size = bytes;
    } else {
      last.push(tensor);
      size += bytes;
    }
  }
  if (groups.length < 2) return [content];
  return groups.map((tensors, index) => ({
    tensors,
    metadata: new Map([
      ...(index === 0 ? content.metadata : []),
      ...splitKeys(index, groups.length, content.tensors.length),
    ]),
  }));
}

/** Cuts a model as `llama-gguf-split` does (padded sizes). One part is left as it is. */
export function splitAsTool(content: GgufContent, limits: SplitLimits): readonly GgufContent[] {
  const { splitMaxSize, splitMaxTensors, noTensorFirstSplit } = limits;
  if (splitMaxSize !== undefined && splitMaxTensors !== undefined) {
    throw new SlipwayError('CONFIG_INVALID', 'a quantized model is split by size or by tensors, not by both');
  }
  const parts = splitGguf(content, {
    maxSize: splitMaxSize === undefined ? undefined : splitBytes(splitMaxSize),
    maxTensors: splitMaxTensors,
    emptyFirst: noTensorFirstSplit,
  });
  return parts.length < 2 ? [content] : parts;
}

/** The files of a model: `NAME.gguf`, or `NAME-00001-of-00003.gguf` and so on. */
export function weightFiles(
  name: string,
  parts: readonly GgufContent[],
  { vocabularyOnly = false, bigEndian = false }: LayoutOptions = {},
): readonly ModelFile[] {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return [ggufFile(`${name}.gguf`, only, { vocabularyOnly, bigEndian })];
  return parts.map((part, index) => ggufFile(splitName(name, index, parts.length), part, { bigEndian }));
}

/** What a file's header may grow by when the split keys are added, with padding. */
const HEADER_SLACK = 4096;

/**
 * The variant with no weights file larger than `largest` bytes, named as `gguf-split` names them; the same variant when
 * it fits already, or is no GGUF. What goes with a model is not cut: llama.cpp loads it from one file. A single tensor that is larger keeps a file of its own.
 */
export function fitVariant(variant: ModelVariant, largest: number): ModelVariant {
  const { gguf } = variant;
  const { roles } = variant;
  const isModel = ({ path }: ModelFile): boolean => isGguf(path) && roleOf(path, roles) === 'weight';
  const model = variant.weights.find((file) => isModel(file) && file.size > largest);
  if (gguf === undefined || model === undefined) return variant;
  // The first file holds all keys beside its tensors; every one must stay below the limit as a whole.
  const header = layoutGguf(gguf).header.byteLength + HEADER_SLACK;
  const parts = splitAsTool(gguf, { splitMaxSize: Math.max(1, largest - header) });
  if (parts.length < 2) return variant;
  const name = model.path.replace(/(-\d{5}-of-\d{5})?\.gguf$/, '');
  const others = variant.weights.filter((file) => !isModel(file));
  return { ...variant, weights: [...weightFiles(name, parts), ...others] };
}
