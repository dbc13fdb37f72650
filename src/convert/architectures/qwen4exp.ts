import { SlipwayError } from '../../core/index.js';
import { readRange } from '../../files/index.js';
import type { WeightTensor } from '../../safetensors/index.js';
import { concat, narrow, product, reshape, widen, wrongShape, type TensorExpression } from '../expressions/index.js';
import type { Values } from '../config/config-values.js';
import { ggufBlock } from '../names/name-map.js';
import type { Family, Gathered, GatherOptions, Key, Model, NamedTensor, TensorRule } from './family.js';
import { integers, uint } from './keys.js';
import { qwen35 } from './qwen3-next.js';
import { addOne } from './tensor-rules.js';

/** Tensors of whole numbers of 64 bits that become keys: singles would round them. */
const CONSTANTS = ['layer_multipliers', 'ngram_heads_offsets', 'ngram_heads_vocab_sizes'] as const;
/** No table has as many heads. */
const CONSTANT_LIMIT = 65_536;

/**
 * Qwen 3.8 Flash Next: Qwen3.5's linear attention with hyper-connections in place of norms, an indexer that picks what
 * full attention looks at, and embeddings of n-grams, whose table comes in parts. The layers that predict further tokens
 * are a model of their own and left out.
 */
export const qwen4exp: Family = {
  ...qwen35,
  names: ['Qwen4ExpForConditionalGeneration', 'Qwen4ExpForCausalLM'],
  gguf: 'qwen4exp',
  draft: undefined,
  blockCount: (config) => config.count('num_hidden_layers'),
  gather: hashConstants,
  keys: [
    ...qwen35.keys,
    uint('hyper_connection.count', ({ config }) => config.count('hc_count')),
    uint('hyper_connection.low_rank', ({ config }) => config.count('hc_lowrank')),
    uint('attention.indexer.head_count', ({ config }) => config.count('indexer_n_heads')),
    uint('attention.indexer.key_length', ({ config }) => config.count('indexer_head_dim')),
    uint('attention.indexer.top_k', ({ config }) => config.count('indexer_budget')),
    compressRatios,
    ngramKeys,
  ],
  rename: (name) => (/^(?:model\.)?mtp\./.test(name) ? undefined : name),
  tensors: (model) => [
    ngramTable(model),
    {
      takes: (name) => CONSTANTS.some((constant) => name.endsWith(`ple_embedding.${constant}`)),
      apply: () => [],
    },
    indexerHalves(model),
    {
      takes: (name) => /(?:\.ple\.norm_(?:key|query|conv)|\.indexer\.[qk]_layernorm)\.weight$/.test(name),
      apply: ({ name, tensor }) => [{ name, tensor: addOne(tensor), settled: true }],
    },
    {
      takes: (name) => name.endsWith('.ple.conv1d.weight'),
      apply: ({ name, tensor }) => {
        const shape = tensor.shape.filter((dimension) => dimension !== 1);
        return [{ name, tensor: reshape(tensor, shape), settled: true }];
      },
    },
    ...(qwen35.tensors?.(model) ?? []),
  ],
};

function compressRatios({ config }: Model): Iterable<Key> {
  const types = config.strings('layer_types') ?? [];
  const ratio = config.count('indexer_compress_ratio');
  const ratios = types
    .slice(0, config.count('num_hidden_layers'))
    .map((type) => (type === 'full_attention' ? ratio : 0));
  return [['attention.compress_ratios', integers('attention.compress_ratios', ratios)]];
}

