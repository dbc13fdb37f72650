import { audioEps, encoderKeys, projectorType, uint } from './projector-keys.js';
import { conformerRules, isConvolution, isSound } from './conformer.js';
import type { Projector } from './projector.js';

/** LFM2-Audio: a conformer; what speaks is left out. */
export const lfm2audio: Projector = {
  names: ['Lfm2AudioForConditionalGeneration'],
  encoders: ['audio'],
  find: (config) => ({ audio: config.object('encoder') }),
  settle: ({ audio }) => ({
    audio: audio.with({
      hidden_size: audio.find('d_model') ?? null,
      intermediate_size: audio.find('d_model') ?? null,
      num_attention_heads: audio.find('n_heads') ?? null,
    }),
  }),
  keys: function* (model) {
    yield* encoderKeys(model);
    yield projectorType('lfm2a');
    yield uint('audio.num_mel_bins', model.audio.need('feat_in'));
    yield audioEps(1e-5);
  },
  keep: (name) =>
    /^lfm\.|audio_loss_weight|codebook_offsets|depth_embeddings|depth_linear|depthformer/.test(name) ? undefined : name,
  tensors: conformerRules,
  force: (_name, { source }) => (isSound(source) && isConvolution(source) ? 'F32' : undefined),
};
