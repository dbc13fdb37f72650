import { SlipwayError } from '../core/index.js';
import { concat, type TensorExpression } from './expressions/index.js';
import { blockOf, type NameMap } from './names/name-map.js';

/** Which tensors a conversion joins (`--fuse-qkv`, `--fuse-gate-up-exps`). */
export interface FuseOptions {
  /** One `attn_qkv` instead of `attn_q`, `attn_k` and `attn_v`, where the architecture has it. */
  readonly fuseQkv?: boolean | undefined;
  /** One `ffn_gate_up_exps` instead of `ffn_gate_exps` and `ffn_up_exps`. */
  readonly fuseGateUpExps?: boolean | undefined;
}

/** A tensor under its GGUF name. */
export interface FusedTensor {
  readonly name: string;
  readonly tensor: TensorExpression;
}

/** Joins tensors as they come. */
export interface Fuser {
  /** What to write now: nothing for a part whose siblings have not been seen. */
  readonly apply: (tensor: FusedTensor) => readonly FusedTensor[];
  /** Names of the parts whose siblings never came. */
  readonly left: () => readonly string[];
}

const QKV = ['attn_q', 'attn_k', 'attn_v'];
const QKV_PART = /^blk\.\d+\.(attn_[qkv])\.(weight|bias)$/;
const EXPERT_PART = /^blk\.\d+\.ffn_(?:gate|up)_exps\.weight$/;
const NOTHING: ReadonlySet<string> = new Set();

/**
 * As `ModelBase.modify_tensors` of llama.cpp's converter does: the joined tensor stands where the last part would have.
 * `apply` throws `ARCH_UNSUPPORTED` for experts in an architecture that cannot have them joined.
 * @param sources checkpoint names of all tensors
 */
export function createFuser(options: FuseOptions, sources: Iterable<string>, names: NameMap): Fuser {
  const fusable = options.fuseQkv === true && names.has('blk.{}.attn_qkv') ? fusableQkv(sources, names) : NOTHING;
  const waiting = new Map<string, Map<string, TensorExpression>>();
  const join = (fused: string, { name, tensor }: FusedTensor, parts: readonly string[], axis: number) => {
    const seen = (waiting.get(fused) ?? new Map<string, TensorExpression>()).set(name, tensor);
    waiting.set(fused, seen);
    const found = parts.flatMap((part) => seen.get(part) ?? []);
    if (found.length < parts.length) return [];
    waiting.delete(fused);
    return [{ name: fused, tensor: concat(found, axis) }];
  };
  return {
    apply: (named) => {
      const block = `blk.${blockOf(named.name) ?? 0}`;
      if (options.fuseGateUpExps === true && EXPERT_PART.test(named.name)) {
        if (!names.has('blk.{}.ffn_gate_up_exps')) throw notJoined(named.name);
        const parts = ['gate', 'up'].map((part) => `${block}.ffn_${part}_exps.weight`);
        return join(`${block}.ffn_gate_up_exps.weight`, named, parts, 1);
      }
      if (!fusable.has(named.name)) return [named];
      const suffix = QKV_PART.exec(named.name)?.[2] ?? 'weight';
      const parts = QKV.map((part) => `${block}.${part}.${suffix}`);
      return join(`${block}.attn_qkv.${suffix}`, named, parts, 0);
    },
    left: () => [...waiting.values()].flatMap((seen) => [...seen.keys()]),
  };
}

/** Projections whose block has all three of them, with all biases or none. */
function fusableQkv(sources: Iterable<string>, names: NameMap): ReadonlySet<string> {
  const mapped = new Set([...sources].map((source) => names.map(source)));
  const result = new Set<string>();
  for (const name of mapped) {
    const block = name === undefined || !QKV_PART.test(name) ? undefined : `blk.${blockOf(name) ?? 0}`;
    const weights = QKV.map((part) => `${block}.${part}.weight`);
    const biases = QKV.map((part) => `${block}.${part}.bias`);
    const biasCount = biases.filter((bias) => mapped.has(bias)).length;
    if (block === undefined || !weights.every((weight) => mapped.has(weight)) || biasCount % QKV.length !== 0) continue;
    for (const part of biasCount === 0 ? weights : [...weights, ...biases]) result.add(part);
  }
  return result;
}

function notJoined(name: string): SlipwayError {
  return new SlipwayError('ARCH_UNSUPPORTED', 'this architecture has no joined gate and up experts', {
    where: name,
    try: 'convert without fusing them',
  });
}
