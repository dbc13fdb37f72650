import { SlipwayError } from '../../core/index.js';
import { product, readValues, fromWeights } from '../expressions/index.js';
import type { Weights, WeightTensor } from '../../safetensors/index.js';
import type { FinishedTensor, Model } from './family.js';

/** No vocabulary has as many tokens. */
const LIMIT = 2 ** 24;

/**
 * Which tokens of its target the tokens of a draft are, when it has fewer. The checkpoint says how far each of them is
 * moved. Throws `MODEL_INVALID` for tokens that the target does not have, or has once only.
 */
export async function draftTokens(
  { tensors }: Weights,
  targetSize: number,
  signal: AbortSignal | undefined,
): Promise<readonly number[] | undefined> {
  const tensor = tensors.get('d2t') ?? tensors.get('model.d2t');
  if (tensor === undefined) return undefined;
  if (product(tensor.shape) > LIMIT) throw invalid(tensor, `${product(tensor.shape)} tokens, limit ${LIMIT}`);
  const moved = await readValues(fromWeights(tensor), signal);
  const tokens = Array.from(moved, (distance, index) => distance + index);
  const outside = tokens.find((token) => token < 0 || token >= targetSize);
  if (outside !== undefined) throw invalid(tensor, `token ${outside}, the target has ${targetSize}`);
  if (new Set(tokens).size !== tokens.length) throw invalid(tensor, 'a token twice');
  return tokens;
}

function invalid({ name }: WeightTensor, got: string): SlipwayError {
  return new SlipwayError('MODEL_INVALID', "the draft's tokens are no tokens of its target", {
    where: name,
    got,
    try: 'check that --target-model-dir is the model that the draft was trained for',
  });
}

/** The table, as whole numbers of 64 bits; written behind all other tensors. */
export function* draftTable({ gathered: { draftTokens: tokens } }: Model): Iterable<FinishedTensor> {
  if (tokens === undefined) return;
  const bytes = new Uint8Array(BigInt64Array.from(tokens, BigInt).buffer);
  yield {
    name: 'd2t',
    type: 'I64',
    shape: [tokens.length],
    sources: [],
    async *read(range) {
      if (range.end > range.start) yield bytes.slice(range.start, range.end);
    },
  };
}
