import { concat, factorsOf, narrow, productOf, regroup, reshape, type TensorExpression } from '../expressions/index.js';
import type { Model, Nvfp4Rules, TensorRule } from './family.js';

/**
 * Value heads from the order of the checkpoint (all heads of one key head together) to one that repeats all key heads,
 * so that ggml can broadcast keys over them.
 */
export function tiledValueHeads(model: Model): TensorRule {
  const { tile, tileBehind, length, isTiled } = valueHeadTiles(model);
  return {
    takes: (name) => isTiled && name.includes('linear_attn.'),
    apply: ({ name, tensor }) => {
      if (name.includes('.in_proj_qkv.')) return [{ name, tensor: tileBehind(tensor) }];
      if (name.includes('.in_proj_z.')) return [{ name, tensor: tile(tensor, 0, length) }];
      if (/\.in_proj_[ab]\./.test(name)) return [{ name, tensor: tile(tensor, 0, 1) }];
      if (/\.A_log|\.dt_bias|\.dt_proj/.test(name)) return [{ name, tensor: tile(tensor, tensor.shape.length - 1, 1) }];
      if (name.includes('.conv1d')) {
        const flat = reshape(
          tensor,
          tensor.shape.filter((dimension) => dimension !== 1),
        );
        return [{ name, tensor: tileBehind(flat) }];
      }
      if (name.includes('.out_proj.')) return [{ name, tensor: tile(tensor, 1, length) }];
      return [{ name, tensor }];
    },
  };
}

/** The same for matrices in NVFP4, whose columns move in blocks of 16. */
export function tiledValueBlocks(model: Model): Nvfp4Rules {
  const { tile, tileBehind, length, isTiled } = valueHeadTiles(model);
  return {
    move: (name, blocks) => {
      const part = isTiled ? /\.linear_attn\.([a-z_]+)\.weight$/.exec(name)?.[1] : undefined;
      if (part === 'in_proj_qkv') return tileBehind(blocks);
      if (part === 'in_proj_z') return tile(blocks, 0, length);
      if (part === 'in_proj_a' || part === 'in_proj_b') return tile(blocks, 0, 1);
      return part === 'out_proj' ? tile(blocks, 1, length / 16) : blocks;
    },
  };
}

interface ValueHeadTiles {
  /** True when value heads move at all. */
  readonly isTiled: boolean;
  /** Length of a value head. */
  readonly length: number;
  /** Moves the heads along an axis, `unit` positions each. */
  readonly tile: (tensor: TensorExpression, axis: number, unit: number) => TensorExpression;
  /** Moves the heads' rows behind those of queries and keys. */
  readonly tileBehind: (tensor: TensorExpression) => TensorExpression;
}

function valueHeadTiles({ config }: Model): ValueHeadTiles {
  const keyHeads = config.number('linear_num_key_heads') ?? 0;
  const valueHeads = config.number('linear_num_value_heads') ?? 0;
  const length = config.number('linear_value_head_dim') ?? 1;
  const before = 2 * keyHeads * (config.number('linear_key_head_dim') ?? 0);
  const tile = (tensor: TensorExpression, axis: number, unit: number): TensorExpression => {
    const factors = factorsOf(tensor);
    // Of an adapter's two factors one has the columns, the other the rows.
    if (factors !== undefined) {
      const { a, b } = factors;
      return productOf(axis === 0 ? { a, b: tile(b, 0, unit) } : { a: tile(a, 1, unit), b });
    }
    const view = tensor.shape.toSpliced(axis, 1, keyHeads, valueHeads / keyHeads, unit);
    const axes = view
      .map((_, index) => index)
      .with(axis, axis + 1)
      .with(axis + 1, axis);
    return regroup(tensor, view, axes);
  };
  return {
    isTiled: keyHeads > 0 && valueHeads > 0 && keyHeads !== valueHeads,
    length,
    tile,
    tileBehind: (tensor) => {
      const rest = (tensor.shape[0] ?? 0) - before;
      return concat([narrow(tensor, 0, 0, before), tile(narrow(tensor, 0, before, rest), 0, length)]);
    },
  };
}
