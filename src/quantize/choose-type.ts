import { SlipwayError } from '../core/index.js';
import { searcher } from '../files/index.js';
import { tensorType, type TensorInfo, type TensorType } from '../gguf/index.js';
import type { FileType } from './file-types.js';
import { Mix } from './mix.js';
import type { MixFacts } from './mix-facts.js';
import type { MixOptions } from './options.js';
import {
  isAttentionValue,
  isQuantized,
  mayBeQuantized,
  tensorCategory,
  type TensorCategory,
} from './tensor-category.js';

/** What a tensor becomes; `wanted` is what it would have become if its rows consisted of whole blocks. */
export interface ChosenType {
  readonly to: TensorType;
  readonly wanted?: TensorType;
  /** The mix and the options had a say: the tensor is not one of those that always stay. */
  readonly eligible: boolean;
  /** An option names the type: it is not the mix's choice. */
  readonly fixed?: true;
}

/** Where a type goes when rows do not consist of its blocks: to one with shorter blocks, as in llama.cpp. */
const FALLBACKS: Readonly<Partial<Record<TensorType, TensorType>>> = {
  IQ1_S: 'IQ4_NL',
  IQ1_M: 'IQ4_NL',
  IQ2_XXS: 'IQ4_NL',
  IQ2_XS: 'IQ4_NL',
  IQ2_S: 'IQ4_NL',
  IQ3_XXS: 'IQ4_NL',
  IQ3_S: 'IQ4_NL',
  IQ4_XS: 'IQ4_NL',
  Q2_0: 'Q4_0',
  Q2_K: 'Q4_0',
  Q3_K: 'Q4_0',
  TQ1_0: 'Q4_0',
  TQ2_0: 'Q4_0',
  Q4_K: 'Q5_0',
  Q5_K: 'Q5_1',
  Q6_K: 'Q8_0',
};

/**
 * The types of all tensors, in the order given, which must be the reference's order.
 * Throws `CONFIG_INVALID` for a regular expression that is none, `QUANT_SHAPE` when there is no fallback.
 */
export function chooseTypes(
  tensors: readonly TensorInfo[],
  fileType: FileType,
  facts: MixFacts,
  options: MixOptions,
): ChosenType[] {
  const standard = fileType.tensorType;
  if (standard === undefined) return tensors.map(({ type }) => ({ to: type, eligible: false }));
  const rules = (options.tensorTypes ?? []).map(([pattern, type]) => ({ matches: searcher(pattern), type }));
  const categories = tensors.map(({ name }) => tensorCategory(name));
  const mix = new Mix({
    fileType: fileType.name,
    standard,
    facts,
    hasImatrix: options.imatrix !== undefined,
    tied: !categories.includes('output'),
    attentionValues: categories.filter(isAttentionValue).length,
    outputTensorType: options.outputTensorType,
    tokenEmbeddingType: options.tokenEmbeddingType,
  });
  return tensors.map((tensor, index) => {
    const category = categories[index] ?? 'other';
    if (!mayBeQuantized(tensor, facts.architecture, options.leaveOutputTensor === true)) {
      return { to: tensor.type, eligible: false };
    }
    const assigned = options.assigned?.get(tensor.name);
    if (assigned !== undefined) return { to: assigned, eligible: true };
    const named = rules.find(({ matches }) => matches(tensor.name))?.type;
    const direct = directType(tensor, category, options, named !== undefined);
    if (direct !== undefined) return { to: direct, eligible: true, fixed: true };
    if (!isQuantized(standard)) return { to: standard, eligible: true };
    const wanted = named ?? (options.pure === true ? standard : mix.typeFor(tensor, category));
    const chosen = withFallback(tensor, wanted);
    return named === undefined ? chosen : { ...chosen, fixed: true };
  });
}

/** What the options for embeddings and output say; they go before everything else and know no fallback. */
function directType(
  tensor: TensorInfo,
  category: TensorCategory,
  options: MixOptions,
  named: boolean,
): TensorType | undefined {
  if (category === 'token embedding') {
    // The table of per-layer embeddings is large: a rule that names it wins.
    return tensor.name === 'per_layer_token_embd.weight' && named ? undefined : options.tokenEmbeddingType;
  }
  return category === 'output' ? options.outputTensorType : undefined;
}

function withFallback(tensor: TensorInfo, wanted: TensorType): ChosenType {
  const rowLength = tensor.dimensions[0] ?? 1;
  const { blockLength } = tensorType(wanted);
  if (rowLength % blockLength === 0) return { to: wanted, eligible: true };
  const shorter = FALLBACKS[wanted] ?? (blockLength <= 32 ? wanted : undefined);
  if (shorter === undefined) {
    throw new SlipwayError('QUANT_SHAPE', `tensor '${tensor.name}' cannot be stored as ${wanted}`, {
      where: tensor.name,
      got: `rows of ${rowLength} weights, ${wanted} has blocks of ${blockLength} and no replacement`,
      context: { rowLength, blockLength },
      try: `--tensor-type ${tensor.name}=Q8_0 or another type`,
    });
  }
  return { to: rowLength % tensorType(shorter).blockLength === 0 ? shorter : 'F16', wanted, eligible: true };
}
