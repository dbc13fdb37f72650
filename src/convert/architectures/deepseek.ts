import { OUTER_ARCHITECTURE } from '../config/resolve.js';
import { reshape, splitAxis, transpose, wrongShape } from '../expressions/index.js';
import { mlpExperts } from './experts.js';
import type { Family, KeyRule, Model, TensorRule } from './family.js';
import { all, bool, constant, float, uint } from './keys.js';
import { rotatedHeads } from './llama.js';
import { headDim } from './rope.js';
import { requireBosToken } from '../tokenizers/index.js';
import { drop } from './tensor-rules.js';
import { textKeys } from './text-keys.js';

/** What the indexer of sparse attention picks from. */
export const indexerKeys: KeyRule = all(
  uint('attention.indexer.head_count', ({ config }) => config.count('index_n_heads')),
  uint('attention.indexer.key_length', ({ config }) => config.count('index_head_dim')),
  uint('attention.indexer.top_k', ({ config }) => config.count('index_topk')),
);

/** DeepSeek MoE (the first). */
export const deepseek: Family = {
  names: ['DeepseekForCausalLM'],
  gguf: 'deepseek',
  vocabulary: 'sentencepiece-or-bpe',
  keys: [
    textKeys,
    uint('rope.dimension_count', headDim),
    constant('rope.scaling.type', 'none'),
    uint('leading_dense_block_count', ({ config }) => config.count('first_k_dense_replace')),
    uint('vocab_size', ['vocab_size']),
    uint('expert_feed_forward_length', ({ config }) => config.count('moe_intermediate_size')),
    float('expert_weights_scale', () => 1),
    uint('expert_count', ({ config }) => config.count('n_routed_experts')),
    uint('expert_shared_count', ({ config }) => config.count('n_shared_experts')),
  ],
  tensors: (model) => [...rotatedHeads(model), ...mlpExperts(model, 'n_routed_experts')],
};

/**
 * DeepSeek V2, V3 and R1, and Kimi K2 in their shape. Their compressed attention becomes attention with one key head:
 * the matrix that expands keys and values is cut in two, and the keys' part transposed.
 */
export const deepseek2: Family = {
  names: [
    'DeepseekV2ForCausalLM',
    'DeepseekV3ForCausalLM',
    'KimiVLForConditionalGeneration',
    'KimiK25ForConditionalGeneration',
    'YoutuForCausalLM',
    'YoutuVLForConditionalGeneration',
  ],
  gguf: 'deepseek2',
  vocabulary: 'bpe-or-kimi',
  adjust: (config) =>
    config.with([
      ['num_key_value_heads', 1],
      ['expanded_key_value_heads', config.find('num_key_value_heads') ?? null],
      ['rms_norm_eps', config.number('rms_norm_eps') ?? 1e-6],
    ]),
  keys: [textKeys, ...deepseekKeys(compressedKeys())],
  tensors: (model) => [skipPredictionLayers(model), ...latentTensors(model)],
};

/** The whole repositories whose language model is a DeepSeek V2 without compressed attention. */
const OCR = ['DeepseekOCRForCausalLM', 'DeepseekOCR2ForCausalLM', 'UnlimitedOCRForCausalLM'];

/** The language model of DeepSeek-OCR, which attends as usual. */
export const deepseekOcr: Family = {
  ...deepseek2,
  names: ['DeepseekOCRForCausalLM', 'UnlimitedOCRForCausalLM', 'DeepseekV2ForCausalLM'],
  gguf: 'deepseek2-ocr',
  applies: (config) => OCR.includes(config.string(OUTER_ARCHITECTURE) ?? ''),
  firstKeys: [constant('tokenizer.chat_template', "{% for m in messages %}{{m['content']}}{% endfor %}")],
  adjust: (config) =>
    config.with([
      ['expanded_key_value_heads', config.find('num_key_value_heads') ?? null],
      ['rms_norm_eps', config.number('rms_norm_eps') ?? 1e-6],
    ]),
  keys: [
    textKeys,
    ...deepseekKeys(
      [],
      [
        uint(
          'attention.sliding_window',
          ({ config }) => config.number('sliding_window_size') || config.number('sliding_window') || undefined,
        ),
      ],
    ),
  ],
  rename: (name) => (name.includes('sam_model') || name.includes('qwen2_model') ? undefined : name),
};

/**
 * DeepSeek V3.2: V3 with an indexer that picks what attention looks at. The layers that predict further tokens stay,
 * behind the others.
 */
