import { SlipwayError } from '../../core/index.js';
import { isJsonObject, jsonField, type JsonObject, type JsonValue } from '../../files/index.js';
import { interleaveHeads } from '../architectures/tensor-rules.js';
import type { TensorRule } from '../architectures/family.js';
import { narrow, reshape } from '../expressions/index.js';
import type { Repository } from '../repository.js';
import {
  activation,
  encoderKeys,
  float,
  numberOr,
  projectorType,
  uint,
  unsupported,
  useSilu,
  visionEps,
} from './projector-keys.js';
import type { PlannedProjector, Projector, ProjectorModel } from './projector.js';
import { changing, named, rule } from './tensor-rules.js';
import type { Key } from '../architectures/family.js';

const IMAGE_BREAK = '[IMG_BREAK]';
const PARTS =
  /^(?:multi_modal_projector\.|vision_tower\.|vision_encoder\.|vision_language_adapter\.|patch_merger\.|pre_mm_projector_norm)/;

/** Pixtral, and Mistral Small 3.1 in the layout of transformers. */
export const llava: Projector = {
  names: ['LlavaForConditionalGeneration', 'Mistral3ForConditionalGeneration'],
  gather: async (repository) => ({ token: await tokenId(repository) }),
  settle,
  keys: pixtralKeys,
  tensors: (model) => [...rotated(model), breakToken(model)],
};

/** LightOnOCR: the same without a token at the ends of rows. */
export const lightOnOcr: Projector = {
  ...llava,
  names: ['LightOnOCRForConditionalGeneration'],
  gather: async () => ({}),
  settle: (model) => settle({ ...model, gathered: { token: -1 } }),
  keys: function* (model) {
    yield* pixtralKeys(model);
    yield projectorType('lightonocr');
  },
  keep: (name) =>
    name
      .replaceAll('model.vision_encoder.', 'vision_tower.')
      .replaceAll('model.vision_projection.', 'multi_modal_projector.'),
};

/** Names of the two layers of the projection in Mistral's own format. */
const ADAPTER: ReadonlyMap<string, string> = new Map([
  ['vision_language_adapter.w_in.weight', 'mm.1.weight'],
  ['vision_language_adapter.w_in.bias', 'mm.1.bias'],
  ['vision_language_adapter.w_out.weight', 'mm.2.weight'],
  ['vision_language_adapter.w_out.bias', 'mm.2.bias'],
]);

/** Pixtral in Mistral's own format. */
export const pixtral: Projector = {
  names: ["Mistral's format"],
  gather: async (repository, config) => {
    const breakToken = config.object('vision_encoder')?.need('image_break_token_id') ?? -1;
    return { token: breakToken < 0 ? await mistralTokenId(repository) : breakToken };
  },
  settle: ({ config }) => {
    if (config.number('norm_eps') === undefined) throw config.missing('norm_eps');
    return {};
  },
  keys: function* (model) {
    yield* encoderKeys(model);
    yield projectorType('pixtral');
    yield visionEps(model.config.need('norm_eps'));
    yield float('rope.freq_base', model.vision.need('rope_theta'));
    yield useSilu;
    if (model.vision.string('mm_projector_id') === 'patch_merge') {
      yield uint('vision.spatial_merge_size', model.vision.need('spatial_merge_size'));
    }
  },
  tensors: (model) => [
    rule(
      (name) => ADAPTER.has(name),
      ({ name, tensor }) => [named(ADAPTER.get(name) ?? name, tensor)],
    ),
    breakToken(model),
  ],
};

function settle({ vision, gathered }: ProjectorModel): Partial<ProjectorModel> {
  if (vision.string('model_type') !== 'pixtral') {
    throw unsupported(`an encoder '${vision.string('model_type') ?? ''}'`, 'vision_config: model_type');
  }
  return { gathered, vision: vision.with({ layer_norm_eps: numberOr(vision, 'layer_norm_eps', 1e-5) }) };
}

function* pixtralKeys(model: PlannedProjector): Iterable<Key> {
  yield* encoderKeys(model);
  yield projectorType('pixtral');
  yield visionEps(model.vision.need('layer_norm_eps'));
  yield activation(model.vision, ['silu'], ['gelu']);
  if (model.config.has('spatial_merge_size')) {
    yield uint('vision.spatial_merge_size', model.config.need('spatial_merge_size'));
  }
}

/** Queries and keys in the order in which ggml rotates them. */
function rotated({ vision }: ProjectorModel): readonly TensorRule[] {
  const heads = vision.count('num_attention_heads');
  return [
    changing(
      (name) => PARTS.test(name) && /[qk]_proj\.(?:weight|bias)$/.test(name),
      (tensor) => interleaveHeads(tensor, heads),
    ),
  ];
}

/** The language model's embedding of the token between rows of patches; nothing else of it is needed. */
function breakToken({ gathered, mistralFormat }: ProjectorModel): TensorRule {
  const embedding = mistralFormat ? 'tok_embeddings.weight' : 'embed_tokens.weight';
  return rule(
    (name) => !PARTS.test(name),
    ({ name, tensor }) => {
      const token = gathered.token ?? -1;
      if (token <= 0 || !name.includes(embedding)) return [];
      return [named('v.token_embd.img_break', reshape(narrow(tensor, 0, token, 1), tensor.shape.slice(1)))];
    },
  );
}

async function tokenId(repository: Repository): Promise<number> {
  const config = (await repository.json('tokenizer_config.json')) ?? {};
  const decoder = jsonField(config, 'added_tokens_decoder');
  for (const [id, token] of Object.entries(isJsonObject(decoder) ? decoder : {})) {
    if (isJsonObject(token) && jsonField(token, 'content') === IMAGE_BREAK) return Number(id);
  }
  return entryId(await repository.json('tokenizer.json'), 'added_tokens', 'content', 'id') ?? noToken();
}

async function mistralTokenId(repository: Repository): Promise<number> {
  return (
    entryId(await repository.json('tekken.json'), 'special_tokens', 'token_str', 'rank') ??
    entryId(await repository.json('tokenizer.json'), 'added_tokens', 'content', 'id') ??
    noToken()
  );
}

function entryId(file: JsonObject | undefined, list: string, text: string, id: string): number | undefined {
  const entries: JsonValue | undefined = file === undefined ? undefined : jsonField(file, list);
  if (!Array.isArray(entries)) return undefined;
  for (const entry of entries as readonly JsonValue[]) {
    if (!isJsonObject(entry) || jsonField(entry, text) !== IMAGE_BREAK) continue;
    const found = jsonField(entry, id);
    if (typeof found === 'number') return found;
  }
  return undefined;
}

function noToken(): never {
  throw new SlipwayError('TOKENIZER_INVALID', `the tokenizer has no token '${IMAGE_BREAK}'`, {
    where: 'tokenizer.json: added_tokens',
    try: 'check that all files of the tokenizer are there',
  });
}
