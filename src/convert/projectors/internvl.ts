import type { JsonValue } from '../../files/index.js';
import { activation, encoderKeys, numberOr, projectorType, uint, visionEps } from './projector-keys.js';
import type { Projector } from './projector.js';
import { splitQkv } from './tensor-rules.js';

const PARTS = /^(?:vision_model|mlp|model\.vision_tower|model\.multi_modal_projector)/;

/** How transformers calls the projection, and how OpenGVLab does. */
const PROJECTION: ReadonlyMap<string, string> = new Map([
  ['layer_norm', '0'],
  ['linear_1', '1'],
  ['linear_2', '3'],
]);

/** InternVL, and Intern-S1 in the layout of transformers. */
export const internvl: Projector = {
  names: ['InternVisionModel'],
  settle: ({ vision }) => ({
    vision: vision.with({
      image_size: side(vision.find('image_size')),
      patch_size: side(vision.find('patch_size')),
    }),
  }),
  keys: function* (model) {
    const { vision, config } = model;
    yield* encoderKeys(model);
    yield projectorType('internvl');
    yield visionEps(vision.need('layer_norm_eps'));
    yield activation(vision, ['silu'], ['gelu']);
    yield uint('vision.projector.scale_factor', Math.trunc(1 / config.need('downsample_ratio')));
    const [least, most] = ['min', 'max'].map((end) => numberOr(config, `${end}_dynamic_patch`, 0));
    if (least !== undefined && least > 0) yield uint('vision.preproc_min_tiles', least);
    if (most !== undefined && most > 0) yield uint('vision.preproc_max_tiles', most);
  },
  keep: (original) => {
    if (!PARTS.test(original)) return undefined;
    let name = original.replace(
      /^model\.multi_modal_projector\.(layer_norm|linear_[12])\.(bias|weight)$/,
      (_all, part: string, suffix: string) => `mlp1.${PROJECTION.get(part) ?? part}.${suffix}`,
    );
    if (name.startsWith('vision_model')) name = `vision_tower.${name}`;
    return /\.ls|\.lambda_|position_embedding/.test(name) && !name.endsWith('.weight') ? `${name}.weight` : name;
  },
  tensors: () => [splitQkv('attn.qkv', ['self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj'])],
  force: (name) => (name.includes('.position_embd.') ? 'F32' : undefined),
};

/** The first of two sides. */
function side(size: JsonValue | undefined): JsonValue {
  return (Array.isArray(size) ? (size as readonly JsonValue[])[0] : size) ?? null;
}
