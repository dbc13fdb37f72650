import type { JsonObject } from '../../files/index.js';
import {
  encoderKeys,
  numberOr,
  pixelLimits,
  projectorType,
  uint,
  unsupported,
  useSilu,
  visionEps,
} from './projector-keys.js';
import type { PlannedProjector, Projector, ProjectorModel } from './projector.js';
import { rule, splitQkv, timeSlices, whisperBiases } from './tensor-rules.js';
import { sinusoids } from './sinusoids.js';
import { convolutionsInF16, melKeys, whisperSizes } from './whisper.js';
import type { Key, TensorRule } from '../architectures/family.js';

/** Qwen2-VL and Qwen2.5-VL. */
export const qwen2vl: Projector = {
  names: ['Qwen2VLModel', 'Qwen2VLForConditionalGeneration', 'Qwen2_5_VLForConditionalGeneration'],
  settle: (model) => ({ vision: model.vision.with(sizes(model)) }),
  keys: (model) => qwen2vlKeys(model, model.config.string('model_type')),
  keep: (name) => (name.startsWith('visual.') ? name : undefined),
  tensors: () => [splitQkv('qkv', ['q', 'k', 'v']), framePatches],
  force: (name) => (name.includes('.position_embd.') ? 'F32' : undefined),
};

/** Sarashina 2.2 Vision sees as Qwen2-VL does. */
export const sarashina2: Projector = {
  ...qwen2vl,
  names: ['Sarashina2VisionForCausalLM'],
  keys: (model) => qwen2vlKeys(model, 'qwen2_vl'),
};

/** The vision tower of EXAONE 4.5. */
export const exaone45: Projector = {
  ...qwen2vl,
  names: ['Exaone4_5_ForConditionalGeneration'],
  keys: exaoneKeys,
  keep: (name) => {
    const renamed = name.replace('model.visual.', 'visual.');
    return renamed.startsWith('visual.') ? renamed : undefined;
  },
  tensors: () => [framePatches],
};

/** Qwen2.5-Omni sees and hears. */
export const qwen25omni: Projector = {
  names: ['Qwen2_5OmniModel'],
  encoders: ['vision', 'audio'],
  find: (config) => ({
    vision: config.object('thinker_config')?.object('vision_config'),
    audio: config.object('thinker_config')?.object('audio_config'),
  }),
  settle: (model) => ({ vision: model.vision.with(sizes(model)), audio: model.audio.with(whisperSizes(model)) }),
  keys: function* (model) {
    yield* encoderKeys(model);
    yield* melKeys(model);
    yield* variantKeys(model, model.config.string('model_type'));
    yield projectorType('qwen2.5o');
  },
  keep: (original) => {
    const name = original.startsWith('thinker.') ? original.replaceAll('thinker.', '') : original;
    if (!/^(?:visual|audio_tower)\./.test(name) || name.includes('audio_bos_eos_token')) return undefined;
    return name;
  },
  extra: ({ audio }) => [{ name: 'audio_tower.embed_positions.weight', tensor: sinusoids(audio.count('hidden_size')) }],
  tensors: () => [seen(splitQkv('qkv', ['q', 'k', 'v'])), seen(framePatches), whisperBiases],
  force: (name, from) => (name.includes('.position_embd.') ? 'F32' : convolutionsInF16(name, from)),
};

/** A rule for images' tensors alone. */
function seen({ takes, apply }: TensorRule): TensorRule {
  return rule((name) => name.includes('visual.') && takes(name), apply);
}

const framePatches = rule(
  (name) => name.includes('patch_embed.proj.weight'),
  ({ tensor }) => timeSlices(tensor, 2),
);

/** Sizes under the names that most configurations have for them. */
function sizes({ vision }: ProjectorModel): JsonObject {
  return {
    image_size: vision.find('image_size') ?? 560,
    num_attention_heads: vision.find('num_heads') ?? null,
    num_hidden_layers: vision.find('depth') ?? null,
    ...(vision.has('embed_dim') && {
      intermediate_size: vision.find('hidden_size') ?? null,
      hidden_size: vision.find('embed_dim') ?? null,
    }),
  };
}

function* qwen2vlKeys(model: PlannedProjector, type: string | undefined): Iterable<Key> {
  yield* encoderKeys(model);
  yield* variantKeys(model, type);
}

const TYPES: ReadonlyMap<string | undefined, string> = new Map([
  ['qwen2_vl', 'qwen2vl_merger'],
  ['qwen2_5_vl', 'qwen2.5vl_merger'],
  ['qwen2_5_omni', 'qwen2.5o'],
]);

function* variantKeys({ config, vision }: PlannedProjector, type: string | undefined): Iterable<Key> {
  const projector = TYPES.get(type);
  if (projector === undefined) throw unsupported(`a model of type '${type ?? ''}'`, 'model_type');
  yield projectorType(projector);
  if (type !== 'qwen2_vl') {
    yield useSilu;
    yield windowPattern(vision.numbers('fullatt_block_indexes') ?? []);
  }
  yield visionEps(numberOr(config, 'rms_norm_eps', 1e-6));
}

/** Every how many layers attention is not confined to windows. Throws `MODEL_INVALID` for a list without a period. */
function windowPattern(whole: readonly number[]): Key {
  const [first] = whole;
  if (first === undefined) throw unsupported('no list of layers with full attention', 'fullatt_block_indexes');
  if (whole.some((layer, index) => index > 0 && layer - (whole[index - 1] ?? 0) !== first + 1)) {
    throw unsupported('layers of full attention that are not evenly spaced', 'fullatt_block_indexes');
  }
  return uint('vision.n_wa_pattern', first + 1);
}

function* exaoneKeys(model: PlannedProjector): Iterable<Key> {
  const { config, vision } = model;
  yield* encoderKeys(model);
  yield projectorType('exaone4_5');
  yield useSilu;
  yield* pixelLimits(model, 'min', 'max');
  const keyHeads = vision.number('num_key_value_heads');
  if (keyHeads !== undefined) yield uint('vision.attention.head_count_kv', keyHeads);
  yield visionEps(numberOr(vision, 'rms_norm_eps', numberOr(config, 'rms_norm_eps', 1e-6)));
  const window = vision.number('window_size');
  if (window !== undefined) yield uint('vision.window_size', window);
  const whole = vision.numbers('fullatt_block_indexes') ?? [];
  if (whole.length > 0) yield windowPattern(whole);
}