/** The configuration counts layers from one; without any there is no table. */
function* ngramKeys(model: Model): Iterable<Key> {
  const { config, gathered } = model;
  const layers = (config.numbers('ple_layer_ids') ?? []).map((layer) => layer - 1);
  if (layers.length === 0) return;
  yield ['ple.layers', integers('ple.layers', layers)];
  const numbers = [
    uint('ple.ngram_size', () => config.count('ngram_size')),
    uint('ple.heads_per_ngram', () => config.count('heads_per_ngram')),
    uint('ple.conv_kernel', () => config.count('ple_conv_kernel_size')),
    uint('ple.eos_token_id', () => lastEnd(config)),
    uint('ple.image_token_id', ['image_token_id']),
    uint('embedding_length_per_layer_input', () => gathered.ngramWidth),
  ];
  for (const rule of numbers) yield* rule({ ...model, fileType: 0 });
  const names = ['ple.layer_multipliers', 'ple.head_offsets', 'ple.head_vocab_sizes'];
  for (const [index, name] of names.entries()) {
    const value = gathered.hashConstants?.[index];
    if (value === undefined) throw config.missing(`ple_embedding.${CONSTANTS[index] ?? ''}`);
    yield [name, { type: 'ARRAY', items: 'UINT64', value }];
  }
}

function lastEnd(config: Values): number {
  const end = config.find('eos_token_id');
  return Array.isArray(end) ? Number(end.at(-1)) : config.count('eos_token_id');
}

async function hashConstants(
  _repository: unknown,
  config: Values,
  { weights, signal }: GatherOptions,
): Promise<Gathered> {
  if ((config.numbers('ple_layer_ids') ?? []).length === 0) return {};
  const tensors = [...weights.tensors];
  const found = CONSTANTS.map((constant) => tensors.find(([name]) => name.endsWith(`ple_embedding.${constant}`))?.[1]);
  const shard = tensors.find(([name]) => name.includes('.ngram_embedding.shard_'))?.[1];
  return {
    hashConstants: await Promise.all(
      found.flatMap((tensor) => (tensor === undefined ? [] : wholeNumbers(tensor, signal))),
    ),
    ngramWidth: shard?.shape.at(-1),
  };
}

async function wholeNumbers(
  { name, dtype, shape, file, start, end }: WeightTensor,
  signal?: AbortSignal,
): Promise<readonly bigint[]> {
  const count = product(shape);
  if (dtype !== 'I64' || shape.length !== 1 || count > CONSTANT_LIMIT) {
    throw new SlipwayError('MODEL_INVALID', `'${name}' does not hold the constants of a hash`, {
      where: name,
      got: `${dtype} [${shape.join(', ')}], expected I64`,
    });
  }
  const bytes = await readRange(file, { start, end }, signal);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: count }, (_, index) => view.getBigUint64(8 * index, true));
}

/** The table of n-grams, when its last part has been seen: rows in the order of the parts' numbers. */
function ngramTable({ config }: Model): TensorRule {
  const parts = new Map<number, NamedTensor>();
  const count = config.number('split_ngram_parts') ?? 0;
  return {
    takes: (name) => name.includes('.ngram_embedding.shard_'),
    apply: (part) => {
      parts.set(Number(/\.shard_(\d+)/.exec(part.name)?.[1]), part);
      if (parts.size < count) return [];
      const rows = [...parts].toSorted(([a], [b]) => a - b).map(([, { tensor }]) => widen(tensor));
      parts.clear();
      return [{ name: 'per_layer_token_embd.weight', tensor: concat(rows), final: true }];
    },
    left: () => [...parts.values()].map(({ name }) => name),
  };
}

/** One projection makes the indexer's queries and keys. */
function indexerHalves({ config }: Model): TensorRule {
  return {
    takes: (name) => name.includes('.indexer.index_qk_proj.weight'),
    apply: ({ name, tensor }) => {
      const queries = config.count('indexer_n_heads') * config.count('indexer_head_dim');
      const rows = tensor.shape[0] ?? 0;
      if (rows < queries) throw wrongShape(tensor, `has no ${queries} rows of queries`);
      const part = (letter: string, half: TensorExpression): NamedTensor => ({
        name: `${ggufBlock(name)}.indexer.${letter}_proj.weight`,
        tensor: half,
        final: true,
      });
      return [part('q', narrow(tensor, 0, 0, queries)), part('k', narrow(tensor, 0, queries, rows - queries))];
    },
  };
}
