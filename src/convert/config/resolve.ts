import { isJsonObject, jsonField, type JsonObject, type JsonValue } from '../../files/index.js';
import { DERIVATIONS } from './derived.js';
import { BASE_DEFAULTS, TRANSFORMERS_ALIASES, TRANSFORMERS_DEFAULTS } from './transformers-defaults.js';
import { Values } from './values.js';

/** Keys under which repositories with several models keep the language model's configuration. */
const NESTED = ['text_config', 'llm_config', 'lm_config', 'language_config'] as const;

/** Repositories of several models whose older configurations have the language model's keys at their top. */
const FLAT: ReadonlyMap<string, string> = new Map([
  ['qwen2_vl', 'qwen2_vl_text'],
  ['qwen2_5_vl', 'qwen2_5_vl_text'],
]);

/**
 * The configuration as llama.cpp's converter sees it: config.json over the defaults of its transformers class, computed
 * keys filled in, and a nested text configuration lifted to the top. A `model_type` that transformers 4.57.6 does not
 * know leaves the file as it is.
 */
export function resolveConfig(config: JsonObject): Values {
  const entries = complete(config);
  for (const key of NESTED) {
    const nested = jsonField(config, key);
    if (!isJsonObject(nested)) continue;
    for (const [name, value] of complete(nested)) entries.set(name, value);
    break;
  }
  return new Values(entries);
}

/**
 * The architecture's name as transformers has it: the text model's own when the repository has several models.
 */
export function architectureName(config: JsonObject): string | undefined {
  const text = jsonField(config, 'text_config');
  const nested = isJsonObject(text) ? firstName(jsonField(text, 'architectures')) : undefined;
  if (nested !== undefined) return nested;
  const own = firstName(jsonField(config, 'architectures'));
  if (own !== undefined) return own;
  // Checkpoints of the original Mamba name their layer instead.
  const ssm = jsonField(config, 'ssm_cfg');
  if (!isJsonObject(ssm)) return undefined;
  const layer = jsonField(ssm, 'layer');
  return `${typeof layer === 'string' ? layer : 'Mamba'}ForCausalLM`;
}

function firstName(value: JsonValue | undefined): string | undefined {
  const first: JsonValue | undefined = Array.isArray(value) ? (value as readonly JsonValue[])[0] : undefined;
  return typeof first === 'string' ? first : undefined;
}

function complete(config: JsonObject): Map<string, JsonValue> {
  const type = jsonField(config, 'model_type');
  const defaults = typeof type === 'string' ? TRANSFORMERS_DEFAULTS.get(FLAT.get(type) ?? type) : undefined;
  if (typeof type !== 'string' || defaults === undefined) return new Map(Object.entries(config));
  const aliases = TRANSFORMERS_ALIASES.get(type);
  const entries = new Map<string, JsonValue>([...Object.entries(BASE_DEFAULTS), ...Object.entries(defaults)]);
  for (const [key, value] of Object.entries(config)) entries.set(aliases?.get(key) ?? key, value);
  for (const derive of DERIVATIONS.get(type) ?? []) derive(entries);
  return entries;
}
