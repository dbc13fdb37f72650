import { jsonField, type JsonObject, type JsonValue } from '../../files/index.js';
import { invalidTokenizer } from './limits.js';
import type { TokenizerClass } from './tokenizer-class.js';

/** Classes whose normalizer follows tokenizer_config.json rather than tokenizer.json. */
const LOWER_CASING: ReadonlySet<string> = new Set([
  'BertTokenizer',
  'ConvBertTokenizer',
  'DPRContextEncoderTokenizer',
  'DPRQuestionEncoderTokenizer',
  'DPRReaderTokenizer',
  'DistilBertTokenizer',
  'ElectraTokenizer',
  'FunnelTokenizer',
  'LayoutLMTokenizer',
  'LxmertTokenizer',
  'MPNetTokenizer',
  'MobileBertTokenizer',
  'SqueezeBertTokenizer',
]);

/** The normalizer in force: BERT's classes overrule it by `do_lower_case`, `strip_accents`, `tokenize_chinese_chars`. */
export function effectiveNormalizer(
  normalizer: JsonObject | undefined,
  kind: TokenizerClass,
  config: JsonObject,
): JsonObject | undefined {
  if (normalizer === undefined || !LOWER_CASING.has(kind.name)) return normalizer;
  const wanted: readonly (readonly [string, JsonValue])[] = [
    ['lowercase', setting(config, 'do_lower_case', true)],
    ['strip_accents', setting(config, 'strip_accents', null)],
    ['handle_chinese_chars', setting(config, 'tokenize_chinese_chars', true)],
  ];
  const differs = wanted.some(([key, value]) => Object.hasOwn(normalizer, key) && jsonField(normalizer, key) !== value);
  return differs ? { ...normalizer, ...Object.fromEntries(wanted) } : normalizer;
}

/** The pre-tokenizer in force: `add_prefix_space` of the configuration wins where the outermost part has one. */
export function effectivePreTokenizer(part: JsonObject | undefined, config: JsonObject): JsonObject | undefined {
  if (part === undefined || !Object.hasOwn(part, 'add_prefix_space')) return part;
  const wanted = setting(config, 'add_prefix_space', false);
  if (jsonField(part, 'add_prefix_space') === wanted || typeof wanted !== 'boolean') return part;
  return { ...part, add_prefix_space: wanted };
}

/** The post-processor in force: some classes make their own from `add_bos_token` and `add_eos_token`. */
export function effectivePostProcessor(
  part: JsonObject | undefined,
  kind: TokenizerClass,
  config: JsonObject,
  specials: ReadonlyMap<string, string>,
  idOf: (token: string) => number | undefined,
): JsonObject | undefined {
  if (kind.rewrites === undefined) return part;
  const single: JsonValue[] = [{ Sequence: { id: 'A', type_id: 0 } }];
  const tokens: Record<string, JsonValue> = {};
  const wants = (role: 'bos' | 'eos', fallback: boolean): string | undefined => {
    if (setting(config, `add_${role}_token`, fallback) !== true) return undefined;
    const token = specials.get(role);
    const id = token === undefined ? undefined : idOf(token);
    if (token === undefined || id === undefined) {
      throw invalidTokenizer(`add_${role}_token is set but there is no ${role}_token`, 'tokenizer_config.json');
    }
    tokens[token] = { id: token, ids: [id], tokens: [token] };
    return token;
  };
  const bos = wants('bos', kind.rewrites.bos);
  const eos = wants('eos', kind.rewrites.eos);
  if (bos !== undefined) single.unshift({ SpecialToken: { id: bos, type_id: 0 } });
  if (eos !== undefined) single.push({ SpecialToken: { id: eos, type_id: 0 } });
  return { type: 'TemplateProcessing', single, pair: [], special_tokens: tokens };
}

function setting(config: JsonObject, key: string, fallback: JsonValue): JsonValue {
  return Object.hasOwn(config, key) ? (jsonField(config, key) ?? null) : fallback;
}
