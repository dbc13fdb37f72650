import { reshape } from '../expressions/index.js';
import { nameMap, PROJECTOR } from '../names/name-map.js';
import { audioEps, encoderKeys, numberOr, text, uint, visionEps } from './projector-keys.js';
import { conformerRules, isConvolution, isSound } from './conformer.js';
import type { Projector, ProjectorModel } from './projector.js';
import { named, renaming, rule } from './tensor-rules.js';
import type { TensorRule } from '../architectures/family.js';

/** Gemma 3n: MobileNet V5 sees, a conformer hears. */
export const gemma3nProjector: Projector = {
  names: ['Gemma3nForConditionalGeneration'],
  encoders: ['vision', 'audio'],
  settle,
  keys: function* (model) {
    yield* encoderKeys(model);
    yield text('vision.projector_type', 'gemma3nv');
    yield visionEps(numberOr(model.vision, 'layer_norm_eps', 1e-6));
    yield text('audio.projector_type', 'gemma3na');
    yield uint('audio.num_mel_bins', model.audio.need('feat_in'));
    yield audioEps(1e-5);
  },
  tensors: ({ blockCount }) => [
    renaming(isSound, (name) => name.replaceAll('model.audio_tower.conformer.', 'conformer.layers.')),
    ...conformerRules(),
    mobileNet(blockCount),
  ],
  force: (_name, { source }) => {
    if (source.includes('input_projection') || source.includes('input_proj')) return 'F16';
    if (source.includes('.embeddings.') || source.includes('stem')) return 'F32';
    return isSound(source) && isConvolution(source) ? 'F32' : undefined;
  },
};

function settle({ vision, audio, preprocessor }: ProjectorModel): Partial<ProjectorModel> {
  const size = preprocessor.object('size');
  const side = size === undefined ? 768 : size.need('height');
  return {
    preprocessor: preprocessor.with({ image_mean: [0, 0, 0], image_std: [1, 1, 1] }),
    vision: vision.with({
      n_layers: 128,
      intermediate_size: numberOr(vision, 'intermediate_size', 2048) * 4,
      num_attention_heads: numberOr(vision, 'num_attention_heads', 8),
      image_size: side,
      patch_size: Math.floor(side / numberOr(preprocessor, 'image_seq_length', 256)),
    }),
    audio: audio.with({
      n_layers: audio.find('conf_num_hidden_layers') ?? null,
      num_attention_heads: audio.find('conf_num_attention_heads') ?? null,
      feat_in: audio.find('input_feat_size') ?? null,
      intermediate_size: numberOr(audio, 'intermediate_size', 6144),
    }),
  };
}

/** Parts of a block of MobileNet V5; two numbers tell blocks apart. */
const BLOCK_PART =
  /^model\.vision_tower\.timm_model\.blocks\.(\d+\.\d+\.(?:(?:conv_exp|bn1|conv_pwl|bn2|dw_start\.(?:conv|bn)|dw_mid\.(?:conv|bn)|pw_(?:exp|proj)\.(?:conv|bn)|attn\.(?:query|key|value|output)\.proj|attn\.(?:key|value)\.(?:down_conv|norm)|norm)\.weight|layer_scale\.gamma))$/;

function mobileNet(blockCount: number): TensorRule {
  const names = nameMap(PROJECTOR, blockCount);
  return rule(
    (name) => !isSound(name),
    ({ name, tensor }) => {
      if (!/^model\.(?:embed_vision|vision_tower)\./.test(name)) return [];
      const block = BLOCK_PART.exec(name)?.[1];
      if (block !== undefined) return [named(`v.blk.${block}`, tensor)];
      const mapped = names.map(name) ?? name;
      const isColumn = mapped.endsWith('conv_stem.conv.bias') || mapped.endsWith('layer_scale.gamma');
      return [{ name, tensor: isColumn ? reshape(tensor, [1, tensor.shape[0] ?? 0, 1, 1]) : tensor }];
    },
  );
}
