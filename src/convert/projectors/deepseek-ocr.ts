import type { JsonObject } from '../../files/index.js';
import { reshape } from '../expressions/index.js';
import type { Values } from '../config/config-values.js';
import { encoderKeys, numberOr, projectorType, uint, useGelu, visionEps } from './projector-keys.js';
import { pooling } from './gemma3.js';
import type { PlannedProjector, Projector } from './projector.js';
import { changing } from './tensor-rules.js';
import type { Key } from '../architectures/family.js';

const KEPT_WIDE = ['.embeddings.', 'pos_embed', '.rel_pos_h', '.rel_pos_w', '.neck.', '.net_'];

/** DeepSeek-OCR: SAM in front of CLIP. */
export const deepseekOcr: Projector = {
  names: ['DeepseekOCRForCausalLM'],
  find: (config) => ({ vision: encoder(config) }),
  keys: (model) => ocrKeys(model, 'deepseekocr', 9),
  keep: (name) => {
    if (/^(?:lm_head|model\.embed_tokens|model\.layers|model\.norm)\./.test(name)) return undefined;
    return /(?:pos_embed|rel_pos_h|rel_pos_w)$/.test(name) ? `${name}.weight` : name;
  },
  tensors: () => [
    changing(
      (name) => name.endsWith('view_seperator'),
      (tensor) => reshape(tensor, [1, ...tensor.shape]),
    ),
  ],
  force: (_name, { source }) => (KEPT_WIDE.some((part) => source.includes(part)) ? 'F32' : undefined),
};

/** Unlimited-OCR: the same with more tiles. */
export const unlimitedOcr: Projector = {
  ...deepseekOcr,
  names: ['UnlimitedOCRForCausalLM'],
  keys: (model) => ocrKeys(model, 'deepseekocr', 32),
};

/** DeepSeek-OCR 2: a Qwen2 as encoder behind SAM, whose sizes no configuration has. */
export const deepseekOcr2: Projector = {
  ...deepseekOcr,
  names: ['DeepseekOCR2ForCausalLM'],
  find: (config) => {
    const vision = encoder(config);
    const width = vision.object('width')?.object('qwen2-0-5b')?.need('dim') ?? null;
    return { vision: vision.with({ hidden_size: width, layers: vision.find('layers') ?? 24 }) };
  },
  settle: ({ vision }) => ({
    vision: vision.with({
      patch_size: vision.find('patch_size') ?? 16,
      intermediate_size: vision.find('intermediate_size') ?? 4864,
      num_attention_heads: vision.find('num_attention_heads') ?? 14,
    }),
  }),
  keys: function* (model) {
    yield* ocrKeys(model, 'deepseekocr2', 6);
    yield uint('vision.attention.head_count_kv', 2);
  },
};

/** `vision_config` with the sizes of its parts at its top. */
function encoder(config: Values): Values {
  const vision = config.object('vision_config');
  const sam = vision?.object('width')?.object('sam_vit_b');
  if (vision === undefined || sam === undefined) throw config.missing('vision_config: width: sam_vit_b');
  const clip = vision.object('width')?.object('clip-l-14-224');
  const merged = vision.with({ sam: Object.fromEntries(sam.entries()) }).with(clip?.entries() ?? []);
  const heads = merged.number('heads');
  const derived: JsonObject = {
    ...(typeof merged.find('width') === 'number' && { hidden_size: merged.find('width') ?? null }),
    ...(heads !== undefined && { num_heads: heads, intermediate_size: heads * 4 }),
  };
  return merged.with(derived);
}

function* ocrKeys(model: PlannedProjector, type: string, tiles: number): Iterable<Key> {
  const { vision } = model;
  yield* encoderKeys(model);
  yield projectorType(type);
  yield visionEps(numberOr(vision, 'layer_norm_eps', 1e-6));
  yield useGelu;
  yield* pooling(model);
  yield uint('vision.window_size', numberOr(vision, 'window_size', 14));
  yield uint('vision.preproc_min_tiles', 2);
  yield uint('vision.preproc_max_tiles', tiles);
  const sam = vision.object('sam');
  if (sam === undefined) throw vision.missing('sam');
  yield uint('vision.sam.block_count', sam.need('layers'));
  yield uint('vision.sam.embedding_length', sam.need('width'));
  yield uint('vision.sam.head_count', sam.need('heads'));
}
