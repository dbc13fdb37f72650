import { mapValues, reshape, singleExp, type TensorExpression } from '../expressions/index.js';
import type { Values } from '../config/config-values.js';
import type { Family, Model, TensorRule } from './family.js';
import { bool, fileType, float, uint } from './keys.js';
import { change } from './tensor-rules.js';
import type { Weights } from '../../safetensors/index.js';
import { sameData } from '../same-data.js';

/** The first models are published without a tokenizer. Mamba looks for a tokenizer.json first, Mamba 2 for a tokenizer.model. */
const tokenizerFound =
  (first: 'bpe' | 'sentencepiece') =>
  ({ repository }: Model): 'bpe' | 'sentencepiece' | 'builtin-neox' => {
    const has = (path: string): boolean => repository.file(path) !== undefined;
    const [json, model] = [has('tokenizer.json'), has('tokenizer.model')];
    if (json && model) return first;
    return json ? 'bpe' : model ? 'sentencepiece' : 'builtin-neox';
  };

/** Mamba, also as FalconMamba, which norms its inputs. */
export const mamba: Family = {
  names: ['MambaForCausalLM', 'MambaLMHeadModel', 'FalconMambaForCausalLM'],
  gguf: 'mamba',
  plainConfig: true,
  vocabulary: tokenizerFound('bpe'),
  vocabularySize: ({ config }) => roundedVocabulary(config, 8),
  keys: [
    uint('context_length', () => 2 ** 20),
    uint('embedding_length', ({ config }) => width(config)),
    uint('feed_forward_length', () => 0),
    uint('attention.head_count', () => 0),
    uint('block_count', (model) => model.blockCount),
    uint('ssm.conv_kernel', ({ config }) => config.number('conv_kernel', 'd_conv') || 4),
    uint('ssm.inner_size', ({ config }) => config.number('intermediate_size', 'd_inner') || 2 * width(config)),
    uint('ssm.state_size', ({ config }) => config.number('state_size', 'd_state') || 16),
    uint(
      'ssm.time_step_rank',
      ({ config }) => config.number('time_step_rank', 'dt_rank') || Math.ceil(width(config) / 16),
    ),
    float('attention.layer_norm_rms_epsilon', epsilon),
    bool('ssm.dt_b_c_rms', ({ config }) => config.find('model_type') === 'falcon_mamba'),
    fileType,
  ],
  superfluous: repeatedOutput,
  tensors: () => [decay(), convolution()],
};

const EMBEDDINGS = ['backbone.embeddings.weight', 'backbone.embedding.weight'];

/** An output matrix that equals the embedding, which must come before it, is left out. */
async function repeatedOutput({ tensors }: Weights, signal?: AbortSignal): Promise<ReadonlySet<string>> {
  const names = [...tensors.keys()];
  const embedding = EMBEDDINGS.find((name) => tensors.has(name));
  const [first, second] = [tensors.get(embedding ?? ''), tensors.get('lm_head.weight')];
  if (embedding === undefined || first === undefined || second === undefined) return new Set();
  if (names.indexOf(embedding) > names.indexOf('lm_head.weight')) return new Set();
  return new Set((await sameData(first, second, signal)) ? ['lm_head.weight'] : []);
}

/** Mamba 2. */
export const mamba2: Family = {
  names: ['Mamba2ForCausalLM'],
  gguf: 'mamba2',
  plainConfig: true,
  vocabulary: tokenizerFound('sentencepiece'),
  vocabularySize: ({ config }) => roundedVocabulary(config, 16),
  keys: [
    uint('context_length', () => 2 ** 20),
    uint('embedding_length', ({ config }) => width(config)),
    uint('feed_forward_length', () => 0),
    uint('attention.head_count', () => 0),
    uint('block_count', (model) => model.blockCount),
    uint('ssm.conv_kernel', ({ config }) => config.number('conv_kernel', 'd_conv') || 4),
    uint('ssm.inner_size', ({ config }) => innerWidth(config)),
    uint('ssm.state_size', ({ config }) => config.number('state_size', 'd_state') || 128),
    uint('ssm.time_step_rank', ({ config }) =>
      Math.floor(innerWidth(config) / (config.number('mamba_d_head', 'head_dim') || 64)),
    ),
    uint('ssm.group_count', ({ config }) => groups(config)),
    float('attention.layer_norm_rms_epsilon', epsilon),
    fileType,
  ],
  rename: (name) => name.replace(/^model\.(?=backbone|lm_head)/, '').replace(/\.dt_bias$/, '.dt_proj.bias'),
  tensors: ({ config }) => [
    convolution(),
    change(['.D'], column),
    decay(column),
    change(['mixer.norm.weight'], (tensor) =>
      reshape(tensor, [groups(config), Math.floor(innerWidth(config) / groups(config))]),
    ),
  ],
};

/** States decay by -exp(A), with the exponential function of torch. */
export function decay(shape: (tensor: TensorExpression) => TensorExpression = (tensor) => tensor): TensorRule {
  return change(['.A_log'], (tensor) => mapValues(shape(tensor), (value) => -singleExp(value)));
}

/** The kernel of the convolution without dimensions of length one. */
export function convolution(): TensorRule {
  return change(['conv1d.weight'], (tensor) =>
    reshape(
      tensor,
      tensor.shape.filter((dimension) => dimension !== 1),
    ),
  );
}

/** A vector as a matrix of one column: what Mamba 2 has one of for each head, Mamba 1 has for each state. */
export function column(tensor: TensorExpression): TensorExpression {
  return reshape(tensor, [...tensor.shape, 1]);
}

function width(config: Values): number {
  return config.count('hidden_size', 'd_model', 'dim');
}

function innerWidth(config: Values): number {
  const innerSize = config.number('mamba_d_ssm', 'intermediate_size', 'd_inner');
  return innerSize || (config.number('mamba_expand', 'expand') || 2) * width(config);
}

function groups(config: Values): number {
  return config.number('n_groups') || 1;
}

function epsilon({ config }: Model): number {
  return config.number('layer_norm_epsilon', 'rms_norm_eps') || 1e-5;
}

/** The embedding has rows up to a multiple of this. */
function roundedVocabulary(config: Values, multiple: number): number {
  const step = Math.max(1, config.number('pad_vocab_size_multiple') ?? multiple);
  return Math.ceil(config.count('vocab_size') / step) * step;
}
