import { narrow } from '../expressions/index.js';
import { blockOf, ggufBlock } from '../names/name-map.js';
import type { Family, Model, TensorRule } from './family.js';
import { fileType, float, integers, uint } from './keys.js';

/** OpenELM: every layer has its own number of heads and its own width. */
export const openelm: Family = {
  names: ['OpenELMForCausalLM'],
  gguf: 'openelm',
  // What is published has no tokenizer.
  vocabulary: ({ repository }) =>
    repository.file('tokenizer.model') === undefined ? 'builtin-llama' : 'sentencepiece',
  blockCount: (config) => config.count('num_transformer_layers'),
  keys: [
    uint('block_count', (model) => model.blockCount),
    uint('context_length', ({ config }) => config.count('max_context_length')),
    uint('embedding_length', ({ config }) => config.count('model_dim')),
    (model) => [['feed_forward_length', integers('feed_forward_length', feedForwardLengths(model))]],
    ({ config }) => [heads('attention.head_count', config.numbers('num_query_heads') ?? [])],
    ({ config }) => [heads('attention.head_count_kv', config.numbers('num_kv_heads') ?? [])],
    float('rope.freq_base', ({ config }) => config.need('rope_freq_constant')),
    float('attention.layer_norm_rms_epsilon', () => 1e-6),
    uint('rope.dimension_count', ({ config }) => config.count('head_dim')),
    uint('attention.key_length', ({ config }) => config.count('head_dim')),
    uint('attention.value_length', ({ config }) => config.count('head_dim')),
    fileType,
  ],
  tensors: (model) => [gateAndUp(feedForwardLengths(model))],
};

function heads(name: string, counts: readonly number[]): readonly [string, ReturnType<typeof integers>] {
  return [name, integers(name, counts)];
}

function feedForwardLengths({ config }: Model): readonly number[] {
  const [width, divisor] = [config.count('model_dim'), config.count('ffn_dim_divisor')];
  const multipliers = config.numbers('ffn_multipliers');
  if (multipliers === undefined) throw config.missing('ffn_multipliers');
  return multipliers.map((multiplier) => divisible(multiplier * width, divisor));
}

/** The nearest multiple, but never less than nine tenths. */
function divisible(value: number, divisor: number): number {
  const rounded = Math.max(divisor, Math.floor(Math.trunc(value + divisor / 2) / divisor) * divisor);
  return rounded < 0.9 * value ? rounded + divisor : rounded;
}

function gateAndUp(lengths: readonly number[]): TensorRule {
  return {
    takes: (name) => /^transformer\.layers\.\d+\.ffn\.proj_1\.weight$/.test(name),
    apply: ({ name, tensor }) => {
      const length = lengths[blockOf(name) ?? 0] ?? 0;
      const rest = (tensor.shape[0] ?? 0) - length;
      return [
        { name: `${ggufBlock(name)}.ffn_gate.weight`, tensor: narrow(tensor, 0, 0, length), final: true },
        { name: `${ggufBlock(name)}.ffn_up.weight`, tensor: narrow(tensor, 0, length, rest), final: true },
      ];
    },
  };
}
