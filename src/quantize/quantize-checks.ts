import { SlipwayError } from '../core/index.js';
import { tensorType, type GgufTensor, type TensorType } from '../gguf/index.js';
import type { FileType } from './file-types.js';
import type { Imatrix } from './imatrix.js';
import type { Placed } from './prune-layers.js';
import type { QuantizePlan } from './quantize-plan.js';
import { isQuantized, isTokenEmbedding } from './tensor-category.js';

/** Above this share of the weights a replaced type is an error unless it was allowed. */
const TOLERATED_SHARE = 0.05;

/** Types that llama-quantize refuses without an importance matrix, embeddings and output excepted. */
const NEEDS_IMATRIX: ReadonlySet<TensorType> = new Set(['IQ3_XXS', 'IQ2_XXS', 'IQ2_XS', 'IQ2_S', 'IQ1_M', 'IQ1_S']);
/** Types that ggml cannot encode without one at all. */
const CANNOT_DO_WITHOUT: ReadonlySet<TensorType> = new Set(['IQ2_XXS', 'IQ2_XS', 'IQ1_S']);

/** Types whose weights can be widened to F32. */
const WIDENABLE: ReadonlySet<TensorType> = new Set(['F32', 'F16', 'BF16']);

/**
 * The importance of a tensor's columns, if there is any. Throws `IMATRIX_REQUIRED` where the reference refuses to go on
 * without, `IMATRIX_INVALID` when it belongs to a tensor of another shape.
 */
export function importanceFor(
  tensor: GgufTensor,
  original: string,
  { to, eligible }: { readonly to: TensorType; readonly eligible: boolean },
  fileType: FileType,
  imatrix: Imatrix | undefined,
): Float32Array | undefined {
  const changes = to !== tensor.type;
  const found = changes ? fitting(tensor, imatrix?.entries.get(original)) : undefined;
  const asked = eligible && needsImatrix(tensor.name, to, fileType);
  const missing = imatrix === undefined ? asked : changes && asked && found === undefined;
  if (missing || (changes && found === undefined && CANNOT_DO_WITHOUT.has(to))) {
    throw imatrixRequired(tensor.name, to, fileType, imatrix);
  }
  return found;
}

function needsImatrix(name: string, to: TensorType, fileType: FileType): boolean {
  if (isTokenEmbedding(name) || name === 'output.weight') return false;
  return NEEDS_IMATRIX.has(to) || (to === 'Q2_K' && fileType.name === 'Q2_K_S');
}

function fitting(tensor: GgufTensor, importance: Float32Array | undefined): Float32Array | undefined {
  const expected = (tensor.dimensions[0] ?? 1) * (tensor.dimensions[2] ?? 1);
  if (importance === undefined || importance.length === expected) return importance;
  // Embeddings are looked up, not multiplied: what is recorded for them never fits, and never counts.
  if (isTokenEmbedding(tensor.name)) return undefined;
  throw new SlipwayError('IMATRIX_INVALID', `the importance matrix does not fit tensor '${tensor.name}'`, {
    where: tensor.name,
    got: `${importance.length} values, expected ${expected}`,
    context: { tensor: tensor.name, expected, actual: importance.length },
    try: 'compute the importance matrix with this model',
  });
}

function imatrixRequired(name: string, to: TensorType, fileType: FileType, imatrix: Imatrix | undefined): SlipwayError {
  const hasImatrix = imatrix !== undefined;
  return new SlipwayError(
    'IMATRIX_REQUIRED',
    hasImatrix
      ? `the importance matrix says nothing about '${name}', which ${to} needs`
      : `${fileType.name} cannot do without an importance matrix`,
    {
      where: hasImatrix ? `'${imatrix.path}', tensor '${name}'` : `tensor '${name}' as ${to}`,
      got: hasImatrix ? `${imatrix.entries.size} entries, none of them for this tensor` : 'no importance matrix',
      context: { tensor: name, type: to, fileType: fileType.name },
      try: ['--imatrix imatrix.gguf, made by llama-imatrix from this model', 'Q2_K or IQ3_S, which need none'],
    },
  );
}

/** Refuses sources whose weights cannot be had, and those that are quantized already unless that is allowed. */
export function checkSource(tensor: GgufTensor, allowRequantize: boolean): void {
  if (isQuantized(tensor.type)) {
    if (allowRequantize) return;
    throw new SlipwayError('REQUANTIZE_REFUSED', `tensor '${tensor.name}' is quantized already`, {
      where: tensor.name,
      got: tensor.type,
      context: { tensor: tensor.name, type: tensor.type },
      try: ['start from the model in 16 or 32 bits', '--allow-requantize, at a loss of quality'],
    });
  }
  if (WIDENABLE.has(tensor.type)) return;
  throw new SlipwayError('QUANT_UNSUPPORTED', `tensor '${tensor.name}' holds no floating-point weights`, {
    where: tensor.name,
    got: tensor.type,
    context: { tensor: tensor.name, type: tensor.type },
  });
}

/** Throws `QUANT_FALLBACK` when too many weights would get another type than was asked for. */
export function checkFallbacks(plan: QuantizePlan, placed: readonly Placed[], policy: 'error' | 'allow'): void {
  if (policy === 'allow' || plan.fallbackShare <= TOLERATED_SHARE) return;
  const replaced = plan.tensors.filter(({ fallback }) => fallback !== undefined);
  const weights = plan.tensors.reduce((sum, tensor) => sum + tensor.weights, 0);
  const wantedBits = plan.tensors.reduce((sum, { fallback, size, weights: count }) => {
    return sum + (fallback === undefined ? size * 8 : count * bitsOf(fallback));
  }, 0);
  const wanted = wantedBits / weights;
  const more = Math.round((plan.bitsPerWeight / wanted - 1) * 100);
  const lengths = rowLengths(placed, replaced);
  const { fileType, bitsPerWeight, fallbackShare } = plan;
  throw new SlipwayError(
    'QUANT_FALLBACK',
    `${fileType.name} would be replaced for ${(fallbackShare * 100).toFixed(1)} % of the weights`,
    {
      where: `${replaced.length} of ${plan.tensors.length} tensors with rows of ${lengths}: ${patterns(replaced)}`,
      got: `${bitsPerWeight.toFixed(2)} bits per weight instead of ${wanted.toFixed(2)} (${more < 0 ? '' : '+'}${more} %)`,
      context: { share: fallbackShare, bitsPerWeight, wanted, tensors: replaced.map(({ name }) => name) },
      kept: 'nothing was written',
      try: ['a type whose blocks of 32 fit: Q5_0, Q4_0, Q8_0 or IQ4_NL', '--fallback allow'],
    },
  );
}

function bitsOf(type: TensorType): number {
  const { blockLength, blockSize } = tensorType(type);
  return (blockSize * 8) / blockLength;
}

function rowLengths(placed: readonly Placed[], replaced: readonly { readonly name: string }[]): string {
  const names = new Set(replaced.map(({ name }) => name));
  const lengths = new Set(
    placed.filter(({ tensor }) => names.has(tensor.name)).map(({ tensor }) => tensor.dimensions[0]),
  );
  return shortened([...lengths].map(String));
}

/** Names with their layer numbers replaced by a star, each once. */
function patterns(tensors: readonly { readonly name: string }[]): string {
  return shortened([...new Set(tensors.map(({ name }) => name.replace(/\.\d+\./, '.*.')))]);
}

function shortened(items: readonly string[]): string {
  return items.length <= 3 ? items.join(', ') : `${items.slice(0, 3).join(', ')}, …`;
}
