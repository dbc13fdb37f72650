import { SlipwayError } from '../../core/index.js';
import { mapValues, readValues, transpose, fromWeights } from '../expressions/index.js';
import type { Values } from '../config/config-values.js';
import { nameMap } from '../names/name-map.js';
import type { Family, Gathered, GatherOptions, Model, TensorRule } from './family.js';
import { fileType, float, uint } from './keys.js';
import { headDim } from './rope.js';
import { change } from './tensor-rules.js';
import { textKeys } from './text-keys.js';

/** Largest bias of a checkpoint that does not store its slopes. */
const USUAL_BIAS = 8;
const SLOPES = 'relative_pe.slopes';

/** Jais 2. */
export const jais2: Family = {
  names: ['Jais2ForCausalLM'],
  gguf: 'jais2',
  vocabulary: 'bpe',
  keys: [textKeys, uint('rope.dimension_count', headDim)],
};

/** Jais: positions by ALiBi, embedding and output scaled beforehand. */
export const jais: Family = {
  names: ['JAISLMHeadModel'],
  gguf: 'jais',
  vocabulary: 'bpe',
  firstKeys: [float('attention.max_alibi_bias', ({ gathered }) => gathered.alibiBias ?? USUAL_BIAS)],
  keys: [
    uint('block_count', (model) => model.blockCount),
    uint('context_length', ({ config }) => config.count('n_positions')),
    uint('embedding_length', ({ config }) => config.count('n_embd')),
    uint('feed_forward_length', ({ config }) => config.count('n_inner')),
    uint('attention.head_count', ({ config }) => config.count('n_head')),
    float('attention.layer_norm_epsilon', ({ config }) => config.need('layer_norm_epsilon')),
    fileType,
  ],
  gather: alibiBias,
  rename: (name) => (name.endsWith('.attn.bias') || name.endsWith(SLOPES) ? undefined : name),
  tensors: (model) => [
    change(['.c_attn.weight', '.c_proj.weight', '.c_fc.weight', '.c_fc2.weight'], transpose),
    ...scaled(model),
  ],
};

/** The slopes are stored; the bias is what they are computed from. */
async function alibiBias(_repository: unknown, config: Values, options: GatherOptions): Promise<Gathered> {
  const { weights, signal } = options;
  if (config.string('activation_function') !== 'swiglu') throw otherJais('activation_function', 'swiglu');
  if (config.string('position_embedding_type') !== 'alibi') throw otherJais('position_embedding_type', 'alibi');
  const slopes = [...weights.tensors].findLast(([name]) => name.endsWith(SLOPES))?.[1];
  if (slopes === undefined) return {};
  const [first = 1] = await readValues(fromWeights(slopes), signal);
  const heads = 2 ** Math.floor(Math.log2(config.count('n_head')));
  return { alibiBias: -roundHalfToEven(Math.log2(first) * heads) };
}

function otherJais(key: string, expected: string): SlipwayError {
  return new SlipwayError('ARCH_UNSUPPORTED', `a Jais whose '${key}' is another cannot be converted`, {
    where: 'config.json',
    try: `llama.cpp knows '${expected}' alone`,
    context: { key },
  });
}

function roundHalfToEven(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

function scaled(model: Model): readonly TensorRule[] {
  const { config } = model;
  const embedding = config.number('mup_embeddings_scale') ?? config.need('embeddings_scale');
  const output = config.has('mup_output_alpha')
    ? config.need('mup_output_alpha') * config.need('mup_width_scale')
    : config.need('width_scale');
  const names = nameMap('jais', model.blockCount);
  return [['token_embd.weight', embedding] as const, ['output.weight', output] as const].map(([gguf, scale]) => ({
    takes: (name) => names.map(name) === gguf,
    apply: ({ name, tensor }) => [
      { name, tensor: mapValues(tensor, (value) => Math.fround(value * Math.fround(scale))) },
    ],
  }));
}
