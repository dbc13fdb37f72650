import { SlipwayError } from '../../core/index.js';
import type { JsonValue } from '../../files/index.js';
import type { TensorRule } from '../architectures/family.js';
import { encoderKeys, ints, numberOr, projectorType, uint, unsupported, useGelu, visionEps } from './projector-keys.js';
import type { Projector, ProjectorModel } from './projector.js';
import { renaming } from './tensor-rules.js';

/** Granite 4 Vision: several Q-Formers, each on features of one layer. */
export const granite4vision: Projector = {
  names: ['Granite4VisionForConditionalGeneration'],
  keys: function* (model) {
    const { vision, config } = model;
    yield* encoderKeys(model);
    yield projectorType('granite4_vision');
    yield visionEps(numberOr(vision, 'layer_norm_eps', 1e-6));
    yield useGelu;
    yield uint('vision.preproc_image_size', numberOr(vision, 'image_size', 384));
    const rate = (config.string('downsample_rate') ?? '').split('/').map(Number);
    const [query, window] = rate;
    if (rate.length !== 2 || query === undefined || window === undefined) {
      throw unsupported('a rate that is no fraction', 'downsample_rate');
    }
    yield uint('vision.projector.query_side', query);
    yield uint('vision.projector.window_side', window);
    const projectors = projectorsOf(model);
    yield* ints(
      'vision.feature_layer',
      projectors.map(({ layer }) => layer),
    );
    yield* ints(
      'vision.projector.spatial_offsets',
      projectors.map(({ kind, index }) => (kind === 'spatial' ? index : -1)),
    );
    const sizes = pairs(config.find('image_grid_pinpoints'), 'image_grid_pinpoints');
    yield* ints(
      'vision.image_grid_pinpoints',
      sizes.flatMap(([height, width]) => [width, height]),
    );
  },
  keep: (name) => (name.includes('vision_model.head') || name.startsWith('lm_head') ? undefined : name),
  tensors: (model) => [numbered(model)],
};

interface QFormer {
  /** The layer whose features it gets, and the layer of the language model that gets its own. */
  readonly layer: number;
  readonly target: number;
  readonly kind: 'layerwise' | 'spatial';
  /** Its number among those of its kind. */
  readonly index: number;
}

/** All Q-Formers, by the layer that they feed. */
function projectorsOf({ config, text, vision }: ProjectorModel): readonly QFormer[] {
  const [deep, layers] = [text.count('num_hidden_layers'), vision.count('num_hidden_layers')];
  const fromEnd = (layer: number, count: number): number => (layer < 0 ? count + layer : layer);
  const sorted = pairs(config.find('deepstack_layer_map'), 'deepstack_layer_map').toSorted(
    ([a, b], [c, d]) => a - c || b - d,
  );
  const layerwise = sorted.map(([layer, target], index): QFormer => ({
    layer: fromEnd(layer, layers),
    target: fromEnd(target, deep),
    kind: 'layerwise',
    index,
  }));
  const shared = fromEnd(numberOr(config, 'spatial_vision_layer', -1), layers);
  const spatial = (config.numbers('spatial_target_layers') ?? []).map((target, index): QFormer => ({
    layer: shared,
    target,
    kind: 'spatial',
    index,
  }));
  return [...layerwise, ...spatial].toSorted((a, b) => a.target - b.target);
}

/** Q-Formers are numbered in the order of the layers that they feed, whatever the checkpoint calls them. */
function numbered(model: ProjectorModel): TensorRule {
  const places = new Map(
    projectorsOf(model).map(({ kind, index }, place) => [`model.${kind}_projectors.${index}`, place]),
  );
  const placeOf = (name: string): number | undefined => [...places].find(([prefix]) => name.startsWith(prefix))?.[1];
  return renaming(
    (name) => placeOf(name) !== undefined,
    (name) => {
      const place = String(placeOf(name) ?? 0);
      const [first, second] = [...name.matchAll(/(?<=\.)\d+(?=\.)/g)];
      if (first === undefined) return name;
      const end = first.index + first[0].length;
      if (second === undefined) return name.slice(0, first.index) + place + name.slice(end);
      // The layer of a Q-Former gives way to the number of the Q-Former.
      return (
        name.slice(0, first.index - 1) +
        name.slice(end, second.index) +
        place +
        name.slice(second.index + second[0].length)
      );
    },
  );
}

function pairs(value: JsonValue | undefined, where: string): readonly (readonly [number, number])[] {
  const list = Array.isArray(value) ? (value as readonly JsonValue[]) : [];
  return list.map((item) => {
    const [first, second] = Array.isArray(item) ? (item as readonly JsonValue[]) : [];
    if (typeof first === 'number' && typeof second === 'number') return [first, second];
    throw new SlipwayError('MODEL_INVALID', `'${where}' is not a list of pairs`, { where: 'config.json' });
  });
}
