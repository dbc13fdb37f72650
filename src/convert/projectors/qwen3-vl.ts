import type { JsonObject } from '../../files/index.js';
import { wrongShape } from '../expressions/index.js';
import {
  encoderKeys,
  flags,
  float,
  numberOr,
  projectorType,
  text,
  truncated,
  uint,
  unsupported,
  useGelu,
  useSilu,
  visionEps,
} from './keys.js';
import type { PlannedProjector, Projector, ProjectorModel } from './projector.js';
import { behind, changing, named, renaming, rule, timeSlices, whisperBiases } from './rules.js';
import { sinusoids } from './sinusoids.js';
import { convolutionsInF16, melKeys, whisperSizes } from './whisper.js';
import type { Key, TensorRule } from '../architectures/family.js';

/** Qwen3-VL and Qwen3.5: features of some layers go to layers of the language model ("deepstack"). */
export const qwen3vl: Projector = {
  names: [
    'Qwen3VLForConditionalGeneration',
    'Qwen3VLMoeForConditionalGeneration',
    'Qwen3_5ForConditionalGeneration',
    'Qwen3_5MoeForConditionalGeneration',
    'Qwen4ExpForConditionalGeneration',
  ],
  settle: ({ vision }) => ({ vision: vision.with(sizes(vision)) }),
  keys: function* (model) {
    yield* encoderKeys(model);
    yield projectorType('qwen3vl_merger');
    yield* qwen3vlKeys(model);
  },
  keep: seenName,
  tensors: (model) => [deepstack(model), merger, ...patches],
};

function sizes(vision: ProjectorModel['vision']): JsonObject {
  const positions = numberOr(vision, 'num_position_embeddings', 2304);
  const patch = numberOr(vision, 'patch_size', 16);
  return {
    image_size: vision.find('image_size') ?? Math.trunc(Math.sqrt(positions) * patch),
    num_attention_heads: vision.find('num_heads') ?? null,
    num_hidden_layers: vision.find('depth') ?? null,
  };
}

function* qwen3vlKeys({ vision, text: language }: PlannedProjector): Iterable<Key> {
  yield useGelu;
  yield* mergeSize(vision);
  yield visionEps(numberOr(language, 'rms_norm_eps', 1e-6));
  const deep = vision.numbers('deepstack_visual_indexes') ?? [];
  const layers = Math.min(vision.count('num_hidden_layers'), 4096);
  yield* flags(
    'vision.is_deepstack_layers',
    Array.from({ length: layers }, (_, layer) => deep.includes(layer)),
  );
}

function* mergeSize(vision: PlannedProjector['vision']): Iterable<Key> {
  const size = vision.number('spatial_merge_size');
  if (size !== undefined) yield uint('vision.spatial_merge_size', Math.trunc(size));
}

function seenName(original: string): string | undefined {
  if (/^(?:lm_head|mtp)\./.test(original)) return undefined;
  const name = original.startsWith('model.visual.') ? original.replace('model.visual.', 'visual.') : original;
  return name.startsWith('visual.') ? name : undefined;
}

const DEEPSTACK = ['norm', 'linear_fc1', 'linear_fc2'];

/** Mergers of single layers: the list counts them, a GGUF the layers. */
function deepstack({ vision }: ProjectorModel): TensorRule {
  const layers = vision.numbers('deepstack_visual_indexes') ?? [];
  return rule(
    (name) => name.startsWith('visual.deepstack_merger_list.'),
    ({ name, tensor }) => {
      const [, , place = '', part = '', suffix = ''] = name.split('.');
      const layer = layers[Number(place)];
      if (layer === undefined || !DEEPSTACK.includes(part)) {
        throw wrongShape(tensor, `is called '${name}', which deepstack_visual_indexes has no place for`);
      }
      return [named(`v.deepstack.${layer}.${part.replace('linear_', '')}.${suffix}`, tensor)];
    },
  );
}

