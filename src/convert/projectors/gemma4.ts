import { permuteAxes, regroup, reshape, type TensorExpression } from '../expressions/index.js';
import type { TensorRule } from '../architectures/family.js';
import { audioEps, encoderKeys, numberOr, text, uint, visionEps } from './projector-keys.js';
import { isConvolution } from './conformer.js';
import type { PlannedProjector, Projector, ProjectorModel } from './projector.js';
import { changing, renaming } from './tensor-rules.js';
import { softplus } from './softplus.js';
import type { Key } from '../architectures/family.js';

/** A number by itself (the limits of what goes through a layer) is a list of one. */
const asLists: TensorRule = changing(
  () => true,
  (tensor) => (tensor.shape.length === 0 ? reshape(tensor, [1]) : tensor),
);

/** Gemma 4: sees, and hears where it has an encoder of sound. */
export const gemma4projector: Projector = {
  names: ['Gemma4ForConditionalGeneration'],
  encoders: ['vision', 'audio'],
  settle,
  keys: (model) => gemma4keys(model, 'gemma4v', 'gemma4a'),
  tensors: () => [asLists, ...heard(), ...seen()],
  force: (_name, { source }) => {
    if (isHeard(source) && isConvolution(source)) return 'F32';
    return source.includes('position_embedding_table') ? 'F32' : undefined;
  },
};

/** Gemma 4 without towers: patches and sound go through one layer each. */
export const gemma4unifiedProjector: Projector = {
  ...gemma4projector,
  names: ['Gemma4UnifiedForConditionalGeneration'],
  settle: (model) => {
    const { vision = model.vision, audio = model.audio } = settle(model);
    const none = { intermediate_size: 0, num_layers: 0, num_attention_heads: 0 };
    return {
      vision: vision.with({ hidden_size: vision.find('mm_embed_dim') ?? null, ...none }),
      audio: audio.with({ hidden_size: audio.find('audio_embed_dim') ?? null, ...none }),
    };
  },
  keys: function* (model) {
    yield* gemma4keys(model, 'gemma4uv', 'gemma4ua');
  },
  tensors: (model) => [asLists, ...unified(model), ...heard(), ...seen()],
};

function settle({ vision, audio }: ProjectorModel): Partial<ProjectorModel> {
  const seen = vision.with({ image_size: 224 });
  if (audio.isEmpty) return { vision: seen, hears: false };
  const width = audio.number('hidden_size');
  return {
    vision: seen,
    audio: audio.with({
      feat_in: numberOr(audio, 'input_feat_size', 128),
      ...(width !== undefined && { intermediate_size: width * 4 }),
    }),
  };
}

function* gemma4keys(model: PlannedProjector, seen: string, heardType: string): Iterable<Key> {
  yield* encoderKeys(model);
  yield text('vision.projector_type', seen);
  yield visionEps(numberOr(model.vision, 'layer_norm_eps', 1e-6));
  if (!model.hears) return;
  yield text('audio.projector_type', heardType);
  yield uint('audio.num_mel_bins', model.audio.need('feat_in'));
  yield audioEps(numberOr(model.audio, 'layer_norm_eps', 1e-6));
}

function isHeard(name: string): boolean {
  return name.includes('audio_tower') || name.includes('embed_audio');
}

function heard(): readonly TensorRule[] {
  const isScale = (name: string): boolean => isHeard(name) && /per_dim_(?:key_)?scale$/.test(name);
  return [
    changing(isScale, softplus),
    changing(
      (name) => isHeard(name) && name.includes('lconv1d.depthwise_conv1d') && name.endsWith('.weight'),
      (tensor) => reshape(tensor, [tensor.shape[0] ?? 0, tensor.shape[2] ?? 0]),
    ),
    renaming(isHeard, (name) => {
      const renamed = name.replaceAll('model.audio_tower.', 'conformer.').replaceAll('.linear.', '.');
      return isScale(name) ? `${renamed}.weight` : renamed;
    }),
  ];
}

function seen(): readonly TensorRule[] {
  return [
    changing((name) => name.endsWith('patch_embedder.input_proj.weight'), channelsFirst),
    renaming(
      (name) => !isHeard(name) && !name.startsWith('conformer.'),
      (name) => {
        const renamed = name
          .replaceAll('model.vision_tower.encoder.', 'vision_model.model.')
          .replaceAll('.linear.weight', '.weight');
        return /(?:layer_scalar|position_embedding_table)$/.test(renamed) ? `${renamed}.weight` : renamed;
      },
    ),
  ];
}

/** A matrix over patches of three colours as the convolution that it is. */
function channelsFirst(tensor: TensorExpression): TensorExpression {
  const [rows = 0, columns = 0] = tensor.shape;
  const side = Math.trunc(Math.sqrt(Math.floor(columns / 3)));
  return permuteAxes(reshape(tensor, [rows, side, side, 3]), [0, 3, 1, 2]);
}

function unified({ vision }: ProjectorModel): readonly TensorRule[] {
  const side = (): number =>
    vision.has('model_patch_size')
      ? vision.count('model_patch_size')
      : vision.count('patch_size') * vision.count('pooling_kernel_size');
  return [
    changing(
      (name) => name.includes('patch_dense.weight') || /patch_ln1\.(?:weight|bias)/.test(name),
      (tensor) => {
        const rows = tensor.shape.slice(0, -1);
        const axes = rows.map((_, index) => index);
        const at = axes.length;
        return regroup(tensor, [...rows, side(), side(), 3], [...axes, at + 2, at, at + 1]);
      },
    ),
    changing(
      (name) => name.endsWith('pos_embedding'),
      (tensor) => permuteAxes(tensor, [1, 0, 2]),
    ),
    renaming(
      (name) => name.endsWith('pos_embedding') || name.includes('.pos_norm.'),
      (name) => (name.endsWith('pos_embedding') ? `${name}.weight` : name.replaceAll('.pos_norm.', '.patch_ln3.')),
    ),
  ];
}
