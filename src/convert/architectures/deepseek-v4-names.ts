import { ggufBlock } from '../names/name-map.js';
import type { TensorRule } from './family.js';

/** Names of tensors outside of layers, and what a GGUF calls them. */
export const ROOT_NAMES: ReadonlyMap<string, string> = new Map([
  ['embed.weight', 'token_embd.weight'],
  ['norm.weight', 'output_norm.weight'],
  ['head.weight', 'output.weight'],
  ['hc_head_fn', 'output_hc_fn.weight'],
  ['hc_head_base', 'output_hc_base.weight'],
  ['hc_head_scale', 'output_hc_scale.weight'],
]);

/** Names of a layer's tensors, and what a GGUF calls them. */
const LAYER_NAMES: ReadonlyMap<string, string> = new Map([
  ...['hc_attn_fn', 'hc_attn_base', 'hc_attn_scale', 'hc_ffn_fn', 'hc_ffn_base', 'hc_ffn_scale'].map(
    (name) => [name, `${name}.weight`] as const,
  ),
  ['attn.attn_sink', 'attn_sinks.weight'],
  ['attn.wq_a.weight', 'attn_q_a.weight'],
  ['attn.wq_b.weight', 'attn_q_b.weight'],
  ['attn.q_norm.weight', 'attn_q_a_norm.weight'],
  ['attn.wkv.weight', 'attn_kv.weight'],
  ['attn.kv_norm.weight', 'attn_kv_a_norm.weight'],
  ['attn.wo_a.weight', 'attn_output_a.weight'],
  ['attn.wo_b.weight', 'attn_output_b.weight'],
  ['attn.compressor.ape', 'attn_compressor_ape.weight'],
  ['attn.compressor.wkv.weight', 'attn_compressor_kv.weight'],
  ['attn.compressor.wgate.weight', 'attn_compressor_gate.weight'],
  ['attn.compressor.norm.weight', 'attn_compressor_norm.weight'],
  ['attn.indexer.wq_b.weight', 'indexer.attn_q_b.weight'],
  ['attn.indexer.weights_proj.weight', 'indexer.proj.weight'],
  ['attn.indexer.compressor.ape', 'indexer_compressor_ape.weight'],
  ['attn.indexer.compressor.wkv.weight', 'indexer_compressor_kv.weight'],
  ['attn.indexer.compressor.wgate.weight', 'indexer_compressor_gate.weight'],
  ['attn.indexer.compressor.norm.weight', 'indexer_compressor_norm.weight'],
  ['attn_norm.weight', 'attn_norm.weight'],
  ['ffn_norm.weight', 'ffn_norm.weight'],
  ['ffn.gate.weight', 'ffn_gate_inp.weight'],
  ['ffn.gate.bias', 'exp_probs_b.bias'],
  ['ffn.gate.bias_vl', 'exp_probs_b_vl.bias'],
  ['ffn.shared_experts.w1.weight', 'ffn_gate_shexp.weight'],
  ['ffn.shared_experts.w2.weight', 'ffn_down_shexp.weight'],
  ['ffn.shared_experts.w3.weight', 'ffn_up_shexp.weight'],
  ...['eh_proj', 'enorm', 'hnorm', 'shared_head_norm', 'embed_tokens', 'shared_head_head'].map(
    (part) => [`nextn.${part}.weight`, `nextn.${part}.weight`] as const,
  ),
]);

/** Gives tensors their names in the GGUF; one that has none keeps its own, which no architecture knows. */
export function inLayers(roots: ReadonlyMap<string, string>): TensorRule {
  const nameOf = (name: string): string | undefined => {
    const root = roots.get(name);
    const part = root === undefined ? LAYER_NAMES.get(/^layers\.\d+\.(.+)$/.exec(name)?.[1] ?? '') : undefined;
    return part === undefined ? root : `${ggufBlock(name)}.${part}`;
  };
  return {
    takes: (name) => nameOf(name) !== undefined,
    apply: ({ name, tensor }) => [{ name: nameOf(name) ?? name, tensor, final: true }],
  };
}
