import { reshape } from '../expressions/index.js';
import { Values } from '../config/config-values.js';
import { encoderKeys, projectorType, uint, unsupported, useSilu, visionEps } from './projector-keys.js';
import type { Projector } from './projector.js';
import { changing, chunks, rule } from './tensor-rules.js';

/** DeepSeek V4 Flash, whose encoder's sizes stand at the top of its configuration. */
export const deepseekV4: Projector = {
  names: ['DeepseekV4ForCausalLM'],
  find: (config) => ({ vision: encoder(config) }),
  settle: ({ preprocessor }) => ({
    preprocessor: new Values({ image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5] }).with(preprocessor.entries()),
  }),
  keys: function* (model) {
    const { vision, config } = model;
    yield* encoderKeys(model);
    yield projectorType('deepseek4v');
    yield visionEps(1e-6);
    yield useSilu;
    yield uint('vision.projector.scale_factor', vision.need('downsample_ratio'));
    yield uint('vision.image_min_pixels', vision.need('min_pixels'));
    if (config.need('vision_max_n_token') !== 384 || config.need('vision_max_wh_ratio') !== 8) {
      throw unsupported('other limits of images than 384 tokens and a ratio of 8', 'vision_max_n_token');
    }
  },
  keep: (name) => (/^(?:vision\.|aligner\.|image_)/.test(name) ? name : undefined),
  tensors: ({ vision }) => [
    changing(
      (name) => name === 'vision.patch_embed.proj.weight',
      (tensor) => {
        const side = vision.count('patch_size');
        return reshape(tensor, [tensor.shape[0] ?? 0, 3, side, side]);
      },
    ),
    rule(
      (name) => name.includes('.mlp.w1.'),
      ({ name, tensor }) =>
        chunks(tensor, 2).map((part, index) => ({
          name: name.replaceAll('w1', index === 0 ? 'w1_gate' : 'w1_up'),
          tensor: part,
        })),
    ),
  ],
};

function encoder(config: Values): Values {
  const layers = config.number('vision_n_layers') ?? 0;
  if (layers === 0) throw unsupported('no layers that see', 'vision_n_layers');
  const [patch, ratio] = [config.count('vision_patch_size'), config.count('vision_downsample_ratio')];
  return new Values({
    num_hidden_layers: layers,
    hidden_size: config.need('vision_dim'),
    num_attention_heads: config.need('vision_n_heads'),
    intermediate_size: config.need('vision_inter_dim'),
    patch_size: patch,
    image_size: patch * ratio * 16,
    downsample_ratio: ratio,
    min_pixels: config.need('vision_min_pixels'),
  });
}
