import type { TensorRule } from '../architectures/family.js';
import { reshape, zipValues, type TensorExpression } from '../expressions/index.js';
import { blockOf } from '../names/name-map.js';
import { behind, changing } from './tensor-rules.js';

/** What a normalization over batches adds to the variance. */
const EPSILON = Math.fround(1e-5);

/**
 * Folds a normalization over batches into one factor and one summand a channel. The square root is the nearest one;
 * MKL's, which the reference gets from torch, misses it once in five times by its last bit.
 * @param parts how many tensors a block has
 * @param prefix the name of the norm in a block
 */
export function foldedBatchNorms(parts: number, prefix: (block: number) => string): TensorRule {
  const blocks = new Map<number, Map<string, TensorExpression>>();
  return {
    takes: (name) => name.includes('batch_norm'),
    apply: ({ name, tensor }) => {
      const block = blockOf(name) ?? 0;
      const seen = (blocks.get(block) ?? new Map<string, TensorExpression>()).set(name, tensor);
      blocks.set(block, seen);
      if (seen.size < parts) return [];
      const [weight, bias, mean, variance] = ['weight', 'bias', 'running_mean', 'running_var'].map((part) =>
        seen.get(`${prefix(block)}.${part}`),
      );
      if (weight === undefined || bias === undefined || mean === undefined || variance === undefined) return [];
      const factor = zipValues([weight, variance], ([w = 0, v = 0], round) =>
        round(w / round(Math.sqrt(round(v + EPSILON)))),
      );
      const summand = zipValues([bias, mean, factor], ([b = 0, m = 0, a = 0], round) => round(b - round(m * a)));
      return [
        { name: `${prefix(block)}.weight`, tensor: factor, settled: true },
        { name: `${prefix(block)}.bias`, tensor: summand, settled: true },
      ];
    },
  };
}

const SOUND = ['audio', 'codebook', 'conformer', 'depth_embedding', 'depthformer', 'depth_linear'];

/** True for a tensor of a conformer and what stands around it. */
export function isSound(name: string): boolean {
  return SOUND.some((part) => name.includes(part));
}

/** True for the weights of convolutions, and all else that is named like one. */
export function isConvolution(name: string): boolean {
  return name.includes('.conv') || (name.includes('_conv') && name.includes('.weight'));
}

/** Convolutions over single points are matrices. */
export function conformerRules(): readonly TensorRule[] {
  return [
    foldedBatchNorms(5, (block) => `conformer.layers.${block}.conv.batch_norm`),
    changing(
      (name) => name.startsWith('conformer.pre_encode.conv.') && name.endsWith('.bias'),
      (tensor) => behind(tensor, 2),
    ),
    changing(
      (name) => name.includes('conv.depthwise_conv') && name.endsWith('.weight'),
      (tensor) => reshape(tensor, [tensor.shape[0] ?? 0, tensor.shape[2] ?? 0]),
    ),
    changing(
      (name) => name.includes('conv.pointwise_conv') && name.endsWith('.weight'),
      (tensor) => reshape(tensor, [tensor.shape[0] ?? 0, tensor.shape[1] ?? 0]),
    ),
  ];
}
