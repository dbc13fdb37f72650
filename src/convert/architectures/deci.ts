import { SlipwayError } from '../../core/index.js';
import { blockOf } from '../names/name-map.js';
import { Values } from '../config/config-values.js';
import type { JsonValue } from '../../files/index.js';
import type { Family, KeyRule, Model, TensorRule } from './family.js';
import { all, fileType, float, integers, uint, when } from './keys.js';
import { headDim, llama3RopeFactors } from './rope.js';
import { change, interleaveHeads } from './tensor-rules.js';
import { textKeys } from './text-keys.js';

/** Rows of Llama 3's embedding, by which the reference knows its tokenizer. */
const LLAMA3_ROWS = 128_256;

/** What one layer of a searched architecture has. */
interface Layer {
  readonly heads: number;
  readonly keyHeads: number;
  readonly feedForward: number;
}

const searched = ({ config }: Model): boolean => config.has('block_configs');

/** Keys of a model whose layers differ; written in an order of its own. */
const searchedKeys: KeyRule = all(
  float('rope.freq_base', ({ rope }) => rope.number('rope_theta')),
  perLayer('attention.head_count_kv', ({ keyHeads }) => keyHeads),
  perLayer('attention.head_count', ({ heads }) => heads),
  perLayer('feed_forward_length', ({ feedForward }) => feedForward),
  uint('block_count', (model) => model.blockCount),
  uint('context_length', ({ config }) => config.count('max_position_embeddings')),
  uint('embedding_length', ({ config }) => config.count('hidden_size')),
  float('attention.layer_norm_rms_epsilon', ({ config }) => config.need('rms_norm_eps')),
  uint('attention.key_length', plainHeadLength),
  uint('attention.value_length', plainHeadLength),
  fileType,
);

/** DeciLM 7B, and NVIDIA's Nemotron 49B, 51B and 253B, whose layers were searched one by one. */
export const deci: Family = {
  names: ['DeciLMForCausalLM'],
  gguf: 'deci',
  vocabulary: ({ config }) => ((config.number('vocab_size') ?? LLAMA3_ROWS) === LLAMA3_ROWS ? 'bpe' : 'llama-hf'),
  keys: [
    when(searched, searchedKeys),
    when(
      (model) => !searched(model),
      textKeys,
      ({ config }) => {
        const heads = config.numbers('num_key_value_heads_per_layer');
        return heads === undefined ? [] : [['attention.head_count_kv', integers('attention.head_count_kv', heads)]];
      },
    ),
    uint('vocab_size', ({ config }) => config.count('vocab_size')),
    uint('rope.dimension_count', headDim),
  ],
  tensors: rotated,
  extra: llama3RopeFactors,
};

function perLayer(name: string, value: (layer: Layer) => number): KeyRule {
  return (model) => [[name, integers(name, layersOf(model).map(value))]];
}

function plainHeadLength({ config }: Model): number {
  return Math.floor(config.count('hidden_size') / config.count('num_attention_heads'));
}

function layersOf({ config, blockCount }: Model): readonly Layer[] {
  const blocks = config.find('block_configs');
  if (!Array.isArray(blocks) || blocks.length !== blockCount) {
    throw new SlipwayError('MODEL_INVALID', "'block_configs' does not have one entry a layer", {
      where: 'config.json',
      got: `${Array.isArray(blocks) ? blocks.length : typeof blocks}, expected ${blockCount}`,
    });
  }
  return blocks.map((block) => layerOf(config, block));
}

function layerOf(config: Values, block: JsonValue): Layer {
  const values = new Values({ block }, 'config.json: block_configs').object('block');
  const [attention, feedForward] = [values?.object('attention'), values?.object('ffn')];
  const heads = config.count('num_attention_heads');
  const group = attention?.number('n_heads_in_group');
  const linear = attention?.boolean('replace_with_linear') === true;
  return {
    heads: group === undefined && !linear ? 0 : heads,
    keyHeads: group === undefined ? 0 : Math.floor(heads / group),
    feedForward: feedForwardLength(feedForward?.number('ffn_mult') ?? 0, config.count('hidden_size')),
  };
}

/** Two thirds of the width times the factor, rounded up to 256. */
function feedForwardLength(factor: number, width: number): number {
  const length = Math.trunc((2 * factor * width) / 3);
  return length % 256 === 0 ? length : length + 256 - (length % 256);
}

function rotated(model: Model): readonly TensorRule[] {
  const { config } = model;
  const plain = { heads: config.count('num_attention_heads'), keyHeads: config.number('num_key_value_heads') };
  const headCounts = config.numbers('num_key_value_heads_per_layer');
  const layers = headCounts === undefined && searched(model) ? layersOf(model) : undefined;
  const counts = (name: string): { readonly heads: number; readonly keyHeads: number | undefined } => {
    const block = blockOf(name);
    if (block === undefined) return plain;
    if (headCounts !== undefined) return { ...plain, keyHeads: headCounts[block] };
    return layers?.[block] ?? plain;
  };
  return [
    change(['q_proj.weight', 'q_proj.bias'], (tensor, name) => interleaveHeads(tensor, counts(name).heads)),
    change(['k_proj.weight', 'k_proj.bias'], (tensor, name) =>
      interleaveHeads(tensor, counts(name).keyHeads ?? counts(name).heads),
    ),
  ];
}
