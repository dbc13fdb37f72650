/**
 * How checkpoints name the tensors of a GGUF (facts of llama.cpp 0.5.0, gguf-py/gguf/tensor_mapping.py).
 * Made by test/oracle/tensor_names.py: do not edit. `{}` is a block's number. Where two tensors of an architecture
 * claim one name, the later row has it.
 */
export const TENSOR_NAMES: readonly (readonly [tensor: string, gguf: string, names: readonly string[]])[] = [
  [
    'TOKEN_EMBD',
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
  ['MASKED_EMBD_CENTROIDS', 'masked_embd_centroids', ['masked_embedding.centroids']],
  ['MASKED_EMBD_ORDERING', 'masked_embd_ordering', ['masked_embedding.token_ordering']],
  ['TOKEN_TYPES', 'token_types', ['embeddings.token_type_embeddings']],
  [
    'TOKEN_EMBD_NORM',
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
  ['POS_EMBD', 'position_embd', ['transformer.wpe', 'embeddings.position_embeddings', 'wpe', 'model.embed_positions']],
  [
    'OUTPUT',
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
  ['DENSE_2_OUT', 'dense_2', ['dense_2_out']],
  ['DENSE_3_OUT', 'dense_3', ['dense_3_out']],
  [
    'OUTPUT_NORM',
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
  ['ROPE_FREQS', 'rope_freqs', ['rope.freqs', 'rotary_pos_emb.inv_freq']],
  ['ROPE_FACTORS_LONG', 'rope_factors_long', []],
  ['ROPE_FACTORS_SHORT', 'rope_factors_short', []],
  ['CONV1D', 'conv1d', ['backbone.embed']],
  [
    'ATTN_NORM',
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
    'ATTN_NORM_2',
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
    'ATTN_QKV',
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
    'ATTN_Q',
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
    'ATTN_K',
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
    'ATTN_V',
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
    'ATTN_OUT',
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
    'ATTN_OUT_NORM',
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
    'ATTN_POST_NORM',
    'blk.{}.post_attention_norm',
    [
      'model.layers.{}.post_attention_layernorm',
      'layers.{}.post_attention_layernorm',
      'model.layers.{}.post_self_attn_layernorm',
      'model.layers.layers.{}.post_mixer_norm.weight',
    ],
  ],
  [
    'ATTN_ROT_EMBD',
    'blk.{}.attn_rot_embd',
    [
      'model.layers.{}.self_attn.rotary_emb.inv_freq',
      'layers.{}.attention.inner_attention.rope.freqs',
      'model.layers.layers.{}.self_attn.rotary_emb.inv_freq',
      'transformer.h.{}.attn.rotary_emb.inv_freq',
    ],
  ],
  [
    'ATTN_SINKS',
    'blk.{}.attn_sinks',
    [
      'model.layers.{}.self_attn.sinks',
      'model.layers.{}.self_attn.attention_sink_bias',
      'model.layers.{}.self_attn.learnable_sink_param',
    ],
  ],
  [
    'ATTN_GATE',
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
    'FFN_NORM',
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
    'FFN_PRE_NORM',
    'blk.{}.ffn_norm',
    [
      'model.layers.{}.pre_feedforward_layernorm',
      'layers.{}.pre_feedforward_layernorm',
      'model.layers.{}.pre_ff_layernorm.weight',
      'model.layers.{}.pre_mlp_layernorm',
    ],
  ],
  ['FFN_PRE_NORM_2', 'blk.{}.pre_ffw_norm_2', ['model.layers.{}.pre_feedforward_layernorm_2']],
  [
    'FFN_POST_NORM',
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
  ['FFN_POST_NORM_1', 'blk.{}.post_ffw_norm_1', ['model.layers.{}.post_feedforward_layernorm_1']],
  ['FFN_POST_NORM_2', 'blk.{}.post_ffw_norm_2', ['model.layers.{}.post_feedforward_layernorm_2']],
  [
    'FFN_GATE_INP',
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
  ['FFN_GATE_INP_SHEXP', 'blk.{}.ffn_gate_inp_shexp', ['model.layers.{}.mlp.shared_expert_gate']],
  [
    'FFN_EXP_PROBS_B',
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
    'FFN_UP',
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
    'FFN_UP_EXP',
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
    'FFN_UP_SHEXP',
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
  ['FFN_UP_CHEXP', 'blk.{}.ffn_up_chexps', ['model.layers.{}.mlp.chunk_experts.up_proj']],
  ['FFN_ACT', 'blk.{}.ffn', ['transformer.blocks.{}.ffn.act']],
  [
    'FFN_GATE',
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
    'FFN_GATE_EXP',
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
    'FFN_GATE_SHEXP',
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
  ['FFN_GATE_CHEXP', 'blk.{}.ffn_gate_chexps', ['model.layers.{}.mlp.chunk_experts.gate_proj']],
  [
    'FFN_GATE_UP_EXP',
    'blk.{}.ffn_gate_up_exps',
    ['model.layers.{}.mlp.experts.gate_up_proj', 'model.layers.{}.experts.gate_up_proj'],
  ],
  ['MOE_LATENT_DOWN', 'blk.{}.ffn_latent_down', ['backbone.layers.{}.mixer.fc1_latent_proj']],
  ['MOE_LATENT_UP', 'blk.{}.ffn_latent_up', ['backbone.layers.{}.mixer.fc2_latent_proj']],
  [
    'FFN_DOWN',
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
    'FFN_DOWN_EXP',
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
    'FFN_DOWN_SHEXP',
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
  ['FFN_DOWN_CHEXP', 'blk.{}.ffn_down_chexps', ['model.layers.{}.mlp.chunk_experts.down_proj']],
  [
    'ATTN_Q_NORM',
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
    'ATTN_K_NORM',
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
  ['ROPE_FREQS', 'rope_freqs', ['encoder.layers.{}.self_attention.rotary_emb.inv_freq']],
  [
    'LAYER_OUT_NORM',
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
  ['LAYER_OUT_SCALE', 'blk.{}.layer_output_scale', ['model.layers.{}.layer_scalar', 'model.blocks.{}.embed_skip.a_g']],
  ['PER_LAYER_TOKEN_EMBD', 'per_layer_token_embd', ['model.embed_tokens_per_layer']],
  ['PER_LAYER_MODEL_PROJ', 'per_layer_model_proj', ['model.per_layer_model_projection']],
  ['PER_LAYER_PROJ_NORM', 'per_layer_proj_norm', ['model.per_layer_projection_norm']],
  ['ALTUP_PROJ', 'altup_proj', ['model.altup_projections']],
  ['ALTUP_UNEMBD_PROJ', 'altup_unembd_proj', ['model.altup_unembed_projections']],
  ['PER_LAYER_INP_GATE', 'blk.{}.inp_gate', ['model.layers.{}.per_layer_input_gate']],
  ['PER_LAYER_PROJ', 'blk.{}.proj', ['model.layers.{}.per_layer_projection']],
  ['PER_LAYER_POST_NORM', 'blk.{}.post_norm', ['model.layers.{}.post_per_layer_input_norm']],
  ['ALTUP_CORRECT_COEF', 'blk.{}.altup_correct_coef', ['model.layers.{}.altup.correction_coefs']],
  ['ALTUP_CORRECT_SCALE', 'blk.{}.altup_correct_scale', ['model.layers.{}.altup.correct_output_scale']],
  ['ALTUP_PREDICT_COEF', 'blk.{}.altup_predict_coef', ['model.layers.{}.altup.prediction_coefs']],
  ['ALTUP_ROUTER', 'blk.{}.altup_router', ['model.layers.{}.altup.modality_router']],
  ['ALTUP_ROUTER_NORM', 'blk.{}.altup_router_norm', ['model.layers.{}.altup.router_norm']],
  ['LAUREL_L', 'blk.{}.laurel_l', ['model.layers.{}.laurel.linear_left']],
  ['LAUREL_R', 'blk.{}.laurel_r', ['model.layers.{}.laurel.linear_right']],
  ['LAUREL_POST_NORM', 'blk.{}.laurel_post_norm', ['model.layers.{}.laurel.post_laurel_norm']],
  [
    'SSM_IN',
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
    'SSM_CONV1D',
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
    'SSM_X',
    'blk.{}.ssm_x',
    [
      'model.layers.{}.x_proj',
      'backbone.layers.{}.mixer.x_proj',
      'model.layers.{}.mamba.x_proj',
      'model.layers.layers.{}.mixer.bcdt_proj',
    ],
  ],
  [
    'SSM_DT',
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
  [
    'SSM_DT_NORM',
    'blk.{}.ssm_dt_norm',
    ['model.layers.layers.{}.mixer.dt_norm.weight', 'model.layers.{}.mamba.dt_layernorm'],
  ],
  [
    'SSM_A',
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
    'SSM_B_NORM',
    'blk.{}.ssm_b_norm',
    [
      'model.layers.{}.mamba.b_layernorm',
      'model.layers.{}.mamba.B_layernorm',
      'model.layers.layers.{}.mixer.B_norm.weight',
    ],
  ],
  [
    'SSM_C_NORM',
    'blk.{}.ssm_c_norm',
    [
      'model.layers.{}.mamba.c_layernorm',
      'model.layers.{}.mamba.C_layernorm',
      'model.layers.layers.{}.mixer.C_norm.weight',
    ],
  ],
  [
    'SSM_D',
    'blk.{}.ssm_d',
    ['model.layers.{}.D', 'backbone.layers.{}.mixer.D', 'model.layers.{}.mamba.D', 'model.layers.layers.{}.mixer.D'],
  ],
  [
    'SSM_NORM',
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
    'SSM_OUT',
    'blk.{}.ssm_out',
    [
      'model.layers.{}.out_proj',
      'backbone.layers.{}.mixer.out_proj',
      'model.layers.{}.mamba.out_proj',
      'model.layers.{}.linear_attn.out_proj',
      'model.layers.layers.{}.mixer.out_proj',
    ],
  ],
  ['SSM_ALPHA', 'blk.{}.ssm_alpha', ['model.layers.{}.linear_attn.in_proj_a']],
  ['SSM_BETA_ALPHA', 'blk.{}.ssm_ba', ['model.layers.{}.linear_attn.in_proj_ba']],
  ['SSM_CONV1D_Q', 'blk.{}.ssm_conv1d_q', ['model.layers.{}.self_attn.q_conv1d', 'model.layers.{}.attention.q_conv1d']],
  ['SSM_CONV1D_K', 'blk.{}.ssm_conv1d_k', ['model.layers.{}.self_attn.k_conv1d', 'model.layers.{}.attention.k_conv1d']],
  ['SSM_CONV1D_V', 'blk.{}.ssm_conv1d_v', ['model.layers.{}.self_attn.v_conv1d', 'model.layers.{}.attention.v_conv1d']],
  ['SSM_F_A', 'blk.{}.ssm_f_a', ['model.layers.{}.self_attn.f_a_proj']],
  ['SSM_F_B', 'blk.{}.ssm_f_b', ['model.layers.{}.self_attn.f_b_proj']],
  [
    'SSM_BETA',
    'blk.{}.ssm_beta',
    ['model.layers.{}.linear_attn.in_proj_b', 'model.layers.{}.self_attn.b_proj', 'model.layers.{}.attention.b_proj'],
  ],
  ['FFN_ROUTED_DOWN', 'blk.{}.ffn_routed_down', ['model.layers.{}.block_sparse_moe.routed_expert_down_proj']],
  ['FFN_ROUTED_UP', 'blk.{}.ffn_routed_up', ['model.layers.{}.block_sparse_moe.routed_expert_up_proj']],
  ['FFN_ROUTED_NORM', 'blk.{}.ffn_routed_norm', ['model.layers.{}.block_sparse_moe.routed_expert_norm']],
  ['SSM_G_A', 'blk.{}.ssm_g_a', ['model.layers.{}.self_attn.g_a_proj']],
  ['SSM_G_B', 'blk.{}.ssm_g_b', ['model.layers.{}.self_attn.g_b_proj']],
  ['TIME_MIX_W0', 'blk.{}.time_mix_w0', ['model.layers.{}.attention.w0']],
  [
    'TIME_MIX_W1',
    'blk.{}.time_mix_w1',
    ['rwkv.blocks.{}.attention.time_maa_w1', 'model.layers.{}.self_attn.time_maa_w1', 'model.layers.{}.attention.w1'],
  ],
  [
    'TIME_MIX_W2',
    'blk.{}.time_mix_w2',
    ['rwkv.blocks.{}.attention.time_maa_w2', 'model.layers.{}.self_attn.time_maa_w2', 'model.layers.{}.attention.w2'],
  ],
  ['TIME_MIX_A0', 'blk.{}.time_mix_a0', ['model.layers.{}.attention.a0']],
  ['TIME_MIX_A1', 'blk.{}.time_mix_a1', ['model.layers.{}.attention.a1']],
  ['TIME_MIX_A2', 'blk.{}.time_mix_a2', ['model.layers.{}.attention.a2']],
  ['TIME_MIX_V0', 'blk.{}.time_mix_v0', ['model.layers.{}.attention.v0']],
  ['TIME_MIX_V1', 'blk.{}.time_mix_v1', ['model.layers.{}.attention.v1']],
  ['TIME_MIX_V2', 'blk.{}.time_mix_v2', ['model.layers.{}.attention.v2']],
  ['TIME_MIX_G1', 'blk.{}.time_mix_g1', ['model.layers.{}.attention.g1']],
  ['TIME_MIX_G2', 'blk.{}.time_mix_g2', ['model.layers.{}.attention.g2']],
  ['TIME_MIX_K_K', 'blk.{}.time_mix_k_k', ['model.layers.{}.attention.k_k']],
  ['TIME_MIX_K_A', 'blk.{}.time_mix_k_a', ['model.layers.{}.attention.k_a']],
  ['TIME_MIX_R_K', 'blk.{}.time_mix_r_k', ['model.layers.{}.attention.r_k']],
  [
    'TIME_MIX_LERP_X',
    'blk.{}.time_mix_lerp_x',
    ['rwkv.blocks.{}.attention.time_maa_x', 'model.layers.{}.self_attn.time_maa_x'],
  ],
  [
    'TIME_MIX_LERP_K',
    'blk.{}.time_mix_lerp_k',
    ['rwkv.blocks.{}.attention.time_maa_k', 'model.layers.{}.self_attn.time_maa_k'],
  ],
  [
    'TIME_MIX_LERP_V',
    'blk.{}.time_mix_lerp_v',
    ['rwkv.blocks.{}.attention.time_maa_v', 'model.layers.{}.self_attn.time_maa_v'],
  ],
  [
    'TIME_MIX_LERP_R',
    'blk.{}.time_mix_lerp_r',
    ['rwkv.blocks.{}.attention.time_maa_r', 'model.layers.{}.self_attn.time_maa_r'],
  ],
  [
    'TIME_MIX_LERP_G',
    'blk.{}.time_mix_lerp_g',
    ['rwkv.blocks.{}.attention.time_maa_g', 'model.layers.{}.self_attn.time_maa_g'],
  ],
  [
    'TIME_MIX_LERP_W',
    'blk.{}.time_mix_lerp_w',
    ['rwkv.blocks.{}.attention.time_maa_w', 'model.layers.{}.self_attn.time_maa_w'],
  ],
  ['TIME_MIX_FIRST', 'blk.{}.time_mix_first', ['rwkv.blocks.{}.attention.time_faaaa']],
  [
    'TIME_MIX_DECAY',
    'blk.{}.time_mix_decay',
    ['rwkv.blocks.{}.attention.time_decay', 'model.layers.{}.self_attn.time_decay'],
  ],
  [
    'TIME_MIX_DECAY_W1',
    'blk.{}.time_mix_decay_w1',
    ['rwkv.blocks.{}.attention.time_decay_w1', 'model.layers.{}.self_attn.time_decay_w1'],
  ],
  [
    'TIME_MIX_DECAY_W2',
    'blk.{}.time_mix_decay_w2',
    ['rwkv.blocks.{}.attention.time_decay_w2', 'model.layers.{}.self_attn.time_decay_w2'],
  ],
  [
    'TIME_MIX_KEY',
    'blk.{}.time_mix_key',
    [
      'rwkv.blocks.{}.attention.key',
      'model.layers.{}.self_attn.k_proj',
      'model.layers.{}.attention.key',
      'model.layers.{}.attention.k_proj',
    ],
  ],
  [
    'TIME_MIX_VALUE',
    'blk.{}.time_mix_value',
    [
      'rwkv.blocks.{}.attention.value',
      'model.layers.{}.self_attn.v_proj',
      'model.layers.{}.attention.value',
      'model.layers.{}.attention.v_proj',
    ],
  ],
  [
    'TIME_MIX_RECEPTANCE',
    'blk.{}.time_mix_receptance',
    [
      'rwkv.blocks.{}.attention.receptance',
      'model.layers.{}.self_attn.q_proj',
      'model.layers.{}.attention.receptance',
      'model.layers.{}.attention.r_proj',
    ],
  ],
  ['TIME_MIX_GATE', 'blk.{}.time_mix_gate', ['rwkv.blocks.{}.attention.gate', 'model.layers.{}.self_attn.gate']],
  ['TIME_MIX_LN', 'blk.{}.time_mix_ln', ['rwkv.blocks.{}.attention.ln_x', 'model.layers.{}.attention.ln_x']],
  [
    'TIME_MIX_OUTPUT',
    'blk.{}.time_mix_output',
    [
      'rwkv.blocks.{}.attention.output',
      'model.layers.{}.self_attn.o_proj',
      'model.layers.{}.attention.output',
      'model.layers.{}.attention.o_proj',
    ],
  ],
  [
    'CHANNEL_MIX_LERP_K',
    'blk.{}.channel_mix_lerp_k',
    ['rwkv.blocks.{}.feed_forward.time_maa_k', 'model.layers.{}.feed_forward.x_k'],
  ],
  ['CHANNEL_MIX_LERP_R', 'blk.{}.channel_mix_lerp_r', ['rwkv.blocks.{}.feed_forward.time_maa_r']],
  [
    'CHANNEL_MIX_KEY',
    'blk.{}.channel_mix_key',
    ['rwkv.blocks.{}.feed_forward.key', 'model.layers.{}.feed_forward.key'],
  ],
  ['CHANNEL_MIX_RECEPTANCE', 'blk.{}.channel_mix_receptance', ['rwkv.blocks.{}.feed_forward.receptance']],
  [
    'CHANNEL_MIX_VALUE',
    'blk.{}.channel_mix_value',
    ['rwkv.blocks.{}.feed_forward.value', 'model.layers.{}.feed_forward.value'],
  ],
  [
    'ATTN_Q_A',
    'blk.{}.attn_q_a',
    ['model.layers.{}.self_attn.q_a_proj', 'model.layers.{}.attention.q_a_proj', 'layers.{}.attention.wq_a'],
  ],
  [
    'ATTN_Q_B',
    'blk.{}.attn_q_b',
    ['model.layers.{}.self_attn.q_b_proj', 'model.layers.{}.attention.q_b_proj', 'layers.{}.attention.wq_b'],
  ],
  [
    'ATTN_KV_A_MQA',
    'blk.{}.attn_kv_a_mqa',
    [
      'model.layers.{}.self_attn.kv_a_proj_with_mqa',
      'model.layers.{}.attention.kv_a_proj_with_mqa',
      'layers.{}.attention.wkv_a_with_mqa',
    ],
  ],
  ['ATTN_KV_B', 'blk.{}.attn_kv_b', ['model.layers.{}.self_attn.kv_b_proj', 'model.layers.{}.attention.kv_b_proj']],
  [
    'ATTN_K_B',
    'blk.{}.attn_k_b',
    ['model.layers.{}.self_attn.k_b_proj', 'model.layers.{}.attention.k_b_proj', 'layers.{}.attention.k_b_proj'],
  ],
  [
    'ATTN_V_B',
    'blk.{}.attn_v_b',
    ['model.layers.{}.self_attn.v_b_proj', 'model.layers.{}.attention.v_b_proj', 'layers.{}.attention.v_b_proj'],
  ],
  [
    'ATTN_Q_A_NORM',
    'blk.{}.attn_q_a_norm',
    [
      'model.layers.{}.self_attn.q_a_layernorm',
      'model.layers.{}.attention.q_a_layernorm',
      'layers.{}.attention.q_a_norm',
    ],
  ],
  [
    'ATTN_KV_A_NORM',
    'blk.{}.attn_kv_a_norm',
    [
      'model.layers.{}.self_attn.kv_a_layernorm',
      'model.layers.{}.attention.kv_a_layernorm',
      'layers.{}.attention.kv_a_norm',
    ],
  ],
  ['ATTN_SUB_NORM', 'blk.{}.attn_sub_norm', ['model.layers.{}.self_attn.inner_attn_ln']],
  ['FFN_SUB_NORM', 'blk.{}.ffn_sub_norm', ['model.layers.{}.mlp.ffn_layernorm']],
  ['DEC_ATTN_NORM', 'dec.blk.{}.attn_norm', ['decoder.block.{}.layer.0.layer_norm']],
  ['DEC_ATTN_Q', 'dec.blk.{}.attn_q', ['decoder.block.{}.layer.0.SelfAttention.q']],
  ['DEC_ATTN_K', 'dec.blk.{}.attn_k', ['decoder.block.{}.layer.0.SelfAttention.k']],
  ['DEC_ATTN_V', 'dec.blk.{}.attn_v', ['decoder.block.{}.layer.0.SelfAttention.v']],
  ['DEC_ATTN_OUT', 'dec.blk.{}.attn_o', ['decoder.block.{}.layer.0.SelfAttention.o']],
  ['DEC_ATTN_REL_B', 'dec.blk.{}.attn_rel_b', ['decoder.block.{}.layer.0.SelfAttention.relative_attention_bias']],
  ['DEC_CROSS_ATTN_NORM', 'dec.blk.{}.cross_attn_norm', ['decoder.block.{}.layer.1.layer_norm']],
  ['DEC_CROSS_ATTN_Q', 'dec.blk.{}.cross_attn_q', ['decoder.block.{}.layer.1.EncDecAttention.q']],
  ['DEC_CROSS_ATTN_K', 'dec.blk.{}.cross_attn_k', ['decoder.block.{}.layer.1.EncDecAttention.k']],
  ['DEC_CROSS_ATTN_V', 'dec.blk.{}.cross_attn_v', ['decoder.block.{}.layer.1.EncDecAttention.v']],
  ['DEC_CROSS_ATTN_OUT', 'dec.blk.{}.cross_attn_o', ['decoder.block.{}.layer.1.EncDecAttention.o']],
  [
    'DEC_CROSS_ATTN_REL_B',
    'dec.blk.{}.cross_attn_rel_b',
    ['decoder.block.{}.layer.1.EncDecAttention.relative_attention_bias'],
  ],
  ['DEC_FFN_NORM', 'dec.blk.{}.ffn_norm', ['decoder.block.{}.layer.2.layer_norm']],
  ['DEC_FFN_GATE', 'dec.blk.{}.ffn_gate', ['decoder.block.{}.layer.2.DenseReluDense.wi_0']],
  [
    'DEC_FFN_UP',
    'dec.blk.{}.ffn_up',
    ['decoder.block.{}.layer.2.DenseReluDense.wi', 'decoder.block.{}.layer.2.DenseReluDense.wi_1'],
  ],
  ['DEC_FFN_DOWN', 'dec.blk.{}.ffn_down', ['decoder.block.{}.layer.2.DenseReluDense.wo']],
  ['DEC_OUTPUT_NORM', 'dec.output_norm', ['decoder.final_layer_norm']],
  ['ENC_ATTN_NORM', 'enc.blk.{}.attn_norm', ['encoder.block.{}.layer.0.layer_norm']],
  ['ENC_ATTN_Q', 'enc.blk.{}.attn_q', ['encoder.block.{}.layer.0.SelfAttention.q']],
  ['ENC_ATTN_K', 'enc.blk.{}.attn_k', ['encoder.block.{}.layer.0.SelfAttention.k']],
  ['ENC_ATTN_V', 'enc.blk.{}.attn_v', ['encoder.block.{}.layer.0.SelfAttention.v']],
  ['ENC_ATTN_OUT', 'enc.blk.{}.attn_o', ['encoder.block.{}.layer.0.SelfAttention.o']],
  ['ENC_ATTN_REL_B', 'enc.blk.{}.attn_rel_b', ['encoder.block.{}.layer.0.SelfAttention.relative_attention_bias']],
  ['ENC_FFN_NORM', 'enc.blk.{}.ffn_norm', ['encoder.block.{}.layer.1.layer_norm']],
  ['ENC_FFN_GATE', 'enc.blk.{}.ffn_gate', ['encoder.block.{}.layer.1.DenseReluDense.wi_0']],
  [
    'ENC_FFN_UP',
    'enc.blk.{}.ffn_up',
    ['encoder.block.{}.layer.1.DenseReluDense.wi', 'encoder.block.{}.layer.1.DenseReluDense.wi_1'],
  ],
  ['ENC_FFN_DOWN', 'enc.blk.{}.ffn_down', ['encoder.block.{}.layer.1.DenseReluDense.wo']],
  ['VISEXP_UP', 'blk.{}.vis_up', ['model.layers.{}.mlp.vision_mlp.up_proj']],
  ['VISEXP_GATE', 'blk.{}.vis_gate', ['model.layers.{}.mlp.vision_mlp.gate_proj']],
  ['VISEXP_DOWN', 'blk.{}.vis_down', ['model.layers.{}.mlp.vision_mlp.down_proj']],
  ['VISEXP_ATTN_OUT', 'blk.{}.vis_attn_output', ['model.layers.{}.self_attn.vision_expert_dense']],
  ['VISEXP_ATTN_QKV', 'blk.{}.vis_attn_qkv', ['model.layers.{}.self_attn.vision_expert_query_key_value']],
  [
    'INDEXER_K_NORM',
    'blk.{}.indexer.k_norm',
    ['model.layers.{}.self_attn.indexer.k_norm', 'model.layers.{}.self_attn.index_k_norm'],
  ],
  ['INDEXER_PROJ', 'blk.{}.indexer.proj', ['model.layers.{}.self_attn.indexer.weights_proj']],
  ['INDEXER_ATTN_K', 'blk.{}.indexer.attn_k', ['model.layers.{}.self_attn.indexer.wk']],
  ['INDEXER_ATTN_Q_B', 'blk.{}.indexer.attn_q_b', ['model.layers.{}.self_attn.indexer.wq_b']],
  [
    'INDEXER_KPOOL_GATE',
    'blk.{}.indexer_compressor_gate',
    ['model.layers.{}.self_attn.indexer.index_kpool_compress_gate'],
  ],
  [
    'INDEXER_KPOOL_APE',
    'blk.{}.indexer_compressor_ape',
    ['model.layers.{}.self_attn.indexer.index_kpool_compress_ape'],
  ],
  ['INDEXER_Q_PROJ', 'blk.{}.indexer.q_proj', ['model.layers.{}.self_attn.index_q_proj']],
  ['INDEXER_K_PROJ', 'blk.{}.indexer.k_proj', ['model.layers.{}.self_attn.index_k_proj']],
  ['INDEXER_Q_NORM', 'blk.{}.indexer.q_norm', ['model.layers.{}.self_attn.index_q_norm']],
  ['HC_ATTN_FN', 'blk.{}.hc_attn_fn', ['model.layers.{}.hc_attn_layer.hc_pre.hc_fn', 'model.layers.{}.hc_attn_fn']],
  [
    'HC_ATTN_BASE',
    'blk.{}.hc_attn_base',
    ['model.layers.{}.hc_attn_layer.hc_pre.hc_base', 'model.layers.{}.hc_attn_base'],
  ],
  [
    'HC_ATTN_SCALE',
    'blk.{}.hc_attn_scale',
    ['model.layers.{}.hc_attn_layer.hc_pre.hc_scale', 'model.layers.{}.hc_attn_scale'],
  ],
  ['HC_FFN_FN', 'blk.{}.hc_ffn_fn', ['model.layers.{}.hc_mlp_layer.hc_pre.hc_fn', 'model.layers.{}.hc_ffn_fn']],
  ['HC_FFN_BASE', 'blk.{}.hc_ffn_base', ['model.layers.{}.hc_mlp_layer.hc_pre.hc_base', 'model.layers.{}.hc_ffn_base']],
  [
    'HC_FFN_SCALE',
    'blk.{}.hc_ffn_scale',
    ['model.layers.{}.hc_mlp_layer.hc_pre.hc_scale', 'model.layers.{}.hc_ffn_scale'],
  ],
  ['HC_HEAD_FN', 'output_hc_fn', ['model.hc_head.hc_head_fn']],
  ['HC_HEAD_BASE', 'output_hc_base', ['model.hc_head.hc_head_base']],
  ['HC_HEAD_SCALE', 'output_hc_scale', ['model.hc_head.hc_head_scale']],
  [
    'ENC_OUTPUT_NORM',
    'enc.output_norm',
    ['encoder.final_layer_norm', 'layer_norm', 'model.hidden_norm', 'encoder.output_norm_enc'],
  ],
  ['FC', 'fc', ['model.fc', 'encoder.fc']],
  ['DSPARK_MARKOV_W1', 'markov_w1', ['model.markov_head.markov_w1']],
  ['DSPARK_MARKOV_W2', 'markov_w2', ['model.markov_head.markov_w2']],
  ['DSPARK_CONF_PROJ', 'conf_proj', ['model.confidence_head.proj']],
  ['DFLASH_ATTN_CONV_BASE', 'blk.{}.attn_conv_base', ['model.layers.{}.attention_conv.base_kernel']],
  ['DFLASH_ATTN_CONV_PROJ', 'blk.{}.attn_conv_proj', ['model.layers.{}.attention_conv.kernel_projection']],
  ['DFLASH_FFN_CONV_BASE', 'blk.{}.ffn_conv_base', ['model.layers.{}.mlp_conv.base_kernel']],
  ['DFLASH_FFN_CONV_PROJ', 'blk.{}.ffn_conv_proj', ['model.layers.{}.mlp_conv.kernel_projection']],
  ['DFLASH_SELECTOR_PREV', 'selector_predecessor', ['model.candidate_selector.predecessor_codebook']],
  ['DFLASH_SELECTOR_NEXT', 'selector_successor', ['model.candidate_selector.successor_codebook']],
  ['DFLASH_SELECTOR_HIDDEN', 'selector_hidden', ['model.candidate_selector.hidden_projection']],
  ['CLS', 'cls', ['classifier', 'classifier.dense', 'pre_classifier', 'dense', 'head.dense']],
  ['CLS_OUT', 'cls.output', ['classifier.out_proj']],
  ['CLS_NORM', 'cls.norm', ['head.norm']],
  ['CONVNEXT_DW', 'convnext.{}.dw', ['backbone.convnext.{}.dwconv']],
  ['CONVNEXT_NORM', 'convnext.{}.norm', ['backbone.convnext.{}.norm']],
  ['CONVNEXT_PW1', 'convnext.{}.pw1', ['backbone.convnext.{}.pwconv1']],
  ['CONVNEXT_PW2', 'convnext.{}.pw2', ['backbone.convnext.{}.pwconv2']],
  ['CONVNEXT_GAMMA', 'convnext.{}.gamma', ['backbone.convnext.{}.gamma']],
  ['POSNET_CONV1', 'posnet.{}.conv1', ['backbone.posnet.{}.conv1']],
  ['POSNET_CONV2', 'posnet.{}.conv2', ['backbone.posnet.{}.conv2']],
  ['POSNET_NORM', 'posnet.{}.norm', ['backbone.posnet.{}.norm']],
  ['POSNET_NORM1', 'posnet.{}.norm1', ['backbone.posnet.{}.norm1']],
  ['POSNET_NORM2', 'posnet.{}.norm2', ['backbone.posnet.{}.norm2']],
  ['POSNET_ATTN_NORM', 'posnet.{}.attn_norm', ['backbone.posnet.{}.norm']],
  ['POSNET_ATTN_Q', 'posnet.{}.attn_q', ['backbone.posnet.{}.q']],
  ['POSNET_ATTN_K', 'posnet.{}.attn_k', ['backbone.posnet.{}.k']],
  ['POSNET_ATTN_V', 'posnet.{}.attn_v', ['backbone.posnet.{}.v']],
  ['POSNET_ATTN_OUT', 'posnet.{}.attn_output', ['backbone.posnet.{}.proj_out']],
  ['SHORTCONV_CONV', 'blk.{}.shortconv.conv', ['model.layers.{}.conv.conv']],
  ['SHORTCONV_INPROJ', 'blk.{}.shortconv.in_proj', ['model.layers.{}.conv.in_proj']],
  ['SHORTCONV_OUTPROJ', 'blk.{}.shortconv.out_proj', ['model.layers.{}.conv.out_proj']],
  ['NEXTN_PROJ_PRE', 'nextn.pre_projection', ['pre_projection']],
  ['NEXTN_PROJ_POST', 'nextn.post_projection', ['post_projection']],
  ['NEXTN_EH_PROJ', 'blk.{}.nextn.eh_proj', ['model.layers.{}.eh_proj']],
  ['NEXTN_EMBED_TOKENS', 'blk.{}.nextn.embed_tokens', ['model.layers.{}.embed_tokens']],
  ['NEXTN_ENORM', 'blk.{}.nextn.enorm', ['model.layers.{}.enorm']],
  ['NEXTN_HNORM', 'blk.{}.nextn.hnorm', ['model.layers.{}.hnorm']],
  ['NEXTN_SHARED_HEAD_HEAD', 'blk.{}.nextn.shared_head_head', ['model.layers.{}.shared_head.head']],
  ['NEXTN_SHARED_HEAD_NORM', 'blk.{}.nextn.shared_head_norm', ['model.layers.{}.shared_head.norm']],
  ['ATTN_COMPRESSOR_APE', 'blk.{}.attn_compressor_ape', []],
  ['ATTN_COMPRESSOR_NORM', 'blk.{}.attn_compressor_norm', []],
  ['ATTN_COMPRESSOR_WGATE', 'blk.{}.attn_compressor_gate', []],
  ['ATTN_COMPRESSOR_WKV', 'blk.{}.attn_compressor_kv', []],
  ['ATTN_KV', 'blk.{}.attn_kv', []],
  ['ATTN_KV_NORM', 'blk.{}.attn_kv_a_norm', []],
  ['ATTN_OUT_A', 'blk.{}.attn_output_a', []],
  ['ATTN_OUT_B', 'blk.{}.attn_output_b', []],
  ['ATTN_RES_SCORE', 'blk.{}.attn_res_score', []],
  ['D2T', 'd2t', []],
  ['FFN_EXP_PROBS_B_VL', 'blk.{}.exp_probs_b_vl', []],
  ['FFN_GATE_TID2EID', 'blk.{}.ffn_gate_tid2eid', []],
  ['FFN_NORM_EXP', 'blk.{}.ffn_norm_exps', []],
  ['FFN_RES_SCORE', 'blk.{}.ffn_res_score', []],
  ['HC_ATTN_DOWN', 'blk.{}.hc_attn_down', []],
  ['HC_ATTN_INJECT', 'blk.{}.hc_attn_inject', []],
  ['HC_ATTN_NORM', 'blk.{}.hc_attn_norm', []],
  ['HC_ATTN_UP', 'blk.{}.hc_attn_up', []],
  ['HC_FFN_DOWN', 'blk.{}.hc_ffn_down', []],
  ['HC_FFN_INJECT', 'blk.{}.hc_ffn_inject', []],
  ['HC_FFN_NORM', 'blk.{}.hc_ffn_norm', []],
  ['HC_FFN_UP', 'blk.{}.hc_ffn_up', []],
  ['HC_HEAD_DOWN', 'output_hc_down', []],
  ['HC_HEAD_NORM', 'output_hc_norm', []],
  ['HC_HEAD_UP', 'output_hc_up', []],
  ['HRM_Z_L_INIT', 'hrm.z_l_init', []],
  ['INDEXER_COMPRESSOR_APE', 'blk.{}.indexer_compressor_ape', []],
  ['INDEXER_COMPRESSOR_NORM', 'blk.{}.indexer_compressor_norm', []],
  ['INDEXER_COMPRESSOR_WGATE', 'blk.{}.indexer_compressor_gate', []],
  ['INDEXER_COMPRESSOR_WKV', 'blk.{}.indexer_compressor_kv', []],
  ['OUTPUT_RES_SCORE', 'output_res_score', []],
  ['PLE_CONV1D', 'blk.{}.ple_conv1d', []],
  ['PLE_KEY', 'blk.{}.ple_key', []],
  ['PLE_NORM_CONV', 'blk.{}.ple_norm_conv', []],
  ['PLE_NORM_KEY', 'blk.{}.ple_norm_key', []],
  ['PLE_NORM_QUERY', 'blk.{}.ple_norm_query', []],
  ['PLE_VALUE', 'blk.{}.ple_value', []],
  ['SSM_G', 'blk.{}.ssm_g', []],
  ['TIME_MIX_LERP_FUSED', 'blk.{}.time_mix_lerp_fused', []],
];

/** The tensors (first column above) that an architecture may have, by the architecture's name in a GGUF. */
export const ARCHITECTURE_TENSORS: ReadonlyMap<string, readonly string[]> = new Map([
  [
    'afmoe',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_POST_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT ATTN_Q_NORM ATTN_K_NORM ATTN_GATE FFN_GATE FFN_DOWN FFN_UP FFN_GATE_INP FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP FFN_GATE_SHEXP FFN_UP_SHEXP FFN_DOWN_SHEXP FFN_PRE_NORM FFN_POST_NORM FFN_EXP_PROBS_B'.split(
      ' ',
    ),
  ],
  [
    'apertus',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ROPE_FREQS ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT ATTN_ROT_EMBD ATTN_Q_NORM ATTN_K_NORM FFN_NORM FFN_GATE FFN_DOWN FFN_UP'.split(
      ' ',
    ),
  ],
  [
    'arcee',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ROPE_FREQS ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT ATTN_ROT_EMBD FFN_NORM FFN_DOWN FFN_UP'.split(
      ' ',
    ),
  ],
  [
    'arctic',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ROPE_FREQS ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT ATTN_ROT_EMBD FFN_GATE_INP FFN_NORM FFN_GATE FFN_DOWN FFN_UP FFN_NORM_EXP FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP'.split(
      ' ',
    ),
  ],
  [
    'arwkv7',
    'TOKEN_EMBD TOKEN_EMBD_NORM OUTPUT_NORM OUTPUT ATTN_NORM TIME_MIX_LERP_FUSED TIME_MIX_W0 TIME_MIX_W1 TIME_MIX_W2 TIME_MIX_A0 TIME_MIX_A1 TIME_MIX_A2 TIME_MIX_V0 TIME_MIX_V1 TIME_MIX_V2 TIME_MIX_G1 TIME_MIX_G2 TIME_MIX_K_K TIME_MIX_K_A TIME_MIX_R_K TIME_MIX_KEY TIME_MIX_VALUE TIME_MIX_RECEPTANCE TIME_MIX_LN TIME_MIX_OUTPUT FFN_NORM FFN_GATE FFN_DOWN FFN_UP'.split(
      ' ',
    ),
  ],
  [
    'baichuan',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ROPE_FREQS ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT ATTN_ROT_EMBD FFN_NORM FFN_GATE FFN_DOWN FFN_UP'.split(
      ' ',
    ),
  ],
  [
    'bailingmoe',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ROPE_FREQS ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT FFN_GATE_INP FFN_NORM FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP FFN_GATE_SHEXP FFN_DOWN_SHEXP FFN_UP_SHEXP'.split(
      ' ',
    ),
  ],
  [
    'bailingmoe2',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_Q_NORM ATTN_K_NORM ATTN_QKV ATTN_OUT FFN_GATE_INP FFN_EXP_PROBS_B FFN_NORM FFN_GATE FFN_DOWN FFN_UP FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP FFN_GATE_SHEXP FFN_DOWN_SHEXP FFN_UP_SHEXP NEXTN_EH_PROJ NEXTN_EMBED_TOKENS NEXTN_ENORM NEXTN_HNORM NEXTN_SHARED_HEAD_HEAD NEXTN_SHARED_HEAD_NORM LAYER_OUT_NORM'.split(
      ' ',
    ),
  ],
  [
    'bailingmoe3',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_Q ATTN_Q_A ATTN_Q_B ATTN_Q_A_NORM ATTN_K ATTN_V ATTN_OUT ATTN_GATE ATTN_KV_A_MQA ATTN_KV_B ATTN_K_B ATTN_V_B ATTN_KV_A_NORM FFN_NORM FFN_GATE FFN_DOWN FFN_UP FFN_GATE_INP FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP FFN_GATE_SHEXP FFN_DOWN_SHEXP FFN_UP_SHEXP FFN_EXP_PROBS_B SSM_CONV1D_Q SSM_CONV1D_K SSM_CONV1D_V SSM_F_A SSM_BETA SSM_A SSM_G_A SSM_DT SSM_NORM NEXTN_EH_PROJ NEXTN_ENORM NEXTN_HNORM LAYER_OUT_NORM'.split(
      ' ',
    ),
  ],
  [
    'bert',
    'TOKEN_EMBD TOKEN_EMBD_NORM TOKEN_TYPES POS_EMBD OUTPUT_NORM ATTN_OUT_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT FFN_DOWN FFN_UP LAYER_OUT_NORM CLS CLS_OUT'.split(
      ' ',
    ),
  ],
  [
    'bitnet',
    'ATTN_Q ATTN_K ATTN_V TOKEN_EMBD OUTPUT_NORM ATTN_NORM ATTN_OUT FFN_NORM FFN_GATE FFN_DOWN FFN_UP ATTN_SUB_NORM FFN_SUB_NORM'.split(
      ' ',
    ),
  ],
  [
    'bloom',
    'TOKEN_EMBD TOKEN_EMBD_NORM OUTPUT_NORM OUTPUT ATTN_NORM ATTN_QKV ATTN_OUT FFN_NORM FFN_DOWN FFN_UP'.split(' '),
  ],
  [
    'chameleon',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_QKV ATTN_Q ATTN_Q_NORM ATTN_K ATTN_K_NORM ATTN_V ATTN_OUT FFN_NORM FFN_GATE FFN_DOWN FFN_UP'.split(
      ' ',
    ),
  ],
  [
    'chatglm',
    'TOKEN_EMBD ROPE_FREQS OUTPUT_NORM OUTPUT ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT FFN_NORM FFN_DOWN FFN_UP'.split(
      ' ',
    ),
  ],
  [
    'codeshell',
    'TOKEN_EMBD POS_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_QKV ATTN_OUT ATTN_ROT_EMBD FFN_NORM FFN_DOWN FFN_UP'.split(
      ' ',
    ),
  ],
  [
    'cogvlm',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_QKV ATTN_OUT FFN_NORM FFN_GATE FFN_DOWN FFN_UP VISEXP_ATTN_QKV VISEXP_ATTN_OUT VISEXP_GATE VISEXP_UP VISEXP_DOWN'.split(
      ' ',
    ),
  ],
  [
    'cohere2',
    'TOKEN_EMBD OUTPUT_NORM ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT FFN_GATE FFN_DOWN FFN_UP'.split(' '),
  ],
  [
    'cohere2moe',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_Q ATTN_K ATTN_V ATTN_OUT FFN_GATE FFN_DOWN FFN_UP FFN_GATE_INP FFN_GATE_EXP FFN_GATE_UP_EXP FFN_DOWN_EXP FFN_UP_EXP FFN_GATE_SHEXP FFN_DOWN_SHEXP FFN_UP_SHEXP NEXTN_EH_PROJ NEXTN_EMBED_TOKENS NEXTN_ENORM NEXTN_HNORM NEXTN_SHARED_HEAD_HEAD NEXTN_SHARED_HEAD_NORM'.split(
      ' ',
    ),
  ],
  [
    'command-r',
    'TOKEN_EMBD OUTPUT_NORM ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT FFN_GATE FFN_DOWN FFN_UP ATTN_K_NORM ATTN_Q_NORM'.split(
      ' ',
    ),
  ],
  [
    'dbrx',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_QKV ATTN_OUT ATTN_OUT_NORM FFN_GATE_INP FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP'.split(
      ' ',
    ),
  ],
  [
    'deci',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ROPE_FREQS ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT ATTN_ROT_EMBD FFN_GATE_INP FFN_NORM FFN_GATE FFN_DOWN FFN_UP FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP'.split(
      ' ',
    ),
  ],
  [
    'deepseek',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ROPE_FREQS ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT ATTN_ROT_EMBD FFN_GATE_INP FFN_NORM FFN_GATE FFN_DOWN FFN_UP FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP FFN_GATE_SHEXP FFN_DOWN_SHEXP FFN_UP_SHEXP'.split(
      ' ',
    ),
  ],
  [
    'deepseek2',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ROPE_FREQS ATTN_NORM ATTN_Q ATTN_Q_A ATTN_Q_B ATTN_KV_A_MQA ATTN_KV_B ATTN_K ATTN_K_B ATTN_V ATTN_V_B ATTN_Q_A_NORM ATTN_KV_A_NORM ATTN_OUT ATTN_ROT_EMBD FFN_GATE_INP FFN_NORM FFN_GATE FFN_DOWN FFN_UP FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP FFN_GATE_SHEXP FFN_DOWN_SHEXP FFN_UP_SHEXP FFN_EXP_PROBS_B NEXTN_EH_PROJ NEXTN_EMBED_TOKENS NEXTN_ENORM NEXTN_HNORM NEXTN_SHARED_HEAD_HEAD NEXTN_SHARED_HEAD_NORM'.split(
      ' ',
    ),
  ],
  [
    'deepseek2-ocr',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ROPE_FREQS ATTN_NORM ATTN_QKV ATTN_Q ATTN_Q_A ATTN_Q_B ATTN_KV_A_MQA ATTN_KV_B ATTN_K ATTN_K_B ATTN_V ATTN_V_B ATTN_Q_A_NORM ATTN_KV_A_NORM ATTN_OUT ATTN_ROT_EMBD FFN_GATE_INP FFN_NORM FFN_GATE FFN_DOWN FFN_UP FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP FFN_GATE_UP_EXP FFN_GATE_SHEXP FFN_DOWN_SHEXP FFN_UP_SHEXP FFN_EXP_PROBS_B'.split(
      ' ',
    ),
  ],
  [
    'deepseek32',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ROPE_FREQS ATTN_NORM ATTN_Q ATTN_Q_A ATTN_Q_B ATTN_KV_A_MQA ATTN_K_B ATTN_V_B ATTN_Q_A_NORM ATTN_KV_A_NORM ATTN_OUT ATTN_ROT_EMBD FFN_GATE_INP FFN_NORM FFN_GATE FFN_DOWN FFN_UP FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP FFN_GATE_SHEXP FFN_DOWN_SHEXP FFN_UP_SHEXP FFN_EXP_PROBS_B INDEXER_K_NORM INDEXER_PROJ INDEXER_ATTN_K INDEXER_ATTN_Q_B NEXTN_EH_PROJ NEXTN_EMBED_TOKENS NEXTN_ENORM NEXTN_HNORM NEXTN_SHARED_HEAD_HEAD NEXTN_SHARED_HEAD_NORM'.split(
      ' ',
    ),
  ],
  [
    'deepseek4',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT HC_HEAD_FN HC_HEAD_BASE HC_HEAD_SCALE ATTN_NORM ATTN_SINKS ATTN_Q_A ATTN_Q_B ATTN_Q_A_NORM ATTN_KV ATTN_KV_NORM ATTN_OUT_A ATTN_OUT_B HC_ATTN_FN HC_ATTN_BASE HC_ATTN_SCALE HC_FFN_FN HC_FFN_BASE HC_FFN_SCALE ATTN_COMPRESSOR_WKV ATTN_COMPRESSOR_WGATE ATTN_COMPRESSOR_APE ATTN_COMPRESSOR_NORM INDEXER_PROJ INDEXER_ATTN_Q_B INDEXER_COMPRESSOR_WKV INDEXER_COMPRESSOR_WGATE INDEXER_COMPRESSOR_APE INDEXER_COMPRESSOR_NORM FFN_GATE_INP FFN_GATE_TID2EID FFN_EXP_PROBS_B FFN_EXP_PROBS_B_VL FFN_NORM FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP FFN_GATE_SHEXP FFN_DOWN_SHEXP FFN_UP_SHEXP NEXTN_EH_PROJ NEXTN_EMBED_TOKENS NEXTN_ENORM NEXTN_HNORM NEXTN_SHARED_HEAD_HEAD NEXTN_SHARED_HEAD_NORM'.split(
      ' ',
    ),
  ],
  [
    'dflash',
    'ATTN_POST_NORM FFN_POST_NORM LAYER_OUT_SCALE ROPE_FREQS TOKEN_EMBD OUTPUT OUTPUT_NORM ATTN_NORM ATTN_Q ATTN_K ATTN_V ATTN_OUT ATTN_Q_NORM ATTN_K_NORM ATTN_SINKS ATTN_Q_A ATTN_Q_B ATTN_Q_A_NORM ATTN_KV ATTN_KV_NORM ATTN_OUT_A ATTN_OUT_B HC_ATTN_FN HC_ATTN_BASE HC_ATTN_SCALE HC_FFN_FN HC_FFN_BASE HC_FFN_SCALE HC_HEAD_FN HC_HEAD_BASE HC_HEAD_SCALE FFN_NORM FFN_GATE FFN_DOWN FFN_UP FFN_GATE_INP FFN_EXP_PROBS_B FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP FFN_GATE_SHEXP FFN_DOWN_SHEXP FFN_UP_SHEXP FC ENC_OUTPUT_NORM D2T DSPARK_MARKOV_W1 DSPARK_MARKOV_W2 DSPARK_CONF_PROJ DFLASH_ATTN_CONV_BASE DFLASH_ATTN_CONV_PROJ DFLASH_FFN_CONV_BASE DFLASH_FFN_CONV_PROJ DFLASH_SELECTOR_PREV DFLASH_SELECTOR_NEXT DFLASH_SELECTOR_HIDDEN'.split(
      ' ',
    ),
  ],
  [
    'dots1',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_QKV ATTN_Q ATTN_Q_NORM ATTN_K ATTN_K_NORM ATTN_V ATTN_OUT FFN_EXP_PROBS_B FFN_NORM FFN_GATE FFN_GATE_EXP FFN_GATE_INP FFN_GATE_SHEXP FFN_DOWN FFN_DOWN_EXP FFN_DOWN_SHEXP FFN_UP FFN_UP_EXP FFN_UP_SHEXP'.split(
      ' ',
    ),
  ],
  [
    'dots3note',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_Q_A ATTN_Q_B ATTN_KV_A_MQA ATTN_K_B ATTN_V_B ATTN_Q_A_NORM ATTN_KV_A_NORM ATTN_K_NORM ATTN_GATE ATTN_OUT FFN_NORM FFN_GATE FFN_DOWN FFN_UP FFN_GATE_INP FFN_EXP_PROBS_B FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP FFN_GATE_SHEXP FFN_DOWN_SHEXP FFN_UP_SHEXP INDEXER_K_NORM INDEXER_PROJ INDEXER_ATTN_K INDEXER_ATTN_Q_B NEXTN_EH_PROJ NEXTN_EMBED_TOKENS NEXTN_ENORM NEXTN_HNORM NEXTN_SHARED_HEAD_NORM'.split(
      ' ',
    ),
  ],
  [
    'dream',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ROPE_FREQS ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT FFN_NORM FFN_GATE FFN_DOWN FFN_UP'.split(
      ' ',
    ),
  ],
  [
    'eagle3',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ROPE_FREQS ATTN_NORM ATTN_NORM_2 ATTN_Q ATTN_K ATTN_V ATTN_OUT FFN_NORM FFN_GATE FFN_DOWN FFN_UP FC ENC_OUTPUT_NORM D2T'.split(
      ' ',
    ),
  ],
  [
    'ernie4_5',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT FFN_NORM FFN_GATE FFN_DOWN FFN_UP'.split(
      ' ',
    ),
  ],
  [
    'ernie4_5-moe',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT FFN_NORM FFN_GATE FFN_DOWN FFN_UP FFN_GATE_INP FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP FFN_GATE_SHEXP FFN_DOWN_SHEXP FFN_UP_SHEXP FFN_EXP_PROBS_B'.split(
      ' ',
    ),
  ],
  [
    'eurobert',
    'TOKEN_EMBD OUTPUT_NORM ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT FFN_NORM FFN_GATE FFN_UP FFN_DOWN'.split(
      ' ',
    ),
  ],
  [
    'exaone',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ROPE_FREQS ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT ATTN_ROT_EMBD FFN_NORM FFN_GATE FFN_DOWN FFN_UP'.split(
      ' ',
    ),
  ],
  [
    'exaone-moe',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ROPE_FREQS ATTN_NORM ATTN_QKV ATTN_Q ATTN_Q_NORM ATTN_K ATTN_K_NORM ATTN_V ATTN_OUT FFN_NORM FFN_GATE FFN_DOWN FFN_UP FFN_GATE_INP FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP FFN_GATE_SHEXP FFN_DOWN_SHEXP FFN_UP_SHEXP FFN_EXP_PROBS_B NEXTN_EH_PROJ NEXTN_EMBED_TOKENS NEXTN_ENORM NEXTN_HNORM NEXTN_SHARED_HEAD_HEAD NEXTN_SHARED_HEAD_NORM'.split(
      ' ',
    ),
  ],
  [
    'exaone4',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ROPE_FREQS ATTN_QKV ATTN_Q ATTN_Q_NORM ATTN_K ATTN_K_NORM ATTN_V ATTN_OUT ATTN_POST_NORM FFN_GATE FFN_DOWN FFN_UP FFN_POST_NORM NEXTN_EH_PROJ NEXTN_EMBED_TOKENS NEXTN_ENORM NEXTN_HNORM NEXTN_SHARED_HEAD_HEAD NEXTN_SHARED_HEAD_NORM'.split(
      ' ',
    ),
  ],
  ['falcon', 'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_NORM_2 ATTN_QKV ATTN_OUT FFN_DOWN FFN_UP'.split(' ')],
  [
    'falcon-h1',
    'TOKEN_EMBD ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT SSM_IN SSM_CONV1D SSM_DT SSM_A SSM_D SSM_NORM SSM_OUT FFN_PRE_NORM FFN_GATE FFN_DOWN FFN_UP OUTPUT_NORM OUTPUT'.split(
      ' ',
    ),
  ],
  [
    'gemma',
    'TOKEN_EMBD OUTPUT_NORM ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT FFN_GATE FFN_DOWN FFN_UP FFN_NORM'.split(
      ' ',
    ),
  ],
  [
    'gemma-embedding',
    'TOKEN_EMBD OUTPUT DENSE_2_OUT DENSE_3_OUT OUTPUT_NORM ATTN_QKV ATTN_Q ATTN_Q_NORM ATTN_K ATTN_K_NORM ATTN_V ATTN_OUT FFN_GATE FFN_DOWN FFN_UP ATTN_NORM ATTN_POST_NORM FFN_PRE_NORM FFN_POST_NORM'.split(
      ' ',
    ),
  ],
  [
    'gemma2',
    'TOKEN_EMBD OUTPUT_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT FFN_GATE FFN_DOWN FFN_UP ATTN_NORM ATTN_POST_NORM FFN_PRE_NORM FFN_POST_NORM'.split(
      ' ',
    ),
  ],
  [
    'gemma3',
    'TOKEN_EMBD OUTPUT OUTPUT_NORM ATTN_QKV ATTN_Q ATTN_Q_NORM ATTN_K ATTN_K_NORM ATTN_V ATTN_OUT FFN_GATE FFN_DOWN FFN_UP ATTN_NORM ATTN_POST_NORM FFN_PRE_NORM FFN_POST_NORM'.split(
      ' ',
    ),
  ],
  [
    'gemma3n',
    'TOKEN_EMBD OUTPUT OUTPUT_NORM ATTN_QKV ATTN_Q ATTN_Q_NORM ATTN_K ATTN_K_NORM ATTN_V ATTN_OUT FFN_GATE FFN_DOWN FFN_UP ATTN_NORM ATTN_POST_NORM FFN_PRE_NORM FFN_POST_NORM PER_LAYER_TOKEN_EMBD PER_LAYER_MODEL_PROJ PER_LAYER_INP_GATE PER_LAYER_PROJ PER_LAYER_PROJ_NORM PER_LAYER_POST_NORM ALTUP_PROJ ALTUP_UNEMBD_PROJ ALTUP_CORRECT_COEF ALTUP_CORRECT_SCALE ALTUP_PREDICT_COEF ALTUP_ROUTER ALTUP_ROUTER_NORM LAUREL_L LAUREL_R LAUREL_POST_NORM'.split(
      ' ',
    ),
  ],
  [
    'gemma4',
    'ROPE_FREQS TOKEN_EMBD OUTPUT OUTPUT_NORM ATTN_QKV ATTN_Q ATTN_Q_NORM ATTN_K ATTN_K_NORM ATTN_V ATTN_OUT FFN_GATE FFN_DOWN FFN_UP FFN_GATE_UP_EXP FFN_GATE_EXP FFN_UP_EXP FFN_DOWN_EXP ATTN_NORM ATTN_POST_NORM FFN_GATE_INP FFN_PRE_NORM FFN_PRE_NORM_2 FFN_POST_NORM FFN_POST_NORM_1 FFN_POST_NORM_2 LAYER_OUT_SCALE PER_LAYER_TOKEN_EMBD PER_LAYER_MODEL_PROJ PER_LAYER_INP_GATE PER_LAYER_PROJ PER_LAYER_PROJ_NORM PER_LAYER_POST_NORM'.split(
      ' ',
    ),
  ],
  [
    'gemma4-assistant',
    'ROPE_FREQS TOKEN_EMBD MASKED_EMBD_CENTROIDS MASKED_EMBD_ORDERING OUTPUT_NORM NEXTN_PROJ_PRE NEXTN_PROJ_POST ATTN_Q ATTN_Q_NORM ATTN_OUT FFN_GATE FFN_DOWN FFN_UP ATTN_NORM ATTN_POST_NORM FFN_PRE_NORM FFN_POST_NORM LAYER_OUT_SCALE'.split(
      ' ',
    ),
  ],
  [
    'glm-dsa',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ROPE_FREQS ATTN_NORM ATTN_Q ATTN_Q_A ATTN_Q_B ATTN_KV_A_MQA ATTN_KV_B ATTN_K_B ATTN_V_B ATTN_Q_A_NORM ATTN_KV_A_NORM ATTN_OUT ATTN_ROT_EMBD FFN_GATE_INP FFN_NORM FFN_GATE FFN_DOWN FFN_UP FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP FFN_GATE_SHEXP FFN_DOWN_SHEXP FFN_UP_SHEXP FFN_EXP_PROBS_B INDEXER_K_NORM INDEXER_PROJ INDEXER_ATTN_K INDEXER_ATTN_Q_B NEXTN_EH_PROJ NEXTN_EMBED_TOKENS NEXTN_ENORM NEXTN_HNORM NEXTN_SHARED_HEAD_HEAD NEXTN_SHARED_HEAD_NORM'.split(
      ' ',
    ),
  ],
  [
    'glm4',
    'TOKEN_EMBD ROPE_FREQS OUTPUT_NORM OUTPUT ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT FFN_NORM FFN_DOWN FFN_UP ATTN_POST_NORM FFN_POST_NORM NEXTN_EH_PROJ NEXTN_EMBED_TOKENS NEXTN_ENORM NEXTN_HNORM NEXTN_SHARED_HEAD_HEAD NEXTN_SHARED_HEAD_NORM'.split(
      ' ',
    ),
  ],
  [
    'glm4moe',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_POST_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT ATTN_Q_NORM ATTN_K_NORM FFN_GATE FFN_DOWN FFN_UP FFN_GATE_INP FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP FFN_GATE_SHEXP FFN_DOWN_SHEXP FFN_UP_SHEXP FFN_EXP_PROBS_B NEXTN_EH_PROJ NEXTN_EMBED_TOKENS NEXTN_ENORM NEXTN_HNORM NEXTN_SHARED_HEAD_HEAD NEXTN_SHARED_HEAD_NORM'.split(
      ' ',
    ),
  ],
  [
    'glm5-next',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM HC_ATTN_FN HC_ATTN_BASE HC_ATTN_SCALE HC_FFN_FN HC_FFN_BASE HC_FFN_SCALE ATTN_Q ATTN_K ATTN_V ATTN_OUT SSM_CONV1D_Q SSM_CONV1D_K SSM_CONV1D_V SSM_F_A SSM_F_B SSM_BETA SSM_A SSM_G_A SSM_G_B SSM_DT SSM_NORM ATTN_Q_A ATTN_Q_B ATTN_KV_A_MQA ATTN_KV_B ATTN_K_B ATTN_V_B ATTN_Q_A_NORM ATTN_KV_A_NORM INDEXER_K_NORM INDEXER_PROJ INDEXER_ATTN_K INDEXER_ATTN_Q_B INDEXER_KPOOL_GATE INDEXER_KPOOL_APE FFN_NORM FFN_GATE FFN_DOWN FFN_UP FFN_GATE_INP FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP FFN_GATE_SHEXP FFN_DOWN_SHEXP FFN_UP_SHEXP FFN_EXP_PROBS_B NEXTN_EH_PROJ NEXTN_EMBED_TOKENS NEXTN_ENORM NEXTN_HNORM NEXTN_SHARED_HEAD_HEAD NEXTN_SHARED_HEAD_NORM'.split(
      ' ',
    ),
  ],
  [
    'gpt-oss',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_POST_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT ATTN_SINKS FFN_GATE_INP FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP'.split(
      ' ',
    ),
  ],
  ['gpt2', 'TOKEN_EMBD POS_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_QKV ATTN_OUT FFN_NORM FFN_DOWN FFN_UP'.split(' ')],
  ['gptneox', 'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_QKV ATTN_OUT FFN_NORM FFN_DOWN FFN_UP'.split(' ')],
  [
    'granite',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT FFN_NORM FFN_GATE FFN_DOWN FFN_UP'.split(
      ' ',
    ),
  ],
  [
    'granite_swa',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_Q ATTN_K ATTN_V ATTN_OUT ATTN_SINKS ROPE_FREQS FFN_NORM FFN_GATE FFN_DOWN FFN_UP FFN_GATE_INP FFN_GATE_EXP FFN_GATE_UP_EXP FFN_DOWN_EXP FFN_UP_EXP FFN_UP_SHEXP FFN_DOWN_SHEXP'.split(
      ' ',
    ),
  ],
  [
    'granitehybrid',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM SSM_IN SSM_CONV1D SSM_DT SSM_A SSM_D SSM_NORM SSM_OUT ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT FFN_NORM FFN_GATE_INP FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP FFN_GATE_SHEXP FFN_UP_SHEXP FFN_DOWN_SHEXP FFN_GATE FFN_DOWN FFN_UP'.split(
      ' ',
    ),
  ],
  [
    'granitemoe',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT FFN_NORM FFN_GATE_INP FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP FFN_GATE_SHEXP FFN_UP_SHEXP FFN_DOWN_SHEXP'.split(
      ' ',
    ),
  ],
  [
    'graniteswitch',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT FFN_NORM FFN_GATE FFN_DOWN FFN_UP'.split(
      ' ',
    ),
  ],
  [
    'grok',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ROPE_FREQS ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT ATTN_ROT_EMBD ATTN_OUT_NORM FFN_GATE_INP FFN_NORM FFN_GATE FFN_DOWN FFN_UP FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP FFN_POST_NORM LAYER_OUT_NORM'.split(
      ' ',
    ),
  ],
  [
    'grovemoe',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_QKV ATTN_Q ATTN_Q_NORM ATTN_K ATTN_K_NORM ATTN_V ATTN_OUT FFN_NORM FFN_GATE_INP FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP FFN_GATE_CHEXP FFN_DOWN_CHEXP FFN_UP_CHEXP'.split(
      ' ',
    ),
  ],
  [
    'hrm_text',
    'TOKEN_EMBD OUTPUT HRM_Z_L_INIT ATTN_Q ATTN_K ATTN_V ATTN_GATE ATTN_OUT FFN_GATE FFN_DOWN FFN_UP'.split(' '),
  ],
  [
    'hunyuan-dense',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_QKV ATTN_Q ATTN_Q_NORM ATTN_K ATTN_K_NORM ATTN_V ATTN_OUT FFN_NORM FFN_GATE FFN_DOWN FFN_UP'.split(
      ' ',
    ),
  ],
  [
    'hunyuan-moe',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ROPE_FREQS ATTN_NORM ATTN_QKV ATTN_Q ATTN_Q_NORM ATTN_K ATTN_K_NORM ATTN_V ATTN_OUT FFN_GATE_INP FFN_NORM FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP FFN_GATE_SHEXP FFN_DOWN_SHEXP FFN_UP_SHEXP'.split(
      ' ',
    ),
  ],
  [
    'hunyuan_vl',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_QKV ATTN_Q ATTN_Q_NORM ATTN_K ATTN_K_NORM ATTN_V ATTN_OUT FFN_NORM FFN_GATE FFN_DOWN FFN_UP'.split(
      ' ',
    ),
  ],
  [
    'hy_v3',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_Q ATTN_Q_NORM ATTN_K ATTN_K_NORM ATTN_V ATTN_OUT FFN_NORM FFN_GATE FFN_DOWN FFN_UP FFN_GATE_INP FFN_EXP_PROBS_B FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP FFN_GATE_SHEXP FFN_DOWN_SHEXP FFN_UP_SHEXP NEXTN_EH_PROJ NEXTN_EMBED_TOKENS NEXTN_ENORM NEXTN_HNORM NEXTN_SHARED_HEAD_HEAD NEXTN_SHARED_HEAD_NORM'.split(
      ' ',
    ),
  ],
  [
    'hy_v4',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ROPE_FREQS HC_HEAD_FN HC_HEAD_BASE HC_HEAD_SCALE ATTN_NORM ATTN_SINKS ATTN_Q_A ATTN_Q_A_NORM ATTN_Q_B ATTN_KV_A_MQA ATTN_KV_A_NORM ATTN_K_B ATTN_V_B ATTN_OUT ATTN_GATE INDEXER_K_NORM INDEXER_PROJ INDEXER_ATTN_K INDEXER_ATTN_Q_B HC_ATTN_FN HC_ATTN_BASE HC_ATTN_SCALE HC_FFN_FN HC_FFN_BASE HC_FFN_SCALE FFN_GATE_INP FFN_EXP_PROBS_B FFN_NORM FFN_GATE FFN_DOWN FFN_UP FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP FFN_GATE_SHEXP FFN_DOWN_SHEXP FFN_UP_SHEXP'.split(
      ' ',
    ),
  ],
  [
    'internlm2',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT ATTN_ROT_EMBD FFN_NORM FFN_GATE FFN_DOWN FFN_UP'.split(
      ' ',
    ),
  ],
  ['jais', 'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_QKV ATTN_OUT FFN_NORM FFN_DOWN FFN_GATE FFN_UP'.split(' ')],
  [
    'jais2',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT FFN_NORM FFN_DOWN FFN_UP'.split(
      ' ',
    ),
  ],
  [
    'jamba',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT SSM_IN SSM_CONV1D SSM_X SSM_DT SSM_DT_NORM SSM_A SSM_B_NORM SSM_C_NORM SSM_D SSM_OUT FFN_GATE_INP FFN_NORM FFN_GATE FFN_DOWN FFN_UP FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP'.split(
      ' ',
    ),
  ],
  [
    'jina-bert-v2',
    'TOKEN_EMBD TOKEN_EMBD_NORM TOKEN_TYPES ATTN_NORM_2 ATTN_OUT_NORM ATTN_QKV ATTN_Q ATTN_Q_NORM ATTN_K ATTN_K_NORM ATTN_V ATTN_OUT FFN_UP FFN_GATE FFN_DOWN LAYER_OUT_NORM CLS'.split(
      ' ',
    ),
  ],
  [
    'jina-bert-v3',
    'TOKEN_EMBD TOKEN_EMBD_NORM TOKEN_TYPES OUTPUT_NORM ATTN_OUT_NORM ATTN_QKV ATTN_OUT FFN_DOWN FFN_UP LAYER_OUT_NORM'.split(
      ' ',
    ),
  ],
  [
    'kimi-k3',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT OUTPUT_RES_SCORE ATTN_NORM ATTN_RES_SCORE FFN_RES_SCORE ATTN_Q ATTN_K ATTN_V ATTN_OUT ATTN_GATE ATTN_Q_A ATTN_Q_B ATTN_KV_A_MQA ATTN_KV_B ATTN_K_B ATTN_V_B ATTN_Q_A_NORM ATTN_KV_A_NORM SSM_CONV1D_Q SSM_CONV1D_K SSM_CONV1D_V SSM_F_A SSM_F_B SSM_BETA SSM_A SSM_G SSM_DT SSM_NORM FFN_NORM FFN_GATE FFN_DOWN FFN_UP FFN_GATE_INP FFN_EXP_PROBS_B FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP FFN_GATE_SHEXP FFN_DOWN_SHEXP FFN_UP_SHEXP FFN_ROUTED_DOWN FFN_ROUTED_UP FFN_ROUTED_NORM'.split(
      ' ',
    ),
  ],
  [
    'kimi-linear',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT ATTN_Q_A ATTN_Q_B ATTN_KV_A_MQA ATTN_KV_B ATTN_K_B ATTN_V_B ATTN_Q_A_NORM ATTN_KV_A_NORM FFN_NORM FFN_GATE FFN_DOWN FFN_UP FFN_GATE_INP FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP SSM_CONV1D_Q SSM_CONV1D_K SSM_CONV1D_V SSM_F_A SSM_F_B SSM_BETA SSM_A SSM_G_A SSM_G_B SSM_DT SSM_NORM FFN_EXP_PROBS_B FFN_GATE_SHEXP FFN_DOWN_SHEXP FFN_UP_SHEXP'.split(
      ' ',
    ),
  ],
  [
    'laguna',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_Q ATTN_K ATTN_V ATTN_OUT ATTN_Q_NORM ATTN_K_NORM ATTN_GATE FFN_NORM FFN_GATE FFN_DOWN FFN_UP FFN_GATE_INP FFN_EXP_PROBS_B FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP FFN_GATE_SHEXP FFN_UP_SHEXP FFN_DOWN_SHEXP'.split(
      ' ',
    ),
  ],
  [
    'lfm2',
    'TOKEN_EMBD TOKEN_EMBD_NORM SHORTCONV_CONV SHORTCONV_INPROJ SHORTCONV_OUTPROJ FFN_GATE FFN_DOWN FFN_UP FFN_NORM ATTN_NORM ATTN_Q_NORM ATTN_K_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT OUTPUT DENSE_2_OUT'.split(
      ' ',
    ),
  ],
  [
    'lfm2moe',
    'TOKEN_EMBD TOKEN_EMBD_NORM SHORTCONV_CONV SHORTCONV_INPROJ SHORTCONV_OUTPROJ FFN_GATE FFN_DOWN FFN_UP FFN_NORM ATTN_NORM ATTN_Q_NORM ATTN_K_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT FFN_GATE_INP FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP FFN_EXP_PROBS_B'.split(
      ' ',
    ),
  ],
  [
    'llada',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ROPE_FREQS ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT FFN_NORM FFN_GATE FFN_DOWN FFN_UP'.split(
      ' ',
    ),
  ],
  [
    'llada-moe',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_OUT ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_NORM ATTN_Q_NORM ATTN_K_NORM FFN_NORM FFN_GATE_INP FFN_GATE_EXP FFN_UP_EXP FFN_DOWN_EXP'.split(
      ' ',
    ),
  ],
  [
    'llama',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ROPE_FREQS ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT ATTN_ROT_EMBD FFN_GATE_INP FFN_NORM FFN_GATE FFN_DOWN FFN_UP FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP'.split(
      ' ',
    ),
  ],
  [
    'llama-embed',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ROPE_FREQS ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT ATTN_ROT_EMBD FFN_GATE_INP FFN_NORM FFN_GATE FFN_DOWN FFN_UP FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP'.split(
      ' ',
    ),
  ],
  [
    'llama4',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ROPE_FREQS ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT ATTN_ROT_EMBD FFN_GATE_INP FFN_NORM FFN_GATE FFN_DOWN FFN_UP FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP FFN_GATE_SHEXP FFN_DOWN_SHEXP FFN_UP_SHEXP'.split(
      ' ',
    ),
  ],
  [
    'maincoder',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_QKV ATTN_Q ATTN_Q_NORM ATTN_K ATTN_K_NORM ATTN_V ATTN_OUT FFN_NORM FFN_GATE FFN_DOWN FFN_UP'.split(
      ' ',
    ),
  ],
  ['mamba', 'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM SSM_IN SSM_CONV1D SSM_X SSM_DT SSM_A SSM_D SSM_OUT'.split(' ')],
  [
    'mamba2',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM SSM_IN SSM_CONV1D SSM_DT SSM_A SSM_D SSM_NORM SSM_OUT'.split(' '),
  ],
  [
    'maple',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_Q ATTN_Q_NORM ATTN_K ATTN_K_NORM ATTN_V ATTN_OUT FFN_NORM FFN_GATE_INP FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP'.split(
      ' ',
    ),
  ],
  [
    'mellum',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_Q ATTN_Q_NORM ATTN_K ATTN_K_NORM ATTN_V ATTN_OUT FFN_NORM FFN_GATE_INP FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP'.split(
      ' ',
    ),
  ],
  [
    'mimo2',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_SINKS ATTN_OUT FFN_NORM FFN_GATE FFN_DOWN FFN_UP FFN_GATE_INP FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP FFN_EXP_PROBS_B LAYER_OUT_NORM NEXTN_EH_PROJ NEXTN_EMBED_TOKENS NEXTN_ENORM NEXTN_HNORM NEXTN_SHARED_HEAD_HEAD NEXTN_SHARED_HEAD_NORM'.split(
      ' ',
    ),
  ],
  [
    'minicpm',
    'TOKEN_EMBD OUTPUT OUTPUT_NORM ROPE_FREQS ROPE_FACTORS_LONG ROPE_FACTORS_SHORT ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT ATTN_ROT_EMBD FFN_GATE_INP FFN_NORM FFN_GATE FFN_DOWN FFN_UP FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP'.split(
      ' ',
    ),
  ],
  [
    'minicpm3',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ROPE_FACTORS_LONG ROPE_FACTORS_SHORT ATTN_NORM ATTN_Q_A ATTN_Q_B ATTN_KV_A_MQA ATTN_KV_B ATTN_Q_A_NORM ATTN_KV_A_NORM ATTN_OUT FFN_NORM FFN_GATE FFN_DOWN FFN_UP'.split(
      ' ',
    ),
  ],
  [
    'minimax-01',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_NORM_2 ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT ATTN_GATE FFN_NORM FFN_GATE_INP FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP'.split(
      ' ',
    ),
  ],
  [
    'minimax-m2',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_QKV ATTN_Q ATTN_Q_NORM ATTN_K ATTN_K_NORM ATTN_V ATTN_OUT FFN_NORM FFN_GATE_INP FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP FFN_EXP_PROBS_B'.split(
      ' ',
    ),
  ],
  [
    'minimax-m3',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_Q ATTN_Q_NORM ATTN_K ATTN_K_NORM ATTN_V ATTN_OUT FFN_NORM FFN_GATE_INP FFN_EXP_PROBS_B FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP FFN_GATE_SHEXP FFN_DOWN_SHEXP FFN_UP_SHEXP FFN_GATE FFN_DOWN FFN_UP INDEXER_Q_PROJ INDEXER_K_PROJ INDEXER_Q_NORM INDEXER_K_NORM'.split(
      ' ',
    ),
  ],
  [
    'mistral3',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ROPE_FREQS ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT ATTN_ROT_EMBD FFN_GATE_INP FFN_NORM FFN_GATE FFN_DOWN FFN_UP FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP'.split(
      ' ',
    ),
  ],
  [
    'mistral4',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ROPE_FREQS ATTN_NORM ATTN_Q ATTN_Q_A ATTN_Q_B ATTN_KV_A_MQA ATTN_KV_B ATTN_K_B ATTN_V_B ATTN_Q_A_NORM ATTN_KV_A_NORM ATTN_OUT ATTN_ROT_EMBD FFN_GATE_INP FFN_NORM FFN_GATE FFN_DOWN FFN_UP FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP FFN_GATE_UP_EXP FFN_GATE_SHEXP FFN_DOWN_SHEXP FFN_UP_SHEXP FFN_EXP_PROBS_B'.split(
      ' ',
    ),
  ],
  [
    'modern-bert',
    'TOKEN_EMBD TOKEN_EMBD_NORM OUTPUT_NORM ATTN_NORM ATTN_OUT ATTN_QKV FFN_UP FFN_DOWN FFN_NORM CLS CLS_OUT CLS_NORM'.split(
      ' ',
    ),
  ],
  [
    'mpt',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_QKV ATTN_OUT FFN_NORM FFN_DOWN FFN_UP FFN_ACT ATTN_Q_NORM ATTN_K_NORM POS_EMBD'.split(
      ' ',
    ),
  ],
  [
    'muse-glimmer',
    'TOKEN_EMBD OUTPUT OUTPUT_NORM ATTN_QKV ATTN_Q ATTN_Q_NORM ATTN_K ATTN_K_NORM ATTN_V ATTN_OUT ATTN_GATE FFN_GATE FFN_DOWN FFN_UP ATTN_NORM ATTN_POST_NORM FFN_PRE_NORM FFN_POST_NORM'.split(
      ' ',
    ),
  ],
  [
    'nanbeige',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ROPE_FREQS ATTN_NORM ATTN_Q ATTN_K ATTN_V ATTN_OUT ATTN_ROT_EMBD FFN_NORM FFN_GATE FFN_DOWN FFN_UP'.split(
      ' ',
    ),
  ],
  [
    'nemotron',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ROPE_FREQS ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT ATTN_ROT_EMBD FFN_NORM FFN_DOWN FFN_UP'.split(
      ' ',
    ),
  ],
  [
    'nemotron_h',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM SSM_IN SSM_CONV1D SSM_DT SSM_A SSM_D SSM_NORM SSM_OUT ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT FFN_DOWN FFN_UP'.split(
      ' ',
    ),
  ],
  [
    'nemotron_h_moe',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM SSM_IN SSM_CONV1D SSM_DT SSM_A SSM_D SSM_NORM SSM_OUT ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT FFN_DOWN FFN_UP FFN_GATE_INP FFN_UP_EXP FFN_DOWN_EXP MOE_LATENT_DOWN MOE_LATENT_UP FFN_DOWN_SHEXP FFN_UP_SHEXP FFN_EXP_PROBS_B ATTN_POST_NORM NEXTN_EH_PROJ NEXTN_ENORM NEXTN_HNORM NEXTN_SHARED_HEAD_NORM'.split(
      ' ',
    ),
  ],
  [
    'neo-bert',
    'TOKEN_EMBD ATTN_NORM ATTN_QKV ATTN_OUT FFN_NORM FFN_DOWN FFN_UP ENC_OUTPUT_NORM CLS CLS_OUT'.split(' '),
  ],
  [
    'nomic-bert',
    'TOKEN_EMBD TOKEN_EMBD_NORM TOKEN_TYPES POS_EMBD OUTPUT_NORM ATTN_OUT_NORM ATTN_QKV ATTN_OUT FFN_GATE FFN_DOWN FFN_UP LAYER_OUT_NORM'.split(
      ' ',
    ),
  ],
  [
    'nomic-bert-moe',
    'TOKEN_EMBD TOKEN_EMBD_NORM TOKEN_TYPES POS_EMBD OUTPUT_NORM ATTN_OUT_NORM ATTN_QKV ATTN_OUT FFN_DOWN FFN_UP FFN_GATE_INP FFN_DOWN_EXP FFN_UP_EXP LAYER_OUT_NORM'.split(
      ' ',
    ),
  ],
  ['olmo', 'TOKEN_EMBD OUTPUT ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT FFN_GATE FFN_DOWN FFN_UP'.split(' ')],
  [
    'olmo2',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT ATTN_POST_NORM ATTN_Q_NORM ATTN_K_NORM FFN_POST_NORM FFN_GATE FFN_DOWN FFN_UP'.split(
      ' ',
    ),
  ],
  [
    'olmoe',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_OUT ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_NORM ATTN_Q_NORM ATTN_K_NORM FFN_NORM FFN_GATE_INP FFN_GATE_EXP FFN_UP_EXP FFN_DOWN_EXP'.split(
      ' ',
    ),
  ],
  [
    'openelm',
    'TOKEN_EMBD OUTPUT_NORM ATTN_NORM ATTN_QKV ATTN_Q_NORM ATTN_K_NORM ATTN_OUT FFN_NORM FFN_GATE FFN_DOWN FFN_UP'.split(
      ' ',
    ),
  ],
  [
    'orion',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ROPE_FREQS ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT ATTN_ROT_EMBD FFN_NORM FFN_GATE FFN_DOWN FFN_UP'.split(
      ' ',
    ),
  ],
  [
    'paddleocr',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT FFN_NORM FFN_GATE FFN_DOWN FFN_UP'.split(
      ' ',
    ),
  ],
  [
    'pangu-embedded',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT FFN_NORM FFN_GATE FFN_DOWN FFN_UP'.split(
      ' ',
    ),
  ],
  [
    'phi2',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT FFN_NORM FFN_DOWN FFN_UP'.split(
      ' ',
    ),
  ],
  [
    'phi3',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ROPE_FACTORS_LONG ROPE_FACTORS_SHORT ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT FFN_NORM FFN_DOWN FFN_UP'.split(
      ' ',
    ),
  ],
  [
    'phimoe',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ROPE_FACTORS_LONG ROPE_FACTORS_SHORT ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT FFN_NORM FFN_GATE_INP FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP'.split(
      ' ',
    ),
  ],
  [
    'plamo',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ROPE_FREQS ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT ATTN_ROT_EMBD FFN_GATE FFN_DOWN FFN_UP'.split(
      ' ',
    ),
  ],
  [
    'plamo2',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ROPE_FREQS ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_OUT ATTN_ROT_EMBD ATTN_Q_NORM ATTN_K_NORM ATTN_POST_NORM FFN_NORM FFN_GATE FFN_DOWN FFN_UP FFN_POST_NORM SSM_IN SSM_CONV1D SSM_X SSM_DT SSM_A SSM_D SSM_OUT SSM_DT_NORM SSM_B_NORM SSM_C_NORM'.split(
      ' ',
    ),
  ],
  [
    'plamo3',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_QKV ATTN_Q_NORM ATTN_K_NORM ATTN_OUT ATTN_POST_NORM FFN_NORM FFN_DOWN FFN_UP FFN_POST_NORM'.split(
      ' ',
    ),
  ],
  [
    'plm',
    'TOKEN_EMBD OUTPUT OUTPUT_NORM ATTN_NORM ATTN_Q ATTN_KV_A_MQA ATTN_KV_A_NORM ATTN_KV_B ATTN_OUT FFN_NORM FFN_UP FFN_DOWN'.split(
      ' ',
    ),
  ],
  ['pockettts', 'TOKEN_EMBD OUTPUT_NORM ATTN_NORM ATTN_Q ATTN_K ATTN_V ATTN_OUT FFN_NORM FFN_DOWN FFN_UP'.split(' ')],
  [
    'qwen',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ROPE_FREQS ATTN_NORM ATTN_QKV ATTN_OUT ATTN_ROT_EMBD FFN_NORM FFN_GATE FFN_DOWN FFN_UP'.split(
      ' ',
    ),
  ],
  [
    'qwen2',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ROPE_FREQS ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT FFN_NORM FFN_GATE FFN_DOWN FFN_UP'.split(
      ' ',
    ),
  ],
  [
    'qwen2moe',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT FFN_NORM FFN_GATE_INP FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP FFN_GATE_INP_SHEXP FFN_GATE_SHEXP FFN_DOWN_SHEXP FFN_UP_SHEXP'.split(
      ' ',
    ),
  ],
  [
    'qwen2vl',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT FFN_NORM FFN_GATE FFN_DOWN FFN_UP'.split(
      ' ',
    ),
  ],
  [
    'qwen3',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ROPE_FREQS ATTN_NORM ATTN_QKV ATTN_Q ATTN_Q_NORM ATTN_K ATTN_K_NORM ATTN_V ATTN_OUT FFN_NORM FFN_GATE FFN_DOWN FFN_UP'.split(
      ' ',
    ),
  ],
  [
    'qwen35',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_Q ATTN_Q_NORM ATTN_K ATTN_K_NORM ATTN_V ATTN_OUT ATTN_POST_NORM ATTN_GATE ATTN_QKV FFN_GATE FFN_DOWN FFN_UP SSM_A SSM_CONV1D SSM_DT SSM_NORM SSM_BETA SSM_ALPHA SSM_OUT NEXTN_EH_PROJ NEXTN_EMBED_TOKENS NEXTN_ENORM NEXTN_HNORM NEXTN_SHARED_HEAD_HEAD NEXTN_SHARED_HEAD_NORM'.split(
      ' ',
    ),
  ],
  [
    'qwen35moe',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_Q ATTN_Q_NORM ATTN_K ATTN_K_NORM ATTN_V ATTN_OUT ATTN_POST_NORM ATTN_GATE ATTN_QKV FFN_GATE_INP FFN_GATE_INP_SHEXP FFN_UP_SHEXP FFN_DOWN_SHEXP FFN_GATE_SHEXP FFN_DOWN_EXP FFN_UP_EXP FFN_GATE_EXP FFN_GATE_UP_EXP SSM_A SSM_CONV1D SSM_DT SSM_NORM SSM_BETA SSM_ALPHA SSM_OUT NEXTN_EH_PROJ NEXTN_EMBED_TOKENS NEXTN_ENORM NEXTN_HNORM NEXTN_SHARED_HEAD_HEAD NEXTN_SHARED_HEAD_NORM'.split(
      ' ',
    ),
  ],
  [
    'qwen3moe',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_QKV ATTN_Q ATTN_Q_NORM ATTN_K ATTN_K_NORM ATTN_V ATTN_OUT FFN_NORM FFN_GATE_INP FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP'.split(
      ' ',
    ),
  ],
  [
    'qwen3next',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_Q ATTN_Q_NORM ATTN_K ATTN_K_NORM ATTN_V ATTN_OUT ATTN_POST_NORM ATTN_GATE ATTN_QKV FFN_GATE_INP FFN_GATE_INP_SHEXP FFN_UP_SHEXP FFN_DOWN_SHEXP FFN_GATE_SHEXP FFN_DOWN_EXP FFN_UP_EXP FFN_GATE_EXP FFN_GATE_UP_EXP SSM_A SSM_CONV1D SSM_DT SSM_NORM SSM_IN SSM_BETA_ALPHA SSM_OUT NEXTN_EH_PROJ NEXTN_EMBED_TOKENS NEXTN_ENORM NEXTN_HNORM NEXTN_SHARED_HEAD_HEAD NEXTN_SHARED_HEAD_NORM'.split(
      ' ',
    ),
  ],
  [
    'qwen3tts',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_Q ATTN_Q_NORM ATTN_K ATTN_K_NORM ATTN_V ATTN_OUT FFN_NORM FFN_GATE FFN_DOWN FFN_UP'.split(
      ' ',
    ),
  ],
  [
    'qwen3vl',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ROPE_FREQS ATTN_NORM ATTN_QKV ATTN_Q ATTN_Q_NORM ATTN_K ATTN_K_NORM ATTN_V ATTN_OUT FFN_NORM FFN_GATE FFN_DOWN FFN_UP'.split(
      ' ',
    ),
  ],
  [
    'qwen3vlmoe',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_QKV ATTN_Q ATTN_Q_NORM ATTN_K ATTN_K_NORM ATTN_V ATTN_OUT FFN_NORM FFN_GATE_INP FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP'.split(
      ' ',
    ),
  ],
  [
    'qwen4exp',
    'TOKEN_EMBD OUTPUT HC_HEAD_NORM HC_HEAD_DOWN HC_HEAD_UP HC_ATTN_NORM HC_ATTN_DOWN HC_ATTN_UP HC_ATTN_INJECT HC_FFN_NORM HC_FFN_DOWN HC_FFN_UP HC_FFN_INJECT ATTN_Q ATTN_Q_NORM ATTN_K ATTN_K_NORM ATTN_V ATTN_OUT INDEXER_Q_PROJ INDEXER_K_PROJ INDEXER_Q_NORM INDEXER_K_NORM ATTN_QKV ATTN_GATE SSM_A SSM_CONV1D SSM_DT SSM_NORM SSM_BETA SSM_ALPHA SSM_OUT FFN_GATE_INP FFN_GATE_INP_SHEXP FFN_UP_SHEXP FFN_DOWN_SHEXP FFN_GATE_SHEXP FFN_DOWN_EXP FFN_UP_EXP FFN_GATE_EXP FFN_GATE_UP_EXP PER_LAYER_TOKEN_EMBD PLE_KEY PLE_VALUE PLE_NORM_KEY PLE_NORM_QUERY PLE_NORM_CONV PLE_CONV1D'.split(
      ' ',
    ),
  ],
  [
    'refact',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT FFN_NORM FFN_GATE FFN_DOWN FFN_UP'.split(
      ' ',
    ),
  ],
  [
    'rnd1',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_QKV ATTN_Q ATTN_Q_NORM ATTN_K ATTN_K_NORM ATTN_V ATTN_OUT FFN_NORM FFN_GATE_INP FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP'.split(
      ' ',
    ),
  ],
  [
    'rwkv6',
    'TOKEN_EMBD TOKEN_EMBD_NORM OUTPUT_NORM OUTPUT ATTN_NORM ATTN_NORM_2 TIME_MIX_W1 TIME_MIX_W2 TIME_MIX_LERP_X TIME_MIX_LERP_K TIME_MIX_LERP_V TIME_MIX_LERP_R TIME_MIX_LERP_G TIME_MIX_LERP_W TIME_MIX_LERP_FUSED TIME_MIX_FIRST TIME_MIX_DECAY TIME_MIX_DECAY_W1 TIME_MIX_DECAY_W2 TIME_MIX_KEY TIME_MIX_VALUE TIME_MIX_RECEPTANCE TIME_MIX_GATE TIME_MIX_LN TIME_MIX_OUTPUT CHANNEL_MIX_LERP_K CHANNEL_MIX_LERP_R CHANNEL_MIX_KEY CHANNEL_MIX_RECEPTANCE CHANNEL_MIX_VALUE'.split(
      ' ',
    ),
  ],
  [
    'rwkv6qwen2',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM TIME_MIX_W1 TIME_MIX_W2 TIME_MIX_LERP_X TIME_MIX_LERP_K TIME_MIX_LERP_V TIME_MIX_LERP_R TIME_MIX_LERP_G TIME_MIX_LERP_W TIME_MIX_LERP_FUSED TIME_MIX_FIRST TIME_MIX_DECAY TIME_MIX_DECAY_W1 TIME_MIX_DECAY_W2 TIME_MIX_KEY TIME_MIX_VALUE TIME_MIX_RECEPTANCE TIME_MIX_GATE TIME_MIX_LN TIME_MIX_OUTPUT FFN_NORM FFN_GATE FFN_DOWN FFN_UP'.split(
      ' ',
    ),
  ],
  [
    'rwkv7',
    'TOKEN_EMBD TOKEN_EMBD_NORM OUTPUT_NORM OUTPUT ATTN_NORM ATTN_NORM_2 TIME_MIX_LERP_FUSED TIME_MIX_W0 TIME_MIX_W1 TIME_MIX_W2 TIME_MIX_A0 TIME_MIX_A1 TIME_MIX_A2 TIME_MIX_V0 TIME_MIX_V1 TIME_MIX_V2 TIME_MIX_G1 TIME_MIX_G2 TIME_MIX_K_K TIME_MIX_K_A TIME_MIX_R_K TIME_MIX_KEY TIME_MIX_VALUE TIME_MIX_RECEPTANCE TIME_MIX_LN TIME_MIX_OUTPUT CHANNEL_MIX_LERP_K CHANNEL_MIX_KEY CHANNEL_MIX_VALUE'.split(
      ' ',
    ),
  ],
  [
    'seed_oss',
    'TOKEN_EMBD ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT ATTN_POST_NORM FFN_GATE FFN_DOWN FFN_UP OUTPUT_NORM OUTPUT'.split(
      ' ',
    ),
  ],
  [
    'smallthinker',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT FFN_NORM FFN_GATE FFN_DOWN FFN_UP FFN_GATE_INP FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP'.split(
      ' ',
    ),
  ],
  [
    'smollm3',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ROPE_FREQS ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT ATTN_ROT_EMBD FFN_NORM FFN_GATE FFN_DOWN FFN_UP'.split(
      ' ',
    ),
  ],
  [
    'spark2_5',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_QKV ATTN_GATE ATTN_OUT FFN_NORM FFN_GATE FFN_DOWN FFN_UP'.split(' '),
  ],
  [
    'stablelm',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ROPE_FREQS ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT FFN_NORM FFN_GATE FFN_DOWN FFN_UP ATTN_Q_NORM ATTN_K_NORM'.split(
      ' ',
    ),
  ],
  [
    'starcoder',
    'TOKEN_EMBD POS_EMBD OUTPUT_NORM OUTPUT ATTN_NORM ATTN_QKV ATTN_OUT FFN_NORM FFN_DOWN FFN_UP'.split(' '),
  ],
  [
    'starcoder2',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ROPE_FREQS ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT ATTN_ROT_EMBD FFN_NORM FFN_DOWN FFN_UP'.split(
      ' ',
    ),
  ],
  [
    'step35',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ROPE_FREQS ATTN_NORM ATTN_QKV ATTN_Q ATTN_Q_NORM ATTN_K ATTN_K_NORM ATTN_V ATTN_GATE ATTN_OUT FFN_NORM FFN_GATE FFN_DOWN FFN_UP FFN_GATE_INP FFN_GATE_EXP FFN_DOWN_EXP FFN_UP_EXP FFN_UP_SHEXP FFN_GATE_SHEXP FFN_DOWN_SHEXP FFN_EXP_PROBS_B NEXTN_EH_PROJ NEXTN_EMBED_TOKENS NEXTN_ENORM NEXTN_HNORM NEXTN_SHARED_HEAD_HEAD NEXTN_SHARED_HEAD_NORM'.split(
      ' ',
    ),
  ],
  [
    't5',
    'TOKEN_EMBD OUTPUT DEC_ATTN_NORM DEC_ATTN_Q DEC_ATTN_K DEC_ATTN_V DEC_ATTN_OUT DEC_ATTN_REL_B DEC_CROSS_ATTN_NORM DEC_CROSS_ATTN_Q DEC_CROSS_ATTN_K DEC_CROSS_ATTN_V DEC_CROSS_ATTN_OUT DEC_CROSS_ATTN_REL_B DEC_FFN_NORM DEC_FFN_GATE DEC_FFN_DOWN DEC_FFN_UP DEC_OUTPUT_NORM ENC_ATTN_NORM ENC_ATTN_Q ENC_ATTN_K ENC_ATTN_V ENC_ATTN_OUT ENC_ATTN_REL_B ENC_FFN_NORM ENC_FFN_GATE ENC_FFN_DOWN ENC_FFN_UP ENC_OUTPUT_NORM'.split(
      ' ',
    ),
  ],
  [
    't5encoder',
    'TOKEN_EMBD OUTPUT ENC_ATTN_NORM ENC_ATTN_Q ENC_ATTN_K ENC_ATTN_V ENC_ATTN_OUT ENC_ATTN_REL_B ENC_FFN_NORM ENC_FFN_GATE ENC_FFN_DOWN ENC_FFN_UP ENC_OUTPUT_NORM'.split(
      ' ',
    ),
  ],
  [
    'talkie',
    'TOKEN_EMBD OUTPUT ATTN_Q ATTN_Q_NORM ATTN_K ATTN_V ATTN_OUT FFN_GATE FFN_DOWN FFN_UP LAYER_OUT_SCALE'.split(' '),
  ],
  [
    'wavtokenizer-dec',
    'TOKEN_EMBD TOKEN_EMBD_NORM CONV1D CONVNEXT_DW CONVNEXT_NORM CONVNEXT_PW1 CONVNEXT_PW2 CONVNEXT_GAMMA OUTPUT OUTPUT_NORM POSNET_CONV1 POSNET_CONV2 POSNET_NORM POSNET_NORM1 POSNET_NORM2 POSNET_ATTN_NORM POSNET_ATTN_Q POSNET_ATTN_K POSNET_ATTN_V POSNET_ATTN_OUT'.split(
      ' ',
    ),
  ],
  [
    'xverse',
    'TOKEN_EMBD OUTPUT_NORM OUTPUT ROPE_FREQS ATTN_NORM ATTN_QKV ATTN_Q ATTN_K ATTN_V ATTN_OUT ATTN_ROT_EMBD FFN_NORM FFN_GATE FFN_DOWN FFN_UP'.split(
      ' ',
    ),
  ],
]);

