/**
 * How checkpoints name the tensors of a GGUF (facts of llama.cpp 0.5.0, gguf-py/gguf/tensor_mapping.py).
 * Made by test/oracle/tensor_names.py: do not edit. `{}` is a block's number. Where two tensors of an architecture
 * claim one name, the later row has it.
 */
export const TENSOR_NAMES: readonly (readonly [gguf: string, names: readonly string[]])[] = [
  [
    'token_embd',
    [
      'gpt_neox.embed_in',
      'transformer.wte',
      'transformer.word_embeddings',
      'word_embeddings',
      'model.embed_tokens',
      'embed_tokens',
      'tok_embeddings',
      'embeddings.word_embeddings',
      'embeddings.tok_embeddings',
      'wte',
      'transformer.embd.wte',
      'model.tok_embeddings',
      'model.embedding',
      'backbone.embedding',
      'backbone.embeddings',
      'transformer.in_out_embed',
      'embedding.word_embeddings',
      'transformer.token_embeddings',
      'shared',
      'rwkv.embeddings',
      'model.embeddings',
      'model.word_embeddings',
      'encoder',
      'model.transformer.wte',
      'embed_tokens',
      'model.embed',
    ],
  ],
  ['token_types', ['embeddings.token_type_embeddings']],
  [
    'token_embd_norm',
    [
      'word_embeddings_layernorm',
      'embeddings.LayerNorm',
      'embeddings.norm',
      'emb_ln',
      'transformer.norm',
      'rwkv.blocks.0.pre_ln',
      'rwkv.blocks.0.pre_ln',
      'model.pre_ln',
      'model.layers.0.pre_norm',
      'backbone.norm',
      'model.embedding_norm',
    ],
  ],
  ['position_embd', ['transformer.wpe', 'embeddings.position_embeddings', 'wpe', 'model.embed_positions']],
  [
    'output',
    [
      'embed_out',
      'lm_head',
      'output',
      'word_embeddings_for_head',
      'lm_head.linear',
      'output_layer',
      'head',
      'head.out',
      'model.lm_head',
      'model.transformer.ff_out',
      'head.decoder',
    ],
  ],
  ['dense_2', ['dense_2_out']],
  ['dense_3', ['dense_3_out']],
  [
    'output_norm',
    [
      'gpt_neox.final_layer_norm',
      'transformer.ln_f',
      'model.norm',
      'norm',
      'transformer.norm_f',
      'ln_f',
      'model.final_layernorm',
      'lm_head.ln',
      'model.norm_f',
      'backbone.norm_f',
      'transformer.rms_norm',
      'encoder.final_layernorm',
      'transformer.norm',
      'model.norm',
      'rwkv.ln_out',
      'model.ln_out',
      'backbone.final_layer_norm',
      'model.norm',
      'model.transformer.ln_f',
      'final_norm',
      'model.norm',
    ],
  ],
  ['rope_freqs', ['rope.freqs', 'rotary_pos_emb.inv_freq']],
  ['rope_factors_long', []],
  ['rope_factors_short', []],
  [
    'blk.{}.attn_norm',
    [
      'gpt_neox.layers.{}.input_layernorm',
      'transformer.h.{}.ln_1',
      'transformer.blocks.{}.norm_1',
      'transformer.h.{}.input_layernorm',
      'h.{}.input_layernorm',
      'transformer.h.{}.ln_mlp',
      'model.layers.{}.input_layernorm',
      'layers.{}.attention_norm',
      'model.layers.{}.ln1',
      'h.{}.ln_1',
      'transformer.h.{}.ln',
      'model.layers.layers.{}.norm',
      'model.layers.layers.{}.pre_mixer_norm',
      'model.layers.{}.attention_norm',
      'model.layers.{}.norm',
      'backbone.layers.{}.norm',
      'transformer.decoder_layer.{}.rms_norm',
      'model.layers.{}.pre_attn_norm',
      'transformer.blocks.{}.norm_attn_norm.norm_1',
      'encoder.layers.{}.input_layernorm',
      'transformer.layers.{}.attn_norm',
      'rwkv.blocks.{}.ln1',
      'model.layers.{}.ln1',
      'model.layers.{}.input_layernorm',
      'layers.{}.input_layernorm',
      'transformer_encoder.{}.attention_norm',
      'layers.{}.attn_norm',
      'model.layers.{}.operator_norm',
      'model.transformer.blocks.{}.attn_norm',
      'layers.{}.input_layernorm',
      'model.layers.{}.attention_layernorm',
      'model.layers.{}.pre_attention_layernorm',
    ],
  ],
  [
    'blk.{}.attn_norm_2',
    [
      'transformer.h.{}.ln_attn',
      'encoder.layer.{}.layer_norm_1',
      'rwkv.blocks.{}.ln2',
      'model.layers.{}.ln2',
      'model.layers.{}.post_attention_layernorm',
      'model.layers.{}.self_attn.norm',
    ],
  ],
  [
    'blk.{}.attn_qkv',
    [
      'gpt_neox.layers.{}.attention.query_key_value',
      'transformer.h.{}.attn.c_attn',
      'transformer.blocks.{}.attn.Wqkv',
      'transformer.blocks.{}.norm_attn_norm.attn.Wqkv',
      'transformer.h.{}.self_attention.query_key_value',
      'h.{}.self_attention.query_key_value',
      'model.layers.{}.self_attn.query_key_value',
      'model.layers.{}.attention.query_key_value',
      'h.{}.attn.c_attn',
      'transformer.h.{}.mixer.Wqkv',
      'encoder.layers.{}.attn.Wqkv',
      'encoder.layers.{}.mixer.Wqkv',
      'model.layers.{}.self_attn.qkv_proj',
      'model.layers.layers.{}.mixer.qkv_proj',
      'encoder.layers.{}.self_attention.query_key_value',
      'transformer.layers.{}.attn.qkv_proj',
      'transformer_encoder.{}.qkv',
      'layers.{}.attn.Wqkv',
      'model.layers.{}.self_attn.language_expert_query_key_value',
      'model.layers.{}.linear_attn.in_proj_qkv',
    ],
  ],
  [
    'blk.{}.attn_q',
    [
      'model.layers.{}.self_attn.q_proj',
      'model.layers.{}.attention.q_proj',
      'layers.{}.self_attn.q_proj',
      'model.layers.{}.self_attn.q_proj_no_perm',
      'layers.{}.attention.wq',
      'encoder.layer.{}.attention.self.query',
      'transformer.layer.{}.attention.q_lin',
      'transformer.h.{}.attn.q_proj',
      'model.layers.layers.{}.self_attn.q_proj',
      'model.layers.{}.attention.wq',
      'transformer.decoder_layer.{}.multi_head_attention.query',
      'transformer.h.{}.attn.attention.q_proj',
      'model.layers.{}.self_attn.q_proj',
      'model.transformer.blocks.{}.q_proj',
      'layers.{}.self_attn.q_proj',
      'backbone.layers.{}.mixer.q_proj',
      'model.blocks.{}.attn.attn_query',
    ],
  ],
  [
    'blk.{}.attn_k',
    [
      'model.layers.{}.self_attn.k_proj',
      'model.layers.{}.attention.k_proj',
      'layers.{}.self_attn.k_proj',
      'model.layers.{}.self_attn.k_proj_no_perm',
      'layers.{}.attention.wk',
      'encoder.layer.{}.attention.self.key',
      'transformer.layer.{}.attention.k_lin',
      'transformer.h.{}.attn.k_proj',
      'transformer.h.{}.attn.k',
      'model.layers.layers.{}.self_attn.k_proj',
      'model.layers.{}.attention.wk',
      'transformer.decoder_layer.{}.multi_head_attention.key',
      'transformer.h.{}.attn.attention.k_proj',
      'model.layers.{}.self_attn.k_proj',
      'model.transformer.blocks.{}.k_proj',
      'layers.{}.self_attn.k_proj',
      'backbone.layers.{}.mixer.k_proj',
      'model.blocks.{}.attn.attn_key',
    ],
  ],
  [
    'blk.{}.attn_v',
    [
      'model.layers.{}.self_attn.v_proj',
      'model.layers.{}.attention.v_proj',
      'layers.{}.self_attn.v_proj',
      'layers.{}.attention.wv',
      'encoder.layer.{}.attention.self.value',
      'transformer.layer.{}.attention.v_lin',
      'transformer.h.{}.attn.v_proj',
      'transformer.h.{}.attn.v',
      'model.layers.layers.{}.self_attn.v_proj',
      'model.layers.{}.attention.wv',
      'transformer.decoder_layer.{}.multi_head_attention.value',
      'transformer.h.{}.attn.attention.v_proj',
      'model.layers.{}.self_attn.v_proj',
      'model.transformer.blocks.{}.v_proj',
      'layers.{}.self_attn.v_proj',
      'backbone.layers.{}.mixer.v_proj',
      'model.blocks.{}.attn.attn_value',
    ],
  ],
  [
    'blk.{}.attn_output',
    [
      'gpt_neox.layers.{}.attention.dense',
      'transformer.h.{}.attn.c_proj',
      'transformer.blocks.{}.attn.out_proj',
      'transformer.h.{}.self_attention.dense',
      'h.{}.self_attention.dense',
      'model.layers.{}.self_attn.o_proj',
      'model.layers.{}.attention.o_proj',
      'model.layers.{}.attention.dense',
      'layers.{}.self_attn.o_proj',
      'model.layers.{}.self_attn.out_proj',
      'model.layers.{}.self_attn.linear_attn',
      'layers.{}.attention.wo',
      'encoder.layer.{}.attention.output.dense',
      'layers.{}.attn.Wo',
      'transformer.layer.{}.attention.out_lin',
      'transformer.h.{}.attn.out_proj',
      'model.layers.{}.self_attn.dense',
      'model.layers.{}.attention.dense',
      'h.{}.attn.c_proj',
      'transformer.h.{}.mixer.out_proj',
      'model.layers.layers.{}.self_attn.o_proj',
      'model.layers.layers.{}.mixer.o_proj',
      'model.layers.{}.attention.wo',
      'encoder.layers.{}.attn.out_proj',
      'encoder.layers.{}.mixer.out_proj',
      'transformer.decoder_layer.{}.multi_head_attention.linear',
      'transformer.blocks.{}.norm_attn_norm.attn.out_proj',
      'encoder.layers.{}.self_attention.dense',
      'transformer.layers.{}.attn.out_proj',
      'transformer.h.{}.attn.attention.out_proj',
      'model.layers.{}.self_attn.o_proj',
      'transformer_encoder.{}.wo',
      'model.transformer.blocks.{}.attn_out',
      'layers.{}.self_attn.o_proj',
      'backbone.layers.{}.mixer.o_proj',
      'model.layers.{}.self_attn.language_expert_dense',
      'model.blocks.{}.attn.attn_resid',
    ],
  ],
  [
    'blk.{}.attn_output_norm',
    [
      'encoder.layer.{}.attention.output.LayerNorm',
      'transformer.layer.{}.sa_layer_norm',
      'encoder.layers.{}.norm1',
      'transformer.decoder_layer.{}.rms_norm_1',
      'model.layers.{}.post_attn_norm',
      'transformer.blocks.{}.norm_attn_norm.norm_2',
    ],
  ],
  [
    'blk.{}.post_attention_norm',
    [
      'model.layers.{}.post_attention_layernorm',
      'layers.{}.post_attention_layernorm',
      'model.layers.{}.post_self_attn_layernorm',
      'model.layers.layers.{}.post_mixer_norm.weight',
    ],
  ],
  [
    'blk.{}.attn_rot_embd',
    [
      'model.layers.{}.self_attn.rotary_emb.inv_freq',
      'layers.{}.attention.inner_attention.rope.freqs',
      'model.layers.layers.{}.self_attn.rotary_emb.inv_freq',
      'transformer.h.{}.attn.rotary_emb.inv_freq',
    ],
  ],
  [
    'blk.{}.attn_sinks',
    [
      'model.layers.{}.self_attn.sinks',
      'model.layers.{}.self_attn.attention_sink_bias',
      'model.layers.{}.self_attn.learnable_sink_param',
    ],
  ],
  [
    'blk.{}.attn_gate',
    [
      'model.layers.{}.self_attn.gate_proj',
      'model.layers.{}.linear_attn.in_proj_z',
      'model.layers.{}.self_attn.g_proj',
      'model.layers.{}.self_attn.output_gate',
      'model.layers.{}.self_attn.linear_gate',
    ],
  ],
  [
    'blk.{}.ffn_norm',
    [
      'gpt_neox.layers.{}.post_attention_layernorm',
      'transformer.h.{}.ln_2',
      'h.{}.post_attention_layernorm',
      'transformer.blocks.{}.norm_2',
      'model.layers.{}.post_attention_layernorm',
      'layers.{}.ffn_norm',
      'model.layers.{}.ln2',
      'h.{}.ln_2',
      'model.layers.{}.ffn_norm',
      'transformer.decoder_layer.{}.rms_norm_2',
      'model.layers.{}.pre_moe_norm',
      'encoder.layers.{}.post_attention_layernorm',
      'transformer.layers.{}.ffn_norm',
      'model.layers.{}.pre_ff_layernorm',
      'model.layers.{}.pre_moe_layernorm',
      'model.layers.{}.post_attention_layernorm',
      'transformer_encoder.{}.ffn_norm',
      'model.layers.layers.{}.pre_mlp_norm',
      'model.transformer.blocks.{}.ff_norm',
      'layers.{}.post_attention_layernorm',
      'model.layers.{}.feedforward_layernorm',
      'model.layers.{}.pre_mlp_layernorm',
      'layers.{}.mlp_norm',
    ],
  ],
  [
    'blk.{}.ffn_norm',
    [
      'model.layers.{}.pre_feedforward_layernorm',
      'layers.{}.pre_feedforward_layernorm',
      'model.layers.{}.pre_ff_layernorm.weight',
      'model.layers.{}.pre_mlp_layernorm',
    ],
  ],
  ['blk.{}.pre_ffw_norm_2', ['model.layers.{}.pre_feedforward_layernorm_2']],
  [
    'blk.{}.post_ffw_norm',
    [
      'model.layers.{}.post_feedforward_layernorm',
      'layers.{}.post_feedforward_layernorm',
      'model.layers.{}.post_mlp_layernorm',
      'model.layers.layers.{}.post_mlp_norm.weight',
      'model.layers.{}.feed_forward.up_proj',
      'model.layers.{}.post_moe_norm',
    ],
  ],
  ['blk.{}.post_ffw_norm_1', ['model.layers.{}.post_feedforward_layernorm_1']],
  ['blk.{}.post_ffw_norm_2', ['model.layers.{}.post_feedforward_layernorm_2']],
  [
    'blk.{}.ffn_gate_inp',
    [
      'layers.{}.feed_forward.gate',
      'model.layers.{}.block_sparse_moe.gate',
      'model.layers.{}.mlp.gate',
      'transformer.decoder_layer.{}.router',
      'transformer.blocks.{}.ffn.router.layer',
      'model.layers.{}.block_sparse_moe.router.layer',
      'model.layers.{}.block_sparse_moe.router',
      'model.layers.{}.feed_forward.router',
      'encoder.layers.{}.mlp.router.layer',
      'model.layers.{}.mlp.router',
      'model.layers.{}.mlp.gate.wg',
      'model.layers.{}.block_sparse_moe.primary_router',
      'model.layers.{}.feed_forward.gate',
      'model.layers.{}.mlp.router.gate',
      'layers.{}.gate',
      'backbone.layers.{}.mixer.gate',
      'model.layers.{}.moe.gate',
      'model.layers.{}.router.proj',
    ],
  ],
  ['blk.{}.ffn_gate_inp_shexp', ['model.layers.{}.mlp.shared_expert_gate']],
  [
    'blk.{}.exp_probs_b',
    [
      'model.layers.{}.mlp.gate.e_score_correction',
      'model.layers.{}.mlp.moe_statics.e_score_correction',
      'model.layers.{}.mlp.gate.expert_bias',
      'model.layers.{}.mlp.expert_bias',
      'model.layers.{}.feed_forward.expert_bias',
      'model.layers.{}.block_sparse_moe.e_score_correction',
      'backbone.layers.{}.mixer.gate.e_score_correction',
      'model.layers.{}.mlp.e_score_correction',
      'model.layers.{}.block_sparse_moe.gate.e_score_correction',
      'model.layers.{}.moe.router_bias',
      'model.layers.{}.mlp.experts.e_score_correction',
    ],
  ],
  [
    'blk.{}.ffn_up',
    [
      'gpt_neox.layers.{}.mlp.dense_h_to_4h',
      'transformer.h.{}.mlp.c_fc',
      'transformer.blocks.{}.ffn.up_proj',
      'transformer.h.{}.mlp.dense_h_to_4h',
      'h.{}.mlp.dense_h_to_4h',
      'model.layers.{}.mlp.up_proj',
      'layers.{}.mlp.up_proj',
      'layers.{}.feed_forward.w3',
      'encoder.layer.{}.intermediate.dense',
      'layers.{}.mlp.Wi',
      'transformer.layer.{}.ffn.lin1',
      'transformer.h.{}.mlp.fc_in',
      'transformer.h.{}.mlp.linear_3',
      'model.layers.{}.mlp.dense_h_to_4h',
      'transformer.h.{}.mlp.w1',
      'h.{}.mlp.c_fc',
      'transformer.h.{}.mlp.fc1',
      'model.layers.{}.mlp.fc1',
      'model.layers.{}.mlp.gate_up_proj',
      'model.layers.layers.{}.mlp.up_proj',
      'model.layers.layers.{}.mlp.gate_up_proj',
      'model.layers.{}.feed_forward.w3',
      'encoder.layers.{}.mlp.fc11',
      'encoder.layers.{}.mlp.fc1',
      'model.layers.{}.mlp.c_fc',
      'encoder.layer.{}.mlp.gated_layers_v',
      'encoder.layer.{}.mlp.gated_layers',
      'encoder.layer.{}.mlp.up_gated_layer',
      'model.layers.{}.residual_mlp.w3',
      'encoder.layers.{}.mlp.dense_h_to_4h',
      'transformer.h.{}.mlp.c_fc_1',
      'model.layers.{}.feed_forward.up_proj',
      'transformer_encoder.{}.ffn.w12',
      'model.layers.{}.block_sparse_moe.up',
      'model.transformer.blocks.{}.up_proj',
      'layers.{}.mlp.up_proj',
      'backbone.layers.{}.mixer.up_proj',
      'model.layers.{}.mlp.language_mlp.up_proj',
      'model.blocks.{}.mlp.mlp_linear',
    ],
  ],
  [
    'blk.{}.ffn_up_exps',
    [
      'layers.{}.feed_forward.experts.w3',
      'transformer.decoder_layer.{}.moe.linear_v',
      'transformer.blocks.{}.ffn.experts.mlp.v1',
      'model.layers.{}.mlp.experts.up_proj',
      'model.layers.{}.block_sparse_moe.experts.w3',
      'model.layers.{}.feed_forward.experts.up_proj',
      'encoder.layers.{}.mlp.experts.mlp.w1',
      'model.layers.{}.block_sparse_moe.experts.up',
      'model.layers.{}.moe.up_proj',
    ],
  ],
  [
    'blk.{}.ffn_up_shexp',
    [
      'model.layers.{}.mlp.shared_expert.up_proj',
      'model.layers.{}.mlp.shared_experts.up_proj',
      'model.layers.{}.feed_forward.shared_expert.up_proj',
      'model.layers.{}.feed_forward.down_proj',
      'model.layers.{}.mlp.shared_mlp.up_proj',
      'layers.{}.shared_experts.w3',
      'backbone.layers.{}.mixer.shared_experts.up_proj',
      'model.layers.{}.block_sparse_moe.shared_experts.up_proj',
      'model.layers.{}.share_expert.up_proj',
    ],
  ],
  ['blk.{}.ffn', ['transformer.blocks.{}.ffn.act']],
  [
    'blk.{}.ffn_gate',
    [
      'model.layers.{}.mlp.gate_proj',
      'layers.{}.mlp.gate_proj',
      'layers.{}.feed_forward.w1',
      'transformer.h.{}.mlp.w2',
      'transformer.h.{}.mlp.c_fc2',
      'model.layers.layers.{}.mlp.gate_proj',
      'model.layers.{}.feed_forward.w1',
      'encoder.layers.{}.mlp.fc12',
      'encoder.layer.{}.mlp.gated_layers_w',
      'transformer.h.{}.mlp.linear_1',
      'model.layers.{}.residual_mlp.w1',
      'transformer.h.{}.mlp.c_fc_0',
      'model.layers.{}.feed_forward.gate_proj',
      'model.transformer.blocks.{}.ff_proj',
      'layers.{}.mlp.gate_proj',
      'model.layers.{}.mlp.language_mlp.gate_proj',
      'model.blocks.{}.mlp.mlp_gate',
    ],
  ],
  [
    'blk.{}.ffn_gate_exps',
    [
      'layers.{}.feed_forward.experts.w1',
      'transformer.decoder_layer.{}.moe.linear',
      'transformer.blocks.{}.ffn.experts.mlp.w1',
      'model.layers.{}.mlp.experts.gate_proj',
      'model.layers.{}.block_sparse_moe.experts.w1',
      'model.layers.{}.feed_forward.experts.gate_proj',
      'model.layers.{}.block_sparse_moe.experts.gate',
      'model.layers.{}.moe.gate_proj',
    ],
  ],
  [
    'blk.{}.ffn_gate_shexp',
    [
      'model.layers.{}.mlp.shared_expert.gate_proj',
      'model.layers.{}.mlp.shared_experts.gate_proj',
      'model.layers.{}.feed_forward.shared_expert.gate_proj',
      'model.layers.{}.mlp.shared_mlp.gate_proj',
      'layers.{}.shared_experts.w1',
      'model.layers.{}.block_sparse_moe.shared_experts.gate_proj',
      'model.layers.{}.share_expert.gate_proj',
    ],
  ],
  ['blk.{}.ffn_gate_up_exps', ['model.layers.{}.mlp.experts.gate_up_proj', 'model.layers.{}.experts.gate_up_proj']],
  [
    'blk.{}.ffn_down',
    [
      'gpt_neox.layers.{}.mlp.dense_4h_to_h',
      'transformer.h.{}.mlp.c_proj',
      'transformer.blocks.{}.ffn.down_proj',
      'transformer.h.{}.mlp.dense_4h_to_h',
      'h.{}.mlp.dense_4h_to_h',
      'model.layers.{}.mlp.down_proj',
      'layers.{}.mlp.down_proj',
      'layers.{}.feed_forward.w2',
      'encoder.layer.{}.output.dense',
      'layers.{}.mlp.Wo',
      'transformer.layer.{}.ffn.lin2',
      'transformer.h.{}.mlp.fc_out',
      'model.layers.{}.mlp.dense_4h_to_h',
      'h.{}.mlp.c_proj',
      'transformer.h.{}.mlp.fc2',
      'model.layers.{}.mlp.fc2',
      'model.layers.layers.{}.mlp.down_proj',
      'model.layers.{}.feed_forward.w2',
      'encoder.layers.{}.mlp.fc2',
      'model.layers.{}.mlp.c_proj',
      'encoder.layer.{}.mlp.wo',
      'transformer.layers.{}.ffn.proj_2',
      'model.layers.{}.residual_mlp.w2',
      'encoder.layer.{}.mlp.down_layer',
      'encoder.layers.{}.mlp.dense_4h_to_h',
      'model.layers.h.{}.mlp.c_proj',
      'model.layers.{}.feed_forward.down_proj',
      'transformer_encoder.{}.ffn.w3',
      'model.layers.{}.block_sparse_moe.down',
      'model.transformer.blocks.{}.ff_out',
      'layers.{}.mlp.down_proj',
      'backbone.layers.{}.mixer.down_proj',
      'model.layers.{}.mlp.language_mlp.down_proj',
      'model.blocks.{}.mlp.mlp_resid',
    ],
  ],
  [
    'blk.{}.ffn_down_exps',
    [
      'layers.{}.feed_forward.experts.w2',
      'transformer.decoder_layer.{}.moe.linear_1',
      'transformer.blocks.{}.ffn.experts.mlp.w2',
      'model.layers.{}.mlp.experts.down_proj',
      'model.layers.{}.block_sparse_moe.output_linear',
      'model.layers.{}.block_sparse_moe.experts.w2',
      'model.layers.{}.feed_forward.experts.down_proj',
      'encoder.layers.{}.mlp.experts.mlp.w2',
      'model.layers.{}.block_sparse_moe.experts.down',
      'model.layers.{}.moe.down_proj',
      'model.layers.{}.experts.down_proj',
    ],
  ],
  [
    'blk.{}.ffn_down_shexp',
    [
      'model.layers.{}.mlp.shared_expert.down_proj',
      'model.layers.{}.mlp.shared_experts.down_proj',
      'model.layers.{}.feed_forward.shared_expert.down_proj',
      'model.layers.{}.shared_mlp.output_linear',
      'model.layers.{}.mlp.shared_mlp.down_proj',
      'layers.{}.shared_experts.w2',
      'backbone.layers.{}.mixer.shared_experts.down_proj',
      'model.layers.{}.block_sparse_moe.shared_experts.down_proj',
      'model.layers.{}.share_expert.down_proj',
    ],
  ],
  [
    'blk.{}.attn_q_norm',
    [
      'encoder.layers.{}.self_attention.q_layernorm',
      'model.layers.{}.self_attn.q_layernorm',
      'model.layers.{}.self_attn.query_layernorm',
      'model.layers.{}.attention.query_layernorm',
      'model.layers.{}.self_attn.q_norm',
      'layers.{}.self_attn.q_norm',
      'transformer.blocks.{}.attn.q_ln',
      'encoder.layer.{}.attention.self.layer_norm_q',
      'transformer.layers.{}.attn.q_norm',
      'model.layers.layers.{}.mixer.q',
      'model.layers.layers.{}.mixer.q_norm',
      'layers.{}.self_attn.q_norm',
      'model.layers.{}.attention.query_layernorm',
      'model.blocks.{}.attn.head_gain.head_g',
    ],
  ],
  [
    'blk.{}.attn_k_norm',
    [
      'encoder.layers.{}.self_attention.k_layernorm',
      'model.layers.{}.self_attn.k_layernorm',
      'model.layers.{}.self_attn.key_layernorm',
      'model.layers.{}.attention.key_layernorm',
      'model.layers.{}.self_attn.k_norm',
      'layers.{}.self_attn.k_norm',
      'transformer.blocks.{}.attn.k_ln',
      'encoder.layer.{}.attention.self.layer_norm_k',
      'transformer.layers.{}.attn.k_norm',
      'model.layers.layers.{}.mixer.k',
      'model.layers.layers.{}.mixer.k_norm',
      'layers.{}.self_attn.k_norm',
      'model.layers.{}.self_attn.k_rope_only_layernorm',
      'model.layers.{}.attention.key_layernorm',
    ],
  ],
  ['rope_freqs', ['encoder.layers.{}.self_attention.rotary_emb.inv_freq']],
  [
    'blk.{}.layer_output_norm',
    [
      'encoder.layer.{}.output.LayerNorm',
      'transformer.layer.{}.output_layer_norm',
      'encoder.layers.{}.norm2',
      'transformer.decoder_layer.{}.rms_norm_3',
      'encoder.layer.{}.mlp.layernorm',
      'encoder.layer.{}.layer_norm_2',
      'model.layers.{}.final_layernorm',
    ],
  ],
  ['blk.{}.layer_output_scale', ['model.layers.{}.layer_scalar', 'model.blocks.{}.embed_skip.a_g']],
  ['per_layer_token_embd', ['model.embed_tokens_per_layer']],
  ['per_layer_model_proj', ['model.per_layer_model_projection']],
  ['per_layer_proj_norm', ['model.per_layer_projection_norm']],
  ['altup_proj', ['model.altup_projections']],
  ['altup_unembd_proj', ['model.altup_unembed_projections']],
  ['blk.{}.inp_gate', ['model.layers.{}.per_layer_input_gate']],
  ['blk.{}.proj', ['model.layers.{}.per_layer_projection']],
  ['blk.{}.post_norm', ['model.layers.{}.post_per_layer_input_norm']],
  ['blk.{}.altup_correct_coef', ['model.layers.{}.altup.correction_coefs']],
  ['blk.{}.altup_correct_scale', ['model.layers.{}.altup.correct_output_scale']],
  ['blk.{}.altup_predict_coef', ['model.layers.{}.altup.prediction_coefs']],
  ['blk.{}.altup_router', ['model.layers.{}.altup.modality_router']],
  ['blk.{}.altup_router_norm', ['model.layers.{}.altup.router_norm']],
  ['blk.{}.laurel_l', ['model.layers.{}.laurel.linear_left']],
  ['blk.{}.laurel_r', ['model.layers.{}.laurel.linear_right']],
  ['blk.{}.laurel_post_norm', ['model.layers.{}.laurel.post_laurel_norm']],
  [
    'blk.{}.ssm_in',
    [
      'model.layers.{}.in_proj',
      'backbone.layers.{}.mixer.in_proj',
      'model.layers.{}.mamba.in_proj',
      'model.layers.layers.{}.mixer.in_proj',
      'model.layers.{}.linear_attn.in_proj_qkvz',
    ],
  ],
  [
    'blk.{}.ssm_conv1d',
    [
      'model.layers.{}.conv1d',
      'backbone.layers.{}.mixer.conv1d',
      'model.layers.{}.mamba.conv1d',
      'model.layers.layers.{}.mixer.conv1d',
      'model.layers.{}.linear_attn.conv1d',
    ],
  ],
  [
    'blk.{}.ssm_x',
    [
      'model.layers.{}.x_proj',
      'backbone.layers.{}.mixer.x_proj',
      'model.layers.{}.mamba.x_proj',
      'model.layers.layers.{}.mixer.bcdt_proj',
    ],
  ],
  [
    'blk.{}.ssm_dt',
    [
      'model.layers.{}.dt_proj',
      'backbone.layers.{}.mixer.dt_proj',
      'model.layers.{}.mamba.dt_proj',
      'model.layers.layers.{}.mixer.dt_proj',
      'model.layers.{}.linear_attn.dt_proj',
      'backbone.layers.{}.mixer.dt',
      'model.layers.{}.self_attn.dt_proj',
      'model.layers.{}.attention.dt_proj',
    ],
  ],
  ['blk.{}.ssm_dt_norm', ['model.layers.layers.{}.mixer.dt_norm.weight', 'model.layers.{}.mamba.dt_layernorm']],
  [
    'blk.{}.ssm_a',
    [
      'model.layers.{}.A_log',
      'backbone.layers.{}.mixer.A_log',
      'model.layers.{}.mamba.A_log',
      'model.layers.layers.{}.mixer.A_log',
      'model.layers.{}.linear_attn.A_log',
      'model.layers.{}.self_attn.A_log',
      'model.layers.{}.attention.A_log',
    ],
  ],
  [
    'blk.{}.ssm_b_norm',
    [
      'model.layers.{}.mamba.b_layernorm',
      'model.layers.{}.mamba.B_layernorm',
      'model.layers.layers.{}.mixer.B_norm.weight',
    ],
  ],
  [
    'blk.{}.ssm_c_norm',
    [
      'model.layers.{}.mamba.c_layernorm',
      'model.layers.{}.mamba.C_layernorm',
      'model.layers.layers.{}.mixer.C_norm.weight',
    ],
  ],
  [
    'blk.{}.ssm_d',
    ['model.layers.{}.D', 'backbone.layers.{}.mixer.D', 'model.layers.{}.mamba.D', 'model.layers.layers.{}.mixer.D'],
  ],
  [
    'blk.{}.ssm_norm',
    [
      'model.layers.{}.mamba.norm',
      'model.layers.{}.linear_attn.norm',
      'backbone.layers.{}.mixer.norm',
      'model.layers.{}.self_attn.o_norm',
      'model.layers.{}.attention.o_norm',
    ],
  ],
  [
    'blk.{}.ssm_out',
    [
      'model.layers.{}.out_proj',
      'backbone.layers.{}.mixer.out_proj',
      'model.layers.{}.mamba.out_proj',
      'model.layers.{}.linear_attn.out_proj',
      'model.layers.layers.{}.mixer.out_proj',
    ],
  ],
  ['blk.{}.ssm_alpha', ['model.layers.{}.linear_attn.in_proj_a']],
  ['blk.{}.ssm_ba', ['model.layers.{}.linear_attn.in_proj_ba']],
  [
    'blk.{}.ssm_beta',
    ['model.layers.{}.linear_attn.in_proj_b', 'model.layers.{}.self_attn.b_proj', 'model.layers.{}.attention.b_proj'],
  ],
  ['blk.{}.time_mix_w0', ['model.layers.{}.attention.w0']],
  [
    'blk.{}.time_mix_w1',
    ['rwkv.blocks.{}.attention.time_maa_w1', 'model.layers.{}.self_attn.time_maa_w1', 'model.layers.{}.attention.w1'],
  ],
  [
    'blk.{}.time_mix_w2',
    ['rwkv.blocks.{}.attention.time_maa_w2', 'model.layers.{}.self_attn.time_maa_w2', 'model.layers.{}.attention.w2'],
  ],
  ['blk.{}.time_mix_a0', ['model.layers.{}.attention.a0']],
  ['blk.{}.time_mix_a1', ['model.layers.{}.attention.a1']],
  ['blk.{}.time_mix_a2', ['model.layers.{}.attention.a2']],
  ['blk.{}.time_mix_v0', ['model.layers.{}.attention.v0']],
  ['blk.{}.time_mix_v1', ['model.layers.{}.attention.v1']],
  ['blk.{}.time_mix_v2', ['model.layers.{}.attention.v2']],
  ['blk.{}.time_mix_g1', ['model.layers.{}.attention.g1']],
  ['blk.{}.time_mix_g2', ['model.layers.{}.attention.g2']],
  ['blk.{}.time_mix_k_k', ['model.layers.{}.attention.k_k']],
  ['blk.{}.time_mix_k_a', ['model.layers.{}.attention.k_a']],
  ['blk.{}.time_mix_r_k', ['model.layers.{}.attention.r_k']],
  ['blk.{}.time_mix_lerp_x', ['rwkv.blocks.{}.attention.time_maa_x', 'model.layers.{}.self_attn.time_maa_x']],
  ['blk.{}.time_mix_lerp_k', ['rwkv.blocks.{}.attention.time_maa_k', 'model.layers.{}.self_attn.time_maa_k']],
  ['blk.{}.time_mix_lerp_v', ['rwkv.blocks.{}.attention.time_maa_v', 'model.layers.{}.self_attn.time_maa_v']],
  ['blk.{}.time_mix_lerp_r', ['rwkv.blocks.{}.attention.time_maa_r', 'model.layers.{}.self_attn.time_maa_r']],
  ['blk.{}.time_mix_lerp_g', ['rwkv.blocks.{}.attention.time_maa_g', 'model.layers.{}.self_attn.time_maa_g']],
  ['blk.{}.time_mix_lerp_w', ['rwkv.blocks.{}.attention.time_maa_w', 'model.layers.{}.self_attn.time_maa_w']],
  ['blk.{}.time_mix_first', ['rwkv.blocks.{}.attention.time_faaaa']],
  ['blk.{}.time_mix_decay', ['rwkv.blocks.{}.attention.time_decay', 'model.layers.{}.self_attn.time_decay']],
  ['blk.{}.time_mix_decay_w1', ['rwkv.blocks.{}.attention.time_decay_w1', 'model.layers.{}.self_attn.time_decay_w1']],
  ['blk.{}.time_mix_decay_w2', ['rwkv.blocks.{}.attention.time_decay_w2', 'model.layers.{}.self_attn.time_decay_w2']],
  [
    'blk.{}.time_mix_key',
    [
      'rwkv.blocks.{}.attention.key',
      'model.layers.{}.self_attn.k_proj',
      'model.layers.{}.attention.key',
      'model.layers.{}.attention.k_proj',
    ],
  ],
  [
    'blk.{}.time_mix_value',
    [
      'rwkv.blocks.{}.attention.value',
      'model.layers.{}.self_attn.v_proj',
      'model.layers.{}.attention.value',
      'model.layers.{}.attention.v_proj',
    ],
  ],
  [
    'blk.{}.time_mix_receptance',
    [
      'rwkv.blocks.{}.attention.receptance',
      'model.layers.{}.self_attn.q_proj',
      'model.layers.{}.attention.receptance',
      'model.layers.{}.attention.r_proj',
    ],
  ],
  ['blk.{}.time_mix_gate', ['rwkv.blocks.{}.attention.gate', 'model.layers.{}.self_attn.gate']],
  ['blk.{}.time_mix_ln', ['rwkv.blocks.{}.attention.ln_x', 'model.layers.{}.attention.ln_x']],
  [
    'blk.{}.time_mix_output',
    [
      'rwkv.blocks.{}.attention.output',
      'model.layers.{}.self_attn.o_proj',
      'model.layers.{}.attention.output',
      'model.layers.{}.attention.o_proj',
    ],
  ],
  ['blk.{}.channel_mix_lerp_k', ['rwkv.blocks.{}.feed_forward.time_maa_k', 'model.layers.{}.feed_forward.x_k']],
  ['blk.{}.channel_mix_lerp_r', ['rwkv.blocks.{}.feed_forward.time_maa_r']],
  ['blk.{}.channel_mix_key', ['rwkv.blocks.{}.feed_forward.key', 'model.layers.{}.feed_forward.key']],
  ['blk.{}.channel_mix_receptance', ['rwkv.blocks.{}.feed_forward.receptance']],
  ['blk.{}.channel_mix_value', ['rwkv.blocks.{}.feed_forward.value', 'model.layers.{}.feed_forward.value']],
  [
    'blk.{}.attn_q_a',
    ['model.layers.{}.self_attn.q_a_proj', 'model.layers.{}.attention.q_a_proj', 'layers.{}.attention.wq_a'],
  ],
  [
    'blk.{}.attn_q_b',
    ['model.layers.{}.self_attn.q_b_proj', 'model.layers.{}.attention.q_b_proj', 'layers.{}.attention.wq_b'],
  ],
  [
    'blk.{}.attn_kv_a_mqa',
    [
      'model.layers.{}.self_attn.kv_a_proj_with_mqa',
      'model.layers.{}.attention.kv_a_proj_with_mqa',
      'layers.{}.attention.wkv_a_with_mqa',
    ],
  ],
  ['blk.{}.attn_kv_b', ['model.layers.{}.self_attn.kv_b_proj', 'model.layers.{}.attention.kv_b_proj']],
  [
    'blk.{}.attn_k_b',
    ['model.layers.{}.self_attn.k_b_proj', 'model.layers.{}.attention.k_b_proj', 'layers.{}.attention.k_b_proj'],
  ],
  [
    'blk.{}.attn_v_b',
    ['model.layers.{}.self_attn.v_b_proj', 'model.layers.{}.attention.v_b_proj', 'layers.{}.attention.v_b_proj'],
  ],
  [
    'blk.{}.attn_q_a_norm',
    [
      'model.layers.{}.self_attn.q_a_layernorm',
      'model.layers.{}.attention.q_a_layernorm',
      'layers.{}.attention.q_a_norm',
    ],
  ],
  [
    'blk.{}.attn_kv_a_norm',
    [
      'model.layers.{}.self_attn.kv_a_layernorm',
      'model.layers.{}.attention.kv_a_layernorm',
      'layers.{}.attention.kv_a_norm',
    ],
  ],
  ['blk.{}.attn_sub_norm', ['model.layers.{}.self_attn.inner_attn_ln']],
  ['blk.{}.ffn_sub_norm', ['model.layers.{}.mlp.ffn_layernorm']],
  ['dec.blk.{}.attn_norm', ['decoder.block.{}.layer.0.layer_norm']],
  ['dec.blk.{}.attn_q', ['decoder.block.{}.layer.0.SelfAttention.q']],
  ['dec.blk.{}.attn_k', ['decoder.block.{}.layer.0.SelfAttention.k']],
  ['dec.blk.{}.attn_v', ['decoder.block.{}.layer.0.SelfAttention.v']],
  ['dec.blk.{}.attn_o', ['decoder.block.{}.layer.0.SelfAttention.o']],
  ['dec.blk.{}.attn_rel_b', ['decoder.block.{}.layer.0.SelfAttention.relative_attention_bias']],
  ['dec.blk.{}.cross_attn_norm', ['decoder.block.{}.layer.1.layer_norm']],
  ['dec.blk.{}.cross_attn_q', ['decoder.block.{}.layer.1.EncDecAttention.q']],
  ['dec.blk.{}.cross_attn_k', ['decoder.block.{}.layer.1.EncDecAttention.k']],
  ['dec.blk.{}.cross_attn_v', ['decoder.block.{}.layer.1.EncDecAttention.v']],
  ['dec.blk.{}.cross_attn_o', ['decoder.block.{}.layer.1.EncDecAttention.o']],
  ['dec.blk.{}.cross_attn_rel_b', ['decoder.block.{}.layer.1.EncDecAttention.relative_attention_bias']],
  ['dec.blk.{}.ffn_norm', ['decoder.block.{}.layer.2.layer_norm']],
  ['dec.blk.{}.ffn_gate', ['decoder.block.{}.layer.2.DenseReluDense.wi_0']],
  ['dec.blk.{}.ffn_up', ['decoder.block.{}.layer.2.DenseReluDense.wi', 'decoder.block.{}.layer.2.DenseReluDense.wi_1']],
  ['dec.blk.{}.ffn_down', ['decoder.block.{}.layer.2.DenseReluDense.wo']],
  ['dec.output_norm', ['decoder.final_layer_norm']],
  ['enc.blk.{}.attn_norm', ['encoder.block.{}.layer.0.layer_norm']],
  ['enc.blk.{}.attn_q', ['encoder.block.{}.layer.0.SelfAttention.q']],
  ['enc.blk.{}.attn_k', ['encoder.block.{}.layer.0.SelfAttention.k']],
  ['enc.blk.{}.attn_v', ['encoder.block.{}.layer.0.SelfAttention.v']],
  ['enc.blk.{}.attn_o', ['encoder.block.{}.layer.0.SelfAttention.o']],
  ['enc.blk.{}.attn_rel_b', ['encoder.block.{}.layer.0.SelfAttention.relative_attention_bias']],
  ['enc.blk.{}.ffn_norm', ['encoder.block.{}.layer.1.layer_norm']],
  ['enc.blk.{}.ffn_gate', ['encoder.block.{}.layer.1.DenseReluDense.wi_0']],
  ['enc.blk.{}.ffn_up', ['encoder.block.{}.layer.1.DenseReluDense.wi', 'encoder.block.{}.layer.1.DenseReluDense.wi_1']],
  ['enc.blk.{}.ffn_down', ['encoder.block.{}.layer.1.DenseReluDense.wo']],
  ['enc.output_norm', ['encoder.final_layer_norm', 'layer_norm', 'model.hidden_norm', 'encoder.output_norm_enc']],
  ['cls', ['classifier', 'classifier.dense', 'pre_classifier', 'dense', 'head.dense']],
  ['cls.output', ['classifier.out_proj']],
  ['cls.norm', ['head.norm']],
  ['blk.{}.shortconv.conv', ['model.layers.{}.conv.conv']],
  ['blk.{}.shortconv.in_proj', ['model.layers.{}.conv.in_proj']],
  ['blk.{}.shortconv.out_proj', ['model.layers.{}.conv.out_proj']],
  ['blk.{}.nextn.eh_proj', ['model.layers.{}.eh_proj']],
  ['blk.{}.nextn.embed_tokens', ['model.layers.{}.embed_tokens']],
  ['blk.{}.nextn.enorm', ['model.layers.{}.enorm']],
  ['blk.{}.nextn.hnorm', ['model.layers.{}.hnorm']],
  ['blk.{}.nextn.shared_head_head', ['model.layers.{}.shared_head.head']],
  ['blk.{}.nextn.shared_head_norm', ['model.layers.{}.shared_head.norm']],
];

