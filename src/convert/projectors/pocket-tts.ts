import type { TensorRule } from '../architectures/family.js';
import { squeeze } from '../architectures/tensor-rules.js';
import type { TensorExpression } from '../expressions/index.js';
import { audioEps, fileType, float, flag, text, uint } from './projector-keys.js';
import type { PlannedProjector, Projector } from './projector.js';
import { chunks, named, rule } from './tensor-rules.js';
import type { Key, NamedTensor } from '../architectures/family.js';

/** Pocket TTS: Mimi's encoder hears a voice, a flow and Mimi's decoder speak with it. */
export const pocketTts: Projector = {
  names: ['PocketTTSModel'],
  encoders: ['audio'],
  keys,
  tensors: () => [rule(() => true, renamed) satisfies TensorRule],
  force: (name) =>
    name.includes('.seanet.') || name === 'a.downsample.conv.weight' || name === 'a.gen.wav.upsample.weight'
      ? 'F16'
      : undefined,
};

function* keys(model: PlannedProjector): Iterable<Key> {
  const { audio, textWidth, repository } = model;
  const sizes = (prefix: string): readonly Key[] => [
    uint(`${prefix}.embedding_length`, audio.need('hidden_size')),
    uint(`${prefix}.feed_forward_length`, audio.need('intermediate_size')),
  ];
  const [blocks, heads] = [audio.need('num_hidden_layers'), audio.need('num_attention_heads')];
  yield fileType(model);
  yield flag('has_audio_encoder');
  yield text('audio.projector_type', 'pockettts_spkenc');
  yield uint('audio.projection_dim', textWidth);
  yield uint('audio.block_count', blocks);
  yield* sizes('audio');
  yield uint('audio.attention.head_count', heads);
  yield audioEps(1e-5);
  yield uint('audio.num_mel_bins', 1);
  yield flag('has_gen_audio_encoder');
  yield text('gen.audio.projector_type', 'pockettts_gen');
  yield uint('gen.audio.projection_dim', textWidth);
  yield* sizes('gen.audio');
  yield uint('gen.audio.block_count', blocks);
  yield uint('gen.audio.attention.head_count', heads);
  yield float('gen.audio.attention.layer_norm_epsilon', 1e-5);
  yield text('gen.audio.model_variant', repository.directoryName);
}

/** Tensors that keep their data, by name. */
const WHOLE: ReadonlyMap<string, string> = new Map([
  ['flow_lm.speaker_proj_weight', 'a.speaker_proj.weight'],
  ['flow_lm.input_linear.weight', 'a.gen.input_linear.weight'],
  ['flow_lm.emb_mean', 'a.gen.emb_mean'],
  ['flow_lm.emb_std', 'a.gen.emb_std'],
  ['flow_lm.out_eos.weight', 'a.gen.out_eos.weight'],
  ['flow_lm.out_eos.bias', 'a.gen.out_eos.bias'],
  ['mimi.downsample.conv.conv.weight', 'a.downsample.conv.weight'],
  ['mimi.upsample.convtr.convtr.weight', 'a.gen.wav.upsample.weight'],
]);

/** What becomes of a tensor; one that neither hears nor speaks is left out. */
function renamed({ name, tensor }: NamedTensor): readonly NamedTensor[] {
  const whole = WHOLE.get(name);
  if (whole !== undefined) return [named(whole, tensor)];
  if (name === 'mimi.quantizer.output_proj.weight') return [named('a.gen.wav.quant_out.weight', flat(tensor))];
  if (name.startsWith('flow_lm.flow_net.'))
    return namedOrNone(flowName(name.slice('flow_lm.flow_net.'.length)), tensor);
  if (name.includes('_transformer.transformer.layers.')) return transformer(name, tensor);
  if (/^mimi\.(?:encoder|decoder)\.model\./.test(name)) return namedOrNone(seanetName(name), tensor);
  return [];
}

function namedOrNone(name: string | undefined, tensor: TensorExpression): readonly NamedTensor[] {
  return name === undefined ? [] : [named(name, tensor)];
}

function flat(tensor: TensorExpression): TensorExpression {
  return tensor.shape.at(-1) === 1 ? squeeze(tensor, -1) : tensor;
}

