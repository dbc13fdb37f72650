import type { Model, TensorRule } from './family.js';
import { narrow } from '../expressions/index.js';
import { divide, stackExperts } from './tensor-rules.js';

/** Experts named `model.layers.N.mlp.experts.M.{down,gate,up}_proj`, as most families name them. */
export function mlpExperts(model: Model, ...countKeys: readonly string[]): readonly TensorRule[] {
  const count = model.config.number(...countKeys);
  if (count === undefined) return [];
  return [
    stackExperts({
      marker: 'mlp.experts',
      count,
      parts: ['down_proj', 'gate_proj', 'up_proj'],
      source: (block, expert, part) => `model.layers.${block}.mlp.experts.${expert}.${part}.weight`,
      target: (block, part) => `model.layers.${block}.mlp.experts.${part}.weight`,
    }),
  ];
}

/** Experts named `block_sparse_moe.experts.M.w{1,2,3}`, as Mixtral names them. */
export function sparseExperts(
  model: Model,
  target: (block: number, part: string) => string,
  ...countKeys: readonly string[]
): readonly TensorRule[] {
  const count = model.config.number(...countKeys);
  if (count === undefined) return [];
  return [
    stackExperts({
      marker: 'block_sparse_moe.experts',
      count,
      parts: ['w1', 'w2', 'w3'],
      source: (block, expert, part) => `model.layers.${block}.block_sparse_moe.experts.${expert}.${part}.weight`,
      target,
    }),
  ];
}

/** A matrix whose upper half is the gate and whose lower half goes up, named by replacing `part`. */
export function gateAndUp(part: string, gate: string, up: string): TensorRule {
  return divide(part, (tensor) => {
    const half = Math.floor((tensor.shape.at(-2) ?? 0) / 2);
    return [
      [gate, narrow(tensor, -2, 0, half)],
      [up, narrow(tensor, -2, half, half)],
    ];
  });
}

/** Experts named `feed_forward.experts.M.w{1,2,3}`. */
export function sparseFeedForward(model: Model, ...countKeys: readonly string[]): readonly TensorRule[] {
  const count = model.config.number(...countKeys);
  if (count === undefined) return [];
  return [
    stackExperts({
      marker: 'feed_forward.experts',
      count,
      parts: ['w1', 'w2', 'w3'],
      source: (block, expert, part) => `model.layers.${block}.feed_forward.experts.${expert}.${part}.weight`,
      target: (block, part) => `layers.${block}.feed_forward.experts.${part}.weight`,
    }),
  ];
}
