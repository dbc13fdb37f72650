import { isJsonObject, jsonField, type JsonObject, type JsonValue } from '../../files/index.js';
import { ENCODER_CLASSES, MEDIA_CLASSES, type EncoderPlace } from './media-defaults.js';
import { Values } from './config-values.js';

/**
 * The configuration of a model that sees or hears, as llama.cpp's converter sees it before it looks for a projector: the
 * configurations of its encoders over the defaults of their transformers classes, everything else as it stands over the
 * defaults of the class around it. A `model_type` that transformers 4.57.6 does not know leaves the file as it is.
 */
export function mediaConfig(config: JsonObject): Values {
  const type = jsonField(config, 'model_type');
  const owner = typeof type === 'string' ? MEDIA_CLASSES.get(type) : undefined;
  if (owner === undefined) return new Values(config);
  let completed: JsonObject = { ...owner.defaults, ...config };
  for (const place of owner.encoders) completed = laid(completed, place.path.split('.'), place);
  return new Values(completed);
}

/** The object with the configuration at `path` completed. */
function laid(config: JsonObject, path: readonly string[], place: EncoderPlace): JsonObject {
  const [name = '', ...rest] = path;
  const found = jsonField(config, name);
  const inner = isJsonObject(found) ? found : {};
  return { ...config, [name]: rest.length === 0 ? encoderConfig(inner, place) : laid(inner, rest, place) };
}

function encoderConfig(config: JsonObject, place: EncoderPlace): JsonObject {
  const type = jsonField(config, 'model_type');
  const named = place.open && typeof type === 'string' ? ENCODER_CLASSES.get(type) : undefined;
  const { defaults, aliases } = named ?? place;
  const entries = Object.entries(config).map(([key, value]): [string, JsonValue] => [
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