const FLOW: ReadonlyMap<string, string> = new Map([
  ['input_proj', 'input_proj'],
  ['cond_embed', 'cond_embd'],
  ['final_layer.linear', 'final.proj'],
  ['final_layer.adaLN_modulation.1', 'final.ada'],
]);
const FLOW_TIME: ReadonlyMap<string, string> = new Map([
  ['mlp.0', 'up'],
  ['mlp.2', 'down'],
]);
const FLOW_BLOCK: ReadonlyMap<string, string> = new Map([
  ['in_ln', 'norm'],
  ['mlp.0', 'up'],
  ['mlp.2', 'down'],
  ['adaLN_modulation.1', 'ada'],
]);

function flowName(key: string): string | undefined {
  const [stem, suffix] = [key.slice(0, key.lastIndexOf('.')), key.slice(key.lastIndexOf('.'))];
  const simple = FLOW.get(stem);
  if (simple !== undefined) return `a.gen.flow.${simple}${suffix}`;
  const [, kind = '', block = '', rest = ''] = /^(time_embed|res_blocks)\.(\d+)\.(.*)$/.exec(key) ?? [];
  const part = rest.includes('.') ? rest.slice(0, rest.lastIndexOf('.')) : rest;
  if (kind === 'time_embed') {
    if (rest === 'freqs') return `a.gen.flow.time.${block}.freqs`;
    if (rest === 'mlp.3.alpha') return `a.gen.flow.time.${block}.norm`;
    const time = FLOW_TIME.get(part);
    return time === undefined ? undefined : `a.gen.flow.time.${block}.${time}${suffix}`;
  }
  const inner = kind === 'res_blocks' ? FLOW_BLOCK.get(part) : undefined;
  return inner === undefined ? undefined : `a.gen.flow.blk.${block}.${inner}${suffix}`;
}

/** Parts of Mimi's transformers; encoder and decoder call them alike. */
const TRANSFORMER: ReadonlyMap<string, string> = new Map([
  ['norm1', 'ln1'],
  ['norm2', 'ln2'],
  ['self_attn.out_proj', 'attn_out'],
  ['linear1', 'ffn_up'],
  ['linear2', 'ffn_down'],
  ['layer_scale_1', 'ls1'],
  ['layer_scale_2', 'ls2'],
]);

function transformer(name: string, tensor: TensorExpression): readonly NamedTensor[] {
  const [, block = '', key = ''] = /_transformer\.transformer\.layers\.(\d+)\.(.*)$/.exec(name) ?? [];
  const prefix = name.startsWith('mimi.decoder_transformer.') ? `a.gen.wav.tfm.blk.${block}` : `a.blk.${block}`;
  if (key === 'self_attn.in_proj.weight') {
    return chunks(tensor, 3).map((part, index) => named(`${prefix}.attn_${'qkv'.charAt(index)}.weight`, part));
  }
  const [stem, suffix] = [key.slice(0, key.lastIndexOf('.')), key.slice(key.lastIndexOf('.'))];
  const part = TRANSFORMER.get(stem);
  if (part === undefined || stem.startsWith('layer_scale') !== (suffix === '.scale')) return [];
  return [named(`${prefix}.${part}${suffix === '.scale' ? '.weight' : suffix}`, tensor)];
}

/** Stages of the convolutions on both sides. */
const STAGES = 3;

function seanetName(name: string): string | undefined {
  const decodes = name.startsWith('mimi.decoder.');
  const place = Number(/\.model\.(\d+)/.exec(name)?.[1]);
  const suffix = name.slice(name.lastIndexOf('.'));
  const prefix = decodes ? 'a.gen.wav.seanet' : 'a.seanet';
  if (place === 0) return `${prefix}.conv_in${suffix}`;
  if (place === 3 * STAGES + 2) return `${prefix}.conv_out${suffix}`;
  for (let stage = 0; stage < STAGES; stage += 1) {
    const [scale, residual] = decodes ? [2 + 3 * stage, 3 + 3 * stage] : [3 + 3 * stage, 1 + 3 * stage];
    if (place === scale) return `${prefix}.blk.${stage}.scale_conv${suffix}`;
    if (place !== residual) continue;
    const inner = Number(/\.block\.(\d+)/.exec(name)?.[1]);
    return `${prefix}.blk.${stage}.res_conv${inner === 1 ? 1 : 2}${suffix}`;
  }
  return undefined;
}
