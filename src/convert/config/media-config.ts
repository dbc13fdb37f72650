import { isJsonObject, jsonField, type JsonObject, type JsonValue } from '../../files/index.js';
import { ENCODER_CLASSES, MEDIA_CLASSES, type EncoderClass, type EncoderPlace } from './media-defaults.js';
import { refusedByTransformers } from './refused-config.js';
import { Values } from './config-values.js';

/**
 * The configuration of a model that sees or hears, as llama.cpp's converter sees it before it looks for a projector: the
 * configurations of its encoders over the defaults of their transformers classes, everything else as it stands over the
 * defaults of the class around it. A `model_type` that transformers 4.57.6 does not know leaves the file as it is.
 */
export function mediaConfig(config: JsonObject): Values {
  const type = jsonField(config, 'model_type');
  const owner = typeof type === 'string' ? MEDIA_CLASSES.get(type) : undefined;
  if (owner === undefined || refusedByTransformers(config)) return new Values(config);
  let completed: JsonObject = { ...owner.defaults, ...config };
  for (const place of owner.encoders) completed = laid(completed, place.path.split('.'), place);
  return new Values(completed);
}

/**
 * The width of the language model that the class of transformers adds where there is no `text_config`: the converter
 * takes it before what stands outside. Undefined where the configuration says it, or is not read by such a class.
 */
export function addedTextWidth(config: JsonObject): number | undefined {
  const type = jsonField(config, 'model_type');
  const owner = typeof type === 'string' ? MEDIA_CLASSES.get(type) : undefined;
  if (owner === undefined || refusedByTransformers(config)) return undefined;
  const around = owner.textInside === undefined ? config : jsonField(config, owner.textInside);
  const stated = isJsonObject(around) ? jsonField(around, 'text_config') : around;
  const isOpen = owner.textInside !== undefined && isJsonObject(stated) && !Object.hasOwn(stated, 'hidden_size');
  // What is no configuration, nor left out, is refused further on.
  if ((stated ?? null) !== null && !isOpen) return undefined;
  const outside = owner.textOutside === true ? jsonField(config, 'hidden_size') : undefined;
  return typeof outside === 'number' ? outside : owner.textWidth;
}

/** The object with the configuration at `path` completed. */
function laid(config: JsonObject, path: readonly string[], place: EncoderPlace): JsonObject {
  const [name = '', ...rest] = path;
  const found = jsonField(config, name);
  const inner = isJsonObject(found) ? found : undefined;
  return { ...config, [name]: rest.length === 0 ? encoderConfig(inner, place) : laid(inner ?? {}, rest, place) };
}

/**
 * An open place's own defaults hold where nothing is stated at all: what is stated goes over the defaults of the class
 * that it names, or of the one that is usual there (Pixtral has 1024 pixels, Mistral 3 without a configuration for it 1540).
 */
function encoderClass(config: JsonObject | undefined, place: EncoderPlace): EncoderClass {
  if (config === undefined || !place.open) return place;
  const type = jsonField(config, 'model_type') ?? jsonField(place.defaults, 'model_type');
  return (typeof type === 'string' ? ENCODER_CLASSES.get(type) : undefined) ?? place;
}

function encoderConfig(config: JsonObject | undefined, place: EncoderPlace): JsonObject {
  const { defaults, aliases } = encoderClass(config, place);
  const entries = Object.entries(config ?? {}).map(([key, value]): [string, JsonValue] => [
    Object.hasOwn(aliases, key) ? (aliases[key] ?? key) : key,
    value,
  ]);
  const completed: JsonObject = { ...defaults, ...Object.fromEntries(entries) };
  return {
    ...completed,
    // Whisper's relatives take one of the two and set both.
    ...(Object.hasOwn(defaults, 'encoder_layers') && { num_hidden_layers: completed['encoder_layers'] ?? null }),
    // The class's own name for its type is what transformers writes.
    model_type: jsonField(defaults, 'model_type') ?? null,
  };
}
