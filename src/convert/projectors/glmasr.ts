import { narrow, reshape } from '../expressions/index.js';
import { encoderKeys, projectorType, uint } from './projector-keys.js';
import type { Projector } from './projector.js';
import { rule, whisperBiases } from './tensor-rules.js';
import { convolutionsInF16, melKeys, qwen2Audio } from './whisper.js';

/** GLM-ASR: Whisper's encoder with two tokens of its own around the sound. */
export const glmasr: Projector = {
  names: ['GlmasrModel'],
  encoders: ['audio'],
  settle: qwen2Audio.settle,
  keys: function* (model) {
    yield* encoderKeys(model);
    yield projectorType('glma');
    yield* melKeys(model);
    yield uint('audio.projector.stack_factor', model.config.need('merge_factor'));
  },
  keep,
  tensors: () => [
    rule(
      (name) => name.startsWith('audio_encoder.audio_bos_eos_token.'),
      ({ tensor }) =>
        ['boi', 'eoi'].map((end, index) => ({
          name: `model.vision.${end}`,
          tensor: reshape(narrow(tensor, 0, index, 1), tensor.shape.slice(1)),
        })),
    ),
    rule(
      (name) => name.startsWith('audio_encoder.adapting.') && name.includes('.proj.'),
      () => [],
    ),
    whisperBiases,
  ],
  force: convolutionsInF16,
};

function keep(original: string): string | undefined {
  if (/^(?:model|lm_head)\./.test(original)) return undefined;
  let name = original;
  if (name.startsWith('audio_encoder.whisper.')) name = name.replaceAll('audio_encoder.whisper.', 'audio_tower.');
  if (name.includes('audio_encoder.layer_norm.') || name.includes('audio_encoder.proj.')) {
    name = name.replaceAll('audio_encoder.', 'audio_encoder.adapting.');
  }
  if (!name.startsWith('audio_encoder.adapting.')) return name;
  return name
    .replaceAll('audio_encoder.adapting.', 'audio.multi_modal_projector.')
    .replaceAll('.layer_norm.', '.ln_pre.')
    .replaceAll('.0.', '.linear_1.')
    .replaceAll('.2.', '.linear_2.');
}
