import { SlipwayError } from '../../core/index.js';
import { isJsonObject, isJsonSyntaxError, parsePythonJson, readText, type JsonObject } from '../../files/index.js';
import { truthy } from '../config/truthy.js';
import type { Repository } from '../repository.js';

/** The file in which a model's makers recommend how to sample. */
export const GENERATION_CONFIG = 'generation_config.json';
/** A larger file is none. */
const CONFIG_LIMIT = 8 * 1024 * 1024;

/**
 * What a model's makers recommend for sampling. As in the reference (gguf-py, metadata.py), a file that cannot be parsed
 * recommends nothing, and neither does a null or an empty list. Throws `JSON_INVALID` for anything else without names.
 */
export async function readGenerationConfig(repository: Repository): Promise<JsonObject> {
  const file = repository.file(GENERATION_CONFIG);
  if (file === undefined) return {};
  // Python's parser refuses a byte order mark, so such a file is a broken one.
  const value = parsed(await readText(file, CONFIG_LIMIT, undefined, { keepMark: true }));
  if (isJsonObject(value)) return value;
  if (!truthy(value)) return {};
  throw new SlipwayError('JSON_INVALID', `'${file.path}' does not hold a JSON object`, { where: file.path });
}

function parsed(text: string): ReturnType<typeof parsePythonJson> {
  try {
    return parsePythonJson(text, GENERATION_CONFIG);
  } catch (error) {
    if (isJsonSyntaxError(error)) return null;
    throw error;
  }
}
