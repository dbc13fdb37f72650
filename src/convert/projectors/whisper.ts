import type { JsonObject } from '../../files/index.js';
import { audioEps, encoderKeys, numberOr, projectorType, uint } from './projector-keys.js';
import type { PlannedProjector, Projector, ProjectorModel } from './projector.js';
import { named, rule, whisperBiases } from './tensor-rules.js';
import type { Key, Origin, TensorRule } from '../architectures/family.js';

/** Sizes under the names that Whisper's configuration has for them. */
export function whisperSizes({ audio }: Pick<ProjectorModel, 'audio'>): JsonObject {
  return {
    hidden_size: audio.find('d_model') ?? null,
    intermediate_size: audio.find('encoder_ffn_dim') ?? null,
    num_attention_heads: audio.find('encoder_attention_heads') ?? null,
  };
}

function settle(model: ProjectorModel): Partial<ProjectorModel> {
  const { audio, vision } = model;
  const own = vision.isEmpty ? audio : vision;
  return own.has('hidden_size') || own.has('intermediate_size') ? {} : { audio: audio.with(whisperSizes(model)) };
}

function* whisperKeys(model: PlannedProjector, type: string): Iterable<Key> {
  yield* encoderKeys(model);
  yield projectorType(type);
  yield* melKeys(model);
}

/** The keys of an encoder that reads spectrograms. */
export function* melKeys({ audio }: PlannedProjector): Iterable<Key> {
  yield uint('audio.num_mel_bins', audio.need('num_mel_bins'));
  yield audioEps(numberOr(audio, 'layer_norm_eps', 1e-5));
}

/** Weights of convolutions over time, which ggml takes in F16. */
export function convolutionsInF16(_name: string, { source }: Origin): 'F16' | undefined {
  return source.includes('.conv') && source.includes('.weight') ? 'F16' : undefined;
}

function keep(name: string): string {
  // Keeps the name apart from that of a projector of images.
  return name.startsWith('multi_modal_projector') ? `audio.${name}` : name;
}

/** Qwen2-Audio: Whisper's encoder and one layer. */
export const qwen2Audio: Projector = {
  names: ['Qwen2AudioForConditionalGeneration'],
  encoders: ['audio'],
  settle,
  keys: (model) => whisperKeys(model, 'qwen2a'),
  keep,
  tensors: () => [whisperBiases],
  force: convolutionsInF16,
};

/** Ultravox: several frames are stacked in front of the projection. */
export const ultravox: Projector = {
  ...qwen2Audio,
  names: ['UltravoxModel'],
  keys: function* (model) {
    yield* whisperKeys(model, 'ultravox');
    yield uint('audio.projector.stack_factor', model.config.need('stack_factor'));
  },
};

/** Voxtral. */
export const voxtral: Projector = {
  ...qwen2Audio,
  names: ['VoxtralForConditionalGeneration'],
  keys: function* (model) {
    yield* whisperKeys(model, 'voxtral');
    yield uint('audio.projector.stack_factor', 4);
  },
};

/** Audio Flamingo 3, which was trained in BF16: its convolutions stay wide. */
export const audioFlamingo: Projector = {
  ...qwen2Audio,
  names: ['AudioFlamingo3ForConditionalGeneration'],
  keys: (model) => whisperKeys(model, 'musicflamingo'),
  force: (name, from) => (convolutionsInF16(name, from) === undefined ? undefined : 'F32'),
};

/** The gated projection of MERaLiON 2, by part of its names. */
const MERALION = [
  ['.mlp_adapter.0.', 0],
  ['.gate_proj.', 1],
  ['.pool_proj.', 2],
  ['.out_proj.', 3],
] as const;

function meralionRule(): TensorRule {
  return rule(
    (name) => name.startsWith('speech_audio_adapter.') || name.startsWith('ln_speech.'),
    ({ name, tensor }) => {
      const suffix = name.slice(name.lastIndexOf('.'));
      if (name.startsWith('ln_speech.')) return [named(`mm.a.norm_pre${suffix}`, tensor)];
      const part = MERALION.find(([marker]) => name.includes(marker));
      return part === undefined ? [] : [named(`mm.a.mlp.${part[1]}${suffix}`, tensor)];
    },
  );
}

/** MERaLiON 2. */
export const meralion: Projector = {
  ...qwen2Audio,
  names: ['MERaLiON2ForConditionalGeneration'],
  find: (config) => ({ audio: config.object('speech_config') ?? config.object('audio_config') }),
  keys: function* (model) {
    yield* whisperKeys(model, 'meralion');
    yield uint('audio.projector.stack_factor', numberOr(model.config, 'speech_mlp_scale_factor', 15));
  },
  keep: (name) => {
    if (name.startsWith('text_decoder.')) return undefined;
    return keep(name.startsWith('speech_encoder.') ? name.replaceAll('speech_encoder.', 'audio_tower.') : name);
  },
  tensors: () => [meralionRule(), whisperBiases],
};
