import type { JsonObject } from '../../files/index.js';
import { wrongShape } from '../expressions/index.js';
import {
  encoderKeys,
  flags,
  numberOr,
  projectorType,
  uint,
  unsupported,
  useGelu,
  visionEps,
} from './projector-keys.js';
import type { PlannedProjector, Projector, ProjectorModel } from './projector.js';
import { named, rule, timeSlices } from './tensor-rules.js';
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

export function sizes(vision: ProjectorModel['vision']): JsonObject {
  const positions = numberOr(vision, 'num_position_embeddings', 2304);
  const patch = numberOr(vision, 'patch_size', 16);
  return {
    image_size: vision.find('image_size') ?? Math.trunc(Math.sqrt(positions) * patch),
    num_attention_heads: vision.find('num_heads') ?? null,
    num_hidden_layers: vision.find('depth') ?? null,
  };
}

export function* qwen3vlKeys({ vision, text: language }: PlannedProjector): Iterable<Key> {
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
export function deepstack({ vision }: ProjectorModel): TensorRule {
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

export const merger = rule(
  (name) => name.startsWith('visual.merger.'),
  ({ name, tensor }) => {
    const [, , part = '', suffix = ''] = name.split('.');
    if (part === 'norm') return [named(`v.post_ln.${suffix}`, tensor)];
    const place = ['linear_fc1', 'linear_fc2'].indexOf(part);
    if (place === -1) throw wrongShape(tensor, `is called '${name}', which no merger has`);
    return [named(`mm.${2 * place}.${suffix}`, tensor)];
  },
);

export const patches = [
  rule(
    (name) => name === 'visual.patch_embed.proj.weight',
    ({ tensor }) => timeSlices(tensor, 2),
  ),
  rule(
    (name) => name === 'visual.patch_embed.proj.bias',
    ({ tensor }) => [named('v.patch_embd.bias', tensor)],
  ),
];

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