export const deepseek32: Family = {
  ...deepseek2,
  names: ['DeepseekV32ForCausalLM'],
  gguf: 'deepseek32',
  draft: {},
  blockCount: (config) => config.count('num_hidden_layers') + (config.number('num_nextn_predict_layers') ?? 0),
  gather: async (repository) => {
    await requireBosToken(repository);
    return {};
  },
  keys: [...deepseek2.keys, uint('nextn_predict_layers', ['num_nextn_predict_layers']), indexerKeys],
  tensors: latentTensors,
};

/** Tensors of a model whose layers that predict further tokens are kept. */
export function latentTensors(model: Model): readonly TensorRule[] {
  return [...tiedOutput(model), ...mlpExperts(model, 'n_routed_experts'), expandedKeysAndValues(model)];
}

/** Sizes of attention through a latent, which the file shows as attention with one key head. */
function compressedKeys(): readonly KeyRule[] {
  const latent = ({ config }: Model): number => config.number('kv_lora_rank') ?? 512;
  return [
    uint('attention.kv_lora_rank', latent),
    uint('attention.key_length', (model) => latent(model) + model.config.count('qk_rope_head_dim')),
    uint('attention.value_length', latent),
    uint(
      'attention.key_length_mla',
      ({ config }) => config.count('qk_nope_head_dim') + config.count('qk_rope_head_dim'),
    ),
    uint('attention.value_length_mla', ({ config }) => config.count('v_head_dim')),
  ];
}

/** DeepSeek's own keys; `attention` are those of its compressed attention, `window` what stands behind the rotation's. */
function deepseekKeys(attention: readonly KeyRule[], window: readonly KeyRule[] = []): readonly KeyRule[] {
  return [
    uint('leading_dense_block_count', leadingDenseBlocks),
    uint('vocab_size', ['vocab_size']),
    uint('attention.q_lora_rank', ['q_lora_rank']),
    ...attention,
    uint('expert_feed_forward_length', ({ config }) => config.count('moe_intermediate_size', 'intermediate_size')),
    uint('expert_count', ['n_routed_experts']),
    uint('expert_shared_count', ({ config }) =>
      config.has('n_shared_experts') ? config.count('n_shared_experts') : 0,
    ),
    float('expert_weights_scale', ['routed_scaling_factor']),
    bool('expert_weights_norm', ({ config }) => config.boolean('norm_topk_prob') || undefined),
    uint('rope.dimension_count', ({ config }) => config.count('qk_rope_head_dim')),
    ...window,
    float('rope.scaling.yarn_log_multiplier', ({ rope }) => {
      const scale = rope.number('mscale_all_dim');
      return scale === undefined ? undefined : 0.1 * scale;
    }),
  ];
}

function leadingDenseBlocks({ config }: Model): number {
  const denseLayers = config.number('first_k_dense_replace');
  if (denseLayers !== undefined) return denseLayers;
  return config.number('n_routed_experts') === undefined ? config.count('num_hidden_layers') : 0;
}

/** An output matrix that is the embedding is left out. */
function tiedOutput({ config }: Model): readonly TensorRule[] {
  return config.boolean('tie_word_embeddings') === true ? [drop('lm_head.weight')] : [];
}

/** Drops the layers behind the last one, which predict further tokens. */
export function skipPredictionLayers({ config }: Model): TensorRule {
  const layers = config.count('num_hidden_layers');
  return {
    takes: (name) => {
      const layer = /^model.layers.(\d+)/.exec(name)?.[1];
      return layer !== undefined && Number(layer) >= layers;
    },
    apply: () => [],
  };
}

function expandedKeysAndValues({ config }: Model): TensorRule {
  return {
    takes: (name) => name.endsWith('kv_b_proj.weight'),
    apply: ({ name, tensor }) => {
      // The reference has set the number of key heads to one by now only for the keys, not for this.
      const heads = config.count('expanded_key_value_heads');
      const [keys, values] = [config.count('qk_nope_head_dim'), config.count('v_head_dim')];
      const [rows = 0, columns = 0] = tensor.shape;
      if (rows !== heads * (keys + values)) throw wrongShape(tensor, `does not expand ${heads} heads`);
      const [keyPart, valuePart] = splitAxis(reshape(tensor, [heads, keys + values, columns]), 1, [keys, values]);
      if (keyPart === undefined || valuePart === undefined) return [];
      return [
        { name: name.replace('kv_b_proj', 'k_b_proj'), tensor: transpose(keyPart) },
        { name: name.replace('kv_b_proj', 'v_b_proj'), tensor: valuePart },
      ];
    },
  };
}
