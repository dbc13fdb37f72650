import type { JsonObject } from '../../files/index.js';
import { TRANSFORMERS_TYPES } from './transformers-defaults.js';

/**
 * A configuration with the type that its directory's name contains, where it states none: transformers looks for it
 * there, and so the converter takes that class's defaults.
 */
export function typedByName(config: JsonObject, directoryName: string): JsonObject {
  if (Object.hasOwn(config, 'model_type')) return config;
  const type = TRANSFORMERS_TYPES.find((name) => directoryName.includes(name));
  return type === undefined ? config : { ...config, model_type: type };
}
