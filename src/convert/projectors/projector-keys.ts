import { SlipwayError } from '../../core/index.js';
import type { JsonValue } from '../../files/index.js';
import type { Key } from '../architectures/family.js';
import type { Values } from '../config/config-values.js';
import type { PlannedProjector, ProjectorModel } from './projector.js';

/** Names under which configurations give the number of an encoder's layers. */
const LAYERS = [
  'n_layers',
  'num_hidden_layers',
  'n_layer',
  'num_layers',
  'depth',
  'layers',
  'encoder_layers',
  'vt_num_hidden_layers',
];

/** An unsigned 32-bit number. Throws `MODEL_INVALID` for what is none. */
export function uint(name: string, value: number): Key {
  if (Number.isInteger(value) && value >= 0 && value < 2 ** 32) return [name, { type: 'UINT32', value }];
  throw new SlipwayError('MODEL_INVALID', `'${name}' does not fit 32 bits`, { where: name, got: String(value) });
}

export function float(name: string, value: number): Key {
  return [name, { type: 'FLOAT32', value }];
}

export function flag(name: string, value = true): Key {
  return [name, { type: 'BOOL', value }];
}

export function text(name: string, value: string): Key {
  return [name, { type: 'STRING', value }];
}

/** Signed numbers of 32 bits; an empty list is not written. */
export function ints(name: string, value: readonly number[]): readonly Key[] {
  for (const item of value) {
    if (Number.isInteger(item) && Math.abs(item) < 2 ** 31) continue;
    throw new SlipwayError('MODEL_INVALID', `'${name}' holds a number that does not fit 32 bits`, {
      where: name,
      got: String(item),
    });
  }
  return value.length === 0 ? [] : [[name, { type: 'ARRAY', items: 'INT32', value }]];
}

export function floats(name: string, value: readonly number[]): readonly Key[] {
  return value.length === 0 ? [] : [[name, { type: 'ARRAY', items: 'FLOAT32', value }]];
}

export function flags(name: string, value: readonly boolean[]): readonly Key[] {
  return value.length === 0 ? [] : [[name, { type: 'ARRAY', items: 'BOOL', value }]];
}

/** `clip.projector_type`. */
export function projectorType(type: string): Key {
  return text('projector_type', type);
}

/** The keys that nearly every projector begins with, of images before those of sound. */
export function* encoderKeys(model: PlannedProjector): Iterable<Key> {
  yield fileType(model);
  if (model.sees) yield* visionKeys(model);
  if (model.hears) yield* audioKeys(model);
}

/** `general.file_type`. */
export function fileType({ fileType: value }: PlannedProjector): Key {
  return ['general.file_type', { type: 'UINT32', value }];
}

function* visionKeys({ vision, preprocessor, textWidth, mistralFormat }: PlannedProjector): Iterable<Key> {
  yield flag('has_vision_encoder');
  yield uint('vision.projection_dim', textWidth);
  yield uint('vision.image_size', vision.need('image_size'));
  yield uint('vision.patch_size', vision.need('patch_size'));
  yield uint('vision.embedding_length', vision.need('hidden_size', 'width', 'vt_hidden_size'));
  yield uint('vision.feed_forward_length', vision.need('intermediate_size', 'vt_intermediate_size'));
  yield uint('vision.block_count', layerCount(vision));
  yield uint(
    'vision.attention.head_count',
    vision.need('num_attention_heads', 'num_heads', 'heads', 'vt_num_attention_heads'),
  );
  yield* floats('vision.image_mean', mistralFormat ? CLIP_MEAN : neededList(preprocessor, 'image_mean'));
  yield* floats('vision.image_std', mistralFormat ? CLIP_STD : neededList(preprocessor, 'image_std'));
}

function* audioKeys({ audio, textWidth }: PlannedProjector): Iterable<Key> {
  yield flag('has_audio_encoder');
  yield uint('audio.projection_dim', textWidth);
  yield uint('audio.embedding_length', audio.need('hidden_size'));
  yield uint('audio.feed_forward_length', audio.need('intermediate_size'));
  yield uint('audio.block_count', layerCount(audio));
  yield uint('audio.attention.head_count', audio.need('num_attention_heads'));
}

/** Means and deviations of CLIP's training images, which the reference takes where none are given. */
export const CLIP_MEAN: readonly [number, number, number] = [0.48145466, 0.4578275, 0.40821073];
export const CLIP_STD: readonly [number, number, number] = [0.26862954, 0.26130258, 0.27577711];

/** The number of an encoder's layers. Throws `MODEL_INVALID` when it is missing. */
export function layerCount(encoder: Values): number {
  return encoder.need(...LAYERS);
}

/** The same, or 0 where the configuration does not say. */
export function layerCountOrNone(encoder: Values): number {
  return encoder.number(...LAYERS) ?? 0;
}

/** The name under which a configuration has its number of layers. */
export function layerKey(encoder: Values): string {
  return LAYERS.find((name) => encoder.has(name)) ?? 'n_layers';
}

function neededList(values: Values, name: string): readonly number[] {
  const list = values.numbers(name);
  if (list === undefined) throw values.missing(name);
  return list;
}

/** `clip.vision.attention.layer_norm_epsilon`. */
export function visionEps(value: number): Key {
  return float('vision.attention.layer_norm_epsilon', value);
}

/** `clip.audio.attention.layer_norm_epsilon`. */
export function audioEps(value: number): Key {
  return float('audio.attention.layer_norm_epsilon', value);
}

export const useGelu: Key = flag('use_gelu');
export const useSilu: Key = flag('use_silu');

/** `use_silu` or `use_gelu` as the configuration has it. Throws `MODEL_INVALID` for another activation. */
export function activation(encoder: Values, silu: readonly string[], gelu: readonly string[]): Key {
  const name = encoder.string('hidden_act') ?? '';
  if (silu.includes(name)) return useSilu;
  if (gelu.includes(name)) return useGelu;
  throw unsupported(`the activation '${name.slice(0, 60)}'`, 'hidden_act');
}

/** The error for a setting that the reference refuses. */
export function unsupported(what: string, where: string): SlipwayError {
  return new SlipwayError('MODEL_INVALID', `this projector cannot be converted with ${what}`, {
    where: `config.json: ${where}`,
    try: "llama.cpp's converter refuses it, too: convert the language model alone (without mmproj)",
  });
}

/** A value or its default, where the key is missing: a null counts as given and is refused. */
export function numberOr(values: Values, name: string, fallback: number): number {
  return values.has(name) ? values.need(name) : fallback;
}

/** The pixels that preprocessor_config.json allows. */
export function* pixelLimits({ preprocessor }: ProjectorModel, ...order: readonly ('min' | 'max')[]): Iterable<Key> {
  for (const end of order) yield uint(`vision.image_${end}_pixels`, Math.trunc(preprocessor.need(`${end}_pixels`)));
}

/** Python's `int(value)` of a number: towards zero. */
export function truncated(value: JsonValue | undefined, name: string): number {
  if (typeof value === 'number') return Math.trunc(value);
  throw new SlipwayError('MODEL_INVALID', `'${name}' is not a number`, { where: 'config.json' });
}
