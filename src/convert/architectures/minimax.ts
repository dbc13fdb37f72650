import { SlipwayError } from '../../core/index.js';
import type { Values } from '../config/config-values.js';
import { fromWeights, narrow, readValues } from '../expressions/index.js';
import type { Repository } from '../repository.js';
import { baseVocabularySize } from '../tokenizers/index.js';
import { sparseExperts } from './experts.js';
import type { Family, Gathered, GatherOptions } from './family.js';
import { bool, float, integers, uint } from './keys.js';
import { addOne, change } from './tensor-rules.js';
import { textKeys } from './text-keys.js';

/** MiniMax M2. */
export const minimaxM2: Family = {
  names: ['MiniMaxM2ForCausalLM'],
  gguf: 'minimax-m2',
  vocabulary: 'bpe',
  keys: [
    textKeys,
    uint('expert_feed_forward_length', ({ config }) => config.count('intermediate_size')),
    uint('rope.dimension_count', ({ config }) => config.count('rotary_dim')),
  ],
  tensors: (model) =>
    sparseExperts(
      model,
      (block, part) => `model.layers.${block}.block_sparse_moe.experts.${part}.weight`,
      'num_local_experts',
      'num_experts',
    ),
};

/** Kinds of layers whose norms the reference wants scaled alike. */
const SCALED = ['full_attention', 'linear_attention', 'mlp'] as const;

/** MiniMax Text 01 and M1: linear attention in most layers. */
export const minimaxText01: Family = {
  names: ['MiniMaxText01ForCausalLM', 'MiniMaxM1ForCausalLM'],
  gguf: 'minimax-01',
  vocabulary: 'minimax-01',
  keys: [
    textKeys,
    ({ gathered: { suppressed = [] } }) =>
      suppressed.length === 0
        ? []
        : [['tokenizer.ggml.suppress_tokens', integers('tokenizer.ggml.suppress_tokens', suppressed)]],
    float('residual_scale', ({ config }) => residualScale(config)),
    uint('rope.dimension_count', ({ config }) => config.count('rotary_dim')),
  ],
  gather: unusedTokens,
  tensors: (model) =>
    sparseExperts(model, (block, part) => `layers.${block}.feed_forward.experts.${part}.weight`, 'num_local_experts'),
};

/** MiniMax M3: M2 with an indexer that picks what attention looks at. */
export const minimaxM3: Family = {
  ...minimaxM2,
  names: ['MiniMaxM3SparseForCausalLM', 'MiniMaxM3SparseForConditionalGeneration'],
  gguf: 'minimax-m3',
  keys: [
    ...minimaxM2.keys,
    uint('expert_shared_count', ({ config }) => config.count('n_shared_experts')),
    float('expert_weights_scale', ({ config }) => config.need('routed_scaling_factor')),
    bool('expert_weights_norm', () => true),
    uint('attention.indexer.head_count', ({ config }) => sparse(config).count('sparse_num_index_heads')),
    uint('attention.indexer.key_length', ({ config }) => sparse(config).count('sparse_index_dim')),
    uint('attention.indexer.top_k', ({ config }) => sparse(config).count('sparse_topk_blocks')),
    uint('attention.indexer.block_size', ({ config }) => sparse(config).count('sparse_block_size')),
    uint('attention.indexer.local_blocks', ({ config }) => sparse(config).count('sparse_local_block')),
    uint('leading_dense_block_count', ({ config }) => {
      const frequencies = config.numbers('moe_layer_freq') ?? [];
      const first = frequencies.findIndex((frequency) => frequency !== 0);
      return first < 0 ? frequencies.length : first;
    }),
  ],
  tensors: (model) => [change(['norm.weight'], addOne), ...(minimaxM2.tensors?.(model) ?? [])],
  force: (name) => (name.includes('.indexer.') ? 'F32' : undefined),
};

function sparse(config: Values): Values {
  const found = config.object('sparse_attention_config');
  if (found === undefined) throw config.missing('sparse_attention_config');
  return found;
}

function residualScale(config: Values): number {
  const [alpha = 0, ...others] = SCALED.map((kind) => config.need(`layernorm_${kind}_alpha`));
  const plain = SCALED.every((kind) => config.need(`layernorm_${kind}_beta`) === 1);
  if (plain && others.every((other) => other === alpha)) return alpha;
  throw new SlipwayError('ARCH_UNSUPPORTED', 'a MiniMax whose layers are scaled differently cannot be converted', {
    where: 'config.json: layernorm_*_alpha, layernorm_*_beta',
    try: 'llama.cpp knows one alpha for all, and betas of 1',
  });
}

/** Rows behind the tokenizer's own vocabulary that hold nothing but zeros. */
async function unusedTokens(repository: Repository, _config: Values, options: GatherOptions): Promise<Gathered> {
  const embedding = options.weights.tensors.get('model.embed_tokens.weight');
  if (embedding === undefined) return {};
  const [rows = 0, columns = 0] = embedding.shape;
  const first = await baseVocabularySize(repository);
  if (first >= rows || columns === 0) return {};
  const values = await readValues(narrow(fromWeights(embedding), 0, first, rows - first), options.signal);
  const suppressed = Array.from({ length: rows - first }, (_, index) => index).filter((index) =>
    values.subarray(index * columns, (index + 1) * columns).every((value) => value === 0),
  );
  return { suppressed: suppressed.map((index) => first + index) };
}
