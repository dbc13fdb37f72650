import {
  encoderKeys,
  CLIP_MEAN,
  CLIP_STD,
  numberOr,
  projectorType,
  uint,
  unsupported,
  visionEps,
} from './projector-keys.js';
import type { Projector } from './projector.js';
import { named, renaming, rule } from './tensor-rules.js';

/** Step3-VL and Step 3.7. */
export const step3vl: Projector = {
  names: ['StepVLForConditionalGeneration', 'Step3p7ForConditionalGeneration'],
  settle: ({ vision, preprocessor }) => {
    const means = preprocessor.has('image_mean') ? preprocessor : preprocessor.with({ image_mean: CLIP_MEAN });
    const settled = means.has('image_std') ? means : means.with({ image_std: CLIP_STD });
    if ((vision.number('intermediate_size') ?? 0) !== 0) return { preprocessor: settled };
    const width = (vision.number('hidden_size') ?? 0) || vision.need('width');
    const inner = Math.round(width * numberOr(vision, 'mlp_ratio', 8960 / 1536));
    return { preprocessor: settled, vision: vision.with({ intermediate_size: inner }) };
  },
  keys: function* (model) {
    const { vision, config } = model;
    yield* encoderKeys(model);
    const stride = numberOr(config, 'understand_projector_stride', -1);
    const sizes = [
      stride,
      vision.need('image_size'),
      vision.need('hidden_size', 'width'),
      vision.need('num_hidden_layers', 'layers'),
    ];
    if (sizes.join() !== '2,728,1536,47') throw unsupported('other sizes than those of Step3-VL-10B', 'vision_config');
    yield projectorType('step3vl');
    yield visionEps(numberOr(vision, 'layer_norm_eps', 1e-5));
    yield uint('vision.projector.scale_factor', stride ** 2);
    yield uint('vision.preproc_image_size', 3024);
  },
  keep: (name) => (/^(?:model|lm_head)\./.test(name) ? undefined : name),
  tensors: () => [
    rule(
      (name) => name.startsWith('vision_model.vit_downsampler'),
      ({ name, tensor }) => {
        const part = /^vision_model\.vit_downsampler(\d+)\.(weight|bias)$/.exec(name);
        if (part === null) throw unsupported(`a tensor '${name}'`, 'vision_config');
        return [named(`mm.${Number(part[1]) - 1}.${part[2] ?? 'weight'}`, tensor)];
      },
    ),
    rule(
      (name) => name === 'vit_large_projector.weight',
      ({ tensor }) => [named('mm.model.fc.weight', tensor)],
    ),
    rule(
      (name) => !name.startsWith('vision_model.'),
      () => [],
    ),
    renaming(() => true, tableName),
  ],
  force: (name) => {
    if (name.includes('.position_embd.')) return 'F32';
    return /mm\.[01]\./.test(name) && name.endsWith('.weight') ? 'narrow' : undefined;
  },
};

function tableName(original: string): string {
  let name = original;
  if (name === 'vision_model.positional_embedding') name = `${name}.weight`;
  else if (name.endsWith('.gamma') && name.includes('.ls_')) name = name.replace(/\.gamma$/, '.weight');
  return name
    .replaceAll('attn.in_proj_weight', 'attn.in_proj.weight')
    .replaceAll('attn.in_proj_bias', 'attn.in_proj.bias');
}
