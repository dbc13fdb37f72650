import { nameMap, PROJECTOR } from '../names/name-map.js';
import {
  activation,
  encoderKeys,
  ints,
  numberOr,
  projectorType,
  uint,
  unsupported,
  visionEps,
} from './projector-keys.js';
import type { Projector } from './projector.js';
import { rule } from './tensor-rules.js';

/** Youtu-VL: SigLIP 2 with windows, except in the layers that the configuration lists. */
export const youtuVl: Projector = {
  names: ['YoutuVLForConditionalGeneration'],
  settle: ({ vision }) => ({ vision: vision.with({ image_size: numberOr(vision, 'image_size', 560) }) }),
  keys: function* (model) {
    const { vision } = model;
    yield* encoderKeys(model);
    yield projectorType('youtuvl');
    yield visionEps(numberOr(vision, 'layer_norm_eps', 1e-6));
    const act = vision.has('hidden_act') ? (vision.string('hidden_act') ?? '') : 'gelu_pytorch_tanh';
    yield activation(
      vision.with({ hidden_act: act.toLowerCase() }),
      ['silu'],
      ['gelu', 'gelu_pytorch_tanh', 'gelu_fast', 'gelu_new', 'gelu_accurate'],
    );
    yield uint('vision.spatial_merge_size', numberOr(vision, 'spatial_merge_size', 2));
    const window = vision.number('window_size');
    if (window !== undefined) yield uint('vision.window_size', window);
    const whole = vision.numbers('fullatt_block_indexes');
    if (whole === undefined) throw unsupported('no list of layers with full attention', 'fullatt_block_indexes');
    yield* ints('vision.wa_layer_indexes', whole);
  },
  keep: (name) => (/^(?:lm_head|model\.layers|model\.embed_tokens|model\.norm)\./.test(name) ? undefined : name),
  tensors: ({ blockCount }) => {
    // What has no place in a GGUF is left out.
    const names = nameMap(PROJECTOR, blockCount);
    return [
      rule(
        (name) => names.map(name) === undefined,
        () => [],
      ),
    ];
  },
};
