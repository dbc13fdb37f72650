import { SlipwayError } from '../../core/index.js';
import { squeeze } from '../architectures/tensor-rules.js';
import type { NamedTensor } from '../architectures/family.js';
import { mapValues, singleExp, spread, stack, zipValues, type TensorExpression } from '../expressions/index.js';
import type { ProjectorModel } from './projector.js';
import { named } from './tensor-rules.js';
import { codecTensor } from './subfolder.js';

/** Codebooks behind the first. */
const REST = 15;
/** Residual units of a block of the decoder. */
const UNITS = 3;
/** No published decoder has more blocks of any kind. */
const BLOCK_LIMIT = 64;
const SMALLEST_USE = Math.fround(1e-5);
const AGAINST_ZERO = Math.fround(1e-9);

const LAYER: readonly (readonly [source: string, target: string])[] = [
  ['input_layernorm.weight', 'ln1'],
  ['self_attn.q_proj.weight', 'attn_q'],
  ['self_attn.k_proj.weight', 'attn_k'],
  ['self_attn.v_proj.weight', 'attn_v'],
  ['self_attn.o_proj.weight', 'attn_out'],
  ['self_attn_layer_scale.scale', 'ls1'],
  ['post_attention_layernorm.weight', 'ln2'],
  ['mlp.gate_proj.weight', 'ffn_gate'],
  ['mlp.up_proj.weight', 'ffn_up'],
  ['mlp.down_proj.weight', 'ffn_down'],
  ['mlp_layer_scale.scale', 'ls2'],
];

const UPSAMPLE: readonly (readonly [source: string, target: string])[] = [
  ['0.conv.weight', 'conv.weight'],
  ['0.conv.bias', 'conv.bias'],
  ['1.dwconv.conv.weight', 'dwconv.weight'],
  ['1.dwconv.conv.bias', 'dwconv.bias'],
  ['1.norm.weight', 'norm.weight'],
  ['1.norm.bias', 'norm.bias'],
  ['1.pwconv1.weight', 'pw1.weight'],
  ['1.pwconv1.bias', 'pw1.bias'],
  ['1.pwconv2.weight', 'pw2.weight'],
  ['1.pwconv2.bias', 'pw2.bias'],
  ['1.gamma', 'gamma'],
];

/** The decoder of Qwen3-TTS's codec, which turns codes into sound: in the order in which the reference writes it. */
export function* codecTensors({ gathered }: ProjectorModel): Iterable<NamedTensor> {
  const get = (name: string): TensorExpression => codecTensor(gathered, `decoder.${name}`);
  const config = gathered.config?.object('decoder_config');
  if (config === undefined)
    throw new SlipwayError('MODEL_INVALID', "the codec's configuration has no 'decoder_config'");
  const wav = (name: string, tensor: TensorExpression): NamedTensor => named(`a.gen.wav.${name}`, tensor);
  const both = (target: string, source: string): readonly NamedTensor[] =>
    ['weight', 'bias'].map((part) => wav(`${target}.${part}`, get(`${source}.${part}`)));
  for (const [part, count] of [
    ['first', 1],
    ['rest', REST],
  ] as const) {
    const source = `quantizer.rvq_${part}`;
    yield wav(`quant.${part}.in_proj.weight`, squeeze(get(`${source}.input_proj.weight`), -1));
    yield wav(`quant.${part}.out_proj.weight`, squeeze(get(`${source}.output_proj.weight`), -1));
    yield wav(`quant.${part}.codebook.weight`, codebooks(get, source, count));
  }
  yield* both('pre_conv', 'pre_conv.conv');
  yield* both('tfm.in_proj', 'pre_transformer.input_proj');
  yield* both('tfm.out_proj', 'pre_transformer.output_proj');
  yield wav('tfm.output_norm.weight', get('pre_transformer.norm.weight'));
  for (const block of numbers(config.count('num_hidden_layers'))) {
    for (const [source, target] of LAYER) {
      yield wav(`tfm.blk.${block}.${target}.weight`, get(`pre_transformer.layers.${block}.${source}`));
    }
  }
  for (const block of numbers(config.numbers('upsampling_ratios')?.length ?? 0)) {
    for (const [source, target] of UPSAMPLE) yield wav(`up.blk.${block}.${target}`, get(`upsample.${block}.${source}`));
  }
  yield* both('dac.entry', 'decoder.0.conv');
  for (const block of numbers(config.numbers('upsample_rates')?.length ?? 0)) {
    const source = `decoder.${block + 1}.block`;
    yield* snakes(get, `dac.blk.${block}.snake`, `${source}.0`);
    yield* both(`dac.blk.${block}.conv`, `${source}.1.conv`);
    for (let unit = 0; unit < UNITS; unit += 1) {
      for (const half of [1, 2]) {
        yield* snakes(get, `dac.blk.${block}.res.${unit}.act${half}`, `${source}.${unit + 2}.act${half}`);
        yield* both(`dac.blk.${block}.res.${unit}.conv${half}`, `${source}.${unit + 2}.conv${half}.conv`);
      }
    }
  }
  yield* snakes(get, 'dac.post_snake', 'decoder.5');
  yield* both('dac.post_conv', 'decoder.6.conv');
}

function numbers(count: number): readonly number[] {
  if (count <= BLOCK_LIMIT) return Array.from({ length: count }, (_, index) => index);
  throw new SlipwayError('MODEL_INVALID', 'the codec asks for too many blocks', {
    got: `${count}, limit ${BLOCK_LIMIT}`,
  });
}

/** A codebook is kept as sums and counts of what it was trained on. */
function codebooks(get: (name: string) => TensorExpression, prefix: string, count: number): TensorExpression {
  const books = numbers(count).map((layer) => {
    const book = `${prefix}.vq.layers.${layer}._codebook`;
    const [sum, use] = [get(`${book}.embedding_sum`), get(`${book}.cluster_usage`)];
    return zipValues([sum, spread(use, sum.shape[1] ?? 0)], ([value = 0, uses = 0], round) =>
      round(value / Math.max(uses, round(SMALLEST_USE))),
    );
  });
  const [first] = books;
  return books.length === 1 && first !== undefined ? first : stack(books);
}

/** An activation's two parameters, made ready for use. */
function snakes(get: (name: string) => TensorExpression, target: string, source: string): readonly NamedTensor[] {
  const { fround } = Math;
  const alpha = mapValues(get(`${source}.alpha`), singleExp);
  const beta = mapValues(get(`${source}.beta`), (value) => 1 / fround(singleExp(value) + AGAINST_ZERO));
  return [named(`a.gen.wav.${target}.alpha`, alpha), named(`a.gen.wav.${target}.beta`, beta)];
}