/** Names that mean something else in one architecture. */
export const ARCHITECTURE_NAMES: ReadonlyMap<string, typeof TENSOR_NAMES> = new Map<string, typeof TENSOR_NAMES>([
  [
    'arctic',
    [
      ['FFN_NORM', 'blk.{}.ffn_norm', ['model.layers.{}.residual_layernorm']],
      ['FFN_NORM_EXP', 'blk.{}.ffn_norm_exps', ['model.layers.{}.post_attention_layernorm']],
    ],
  ],
  [
    'qwen4exp',
    [
      ['HC_ATTN_NORM', 'blk.{}.hc_attn_norm', ['model.layers.{}.attn_hyper_connection.hc_norm']],
      ['HC_ATTN_DOWN', 'blk.{}.hc_attn_down', ['model.layers.{}.attn_hyper_connection.input_mix_weight_down']],
      ['HC_ATTN_UP', 'blk.{}.hc_attn_up', ['model.layers.{}.attn_hyper_connection.input_mix_weight_up']],
      ['HC_ATTN_INJECT', 'blk.{}.hc_attn_inject', ['model.layers.{}.attn_hyper_connection.block_inject_weight']],
      ['HC_FFN_NORM', 'blk.{}.hc_ffn_norm', ['model.layers.{}.mlp_hyper_connection.hc_norm']],
      ['HC_FFN_DOWN', 'blk.{}.hc_ffn_down', ['model.layers.{}.mlp_hyper_connection.input_mix_weight_down']],
      ['HC_FFN_UP', 'blk.{}.hc_ffn_up', ['model.layers.{}.mlp_hyper_connection.input_mix_weight_up']],
      ['HC_FFN_INJECT', 'blk.{}.hc_ffn_inject', ['model.layers.{}.mlp_hyper_connection.block_inject_weight']],
      ['HC_HEAD_NORM', 'output_hc_norm', ['model.hyper_connection_mixer.hc_norm']],
      ['HC_HEAD_DOWN', 'output_hc_down', ['model.hyper_connection_mixer.input_mix_weight_down']],
      ['HC_HEAD_UP', 'output_hc_up', ['model.hyper_connection_mixer.input_mix_weight_up']],
      ['INDEXER_Q_NORM', 'blk.{}.indexer.q_norm', ['model.layers.{}.self_attn.indexer.q_layernorm']],
      ['INDEXER_K_NORM', 'blk.{}.indexer.k_norm', ['model.layers.{}.self_attn.indexer.k_layernorm']],
      ['PLE_KEY', 'blk.{}.ple_key', ['model.layers.{}.ple.key_proj']],
      ['PLE_VALUE', 'blk.{}.ple_value', ['model.layers.{}.ple.value_proj']],
      ['PLE_NORM_KEY', 'blk.{}.ple_norm_key', ['model.layers.{}.ple.norm_key']],
      ['PLE_NORM_QUERY', 'blk.{}.ple_norm_query', ['model.layers.{}.ple.norm_query']],
      ['PLE_NORM_CONV', 'blk.{}.ple_norm_conv', ['model.layers.{}.ple.norm_conv']],
      ['PLE_CONV1D', 'blk.{}.ple_conv1d', ['model.layers.{}.ple.conv1d']],
    ],
  ],
]);
