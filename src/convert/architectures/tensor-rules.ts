import { mapValues, regroup, reshape, stack, type TensorExpression, wrongShape } from '../expressions/index.js';
import { blockOf } from '../names/name-map.js';
import type { NamedTensor, TensorRule } from './family.js';

/** Changes the data of the tensors whose names end so. */
export function change(
  endings: readonly string[],
  expression: (tensor: TensorExpression, name: string) => TensorExpression,
): TensorRule {
  return {
    takes: (name) => endings.some((ending) => name.endsWith(ending)),
    apply: ({ name, tensor }) => [{ name, tensor: expression(tensor, name) }],
  };
}

/** Drops the tensors whose names end so. */
export function drop(...endings: readonly string[]): TensorRule {
  return { takes: (name) => endings.some((ending) => name.endsWith(ending)), apply: () => [] };
}

/** Cuts a tensor into several, named by replacing a part of its name. */
export function divide(
  part: string,
  expressions: (tensor: TensorExpression) => readonly (readonly [part: string, tensor: TensorExpression])[],
): TensorRule {
  return {
    takes: (name) => name.includes(part),
    apply: ({ name, tensor }) =>
      expressions(tensor).map(([replacement, piece]) => ({ name: name.replace(part, replacement), tensor: piece })),
  };
}

/**
 * Rows of a projection from the order in which transformers rotates them (halves of a head) to the order in which ggml
 * does (neighbours): within each head, row `i` of the first half is followed by row `i` of the second.
 */
export function interleaveHeads(tensor: TensorExpression, heads: number): TensorExpression {
  const [rows = 0, ...rest] = tensor.shape;
  if (heads < 1 || rows % (2 * heads) !== 0) throw wrongShape(tensor, `has no ${heads} heads of even length`);
  const axes = [0, 2, 1, ...rest.map((_, index) => index + 3)];
  return regroup(tensor, [heads, 2, rows / heads / 2, ...rest], axes);
}

/** Adds one to every value: for norms that store the difference from one. */
export function addOne(tensor: TensorExpression): TensorExpression {
  return mapValues(tensor, (value) => value + 1);
}

/** Drops dimensions of length one at the given position. */
export function squeeze(tensor: TensorExpression, axis: number): TensorExpression {
  if (tensor.shape.at(axis) !== 1) throw wrongShape(tensor, `has no dimension of length 1 at ${axis}`);
  return reshape(tensor, tensor.shape.toSpliced(axis, 1));
}

/** What {@link stackExperts} looks for. */
export interface ExpertLayout {
  /** What all of an expert's tensors contain: `block_sparse_moe.experts`. */
  readonly marker: string;
  readonly count: number;
  /** Names of an expert's matrices, in the order in which the stacks are written. */
  readonly parts: readonly string[];
  /** The name of one expert's matrix. */
  readonly source: (block: number, expert: number, part: string) => string;
  /** The name of the stack. */
  readonly target: (block: number, part: string) => string;
}

/** Collects a block's experts and stacks each of their matrices when the last one has been seen. */
export function stackExperts(layout: ExpertLayout): TensorRule {
  const blocks = new Map<number, Map<string, TensorExpression>>();
  return {
    takes: (name) => name.includes(layout.marker),
    apply: ({ name, tensor }) => {
      const block = blockOf(name) ?? 0;
      const seen = blocks.get(block) ?? new Map<string, TensorExpression>();
      blocks.set(block, seen.set(name, tensor));
      if (seen.size < layout.count * layout.parts.length) return [];
      blocks.delete(block);
      return layout.parts.map((part) => stackOf(layout, block, part, seen));
    },
    left: () => [...blocks.values()].flatMap((seen) => [...seen.keys()]),
  };
}

function stackOf(
  { count, source, target }: ExpertLayout,
  block: number,
  part: string,
  seen: ReadonlyMap<string, TensorExpression>,
): NamedTensor {
  const experts = Array.from({ length: count }, (_, expert) => {
    const tensor = seen.get(source(block, expert, part));
    if (tensor === undefined) throw wrongShape({ shape: [count] }, `lacks '${source(block, expert, part)}'`);
    return tensor;
  });
  return { name: target(block, part), tensor: stack(experts) };
}
