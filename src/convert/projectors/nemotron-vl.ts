import { computed, permuteAxes, reshape, wrongShape, type TensorExpression } from '../expressions/index.js';
import { audioEps, encoderKeys, numberOr, projectorType, text, uint, useGelu, visionEps } from './projector-keys.js';
import { resizedGrid } from './resize.js';
import type { PlannedProjector, Projector, ProjectorModel } from './projector.js';
import { changing, rule } from './tensor-rules.js';
import { nameMap, PROJECTOR } from '../names/name-map.js';
import type { Key, TensorRule } from '../architectures/family.js';

/** Sizes of ViT-H, which RADIO's configuration does not give. */
const VIT_H = { hidden_size: 1280, intermediate_size: 5120, num_hidden_layers: 32, num_attention_heads: 16 };

/** Nemotron Nano VL: RADIO sees; where there is an encoder of sound it is Parakeet. */
export const nemotronVl: Projector = {
  names: ['NemotronH_Nano_VL_V2', 'RADIOModel'],
  find: (config) => ({
    vision: config.object('vision_config')?.with({ ...VIT_H, image_size: numberOr(config, 'force_image_size', 512) }),
    audio: config.object('sound_config'),
  }),
  settle: ({ preprocessor, audio }) => ({
    hears: !audio.isEmpty,
    preprocessor: preprocessor.with({
      image_mean: preprocessor.find('image_mean') ?? [0.485, 0.456, 0.406],
      image_std: preprocessor.find('image_std') ?? [0.229, 0.224, 0.225],
    }),
  }),
  keys,
  keep: (name) => {
    if (/input_conditioner|radio_model\.model\.patch_generator\.video_embedder/.test(name)) return undefined;
    if (!/^(?:vision_model\.radio_model\.model|mlp1|sound_encoder|sound_projection)\./.test(name)) return undefined;
    if (name.includes('conv.norm') && name.includes('num_batches')) return undefined;
    return name.includes('patch_generator.pos_embed') && !name.endsWith('.weight') ? `${name}.weight` : name;
  },
  tensors: (model) => [...seen(model), ...heard(model)],
  force: (name, { source }) => {
    if (!source.includes('sound_encoder') && !name.startsWith('mm.a.')) return undefined;
    if (name.includes('bias') || name.includes('norm')) return 'F32';
    return name.includes('conv') && name.includes('weight') ? 'F32' : undefined;
  },
};

function* keys(model: PlannedProjector): Iterable<Key> {
  const { audio, config, hears } = model;
  if (hears) {
    yield uint('audio.num_mel_bins', audio.need('num_mel_bins'));
    yield audioEps(1e-5);
    yield uint('audio.subsampling_factor', audio.need('subsampling_factor'));
    yield uint('audio.conv_kernel_size', audio.need('conv_kernel_size'));
    yield text('audio.projector_type', 'parakeet');
    yield text('vision.projector_type', 'nemotron_v2_vl');
  } else {
    yield projectorType('nemotron_v2_vl');
  }
  yield* encoderKeys(model);
  yield visionEps(1e-6);
  yield useGelu;
  yield uint('vision.projector.scale_factor', Math.trunc(1 / numberOr(config, 'downsample_ratio', 0.5)));
}

function seen({ vision, config }: ProjectorModel): readonly TensorRule[] {
  const [width, patch] = [vision.count('hidden_size'), vision.count('patch_size')];
  return [
    changing(
      (name) => name.includes('patch_generator.pos_embed'),
      (tensor) => {
        const from = Math.trunc(Math.sqrt(tensor.shape[1] ?? 0));
        const to = Math.floor(numberOr(config, 'force_image_size', 512) / patch);
        if (from === to) return tensor;
        if (tensor.shape.join() !== [1, from * from, width].join()) throw wrongShape(tensor, 'is no square of patches');
        return computed(tensor, [1, to * to, width], (values) => resizedGrid(values, from, to, width));
      },
    ),
    changing(
      (name) => name.includes('patch_generator.embedder'),
      (tensor) => reshape(tensor, [width, 3, patch, patch]),
    ),
  ];
}

function heard({ blockCount }: ProjectorModel): readonly TensorRule[] {
  const names = nameMap(PROJECTOR, blockCount);
  return [
    changing(
      (name) => name.includes('depthwise_conv.weight'),
      (tensor) => permuteAxes(reshape(tensor, [...tensor.shape, 1]), [3, 1, 0, 2]),
    ),
    changing((name) => name.includes('pointwise_conv') && name.endsWith('.weight'), withoutPoint),
    changing(
      (name) => /subsampling\.layers|pointwise_conv/.test(name) && name.endsWith('.bias'),
      (tensor) => (tensor.shape.length === 1 ? reshape(tensor, [1, -1, 1, 1]) : tensor),
    ),
    rule(
      (name) => name.startsWith('sound_projection.'),
      ({ name, tensor }) => {
        const mapped = names.map(name);
        if (mapped?.startsWith('mm.model.mlp.') !== true) return [{ name, tensor }];
        return [{ name: mapped.replaceAll('mm.model.mlp.', 'mm.a.mlp.'), tensor, final: true }];
      },
    ),
  ];
}

function withoutPoint(tensor: TensorExpression): TensorExpression {
  return tensor.shape.length === 3 && tensor.shape[2] === 1 ? reshape(tensor, tensor.shape.slice(0, 2)) : tensor;
}
