import { concat, narrow, reshape, splitAxis, zeros, type TensorExpression } from '../expressions/index.js';
import { ggufBlock } from '../names/name-map.js';
import { SlipwayError } from '../../core/index.js';
import type { Family, Model, NamedTensor, TensorRule } from './family.js';
import { float, integers, uint, when } from './keys.js';
import { graniteMoe } from './granite.js';
import { interleaveHeads } from './tensor-rules.js';

/** What a projection of a block is called in both formats, and the parts that lie in one matrix. */
const PROJECTIONS: ReadonlyMap<string, readonly string[]> = new Map([
  ['self_attn.qkv_proj', ['attn_q', 'attn_k', 'attn_v']],
  ['self_attn.o_proj', ['attn_output']],
  ['shared_mlp.input_linear', ['ffn_gate', 'ffn_up']],
  ['shared_mlp.output_linear', ['ffn_down']],
]);

const PLAIN: ReadonlyMap<string, string> = new Map([
  ['embed_tokens.weight', 'token_embd.weight'],
  ['norm.weight', 'output_norm.weight'],
]);

/** Granite Switch: dense, with adapters inside that single tokens turn on. The switch itself has a layer and no weights. */
export const graniteSwitch: Family = {
  ...graniteMoe,
  names: ['GraniteSwitchForCausalLM'],
  needs: ['adapter_token_ids', 'adapter_substitute_token_ids'],
  gguf: 'graniteswitch',
  ownAdapters: true,
  blockCount: (config) => config.count('n_layers', 'num_hidden_layers') - 1,
  keys: [
    ...graniteMoe.keys,
    when(
      ({ config }) => !config.number('num_local_experts'),
      uint('expert_used_count', () => 0),
    ),
    uint('adapters.count', ({ config }) => config.count('num_adapters')),
    uint('adapters.lora_rank', ({ config }) => config.count('max_lora_rank')),
    ({ config }) => [tokens('adapters.token_ids_activate', config.numbers('adapter_token_ids'))],
    ({ config }) => [tokens('adapters.token_ids_substitute', config.numbers('adapter_substitute_token_ids'))],
    float('adapters.router_gain', ({ config }) => config.number('control_token_gain') ?? 15),
  ],
  rename: (name) =>
    /^(?:model\.)?switch\./.test(name) ||
    /(?:^|\.)(?:adapter_token_ids|control_to_substitute_lut)$/.test(name) ||
    name === 'lm_head.weight'
      ? undefined
      : name,
  tensors: (model) => [...[...PROJECTIONS].map(([name, parts]) => projection(model, name, parts)), plainTensors()],
};

function tokens(name: string, ids: readonly number[] | undefined): readonly [string, ReturnType<typeof integers>] {
  return [name, integers(name, ids ?? [])];
}

function projection(model: Model, source: string, parts: readonly string[]): TensorRule {
  return {
    takes: (name) => name.includes(`.${source}.`),
    apply: ({ name, tensor }) => {
      const block = ggufBlock(name);
      if (name.endsWith('base_layer.weight')) return baseParts(model, tensor, parts, block);
      const [, kind, slot] = /\.lora_([AB])(?:_slices\.(\d))?$/.exec(name) ?? [];
      const part = parts[Number(slot ?? 0)];
      if (kind === undefined || part === undefined) throw unexpected(name);
      const adapters = squeezed(tensor);
      const turned = kind === 'B' ? eachAdapter(adapters, (adapter) => rotated(model, part, adapter)) : adapters;
      return [{ name: `${block}.${part}.lora_${kind.toLowerCase()}`, tensor: withEmptyAdapter(turned), final: true }];
    },
  };
}

function baseParts(model: Model, tensor: TensorExpression, parts: readonly string[], block: string): NamedTensor[] {
  if (parts.length === 3) {
    const { heads, keyHeads, length } = attention(model);
    const pieces = splitAxis(tensor, 0, [heads * length, keyHeads * length, keyHeads * length]);
    const turned = pieces.map((piece, index) => rotated(model, parts[index] ?? '', piece));
    return [{ name: `${block}.attn_qkv.weight`, tensor: concat(turned), final: true }];
  }
  const width = parts.length === 2 ? model.config.count('shared_intermediate_size') : (tensor.shape[0] ?? 0);
  const pieces = splitAxis(
    tensor,
    0,
    parts.map(() => width),
  );
  return pieces.map((piece, index) => ({ name: `${block}.${parts[index] ?? ''}.weight`, tensor: piece, final: true }));
}

function attention({ config }: Model): { readonly heads: number; readonly keyHeads: number; readonly length: number } {
  const heads = config.count('num_attention_heads');
  const length =
    config.number('projection_head_dim') ||
    config.number('head_dim') ||
    Math.floor(config.count('hidden_size') / heads);
  return { heads, keyHeads: config.count('num_key_value_heads'), length };
}

/** Rows of queries and keys in the order in which ggml rotates them; others as they are. */
function rotated(model: Model, part: string, tensor: TensorExpression): TensorExpression {
  const { heads, keyHeads } = attention(model);
  if (part === 'attn_q') return interleaveHeads(tensor, heads);
  return part === 'attn_k' ? interleaveHeads(tensor, keyHeads) : tensor;
}

/** `[adapters, 1, rows, columns]` without the dimension of one. */
function squeezed(tensor: TensorExpression): TensorExpression {
  return tensor.shape[1] === 1 ? reshape(tensor, tensor.shape.toSpliced(1, 1)) : tensor;
}

function eachAdapter(
  adapters: TensorExpression,
  change: (adapter: TensorExpression) => TensorExpression,
): TensorExpression {
  const [count = 0, ...shape] = adapters.shape;
  const changed = Array.from({ length: count }, (_, index) =>
    reshape(change(reshape(narrow(adapters, 0, index, 1), shape)), [1, ...shape]),
  );
  return concat(changed);
}

/** An adapter of zeros in front: the one of tokens that turn none on. */
function withEmptyAdapter(adapters: TensorExpression): TensorExpression {
  return concat([zeros(adapters.dtype, [1, ...adapters.shape.slice(1)]), adapters]);
}

function plainTensors(): TensorRule {
  return {
    takes: () => true,
    apply: ({ name, tensor }) => {
      const plain = PLAIN.get(name.replace(/^model\./, ''));
      if (plain !== undefined) return [{ name: plain, tensor, final: true }];
      const norm = /\.layers\.\d+\.(input|post_attention)_layernorm/.exec(name)?.[1];
      if (norm === undefined) throw unexpected(name);
      const part = norm === 'input' ? 'attn_norm' : 'ffn_norm';
      return [{ name: `${ggufBlock(name)}.${part}.weight`, tensor, final: true }];
    },
  };
}

function unexpected(name: string): SlipwayError {
  return new SlipwayError('MODEL_INVALID', `a Granite Switch has no tensor '${name.slice(0, 100)}'`, { where: name });
}
