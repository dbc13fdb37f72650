import {
  encoderKeys,
  ints,
  numberOr,
  projectorType,
  truncated,
  uint,
  unsupported,
  useGelu,
  visionEps,
} from './projector-keys.js';
import type { Projector, ProjectorModel } from './projector.js';

/** MiniCPM-V 4.6: slices of images, merged inside and behind the encoder. */
export const minicpmV46: Projector = {
  names: ['MiniCPMV4_6ForConditionalGeneration'],
  settle: (model) => {
    const mode = downsampling(model);
    if (mode !== '4x' && mode !== '16x') throw unsupported(`the downsampling '${mode}'`, 'downsample_mode');
    const slice = model.preprocessor.find('scale_resolution');
    return slice === undefined
      ? {}
      : { vision: model.vision.with({ image_size: truncated(slice, 'scale_resolution') }) };
  },
  keys: function* (model) {
    const { vision, config } = model;
    yield* encoderKeys(model);
    yield projectorType('minicpmv4_6');
    yield uint('vision.projector.scale_factor', downsampling(model) === '4x' ? 2 : 4);
    const merger = numberOr(config, 'insert_layer_id', numberOr(vision, 'insert_layer_id', 6));
    yield* ints('vision.wa_layer_indexes', [Math.trunc(merger)]);
    yield useGelu;
    yield visionEps(numberOr(vision, 'layer_norm_eps', 1e-6));
  },
  keep: (name, model) => {
    if (/^(?:lm_head\.|mtp)/.test(name)) return undefined;
    return downsampling(model) === '4x' && name.includes('.vit_merger.') ? undefined : name;
  },
};

function downsampling({ preprocessor }: ProjectorModel): string {
  return preprocessor.string('downsample_mode') ?? '16x';
}
