/** Beginnings of names of parts that see and hear, in repositories that hold more than a language model. */
const PREFIXES = [
  'mlp',
  'vit.',
  'vpm.',
  'siglip2.',
  'conformer.',
  'merger.',
  'resampler.',
  'sound_encoder.',
  'sound_projection.',
  'speech_embeddings.',
];
/** What the names of such parts contain. */
const PARTS = [
  'visual.',
  'vision.',
  'audio.',
  'talker.',
  'vision_',
  'audio_',
  'token2wav.',
  'code2wav.',
  'projector.',
  'pre_mm_projector_norm',
  'image_newline',
  'view_seperator',
  'patch_embed',
  'patch_merger.',
  'patch_merge_mlp.',
  'model.connector.',
];

/** The name under which a language model's tensor goes on, or `undefined` for a tensor of another part. */
export function keptName(name: string): string | undefined {
  if (PREFIXES.some((prefix) => name.startsWith(prefix)) || PARTS.some((part) => name.includes(part))) return undefined;
  const renamed = name.endsWith('e_score_correction_bias')
    ? name.replaceAll('e_score_correction_bias', 'e_score_correction.bias')
    : name;
  return renamed.replaceAll('language_model.', '');
}
