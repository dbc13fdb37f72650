import { concat, mapValues, narrow, permuteAxes, reshape, stack, type TensorExpression } from '../expressions/index.js';
import { blockOf } from '../names/name-map.js';
import type { TensorRule } from './family.js';

/** What becomes of RWKV's tensors: names, vectors of interpolation that are stacked, pairs of low rank. */

/** Five parts side by side, whose order is r, k, v, w, g here and w, k, v, r, g in RWKV 6. */
export function reordered(tensor: TensorExpression): TensorExpression {
  const parts = reshape(tensor, [5, -1, ...tensor.shape.slice(tensor.shape.length - 1)]);
  const sorted = [3, 1, 2, 0, 4].map((index) => narrow(parts, 0, index, 1));
  return reshape(concat(sorted), tensor.shape);
}

/** Names without the ending that all tensors of a GGUF have. */
export function withEnding(name: string): string {
  return /\.(?:weight|bias)$/.test(name) ? name : `${name}.weight`;
}

/** The names of RWKV's authors for those of flash-linear-attention. */
export function authorsName(name: string): string {
  return name
    .replaceAll('blocks', 'layers')
    .replaceAll('ffn', 'feed_forward')
    .replaceAll('self_attn', 'attention')
    .replaceAll('attn', 'attention')
    .replaceAll('time_mixer.', '')
    .replaceAll('feed_forward_norm', 'ln2')
    .replaceAll('g_norm', 'ln_x');
}

export function squeezeAll(tensor: TensorExpression): TensorExpression {
  return reshape(
    tensor,
    tensor.shape.filter((dimension) => dimension !== 1),
  );
}

/** Halved once for every so many blocks, so that sixteen bits do not overflow. */
export function rescaled(tensor: TensorExpression, block: number, every: number): TensorExpression {
  const divisor = every > 0 ? 2 ** Math.floor(block / every) : 1;
  return every > 0 ? mapValues(tensor, (value) => value / divisor) : tensor;
}

/** Collects a block's vectors of interpolation and stacks them when the last one has been seen. */
export function fuse(
  parts: readonly string[],
  pattern: RegExp,
  shape: (tensor: TensorExpression) => TensorExpression,
): TensorRule {
  const blocks = new Map<number, Map<string, TensorExpression>>();
  return {
    takes: (name) => pattern.test(name),
    apply: ({ name, tensor }) => {
      const [block, part] = [blockOf(name) ?? 0, pattern.exec(name)?.[1] ?? ''];
      const seen = (blocks.get(block) ?? new Map<string, TensorExpression>()).set(part, shape(tensor));
      blocks.set(block, seen);
      const found = parts.flatMap((wanted) => seen.get(wanted) ?? []);
      if (found.length < parts.length) return [];
      blocks.delete(block);
      return [{ name: `blk.${block}.time_mix_lerp_fused.weight`, tensor: stack(found), final: true }];
    },
    left: () => [...blocks].flatMap(([block, seen]) => [...seen.keys()].map((part) => `block ${block}: ${part}`)),
  };
}

/** Vectors that a checkpoint has stacked already. */
export function fused(count: number): TensorRule {
  return {
    takes: (name) => name.endsWith('.attention.x_x.weight'),
    apply: ({ name, tensor }) => {
      const stacked = reshape(tensor, [count, 1, 1, -1]);
      return [{ name: `blk.${blockOf(name) ?? 0}.time_mix_lerp_fused.weight`, tensor: stacked, final: true }];
    },
  };
}

/** Pairs of low rank: those of flash-linear-attention lie as ggml wants them, the authors' the other way round. */
export function lowRank(): TensorRule {
  const foreign = /_lora\.lora\.(?:0\.weight|2\.weight|2\.bias)$/;
  const own = /\.attention\.[wavg][12]\.weight$/;
  const ending = (match: string): string => {
    if (match.endsWith('bias')) return '0.weight';
    return match.includes('.0.') ? '1.weight' : '2.weight';
  };
  return {
    takes: (name) => foreign.test(name) || own.test(name),
    apply: ({ name, tensor }) => [
      own.test(name)
        ? { name, tensor: permuteAxes(squeezeAll(tensor), [1, 0]) }
        : { name: name.replace(foreign, ending), tensor },
    ],
  };
}

/** Everything without dimensions of length one. The first block mixes no values: it gets those of the rates instead. */
export function vectors(name: string, tensor: TensorExpression): ReturnType<TensorRule['apply']> {
  const flat = name.includes('.r_k.') ? reshape(tensor, [-1]) : squeezeAll(tensor);
  const rate = /\.layers\.0\.attention\.a[012]\.weight$/.test(name);
  const named = { name, tensor: flat, settled: true };
  return rate ? [{ ...named, name: name.replace('.attention.a', '.attention.v') }, named] : [named];
}
