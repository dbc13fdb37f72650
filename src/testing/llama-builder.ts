import { memoryFile, type ModelFile } from '../files/index.js';
import type { WeightDtype } from './random-weights.js';
import { buildShards, type BuiltTensor } from './safetensors-builder.js';
import { buildSentencePiece } from './sentencepiece-builder.js';

/** What kind of Llama to build. Sizes are what the config calls them. */
export interface LlamaOptions {
  /** Used in the model card; `Tiny Llama` unless given. */
  readonly name?: string;
  /** 2 unless given. */
  readonly layers?: number;
  /** Width; 256 unless given, so that every quantization fits. A multiple of `heads`. */
  readonly hidden?: number;
  /** Width inside the feed-forward blocks; twice `hidden` unless given. */
  readonly intermediate?: number;
  /** 4 unless given. */
  readonly heads?: number;
  /** 2 unless given (grouped-query attention). */
  readonly kvHeads?: number;
  /** 512 unless given; at least 354. */
  readonly vocab?: number;
  readonly context?: number;
  /** BF16 unless given. */
  readonly dtype?: WeightDtype;
  /** The output matrix is the embedding's; false unless given. */
  readonly tied?: boolean;
  /** Number of safetensors files; 1 unless given. */
  readonly shards?: number;
  readonly seed?: number;
  /** As the Hub spells it; `apache-2.0` unless given. */
  readonly license?: string;
}

type Sizes = Required<Omit<LlamaOptions, 'name' | 'license' | 'seed' | 'shards'>>;

/**
 * A complete Llama repository as the Hub would have it: config, safetensors, SentencePiece tokenizer, model card. The
 * same options give the same bytes; weights are generated while they are read, so its size costs nothing.
 */
export function buildLlama(options: LlamaOptions = {}): ModelFile[] {
  const sizes = withDefaults(options);
  return [
    ...cardFiles(options),
    json('config.json', configOf(sizes)),
    json('generation_config.json', { bos_token_id: 1, eos_token_id: 2, temperature: 0.6, top_p: 0.9 }),
    ...tokenizerFiles(sizes),
    ...buildShards(llamaTensors(sizes), options.shards ?? 1, options.seed ?? 1),
  ];
}

function withDefaults(options: LlamaOptions): Sizes {
  const hidden = options.hidden ?? 256;
  const sizes: Sizes = {
    layers: options.layers ?? 2,
    hidden,
    intermediate: options.intermediate ?? 2 * hidden,
    heads: options.heads ?? 4,
    kvHeads: options.kvHeads ?? 2,
    vocab: options.vocab ?? 512,
    context: options.context ?? 2048,
    dtype: options.dtype ?? 'BF16',
    tied: options.tied ?? false,
  };
  if (hidden % sizes.heads !== 0 || sizes.heads % sizes.kvHeads !== 0) {
    throw new RangeError(`${hidden} wide, ${sizes.heads} heads, ${sizes.kvHeads} kv heads: they must divide`);
  }
  return sizes;
}

function json(path: string, value: unknown): ModelFile {
  return memoryFile(path, `${JSON.stringify(value, undefined, 2)}\n`);
}

function configOf(sizes: Sizes): unknown {
  return {
    architectures: ['LlamaForCausalLM'],
    attention_bias: false,
    bos_token_id: 1,
    eos_token_id: 2,
    head_dim: sizes.hidden / sizes.heads,
    hidden_act: 'silu',
    hidden_size: sizes.hidden,
    intermediate_size: sizes.intermediate,
    max_position_embeddings: sizes.context,
    mlp_bias: false,
    model_type: 'llama',
    num_attention_heads: sizes.heads,
    num_hidden_layers: sizes.layers,
    num_key_value_heads: sizes.kvHeads,
    rms_norm_eps: 1e-5,
    rope_theta: 10_000,
    tie_word_embeddings: sizes.tied,
    torch_dtype: { F32: 'float32', F16: 'float16', BF16: 'bfloat16' }[sizes.dtype],
    vocab_size: sizes.vocab,
  };
}

function tokenizerFiles(sizes: Sizes): ModelFile[] {
  const special = (content: string): unknown => ({
    content,
    lstrip: false,
    normalized: false,
    rstrip: false,
    single_word: false,
    special: true,
  });
  return [
    buildSentencePiece(sizes.vocab),
    json('special_tokens_map.json', { bos_token: '<s>', eos_token: '</s>', unk_token: '<unk>' }),
    json('tokenizer_config.json', {
      add_bos_token: true,
      add_eos_token: false,
      added_tokens_decoder: { 0: special('<unk>'), 1: special('<s>'), 2: special('</s>') },
      bos_token: '<s>',
      chat_template:
        "{% for message in messages %}{{ '[' + message['role'] + '] ' + message['content'] + eos_token }}{% endfor %}",
      clean_up_tokenization_spaces: false,
      eos_token: '</s>',
      legacy: false,
      model_max_length: sizes.context,
      tokenizer_class: 'LlamaTokenizer',
      unk_token: '<unk>',
    }),
  ];
}

/** Names and shapes as transformers saves them, in the order in which safetensors sorts them. */
function llamaTensors(sizes: Sizes): BuiltTensor[] {
  const { dtype, hidden, intermediate, vocab } = sizes;
  const head = hidden / sizes.heads;
  const matrix = (name: string, rows: number, columns: number): BuiltTensor => ({
    name,
    shape: [rows, columns],
    dtype,
  });
  const norm = (name: string): BuiltTensor => ({ name, shape: [hidden], dtype, offset: 1, scale: 0.25 });
  const layer = (index: number): BuiltTensor[] => {
    const at = `model.layers.${index}`;
    return [
      norm(`${at}.input_layernorm.weight`),
      matrix(`${at}.mlp.down_proj.weight`, hidden, intermediate),
      matrix(`${at}.mlp.gate_proj.weight`, intermediate, hidden),
      matrix(`${at}.mlp.up_proj.weight`, intermediate, hidden),
      norm(`${at}.post_attention_layernorm.weight`),
      matrix(`${at}.self_attn.k_proj.weight`, sizes.kvHeads * head, hidden),
      matrix(`${at}.self_attn.o_proj.weight`, hidden, hidden),
      matrix(`${at}.self_attn.q_proj.weight`, hidden, hidden),
      matrix(`${at}.self_attn.v_proj.weight`, sizes.kvHeads * head, hidden),
    ];
  };
  const tensors = [
    ...(sizes.tied ? [] : [matrix('lm_head.weight', vocab, hidden)]),
    matrix('model.embed_tokens.weight', vocab, hidden),
    ...Array.from({ length: sizes.layers }, (_, index) => layer(index)).flat(),
    norm('model.norm.weight'),
  ];
  return tensors.sort((a, b) => (a.name < b.name ? -1 : 1));
}

function cardFiles(options: LlamaOptions): ModelFile[] {
  const name = options.name ?? 'Tiny Llama';
  const license = options.license ?? 'apache-2.0';
  const card = `---
license: ${license}
language:
- en
library_name: transformers
pipeline_tag: text-generation
tags:
- llama
- test
---

# ${name}

A generated model for tests. It has the shape of a Llama and random weights: it says nothing that makes sense.
`;
  return [
    memoryFile('LICENSE', `The model "${name}" is generated; it is offered under ${license}.\n`),
    memoryFile('README.md', card),
  ];
}