/** The tensors that an architecture may have, by the architecture's name in a GGUF. */
export const ARCHITECTURE_TENSORS: ReadonlyMap<string, readonly string[]> = new Map([
  [
    'llama',
    'token_embd output_norm output rope_freqs blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.attn_rot_embd blk.{}.ffn_gate_inp blk.{}.ffn_norm blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up blk.{}.ffn_gate_exps blk.{}.ffn_down_exps blk.{}.ffn_up_exps'.split(
      ' ',
    ),
  ],
  [
    'llama4',
    'token_embd output_norm output rope_freqs blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.attn_rot_embd blk.{}.ffn_gate_inp blk.{}.ffn_norm blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up blk.{}.ffn_gate_exps blk.{}.ffn_down_exps blk.{}.ffn_up_exps blk.{}.ffn_gate_shexp blk.{}.ffn_down_shexp blk.{}.ffn_up_shexp'.split(
      ' ',
    ),
  ],
  [
    'mistral3',
    'token_embd output_norm output rope_freqs blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.attn_rot_embd blk.{}.ffn_gate_inp blk.{}.ffn_norm blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up blk.{}.ffn_gate_exps blk.{}.ffn_down_exps blk.{}.ffn_up_exps'.split(
      ' ',
    ),
  ],
  [
    'arcee',
    'token_embd output_norm output rope_freqs blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.attn_rot_embd blk.{}.ffn_norm blk.{}.ffn_down blk.{}.ffn_up'.split(
      ' ',
    ),
  ],
  [
    'deci',
    'token_embd output_norm output rope_freqs blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.attn_rot_embd blk.{}.ffn_gate_inp blk.{}.ffn_norm blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up blk.{}.ffn_gate_exps blk.{}.ffn_down_exps blk.{}.ffn_up_exps'.split(
      ' ',
    ),
  ],
  [
    'falcon',
    'token_embd output_norm output blk.{}.attn_norm blk.{}.attn_norm_2 blk.{}.attn_qkv blk.{}.attn_output blk.{}.ffn_down blk.{}.ffn_up'.split(
      ' ',
    ),
  ],
  [
    'baichuan',
    'token_embd output_norm output rope_freqs blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.attn_rot_embd blk.{}.ffn_norm blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up'.split(
      ' ',
    ),
  ],
  [
    'gpt2',
    'token_embd position_embd output_norm output blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_output blk.{}.ffn_norm blk.{}.ffn_down blk.{}.ffn_up'.split(
      ' ',
    ),
  ],
  [
    'gptneox',
    'token_embd output_norm output blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_output blk.{}.ffn_norm blk.{}.ffn_down blk.{}.ffn_up'.split(
      ' ',
    ),
  ],
  [
    'mpt',
    'token_embd output_norm output blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_output blk.{}.ffn_norm blk.{}.ffn_down blk.{}.ffn_up blk.{}.ffn blk.{}.attn_q_norm blk.{}.attn_k_norm position_embd'.split(
      ' ',
    ),
  ],
  [
    'starcoder',
    'token_embd position_embd output_norm output blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_output blk.{}.ffn_norm blk.{}.ffn_down blk.{}.ffn_up'.split(
      ' ',
    ),
  ],
  [
    'refact',
    'token_embd output_norm output blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.ffn_norm blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up'.split(
      ' ',
    ),
  ],
  [
    'bert',
    'token_embd token_embd_norm token_types position_embd output_norm blk.{}.attn_output_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.ffn_down blk.{}.ffn_up blk.{}.layer_output_norm cls cls.output'.split(
      ' ',
    ),
  ],
  [
    'modern-bert',
    'token_embd token_embd_norm output_norm blk.{}.attn_norm blk.{}.attn_output blk.{}.attn_qkv blk.{}.ffn_up blk.{}.ffn_down blk.{}.ffn_norm cls cls.output cls.norm'.split(
      ' ',
    ),
  ],
  [
    'nomic-bert',
    'token_embd token_embd_norm token_types position_embd output_norm blk.{}.attn_output_norm blk.{}.attn_qkv blk.{}.attn_output blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up blk.{}.layer_output_norm'.split(
      ' ',
    ),
  ],
  [
    'nomic-bert-moe',
    'token_embd token_embd_norm token_types position_embd output_norm blk.{}.attn_output_norm blk.{}.attn_qkv blk.{}.attn_output blk.{}.ffn_down blk.{}.ffn_up blk.{}.ffn_gate_inp blk.{}.ffn_down_exps blk.{}.ffn_up_exps blk.{}.layer_output_norm'.split(
      ' ',
    ),
  ],
  [
    'neo-bert',
    'token_embd blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_output blk.{}.ffn_norm blk.{}.ffn_down blk.{}.ffn_up enc.output_norm cls cls.output'.split(
      ' ',
    ),
  ],
  [
    'jina-bert-v2',
    'token_embd token_embd_norm token_types blk.{}.attn_norm_2 blk.{}.attn_output_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_q_norm blk.{}.attn_k blk.{}.attn_k_norm blk.{}.attn_v blk.{}.attn_output blk.{}.ffn_up blk.{}.ffn_gate blk.{}.ffn_down blk.{}.layer_output_norm cls'.split(
      ' ',
    ),
  ],
  [
    'jina-bert-v3',
    'token_embd token_embd_norm token_types output_norm blk.{}.attn_output_norm blk.{}.attn_qkv blk.{}.attn_output blk.{}.ffn_down blk.{}.ffn_up blk.{}.layer_output_norm'.split(
      ' ',
    ),
  ],
  [
    'eurobert',
    'token_embd output_norm blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.ffn_norm blk.{}.ffn_gate blk.{}.ffn_up blk.{}.ffn_down'.split(
      ' ',
    ),
  ],
  [
    'bloom',
    'token_embd token_embd_norm output_norm output blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_output blk.{}.ffn_norm blk.{}.ffn_down blk.{}.ffn_up'.split(
      ' ',
    ),
  ],
  [
    'stablelm',
    'token_embd output_norm output rope_freqs blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.ffn_norm blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up blk.{}.attn_q_norm blk.{}.attn_k_norm'.split(
      ' ',
    ),
  ],
  [
    'qwen',
    'token_embd output_norm output rope_freqs blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_output blk.{}.attn_rot_embd blk.{}.ffn_norm blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up'.split(
      ' ',
    ),
  ],
  [
    'qwen2',
    'token_embd output_norm output rope_freqs blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.ffn_norm blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up'.split(
      ' ',
    ),
  ],
  [
    'qwen2moe',
    'token_embd output_norm output blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.ffn_norm blk.{}.ffn_gate_inp blk.{}.ffn_gate_exps blk.{}.ffn_down_exps blk.{}.ffn_up_exps blk.{}.ffn_gate_inp_shexp blk.{}.ffn_gate_shexp blk.{}.ffn_down_shexp blk.{}.ffn_up_shexp'.split(
      ' ',
    ),
  ],
  [
    'qwen2vl',
    'token_embd output_norm output blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.ffn_norm blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up'.split(
      ' ',
    ),
  ],
  [
    'qwen3',
    'token_embd output_norm output rope_freqs blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_q_norm blk.{}.attn_k blk.{}.attn_k_norm blk.{}.attn_v blk.{}.attn_output blk.{}.ffn_norm blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up'.split(
      ' ',
    ),
  ],
  [
    'qwen3moe',
    'token_embd output_norm output blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_q_norm blk.{}.attn_k blk.{}.attn_k_norm blk.{}.attn_v blk.{}.attn_output blk.{}.ffn_norm blk.{}.ffn_gate_inp blk.{}.ffn_gate_exps blk.{}.ffn_down_exps blk.{}.ffn_up_exps'.split(
      ' ',
    ),
  ],
  [
    'qwen3next',
    'token_embd output_norm output blk.{}.attn_norm blk.{}.attn_q blk.{}.attn_q_norm blk.{}.attn_k blk.{}.attn_k_norm blk.{}.attn_v blk.{}.attn_output blk.{}.post_attention_norm blk.{}.attn_gate blk.{}.attn_qkv blk.{}.ffn_gate_inp blk.{}.ffn_gate_inp_shexp blk.{}.ffn_up_shexp blk.{}.ffn_down_shexp blk.{}.ffn_gate_shexp blk.{}.ffn_down_exps blk.{}.ffn_up_exps blk.{}.ffn_gate_exps blk.{}.ffn_gate_up_exps blk.{}.ssm_a blk.{}.ssm_conv1d blk.{}.ssm_dt blk.{}.ssm_norm blk.{}.ssm_in blk.{}.ssm_ba blk.{}.ssm_out blk.{}.nextn.eh_proj blk.{}.nextn.embed_tokens blk.{}.nextn.enorm blk.{}.nextn.hnorm blk.{}.nextn.shared_head_head blk.{}.nextn.shared_head_norm'.split(
      ' ',
    ),
  ],
  [
    'qwen3vl',
    'token_embd output_norm output rope_freqs blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_q_norm blk.{}.attn_k blk.{}.attn_k_norm blk.{}.attn_v blk.{}.attn_output blk.{}.ffn_norm blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up'.split(
      ' ',
    ),
  ],
  [
    'qwen3vlmoe',
    'token_embd output_norm output blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_q_norm blk.{}.attn_k blk.{}.attn_k_norm blk.{}.attn_v blk.{}.attn_output blk.{}.ffn_norm blk.{}.ffn_gate_inp blk.{}.ffn_gate_exps blk.{}.ffn_down_exps blk.{}.ffn_up_exps'.split(
      ' ',
    ),
  ],
  [
    'qwen35',
    'token_embd output_norm output blk.{}.attn_norm blk.{}.attn_q blk.{}.attn_q_norm blk.{}.attn_k blk.{}.attn_k_norm blk.{}.attn_v blk.{}.attn_output blk.{}.post_attention_norm blk.{}.attn_gate blk.{}.attn_qkv blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up blk.{}.ssm_a blk.{}.ssm_conv1d blk.{}.ssm_dt blk.{}.ssm_norm blk.{}.ssm_beta blk.{}.ssm_alpha blk.{}.ssm_out blk.{}.nextn.eh_proj blk.{}.nextn.embed_tokens blk.{}.nextn.enorm blk.{}.nextn.hnorm blk.{}.nextn.shared_head_head blk.{}.nextn.shared_head_norm'.split(
      ' ',
    ),
  ],
  [
    'qwen35moe',
    'token_embd output_norm output blk.{}.attn_norm blk.{}.attn_q blk.{}.attn_q_norm blk.{}.attn_k blk.{}.attn_k_norm blk.{}.attn_v blk.{}.attn_output blk.{}.post_attention_norm blk.{}.attn_gate blk.{}.attn_qkv blk.{}.ffn_gate_inp blk.{}.ffn_gate_inp_shexp blk.{}.ffn_up_shexp blk.{}.ffn_down_shexp blk.{}.ffn_gate_shexp blk.{}.ffn_down_exps blk.{}.ffn_up_exps blk.{}.ffn_gate_exps blk.{}.ffn_gate_up_exps blk.{}.ssm_a blk.{}.ssm_conv1d blk.{}.ssm_dt blk.{}.ssm_norm blk.{}.ssm_beta blk.{}.ssm_alpha blk.{}.ssm_out blk.{}.nextn.eh_proj blk.{}.nextn.embed_tokens blk.{}.nextn.enorm blk.{}.nextn.hnorm blk.{}.nextn.shared_head_head blk.{}.nextn.shared_head_norm'.split(
      ' ',
    ),
  ],
  [
    'phi2',
    'token_embd output_norm output blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.ffn_norm blk.{}.ffn_down blk.{}.ffn_up'.split(
      ' ',
    ),
  ],
  [
    'phi3',
    'token_embd output_norm output rope_factors_long rope_factors_short blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.ffn_norm blk.{}.ffn_down blk.{}.ffn_up'.split(
      ' ',
    ),
  ],
  [
    'phimoe',
    'token_embd output_norm output rope_factors_long rope_factors_short blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.ffn_norm blk.{}.ffn_gate_inp blk.{}.ffn_gate_exps blk.{}.ffn_down_exps blk.{}.ffn_up_exps'.split(
      ' ',
    ),
  ],
  [
    'orion',
    'token_embd output_norm output rope_freqs blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.attn_rot_embd blk.{}.ffn_norm blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up'.split(
      ' ',
    ),
  ],
  [
    'internlm2',
    'token_embd output_norm output blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.attn_rot_embd blk.{}.ffn_norm blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up'.split(
      ' ',
    ),
  ],
  [
    'minicpm',
    'token_embd output output_norm rope_freqs rope_factors_long rope_factors_short blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.attn_rot_embd blk.{}.ffn_gate_inp blk.{}.ffn_norm blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up blk.{}.ffn_gate_exps blk.{}.ffn_down_exps blk.{}.ffn_up_exps'.split(
      ' ',
    ),
  ],
  [
    'minicpm3',
    'token_embd output_norm output rope_factors_long rope_factors_short blk.{}.attn_norm blk.{}.attn_q_a blk.{}.attn_q_b blk.{}.attn_kv_a_mqa blk.{}.attn_kv_b blk.{}.attn_q_a_norm blk.{}.attn_kv_a_norm blk.{}.attn_output blk.{}.ffn_norm blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up'.split(
      ' ',
    ),
  ],
  [
    'gemma',
    'token_embd output_norm blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up blk.{}.ffn_norm'.split(
      ' ',
    ),
  ],
  [
    'gemma2',
    'token_embd output_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up blk.{}.attn_norm blk.{}.post_attention_norm blk.{}.ffn_norm blk.{}.post_ffw_norm'.split(
      ' ',
    ),
  ],
  [
    'gemma3',
    'token_embd output output_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_q_norm blk.{}.attn_k blk.{}.attn_k_norm blk.{}.attn_v blk.{}.attn_output blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up blk.{}.attn_norm blk.{}.post_attention_norm blk.{}.ffn_norm blk.{}.post_ffw_norm'.split(
      ' ',
    ),
  ],
  [
    'gemma3n',
    'token_embd output output_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_q_norm blk.{}.attn_k blk.{}.attn_k_norm blk.{}.attn_v blk.{}.attn_output blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up blk.{}.attn_norm blk.{}.post_attention_norm blk.{}.ffn_norm blk.{}.post_ffw_norm per_layer_token_embd per_layer_model_proj blk.{}.inp_gate blk.{}.proj per_layer_proj_norm blk.{}.post_norm altup_proj altup_unembd_proj blk.{}.altup_correct_coef blk.{}.altup_correct_scale blk.{}.altup_predict_coef blk.{}.altup_router blk.{}.altup_router_norm blk.{}.laurel_l blk.{}.laurel_r blk.{}.laurel_post_norm'.split(
      ' ',
    ),
  ],
  [
    'gemma4',
    'rope_freqs token_embd output output_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_q_norm blk.{}.attn_k blk.{}.attn_k_norm blk.{}.attn_v blk.{}.attn_output blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up blk.{}.ffn_gate_up_exps blk.{}.ffn_gate_exps blk.{}.ffn_up_exps blk.{}.ffn_down_exps blk.{}.attn_norm blk.{}.post_attention_norm blk.{}.ffn_gate_inp blk.{}.ffn_norm blk.{}.pre_ffw_norm_2 blk.{}.post_ffw_norm blk.{}.post_ffw_norm_1 blk.{}.post_ffw_norm_2 blk.{}.layer_output_scale per_layer_token_embd per_layer_model_proj blk.{}.inp_gate blk.{}.proj per_layer_proj_norm blk.{}.post_norm'.split(
      ' ',
    ),
  ],
  [
    'gemma-embedding',
    'token_embd output dense_2 dense_3 output_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_q_norm blk.{}.attn_k blk.{}.attn_k_norm blk.{}.attn_v blk.{}.attn_output blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up blk.{}.attn_norm blk.{}.post_attention_norm blk.{}.ffn_norm blk.{}.post_ffw_norm'.split(
      ' ',
    ),
  ],
  [
    'starcoder2',
    'token_embd output_norm output rope_freqs blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.attn_rot_embd blk.{}.ffn_norm blk.{}.ffn_down blk.{}.ffn_up'.split(
      ' ',
    ),
  ],
  [
    'codeshell',
    'token_embd position_embd output_norm output blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_output blk.{}.attn_rot_embd blk.{}.ffn_norm blk.{}.ffn_down blk.{}.ffn_up'.split(
      ' ',
    ),
  ],
  [
    'rwkv6',
    'token_embd token_embd_norm output_norm output blk.{}.attn_norm blk.{}.attn_norm_2 blk.{}.time_mix_w1 blk.{}.time_mix_w2 blk.{}.time_mix_lerp_x blk.{}.time_mix_lerp_k blk.{}.time_mix_lerp_v blk.{}.time_mix_lerp_r blk.{}.time_mix_lerp_g blk.{}.time_mix_lerp_w blk.{}.time_mix_lerp_fused blk.{}.time_mix_first blk.{}.time_mix_decay blk.{}.time_mix_decay_w1 blk.{}.time_mix_decay_w2 blk.{}.time_mix_key blk.{}.time_mix_value blk.{}.time_mix_receptance blk.{}.time_mix_gate blk.{}.time_mix_ln blk.{}.time_mix_output blk.{}.channel_mix_lerp_k blk.{}.channel_mix_lerp_r blk.{}.channel_mix_key blk.{}.channel_mix_receptance blk.{}.channel_mix_value'.split(
      ' ',
    ),
  ],
  [
    'rwkv7',
    'token_embd token_embd_norm output_norm output blk.{}.attn_norm blk.{}.attn_norm_2 blk.{}.time_mix_lerp_fused blk.{}.time_mix_w0 blk.{}.time_mix_w1 blk.{}.time_mix_w2 blk.{}.time_mix_a0 blk.{}.time_mix_a1 blk.{}.time_mix_a2 blk.{}.time_mix_v0 blk.{}.time_mix_v1 blk.{}.time_mix_v2 blk.{}.time_mix_g1 blk.{}.time_mix_g2 blk.{}.time_mix_k_k blk.{}.time_mix_k_a blk.{}.time_mix_r_k blk.{}.time_mix_key blk.{}.time_mix_value blk.{}.time_mix_receptance blk.{}.time_mix_ln blk.{}.time_mix_output blk.{}.channel_mix_lerp_k blk.{}.channel_mix_key blk.{}.channel_mix_value'.split(
      ' ',
    ),
  ],
  [
    'mamba',
    'token_embd output_norm output blk.{}.attn_norm blk.{}.ssm_in blk.{}.ssm_conv1d blk.{}.ssm_x blk.{}.ssm_dt blk.{}.ssm_a blk.{}.ssm_d blk.{}.ssm_out'.split(
      ' ',
    ),
  ],
  [
    'mamba2',
    'token_embd output_norm output blk.{}.attn_norm blk.{}.ssm_in blk.{}.ssm_conv1d blk.{}.ssm_dt blk.{}.ssm_a blk.{}.ssm_d blk.{}.ssm_norm blk.{}.ssm_out'.split(
      ' ',
    ),
  ],
  [
    'jamba',
    'token_embd output_norm output blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.ssm_in blk.{}.ssm_conv1d blk.{}.ssm_x blk.{}.ssm_dt blk.{}.ssm_dt_norm blk.{}.ssm_a blk.{}.ssm_b_norm blk.{}.ssm_c_norm blk.{}.ssm_d blk.{}.ssm_out blk.{}.ffn_gate_inp blk.{}.ffn_norm blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up blk.{}.ffn_gate_exps blk.{}.ffn_down_exps blk.{}.ffn_up_exps'.split(
      ' ',
    ),
  ],
  [
    'xverse',
    'token_embd output_norm output rope_freqs blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.attn_rot_embd blk.{}.ffn_norm blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up'.split(
      ' ',
    ),
  ],
  [
    'command-r',
    'token_embd output_norm blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up blk.{}.attn_k_norm blk.{}.attn_q_norm'.split(
      ' ',
    ),
  ],
  [
    'cohere2',
    'token_embd output_norm blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up'.split(
      ' ',
    ),
  ],
  [
    'dbrx',
    'token_embd output_norm output blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_output blk.{}.attn_output_norm blk.{}.ffn_gate_inp blk.{}.ffn_gate_exps blk.{}.ffn_down_exps blk.{}.ffn_up_exps'.split(
      ' ',
    ),
  ],
  [
    'olmo',
    'token_embd output blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up'.split(
      ' ',
    ),
  ],
  [
    'olmo2',
    'token_embd output_norm output blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.post_attention_norm blk.{}.attn_q_norm blk.{}.attn_k_norm blk.{}.post_ffw_norm blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up'.split(
      ' ',
    ),
  ],
  [
    'olmoe',
    'token_embd output_norm output blk.{}.attn_output blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_norm blk.{}.attn_q_norm blk.{}.attn_k_norm blk.{}.ffn_norm blk.{}.ffn_gate_inp blk.{}.ffn_gate_exps blk.{}.ffn_up_exps blk.{}.ffn_down_exps'.split(
      ' ',
    ),
  ],
  [
    'openelm',
    'token_embd output_norm blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q_norm blk.{}.attn_k_norm blk.{}.attn_output blk.{}.ffn_norm blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up'.split(
      ' ',
    ),
  ],
  [
    'arctic',
    'token_embd output_norm output rope_freqs blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.attn_rot_embd blk.{}.ffn_gate_inp blk.{}.ffn_norm blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up blk.{}.ffn_norm_exps blk.{}.ffn_gate_exps blk.{}.ffn_down_exps blk.{}.ffn_up_exps'.split(
      ' ',
    ),
  ],
  [
    'deepseek',
    'token_embd output_norm output rope_freqs blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.attn_rot_embd blk.{}.ffn_gate_inp blk.{}.ffn_norm blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up blk.{}.ffn_gate_exps blk.{}.ffn_down_exps blk.{}.ffn_up_exps blk.{}.ffn_gate_shexp blk.{}.ffn_down_shexp blk.{}.ffn_up_shexp'.split(
      ' ',
    ),
  ],
  [
    'deepseek2',
    'token_embd output_norm output rope_freqs blk.{}.attn_norm blk.{}.attn_q blk.{}.attn_q_a blk.{}.attn_q_b blk.{}.attn_kv_a_mqa blk.{}.attn_kv_b blk.{}.attn_k blk.{}.attn_k_b blk.{}.attn_v blk.{}.attn_v_b blk.{}.attn_q_a_norm blk.{}.attn_kv_a_norm blk.{}.attn_output blk.{}.attn_rot_embd blk.{}.ffn_gate_inp blk.{}.ffn_norm blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up blk.{}.ffn_gate_exps blk.{}.ffn_down_exps blk.{}.ffn_up_exps blk.{}.ffn_gate_shexp blk.{}.ffn_down_shexp blk.{}.ffn_up_shexp blk.{}.exp_probs_b blk.{}.nextn.eh_proj blk.{}.nextn.embed_tokens blk.{}.nextn.enorm blk.{}.nextn.hnorm blk.{}.nextn.shared_head_head blk.{}.nextn.shared_head_norm'.split(
      ' ',
    ),
  ],
  [
    'chatglm',
    'token_embd rope_freqs output_norm output blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.ffn_norm blk.{}.ffn_down blk.{}.ffn_up'.split(
      ' ',
    ),
  ],
  [
    'glm4',
    'token_embd rope_freqs output_norm output blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.ffn_norm blk.{}.ffn_down blk.{}.ffn_up blk.{}.post_attention_norm blk.{}.post_ffw_norm blk.{}.nextn.eh_proj blk.{}.nextn.embed_tokens blk.{}.nextn.enorm blk.{}.nextn.hnorm blk.{}.nextn.shared_head_head blk.{}.nextn.shared_head_norm'.split(
      ' ',
    ),
  ],
  [
    'glm4moe',
    'token_embd output_norm output blk.{}.attn_norm blk.{}.post_attention_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.attn_q_norm blk.{}.attn_k_norm blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up blk.{}.ffn_gate_inp blk.{}.ffn_gate_exps blk.{}.ffn_down_exps blk.{}.ffn_up_exps blk.{}.ffn_gate_shexp blk.{}.ffn_down_shexp blk.{}.ffn_up_shexp blk.{}.exp_probs_b blk.{}.nextn.eh_proj blk.{}.nextn.embed_tokens blk.{}.nextn.enorm blk.{}.nextn.hnorm blk.{}.nextn.shared_head_head blk.{}.nextn.shared_head_norm'.split(
      ' ',
    ),
  ],
  [
    'bitnet',
    'blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v token_embd output_norm blk.{}.attn_norm blk.{}.attn_output blk.{}.ffn_norm blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up blk.{}.attn_sub_norm blk.{}.ffn_sub_norm'.split(
      ' ',
    ),
  ],
  [
    't5',
    'token_embd output dec.blk.{}.attn_norm dec.blk.{}.attn_q dec.blk.{}.attn_k dec.blk.{}.attn_v dec.blk.{}.attn_o dec.blk.{}.attn_rel_b dec.blk.{}.cross_attn_norm dec.blk.{}.cross_attn_q dec.blk.{}.cross_attn_k dec.blk.{}.cross_attn_v dec.blk.{}.cross_attn_o dec.blk.{}.cross_attn_rel_b dec.blk.{}.ffn_norm dec.blk.{}.ffn_gate dec.blk.{}.ffn_down dec.blk.{}.ffn_up dec.output_norm enc.blk.{}.attn_norm enc.blk.{}.attn_q enc.blk.{}.attn_k enc.blk.{}.attn_v enc.blk.{}.attn_o enc.blk.{}.attn_rel_b enc.blk.{}.ffn_norm enc.blk.{}.ffn_gate enc.blk.{}.ffn_down enc.blk.{}.ffn_up enc.output_norm'.split(
      ' ',
    ),
  ],
  [
    't5encoder',
    'token_embd output enc.blk.{}.attn_norm enc.blk.{}.attn_q enc.blk.{}.attn_k enc.blk.{}.attn_v enc.blk.{}.attn_o enc.blk.{}.attn_rel_b enc.blk.{}.ffn_norm enc.blk.{}.ffn_gate enc.blk.{}.ffn_down enc.blk.{}.ffn_up enc.output_norm'.split(
      ' ',
    ),
  ],
  [
    'nemotron',
    'token_embd output_norm output rope_freqs blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.attn_rot_embd blk.{}.ffn_norm blk.{}.ffn_down blk.{}.ffn_up'.split(
      ' ',
    ),
  ],
  [
    'nemotron_h',
    'token_embd output_norm output blk.{}.attn_norm blk.{}.ssm_in blk.{}.ssm_conv1d blk.{}.ssm_dt blk.{}.ssm_a blk.{}.ssm_d blk.{}.ssm_norm blk.{}.ssm_out blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.ffn_down blk.{}.ffn_up'.split(
      ' ',
    ),
  ],
  [
    'exaone',
    'token_embd output_norm output rope_freqs blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.attn_rot_embd blk.{}.ffn_norm blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up'.split(
      ' ',
    ),
  ],
  [
    'exaone4',
    'token_embd output_norm output rope_freqs blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_q_norm blk.{}.attn_k blk.{}.attn_k_norm blk.{}.attn_v blk.{}.attn_output blk.{}.post_attention_norm blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up blk.{}.post_ffw_norm blk.{}.nextn.eh_proj blk.{}.nextn.embed_tokens blk.{}.nextn.enorm blk.{}.nextn.hnorm blk.{}.nextn.shared_head_head blk.{}.nextn.shared_head_norm'.split(
      ' ',
    ),
  ],
  [
    'granite',
    'token_embd output_norm output blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.ffn_norm blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up'.split(
      ' ',
    ),
  ],
  [
    'granitemoe',
    'token_embd output_norm output blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.ffn_norm blk.{}.ffn_gate_inp blk.{}.ffn_gate_exps blk.{}.ffn_down_exps blk.{}.ffn_up_exps blk.{}.ffn_gate_shexp blk.{}.ffn_up_shexp blk.{}.ffn_down_shexp'.split(
      ' ',
    ),
  ],
  [
    'granitehybrid',
    'token_embd output_norm output blk.{}.attn_norm blk.{}.ssm_in blk.{}.ssm_conv1d blk.{}.ssm_dt blk.{}.ssm_a blk.{}.ssm_d blk.{}.ssm_norm blk.{}.ssm_out blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.ffn_norm blk.{}.ffn_gate_inp blk.{}.ffn_gate_exps blk.{}.ffn_down_exps blk.{}.ffn_up_exps blk.{}.ffn_gate_shexp blk.{}.ffn_up_shexp blk.{}.ffn_down_shexp blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up'.split(
      ' ',
    ),
  ],
  [
    'dots1',
    'token_embd output_norm output blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_q_norm blk.{}.attn_k blk.{}.attn_k_norm blk.{}.attn_v blk.{}.attn_output blk.{}.exp_probs_b blk.{}.ffn_norm blk.{}.ffn_gate blk.{}.ffn_gate_exps blk.{}.ffn_gate_inp blk.{}.ffn_gate_shexp blk.{}.ffn_down blk.{}.ffn_down_exps blk.{}.ffn_down_shexp blk.{}.ffn_up blk.{}.ffn_up_exps blk.{}.ffn_up_shexp'.split(
      ' ',
    ),
  ],
  [
    'ernie4_5',
    'token_embd output_norm output blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.ffn_norm blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up'.split(
      ' ',
    ),
  ],
  [
    'ernie4_5-moe',
    'token_embd output_norm output blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.ffn_norm blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up blk.{}.ffn_gate_inp blk.{}.ffn_gate_exps blk.{}.ffn_down_exps blk.{}.ffn_up_exps blk.{}.ffn_gate_shexp blk.{}.ffn_down_shexp blk.{}.ffn_up_shexp blk.{}.exp_probs_b'.split(
      ' ',
    ),
  ],
  [
    'falcon-h1',
    'token_embd blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.ssm_in blk.{}.ssm_conv1d blk.{}.ssm_dt blk.{}.ssm_a blk.{}.ssm_d blk.{}.ssm_norm blk.{}.ssm_out blk.{}.ffn_norm blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up output_norm output'.split(
      ' ',
    ),
  ],
  [
    'hunyuan-moe',
    'token_embd output_norm output rope_freqs blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_q_norm blk.{}.attn_k blk.{}.attn_k_norm blk.{}.attn_v blk.{}.attn_output blk.{}.ffn_gate_inp blk.{}.ffn_norm blk.{}.ffn_gate_exps blk.{}.ffn_down_exps blk.{}.ffn_up_exps blk.{}.ffn_gate_shexp blk.{}.ffn_down_shexp blk.{}.ffn_up_shexp'.split(
      ' ',
    ),
  ],
  [
    'hunyuan-dense',
    'token_embd output_norm output blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_q_norm blk.{}.attn_k blk.{}.attn_k_norm blk.{}.attn_v blk.{}.attn_output blk.{}.ffn_norm blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up'.split(
      ' ',
    ),
  ],
  [
    'smollm3',
    'token_embd output_norm output rope_freqs blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.attn_rot_embd blk.{}.ffn_norm blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up'.split(
      ' ',
    ),
  ],
  [
    'gpt-oss',
    'token_embd output_norm output blk.{}.attn_norm blk.{}.post_attention_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.attn_sinks blk.{}.ffn_gate_inp blk.{}.ffn_gate_exps blk.{}.ffn_down_exps blk.{}.ffn_up_exps'.split(
      ' ',
    ),
  ],
  [
    'lfm2',
    'token_embd token_embd_norm blk.{}.shortconv.conv blk.{}.shortconv.in_proj blk.{}.shortconv.out_proj blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up blk.{}.ffn_norm blk.{}.attn_norm blk.{}.attn_q_norm blk.{}.attn_k_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output output dense_2'.split(
      ' ',
    ),
  ],
  [
    'lfm2moe',
    'token_embd token_embd_norm blk.{}.shortconv.conv blk.{}.shortconv.in_proj blk.{}.shortconv.out_proj blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up blk.{}.ffn_norm blk.{}.attn_norm blk.{}.attn_q_norm blk.{}.attn_k_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.ffn_gate_inp blk.{}.ffn_gate_exps blk.{}.ffn_down_exps blk.{}.ffn_up_exps blk.{}.exp_probs_b'.split(
      ' ',
    ),
  ],
  [
    'dream',
    'token_embd output_norm output rope_freqs blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.ffn_norm blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up'.split(
      ' ',
    ),
  ],
  [
    'smallthinker',
    'token_embd output_norm output blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.ffn_norm blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up blk.{}.ffn_gate_inp blk.{}.ffn_gate_exps blk.{}.ffn_down_exps blk.{}.ffn_up_exps'.split(
      ' ',
    ),
  ],
  [
    'seed_oss',
    'token_embd blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.post_attention_norm blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up output_norm output'.split(
      ' ',
    ),
  ],
  [
    'apertus',
    'token_embd output_norm output rope_freqs blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_k blk.{}.attn_v blk.{}.attn_output blk.{}.attn_rot_embd blk.{}.attn_q_norm blk.{}.attn_k_norm blk.{}.ffn_norm blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up'.split(
      ' ',
    ),
  ],
  [
    'minimax-m2',
    'token_embd output_norm output blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_q_norm blk.{}.attn_k blk.{}.attn_k_norm blk.{}.attn_v blk.{}.attn_output blk.{}.ffn_norm blk.{}.ffn_gate_inp blk.{}.ffn_gate_exps blk.{}.ffn_down_exps blk.{}.ffn_up_exps blk.{}.exp_probs_b'.split(
      ' ',
    ),
  ],
  [
    'plm',
    'token_embd output output_norm blk.{}.attn_norm blk.{}.attn_q blk.{}.attn_kv_a_mqa blk.{}.attn_kv_a_norm blk.{}.attn_kv_b blk.{}.attn_output blk.{}.ffn_norm blk.{}.ffn_up blk.{}.ffn_down'.split(
      ' ',
    ),
  ],
  [
    'maincoder',
    'token_embd output_norm output blk.{}.attn_norm blk.{}.attn_qkv blk.{}.attn_q blk.{}.attn_q_norm blk.{}.attn_k blk.{}.attn_k_norm blk.{}.attn_v blk.{}.attn_output blk.{}.ffn_norm blk.{}.ffn_gate blk.{}.ffn_down blk.{}.ffn_up'.split(
      ' ',
    ),
  ],
]);

/** Names that mean something else in one architecture. */
export const ARCHITECTURE_NAMES: ReadonlyMap<string, typeof TENSOR_NAMES> = new Map<string, typeof TENSOR_NAMES>([
  [
    'arctic',
    [
      ['blk.{}.ffn_norm', ['model.layers.{}.residual_layernorm']],
      ['blk.{}.ffn_norm_exps', ['model.layers.{}.post_attention_layernorm']],
    ],
  ],
]);