const merger = rule(
  (name) => name.startsWith('visual.merger.'),
  ({ name, tensor }) => {
    const [, , part = '', suffix = ''] = name.split('.');
    if (part === 'norm') return [named(`v.post_ln.${suffix}`, tensor)];
    const place = ['linear_fc1', 'linear_fc2'].indexOf(part);
    if (place === -1) throw wrongShape(tensor, `is called '${name}', which no merger has`);
    return [named(`mm.${2 * place}.${suffix}`, tensor)];
  },
);

const patches = [
  rule(
    (name) => name === 'visual.patch_embed.proj.weight',
    ({ tensor }) => timeSlices(tensor, 2),
  ),
  rule(
    (name) => name === 'visual.patch_embed.proj.bias',
    ({ tensor }) => [named('v.patch_embd.bias', tensor)],
  ),
];

/** GLM-4V, GLM-4.5V and GLM-OCR. */
export const glm4v: Projector = {
  ...qwen3vl,
  names: ['Glm4vForConditionalGeneration', 'Glm4vMoeForConditionalGeneration', 'GlmOcrForConditionalGeneration'],
  keys: (model) => glmKeys(model, 'glm4v'),
  tensors: (model) => [deepstack(model), ...patches],
};

function* glmKeys(model: PlannedProjector, type: string): Iterable<Key> {
  yield* encoderKeys(model);
  yield projectorType(type);
  const act = (model.vision.string('hidden_act') ?? '').toLowerCase();
  if (act === 'gelu') yield useGelu;
  if (act === 'silu') yield useSilu;
  yield visionEps(numberOr(model.vision, 'rms_norm_eps', 1e-5));
}

/** GLM-5.3-Flash. */
export const glm5next: Projector = {
  ...glm4v,
  names: ['Glm5NextForConditionalGeneration'],
  keys: function* (model) {
    const { vision, preprocessor } = model;
    yield* glmKeys(model, 'glm5v');
    yield uint('vision.spatial_merge_size', Math.trunc(numberOr(vision, 'spatial_merge_size', 2)));
    const limit = vision.number('swiglu_limit');
    if (limit !== undefined) yield float('vision.swiglu_clamp', limit);
    const side =
      Math.trunc(numberOr(preprocessor, 'patch_size', 14)) * Math.trunc(numberOr(preprocessor, 'merge_size', 2));
    for (const end of ['min', 'max']) {
      const tokens = preprocessor.find(`${end}_image_tokens`);
      if (tokens === undefined) continue;
      yield uint(`vision.image_${end}_pixels`, truncated(tokens, `${end}_image_tokens`) * side * side);
    }
  },
};

/** Ling 3 VL: Qwen3-VL's tower, whose merger is a norm only; the projection stands outside. */
export const bailing3vl: Projector = {
  ...qwen3vl,
  names: ['BailingMoeV3VLForConditionalGeneration'],
  settle: (model) => {
    if (model.vision.boolean('disable_merger_proj') !== true) {
      throw unsupported('a projection in its merger', 'vision_config: disable_merger_proj');
    }
    if (model.vision.number('out_hidden_size') === undefined) throw model.vision.missing('out_hidden_size');
    return { vision: model.vision.with(sizes(model.vision)) };
  },
  keys: function* (model) {
    yield* encoderKeys(model);
    yield projectorType('ling3vl');
    yield useGelu;
    yield* mergeSize(model.vision);
    yield visionEps(numberOr(model.text, 'rms_norm_eps', 1e-6));
  },
  keep: (name) => (/^linear_proj\.\d+\.\w+$/.test(name) ? name.replace('linear_proj', 'mm') : seenName(name)),
  tensors: (model) => [
    rule(
      (name) => /^mm\.[02]\./.test(name),
      ({ name, tensor }) => [named(name, tensor)],
    ),
    rule(
      (name) => /^visual\.merger\.norm\.(?:weight|bias)$/.test(name),
      ({ name, tensor }) => [named(name.replace('visual.merger.norm', 'mm.input_norm'), tensor)],
    ),
    deepstack(model),
    merger,
    ...patches,
  ],
};

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
