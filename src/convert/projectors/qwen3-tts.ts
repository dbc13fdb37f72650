import type { TensorRule } from '../architectures/family.js';
import { stack, wrongShape, type TensorExpression } from '../expressions/index.js';
import { blockOf } from '../names/name-map.js';
import { audioEps, fileType, flag, float, text, uint } from './projector-keys.js';
import type { PlannedProjector, Projector } from './projector.js';
import { codecTensors } from './qwen3-tts-codec.js';
import { named, rule } from './tensor-rules.js';
import { readCodec } from './subfolder.js';
import type { Key } from '../architectures/family.js';

/** Codebooks behind the first, which the language model speaks itself. */
export const CODEBOOKS = 15;

/** Qwen3-TTS: an encoder of speakers, a predictor of codes and the decoder of its codec. */
export const qwen3tts: Projector = {
  names: ['Qwen3TTSForConditionalGeneration'],
  encoders: ['audio'],
  gather: async (repository, _config, signal) => readCodec(repository, 'speech_tokenizer', signal),
  find: (config) => ({ vision: undefined, audio: config.object('speaker_encoder_config')?.with({ n_layers: 4 }) }),
  textWidth: (config) => config.object('talker_config')?.number('hidden_size'),
  keys,
  keep: (name) =>
    /^(?:speaker_encoder|talker\.code_predictor)\./.test(name) || name === 'talker.model.codec_embedding.weight'
      ? name
      : undefined,
  extra: codecTensors,
  tensors: () => [
    rule(
      (name) => WHOLE.has(name),
      ({ name, tensor }) => [named(WHOLE.get(name) ?? name, tensor)],
    ),
    stacked(/^talker\.code_predictor\.model\.codec_embedding\.(\d+)/, 'a.gen.code.embd.weight'),
    stacked(/^talker\.code_predictor\.lm_head\.(\d+)/, 'a.gen.code.head.weight'),
    predictor,
    rule(
      (name) => name.includes('res2net_block.blocks.'),
      ({ name, tensor }) => {
        const part = Number(/res2net_block\.blocks\.(\d+)/.exec(name)?.[1]);
        return [named(`a.blk.${blockOf(name) ?? 0}.res2.${part}${name.slice(name.lastIndexOf('.'))}`, tensor)];
      },
    ),
  ],
  force: (name) => {
    if (!name.endsWith('.weight')) return undefined;
    if (/^a\.gen\.wav\.(?:pre_conv|dac\.entry|dac\.post_conv)\.weight$/.test(name)) return 'F16';
    if (name.includes('.up.blk.') && name.endsWith('.dwconv.weight')) return 'F16';
    if (name.includes('.dac.blk.') && /\.conv[12]\.weight$/.test(name)) return 'F16';
    if (/\.(?:up|dac)\.blk\./.test(name) && name.endsWith('.conv.weight')) return 'F32';
    // Its input leaves the range of F16.
    return name.startsWith('a.gen.code.blk.') && name.endsWith('.ffn_down.weight') ? 'F32' : undefined;
  },
};

function* keys(model: PlannedProjector): Iterable<Key> {
  const { config } = model;
  const talker = config.object('talker_config');
  const predictorConfig = talker?.object('code_predictor_config');
  if (talker === undefined || predictorConfig === undefined)
    throw config.missing('talker_config: code_predictor_config');
  const width = talker.need('hidden_size');
  yield fileType(model);
  yield flag('has_audio_encoder');
  yield text('audio.projector_type', 'qwen3tts_spkenc');
  yield uint('audio.projection_dim', width);
  yield uint('audio.num_mel_bins', 128);
  yield uint('audio.block_count', 3);
  yield uint('audio.embedding_length', 1536);
  yield uint('audio.attention.head_count', 1);
  yield uint('audio.feed_forward_length', 1536);
  yield audioEps(1e-5);
  yield flag('has_gen_audio_encoder');
  yield text('gen.audio.projector_type', 'qwen3tts_gen');
  yield uint('gen.audio.projection_dim', width);
  yield uint('gen.audio.embedding_length', predictorConfig.need('hidden_size'));
  yield uint('gen.audio.feed_forward_length', predictorConfig.need('intermediate_size'));
  yield uint('gen.audio.block_count', predictorConfig.need('num_hidden_layers'));
  yield uint('gen.audio.attention.head_count', predictorConfig.need('num_attention_heads'));
  yield uint('gen.audio.attention.head_count_kv', predictorConfig.need('num_key_value_heads'));
  yield float('gen.audio.attention.layer_norm_epsilon', predictorConfig.need('rms_norm_eps'));
}

const WHOLE: ReadonlyMap<string, string> = new Map([
  ['talker.model.codec_embedding.weight', 'a.gen.code.out_embd.weight'],
  ['talker.code_predictor.model.norm.weight', 'a.gen.code.output_norm.weight'],
  ['talker.code_predictor.small_to_mtp_projection.weight', 'a.gen.code.proj_in.weight'],
  ['talker.code_predictor.small_to_mtp_projection.bias', 'a.gen.code.proj_in.bias'],
]);

const LAYER: ReadonlyMap<string, string> = new Map([
  ['input_layernorm', 'ln1'],
  ['self_attn.q_proj', 'attn_q'],
  ['self_attn.q_norm', 'attn_q_norm'],
  ['self_attn.k_proj', 'attn_k'],
  ['self_attn.k_norm', 'attn_k_norm'],
  ['self_attn.v_proj', 'attn_v'],
  ['self_attn.o_proj', 'attn_out'],
  ['post_attention_layernorm', 'ln2'],
  ['mlp.gate_proj', 'ffn_gate'],
  ['mlp.up_proj', 'ffn_up'],
  ['mlp.down_proj', 'ffn_down'],
]);

/** The layers of the predictor of codes. */
const predictor = rule(
  (name) => name.startsWith('talker.code_predictor.model.layers.'),
  ({ name, tensor }) => {
    const [, block = '', key = ''] = /model\.layers\.(\d+)\.(.*)\.[^.]+$/.exec(name) ?? [];
    const part = LAYER.get(key);
    return part === undefined ? [{ name, tensor }] : [named(`a.gen.code.blk.${block}.${part}.weight`, tensor)];
  },
);

/** One tensor of all codebooks, when the last of them has been seen. */
function stacked(pattern: RegExp, target: string): TensorRule {
  const seen = new Map<number, TensorExpression>();
  return {
    takes: (name) => pattern.test(name),
    apply: ({ name, tensor }) => {
      seen.set(Number(pattern.exec(name)?.[1]), tensor);
      if (seen.size < CODEBOOKS) return [];
      const parts = Array.from({ length: CODEBOOKS }, (_, index) => seen.get(index));
      if (parts.includes(undefined)) throw wrongShape(tensor, 'stands beside a gap in the codebooks');
      return [named(target, stack(parts.flatMap((part) => part ?? [])))];
    },
  };
}
