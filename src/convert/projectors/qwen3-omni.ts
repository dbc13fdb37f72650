import { encoderKeys, text } from './projector-keys.js';
import type { Projector } from './projector.js';
import { deepstack, merger, patches, qwen3vlKeys, sizes } from './qwen3-vl.js';
import { behind, changing, renaming, whisperBiases } from './tensor-rules.js';
import { sinusoids } from './sinusoids.js';
import { convolutionsInF16, melKeys, whisperSizes } from './whisper.js';

/** Qwen3-Omni sees and hears. */
export const qwen3omni: Projector = {
  names: ['Qwen3OmniMoeForConditionalGeneration'],
  encoders: ['vision', 'audio'],
  find: (config) => ({
    vision: config.object('thinker_config')?.object('vision_config'),
    audio: config.object('thinker_config')?.object('audio_config'),
  }),
  settle: (model) => ({
    vision: model.vision.with(sizes(model.vision)),
    audio: model.audio.with(whisperSizes(model)),
  }),
  keys: function* (model) {
    yield* encoderKeys(model);
    yield* melKeys(model);
    yield* qwen3vlKeys(model);
    yield text('vision.projector_type', 'qwen3vl_merger');
    // The encoders' keys are written once more and keep their places.
    yield text('audio.projector_type', 'qwen3a');
  },
  keep: omniName,
  extra: ({ audio }) => [{ name: 'audio_tower.embed_positions.weight', tensor: sinusoids(audio.count('hidden_size')) }],
  tensors: (model) => [
    renaming((name) => name.includes('visual.'), seenInOmni),
    deepstack(model),
    merger,
    ...patches,
    ...heard,
  ],
  force: convolutionsInF16,
};

/** Qwen3-ASR hears only. */
export const qwen3asr: Projector = {
  ...qwen3omni,
  names: ['Qwen3ASRForConditionalGeneration'],
  encoders: ['audio'],
  find: (config) => ({ vision: undefined, audio: config.object('thinker_config')?.object('audio_config') }),
  settle: (model) => ({ audio: model.audio.with(whisperSizes(model)) }),
  keys: function* (model) {
    yield* encoderKeys(model);
    yield* melKeys(model);
    yield text('audio.projector_type', 'qwen3a');
  },
  tensors: () => [...heard],
};

function omniName(original: string): string | undefined {
  if (/^(?:lm_head|mtp)\./.test(original)) return undefined;
  let name = original.startsWith('model.visual.') ? original.replace('model.visual.', 'visual.') : original;
  if (name.startsWith('thinker.audio_tower.')) name = name.replace('thinker.audio_tower.', 'audio_tower.');
  return name.includes('visual.') || name.includes('audio_tower.') ? name : undefined;
}

function seenInOmni(original: string): string {
  let name = original.replaceAll('thinker.visual.', 'model.visual.');
  const isList = name.includes('.merger_list.');
  if (isList) name = name.replaceAll('.merger_list.', '.deepstack_merger_list.');
  if (!isList && !name.includes('.merger.')) return name;
  return name.replaceAll('.ln_q', '.norm').replaceAll('.mlp.0', '.linear_fc1').replaceAll('.mlp.2', '.linear_fc2');
}

const heard = [
  changing(
    (name) => name.includes('audio_tower.') && name.includes('conv2d') && name.endsWith('.bias'),
    (tensor) => behind(tensor, 2),
  ),
  whisperBiases,
];
