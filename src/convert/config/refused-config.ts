import { isJsonObject, jsonField, type JsonObject, type JsonValue } from '../../files/index.js';
import { TRANSFORMERS_DEFAULTS, TRANSFORMERS_TEXT_TYPES } from './transformers-defaults.js';

/** Classes whose check of `rope_scaling` looks for the type under its newer name alone. */
const NEW_NAME = named(
  'cohere cohere2 gemma3_text gemma3n_text granite granitemoe granitemoeshared olmo3 qwen3_next qwen3_vl_moe_text',
  'qwen3_vl_text',
);
/** Classes that take the type under its older name, too. */
const EITHER_NAME = named(
  'apertus arcee deepseek_v2 deepseek_v3 ernie4_5 ernie4_5_moe glm4_moe glm4v_moe_text glm4v_text gpt_neox gpt_oss llama',
  'olmoe phi qwen2 qwen2_5_vl_text qwen2_moe qwen2_vl_text qwen3 qwen3_moe seed_oss smollm3 stablelm starcoder2 glm4v',
  'glm4v_moe qwen2_5_vl qwen2_vl',
);
/** Classes that take exactly `type` (linear or dynamic) and `factor`. */
const PAIR = named('chameleon olmo olmo2');
/** Classes that check `layer_types`, and all but OLMo 3 their number. */
const LAYER_TYPES = named(
  'cohere2 dots1 exaone4 gemma2 gemma3_text gemma3n_text gpt_oss llama4_text minimax olmo3 qwen2 qwen2_5_vl_text',
  'qwen2_vl_text qwen3 qwen3_next smollm3 qwen2_5_vl qwen2_vl',
);
const KNOWN_LAYERS: ReadonlySet<JsonValue> = new Set([
  'full_attention',
  'sliding_attention',
  'chunked_attention',
  'linear_attention',
]);
/** Types of torch 2.11 by name, which is what `dtype` is looked up among: no other spelling is understood. */
const TORCH_TYPES = named(
  'bfloat16 bit bits16 bits1x8 bits2x4 bits4x2 bits8 bool cdouble cfloat chalf complex128 complex32 complex64 double',
  'float float16 float32 float4_e2m1fn_x2 float64 float8_e4m3fn float8_e4m3fnuz float8_e5m2 float8_e5m2fnuz',
  'float8_e8m0fnu half int int1 int16 int2 int3 int32 int4 int5 int6 int64 int7 int8 long qint32 qint8 quint2x4',
  'quint4x2 quint8 short uint1 uint16 uint2 uint3 uint32 uint4 uint5 uint6 uint64 uint7 uint8',
);
/** What each kind of rope scaling has to say beside its type. */
const NEEDED: ReadonlyMap<JsonValue, readonly string[]> = new Map<JsonValue, readonly string[]>([
  ['default', []],
  ['linear', ['factor']],
  ['dynamic', ['factor']],
  ['yarn', ['factor']],
  ['longrope', ['short_factor', 'long_factor']],
  ['llama3', ['factor', 'original_max_position_embeddings', 'low_freq_factor', 'high_freq_factor']],
]);

/**
 * True for a configuration that the class of transformers 4.57.6 refuses to read. The converter takes such a config.json
 * as it stands then, without the class's defaults.
 */
export function refusedByTransformers(config: JsonObject): boolean {
  const type = jsonField(config, 'model_type');
  if (typeof type !== 'string') return false;
  const text = jsonField(config, 'text_config');
  if (isJsonObject(text) && TRANSFORMERS_TEXT_TYPES.has(type)) {
    const own = jsonField(text, 'model_type');
    if (refusedByClass(text, typeof own === 'string' ? own : (TRANSFORMERS_TEXT_TYPES.get(type) ?? ''))) return true;
    // What stands outside it is checked as any configuration, not as the text model's.
    return refusedByAny(config);
  }
  return refusedByClass(config, type);
}

function refusedByClass(config: JsonObject, type: string): boolean {
  if (!TRANSFORMERS_DEFAULTS.has(type) && !TRANSFORMERS_TEXT_TYPES.has(type)) return false;
  return refusedByAny(config) || refusesRope(type, jsonField(config, 'rope_scaling')) || refusesLayers(type, config);
}

/** What every class refuses: a quantization without keys (a null, a number, a list), which cannot be written back. */
function refusedByAny(config: JsonObject): boolean {
  const quantization = jsonField(config, 'quantization_config');
  return (quantization !== undefined && !isJsonObject(quantization)) || refusesDtype(config);
}

/** `torch.bfloat16` and the empty text name nothing; `torch_dtype` is the older name. */
function refusesDtype(config: JsonObject): boolean {
  const dtype = jsonField(config, 'dtype') ?? jsonField(config, 'torch_dtype');
  return typeof dtype === 'string' && !TORCH_TYPES.has(dtype);
}

function refusesRope(type: string, scaling: JsonValue | undefined): boolean {
  const checked = PAIR.has(type) || EITHER_NAME.has(type) || NEW_NAME.has(type);
  // Only an object can be asked for its keys.
  if (!isJsonObject(scaling)) return checked && (scaling ?? null) !== null;
  const says = (name: string): boolean => Object.hasOwn(scaling, name);
  const [older, newer] = [jsonField(scaling, 'type'), jsonField(scaling, 'rope_type')];
  if (PAIR.has(type)) {
    const factor = jsonField(scaling, 'factor');
    const isKind = older === 'linear' || older === 'dynamic';
    return Object.keys(scaling).length !== 2 || !isKind || typeof factor !== 'number' || factor <= 1;
  }
  const either = EITHER_NAME.has(type);
  if (!checked) return false;
  const kind = (either && says('type') ? older : undefined) ?? newer ?? older ?? 'default';
  const needed = NEEDED.get(kind);
  if (needed === undefined) return false;
  return !(says('rope_type') || (either && says('type'))) || !needed.every(says);
}

function refusesLayers(type: string, config: JsonObject): boolean {
  const types = jsonField(config, 'layer_types');
  if (!LAYER_TYPES.has(type) || !Array.isArray(types)) return false;
  const count = jsonField(config, 'num_hidden_layers') ?? TRANSFORMERS_DEFAULTS.get(type)?.['num_hidden_layers'];
  const entries = types as readonly JsonValue[];
  return !entries.every((entry) => KNOWN_LAYERS.has(entry)) || (type !== 'olmo3' && entries.length !== count);
}

function named(...lists: readonly string[]): ReadonlySet<string> {
  return new Set(lists.join(' ').split(' '));
}
