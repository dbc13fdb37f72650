import type { Values } from '../config/config-values.js';
import { narrow } from '../expressions/index.js';
import { bert, tokenTypes } from './bert.js';
import type { Family, Model, TensorRule } from './family.js';
import { constant, float, text, uint } from './keys.js';
import { POOLING, poolingKeys } from './pooling.js';
import { drop } from './tensor-rules.js';
import { textKeys } from './text-keys.js';

const bertRename = bert.rename ?? ((name: string): string => name);

/** DistilBERT. */
export const distilbert: Family = {
  ...bert,
  names: ['DistilBertModel', 'DistilBertForMaskedLM', 'DistilBertForSequenceClassification'],
  keys: [float('attention.layer_norm_epsilon', () => 1e-12), ...bert.keys],
  rename: (name, model) => {
    const short = name.replace(/^distilbert\./, '');
    return short.startsWith('vocab_') ? undefined : bertRename(short, model);
  },
};

/** RoBERTa: positions begin behind the padding token, and its vocabulary is BPE. */
export const roberta: Family = {
  ...bert,
  names: ['RobertaModel', 'RobertaForSequenceClassification'],
  vocabulary: (model) => (hasTokenizerJson(model) ? 'bpe' : 'wordpiece'),
  lastKeys: [
    uint('tokenizer.ggml.token_type_count', (model) => (hasTokenizerJson(model) ? tokenTypes(model) : undefined)),
  ],
  adjust: withoutPadding,
  rename: (name, model) => bertRename(name.replace(/^roberta\./, ''), model),
  tensors: ({ config }) => [cutPositions(config)],
};

/** XLM-RoBERTa, BGE-M3 and others with its vocabulary. */
export const xlmRoberta: Family = {
  ...roberta,
  names: ['XLMRobertaModel', 'XLMRobertaForSequenceClassification'],
  applies: (config) => config.find('lora_adaptations') === undefined,
  vocabulary: 'xlm-roberta',
  lastKeys: [],
};

/** Jina's embeddings, version 3, without their adapters, which the reference writes as files of their own. */
export const jinaBertV3: Family = {
  ...xlmRoberta,
  gguf: 'jina-bert-v3',
  applies: (config) => config.find('lora_adaptations') !== undefined,
  rename: (name, model) => {
    const plain = name.replaceAll('.parametrizations.', '.').replace(/\.original$/, '');
    return xlmRoberta.rename?.(plain, model);
  },
  tensors: (model) => [drop('.0.lora_A', '.0.lora_B'), ...(xlmRoberta.tensors?.(model) ?? [])],
};

/** Jina's embeddings, version 2. */
export const jinaBertV2: Family = {
  ...bert,
  names: ['JinaBertModel', 'JinaBertForMaskedLM'],
  gguf: 'jina-bert-v2',
  vocabulary: ({ tokenizerConfig }) =>
    tokenizerConfig.string('tokenizer_class') === 'RobertaTokenizer' ? 'bpe-or-whitespace' : 'wordpiece',
  lastKeys: [
    uint('tokenizer.ggml.token_type_count', ({ tokenizerConfig }) =>
      tokenizerConfig.string('tokenizer_class') === 'RobertaTokenizer' ? 2 : undefined,
    ),
  ],
};

/** NeoBERT: positions are rotated, and its gated layers are two thirds as wide as the configuration says. */
export const neoBert: Family = {
  ...bert,
  names: ['NeoBERT', 'NeoBERTLMHead', 'NeoBERTForSequenceClassification'],
  gguf: 'neo-bert',
  keys: [
    ...bert.keys,
    uint('feed_forward_length', ({ config }) => Math.trunc((2 * config.count('intermediate_size')) / 3)),
    float('rope.freq_base', () => 10_000),
    constant('rope.scaling.type', 'none'),
    float('attention.layer_norm_rms_epsilon', ({ config }) => config.number('norm_eps') ?? 1e-6),
    uint('pooling_type', () => POOLING.cls),
  ],
  rename: (name, model) => (name.startsWith('decoder.') ? undefined : bertRename(name.replace(/^model\./, ''), model)),
};

/** EuroBERT, and Jina's embeddings, version 5, which are built on it. */
export const euroBert: Family = {
  names: ['EuroBertModel', 'JinaEmbeddingsV5Model'],
  gguf: 'eurobert',
  vocabulary: 'bpe',
  keys: [textKeys, constant('attention.causal', false), constant('rope.scaling.type', 'none'), poolingKeys],
  vocabularyKeys: [constant('tokenizer.ggml.add_bos_token', false)],
  rename: (name) => name.replace(/^model\./, ''),
};

/** ModernBERT. */
export const modernBert: Family = {
  ...bert,
  names: ['ModernBertModel', 'ModernBertForMaskedLM', 'ModernBertForSequenceClassification'],
  gguf: 'modern-bert',
  vocabulary: 'bpe',
  tokenTypes: undefined,
  keys: [
    ...bert.keys,
    uint('attention.sliding_window', ({ config }) => config.count('local_attention')),
    uint('attention.sliding_window_pattern', ['global_attn_every_n_layers']),
    constant('rope.scaling.type', 'none'),
    uint('vocab_size', ['vocab_size']),
    text('hidden_activation', ({ config }) => config.string('hidden_activation') || undefined),
  ],
  vocabularyKeys: [
    constant('tokenizer.ggml.add_bos_token', true),
    constant('tokenizer.ggml.add_eos_token', true),
    constant('tokenizer.ggml.add_sep_token', true),
  ],
  rename: (name, model) => bertRename(name.replace(/^model\./, ''), model),
};

function hasTokenizerJson({ repository }: Model): boolean {
  return repository.file('tokenizer.json') !== undefined;
}

/** Positions up to the padding token's id are never used. */
function withoutPadding(config: Values): Values {
  const unused = unusedPositions(config);
  const positions = config.number('max_position_embeddings');
  return positions === undefined ? config : config.with([['max_position_embeddings', positions - unused]]);
}

function unusedPositions(config: Values): number {
  const padding = config.number('pad_token_id');
  return padding === undefined ? 0 : padding + 1;
}

function cutPositions(config: Values): TensorRule {
  const unused = unusedPositions(config);
  return {
    takes: (name) => name === 'embeddings.position_embeddings.weight',
    apply: ({ name, tensor }) => [{ name, tensor: narrow(tensor, 0, unused, (tensor.shape[0] ?? 0) - unused) }],
  };
}
