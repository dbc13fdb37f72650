import { isJsonObject, jsonField, type JsonObject, type JsonValue } from '../../files/index.js';
import { DERIVATIONS } from './derived.js';
import { refusedByTransformers } from './refused-config.js';
import {
  BASE_DEFAULTS,
  TRANSFORMERS_ALIASES,
  TRANSFORMERS_DEFAULTS,
  TRANSFORMERS_TEXT_TYPES,
} from './transformers-defaults.js';
import { Values } from './config-values.js';

/** Keys under which repositories with several models keep the language model's configuration; the first counts. */
const NESTED = ['lfm', 'language_config', 'thinker_config', 'lm_config', 'llm_config', 'text_config'] as const;

/** Repositories of several models whose older configurations have the language model's keys at their top. */
const FLAT: ReadonlyMap<string, string> = new Map([
  ['qwen2_vl', 'qwen2_vl_text'],
  ['qwen2_5_vl', 'qwen2_5_vl_text'],
  ['glm4v', 'glm4v_text'],
  ['glm4v_moe', 'glm4v_moe_text'],
]);

/**
 * The configuration as llama.cpp's converter sees it: config.json over the defaults of its transformers class, computed
 * keys filled in, and a nested text configuration lifted to the top. A `model_type` that transformers 4.57.6 does not
 * know leaves the file as it is, and so does what the class refuses.
 */
export function resolveConfig(config: JsonObject): Values {
  const refused = refusedByTransformers(config);
  const entries = refused ? new Map(Object.entries(config)) : completed(config);
  const nested = textConfig(config);
  if (nested !== undefined) lay(entries, nested, refused ? undefined : jsonField(config, 'model_type'));
  entries.set(OUTER_ARCHITECTURE, firstName(jsonField(config, 'architectures')) ?? null);
  return new Values(entries);
}

/** Key under which the name of the whole repository's class is kept: the text model in it may have its own. */
export const OUTER_ARCHITECTURE = 'slipway_outer_architecture';

/** The nested configuration of the language model alone, with the defaults of its class; empty when there is none. */
export function resolveTextConfig(config: JsonObject): Values {
  const entries = new Map<string, JsonValue>();
  const nested = textConfig(config);
  if (nested !== undefined)
    lay(entries, nested, refusedByTransformers(config) ? undefined : jsonField(config, 'model_type'));
  return new Values(entries);
}

/** The name of the class whose projector a repository has: the encoder's own, where its configuration names one. */
export function projectorName(config: JsonObject): string | undefined {
  const vision = jsonField(config, 'vision_config');
  const nested = isJsonObject(vision) ? firstName(jsonField(vision, 'architectures')) : undefined;
  return nested ?? firstName(jsonField(config, 'architectures'));
}

/** The nested configuration of the language model, if there is one. */
function textConfig(config: JsonObject): JsonObject | undefined {
  for (const key of NESTED) {
    const found = jsonField(config, key);
    const nested = key === 'thinker_config' && isJsonObject(found) ? jsonField(found, 'text_config') : found;
    if (isJsonObject(nested)) return nested;
  }
  return undefined;
}

/**
 * Lays a nested configuration over the rest: with the defaults of its class where transformers knows the class around it,
 * as it stands otherwise.
 */
function lay(entries: Map<string, JsonValue>, nested: JsonObject, owner: JsonValue | undefined): void {
  const type = typeof owner === 'string' ? TRANSFORMERS_TEXT_TYPES.get(owner) : undefined;
  const typed = Object.hasOwn(nested, 'model_type') || type === undefined ? nested : { ...nested, model_type: type };
  for (const [name, value] of type === undefined ? Object.entries(nested) : completed(typed)) entries.set(name, value);
}

/** Classes whose own name counts whatever the text model in them is called. */
const TOP_LEVEL: ReadonlySet<string> = new Set([
  'Exaone4_5_ForConditionalGeneration',
  'Step3p7ForConditionalGeneration',
  'StepVLForConditionalGeneration',
]);

/**
 * The architecture's name as transformers has it: the text model's own when the repository has several models.
 */
export function architectureName(config: JsonObject): string | undefined {
  const own = firstName(jsonField(config, 'architectures'));
  if (own !== undefined && TOP_LEVEL.has(own)) return own;
  const text = textConfig(config);
  const nested = text === undefined ? undefined : firstName(jsonField(text, 'architectures'));
  if (nested !== undefined) return nested;
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

function completed(config: JsonObject): Map<string, JsonValue> {
  const type = jsonField(config, 'model_type');
  const defaults = typeof type === 'string' ? TRANSFORMERS_DEFAULTS.get(FLAT.get(type) ?? type) : undefined;
  if (typeof type !== 'string' || defaults === undefined) return new Map(Object.entries(config));
  const aliases = TRANSFORMERS_ALIASES.get(type);
  const entries = new Map<string, JsonValue>([...Object.entries(BASE_DEFAULTS), ...Object.entries(defaults)]);
  for (const [key, value] of Object.entries(config)) entries.set(aliases?.get(key) ?? key, value);
  for (const derive of DERIVATIONS.get(type) ?? []) derive(entries);
  return entries;
}
