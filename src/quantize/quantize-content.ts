import { splitKeys, type GgufContent, type GgufTensor } from '../gguf/index.js';
import { chooseTypes, type ChosenType } from './choose-type.js';
import { encodeTensor } from './encode-tensor.js';
import type { RowEncoder } from './encoder.js';
import { parseFileType, type FileType } from './file-types.js';
import { finite } from './finite.js';
import { selectImatrix } from './imatrix.js';
import { mixFacts } from './mix-facts.js';
import type { MixOptions } from './options.js';
import { pruneLayers, type Placed } from './prune-layers.js';
import { checkFallbacks, checkSource, importanceFor } from './quantize-checks.js';
import { quantizePlanOf, type QuantizePlan } from './quantize-plan.js';
import { fileTypeId, quantizedMetadata } from './quantized-metadata.js';
import { inReferenceOrder } from './tensor-order.js';
import { rank } from './tensor-category.js';

export interface QuantizeOptions extends MixOptions {
  readonly encoder: RowEncoder;
  /** Weights in one job of the encoder. */
  readonly chunkWeights?: number;
  readonly signal?: AbortSignal;
}

export interface Quantized {
  readonly content: GgufContent;
  readonly plan: QuantizePlan;
}

export interface QuantizedParts {
  readonly parts: readonly GgufContent[];
  readonly plan: QuantizePlan;
}

/**
 * A model in another file type: a function from content to content, computed when tensors are read. Tensor types,
 * order of tensors and keys, and (with an encoder that encodes like ggml) all bytes are those of llama-quantize of the
 * pinned llama.cpp release. `fileType` is a name, an alias or a number. One difference is on purpose: a
 * `general.alignment` other than 32 is kept and kept to, where the reference keeps the key and aligns to 32.
 *
 * Throws `CONFIG_INVALID` for options that make no sense, `IMATRIX_REQUIRED`, `IMATRIX_INVALID`, `REQUANTIZE_REFUSED`,
 * `QUANT_FALLBACK` when too many weights would get another type than asked for, `QUANT_SHAPE`, `QUANT_UNSUPPORTED`,
 * `MODEL_INVALID`.
 */
export function quantizeContent(content: GgufContent, fileType: string, options: QuantizeOptions): Quantized {
  const { parts, plan } = quantizeOrdered([inReferenceOrder(content.tensors)], content, fileType, options);
  const [only = { metadata: content.metadata, tensors: [] }] = parts;
  return { content: only, plan };
}

/**
 * The same for a split model whose splits are to stay as they are (`--keep-split`): one content in, one out, for each
 * file. The first holds the metadata.
 */
export function quantizeParts(
  inputs: readonly GgufContent[],
  fileType: string,
  options: QuantizeOptions,
): QuantizedParts {
  const first = inputs[0] ?? { metadata: new Map(), tensors: [] };
  const { parts: all, plan } = quantizeOrdered(
    inputs.map(({ tensors }) => tensors),
    first,
    fileType,
    options,
  );
  // A split whose layers are all pruned is none.
  const parts = all.filter(
    ({ tensors }, index) => tensors.length > 0 || index === 0 || inputs[index]?.tensors.length === 0,
  );
  if (all.length < 2) return { parts, plan };
  const total = plan.tensors.length;
  return {
    plan,
    parts: parts.map(({ metadata, tensors }, index) => ({
      tensors,
      metadata: new Map([...metadata, ...splitKeys(index, parts.length, total)]),
    })),
  };
}

function quantizeOrdered(
  groups: readonly (readonly GgufTensor[])[],
  source: GgufContent,
  fileTypeName: string,
  asked: QuantizeOptions,
): QuantizedParts {
  const fileType = parseFileType(fileTypeName);
  const options = withSelectedImatrix(asked);
  const facts = mixFacts(source.metadata, options.overrideKv);
  const all = groups.flat();
  const pruned = pruneLayers(inReferenceOrder(all), options.pruneLayers ?? []);
  const byName = new Map(pruned.tensors.map((placed) => [placed.original, placed]));
  const placed = groups.map((group) => group.map(({ name }) => byName.get(name)).filter((one) => one !== undefined));
  const flat = placed.flat();
  const chosen = chooseTypes(
    flat.map(({ tensor }) => tensor),
    fileType,
    facts,
    options,
  );
  const plan = quantizePlanOf(fileType, flat, chosen);
  checkFallbacks(plan, flat, options.fallback ?? 'error');
  const metadata = quantizedMetadata(
    source.metadata,
    fileTypeId(fileType, source.metadata, inReferenceOrder(all), options.overrideKv),
    options,
    { architecture: facts.architecture, layers: pruned.layers },
  );
  const encoded = flat.map((one, index) => encodePlaced(one, chosen[index], fileType, options));
  let next = 0;
  const parts = placed.map((group, index) => ({
    metadata: index === 0 ? metadata : new Map(),
    tensors: group.map(() => encoded[next++]).filter((tensor) => tensor !== undefined),
  }));
  return { parts, plan };
}

function withSelectedImatrix(options: QuantizeOptions): QuantizeOptions {
  const { imatrix, ...rest } = options;
  const selected = selectImatrix(imatrix, options.includeWeights, options.excludeWeights);
  return selected === undefined ? rest : { ...rest, imatrix: selected };
}

/** One tensor of the new file, checked as the reference checks it. */
function encodePlaced(
  { tensor, original }: Placed,
  chosen: ChosenType | undefined,
  fileType: FileType,
  options: QuantizeOptions,
): GgufTensor {
  const trimmed = { ...tensor, dimensions: shape(tensor) };
  const to = chosen?.to ?? tensor.type;
  const importance = importanceFor(
    trimmed,
    original,
    { to, eligible: chosen?.eligible === true },
    fileType,
    options.imatrix,
  );
  if (to === tensor.type) return finite(trimmed);
  checkSource(trimmed, options.allowRequantize === true);
  const { encoder, chunkWeights, signal } = options;
  return encodeTensor(trimmed, to, {
    encoder,
    importance,
    chunkWeights,
    signal,
  });
}

/** Trailing ones are not written by ggml. */
function shape(tensor: GgufTensor): readonly number[] {
  return tensor.dimensions.length === 0 ? [1] : tensor.dimensions.slice(0, rank(tensor));
}
