import type { JsonValue } from '../../files/index.js';

/** Keys being completed. */
type Entries = Map<string, JsonValue>;
type Derivation = (entries: Entries) => void;

/**
 * What transformers' configuration classes compute from other keys when a repository leaves a key out (or null), by
 * `model_type`. Only keys that a conversion reads.
 */
export const DERIVATIONS: ReadonlyMap<string, readonly Derivation[]> = new Map<string, readonly Derivation[]>([
  ...each(
    ['mistral', 'mixtral', 'qwen2', 'qwen2_moe', 'qwen3', 'qwen3_moe', 'phi', 'phi3', 'phimoe', 'olmo', 'olmo2'],
    keyValueHeads(),
  ),
  ...each(
    ['olmoe', 'granite', 'granitemoe', 'granitemoeshared', 'cohere', 'apertus', 'stablelm', 'glm'],
    keyValueHeads(),
  ),
  ...each(['glm4', 'glm4_moe', 'ernie4_5', 'ernie4_5_moe', 'seed_oss', 'exaone4', 'starcoder2'], keyValueHeads()),
  ...each(['llama', 'arcee', 'cohere2', 'gpt_oss'], keyValueHeads(), headDim()),
  ...each(['nemotron', 'qwen3_vl_moe_text'], headDim()),
  [
    'qwen3_next',
    [
      keyValueHeads(),
      fill('layer_types', (entries) => {
        const interval = Math.max(1, number(entries, 'full_attention_interval') || 4);
        return Array.from({ length: layers(entries) }, (_, index) =>
          (index + 1) % interval === 0 ? 'full_attention' : 'linear_attention',
        );
      }),
    ],
  ],
  // Takes 'eod_token_id' and does not keep it.
  ...each(['hunyuan_v1_dense', 'hunyuan_v1_moe'], keyValueHeads(), (entries) => void entries.delete('eod_token_id')),
  ['smollm3', [keyValueHeads(), smollm3Layers]],
  [
    'gemma3n_text',
    [
      layerTypes((index) => (index + 1) % 5 !== 0),
      fill('activation_sparsity_pattern', (entries) => {
        const sparse = layers(entries) > 10 ? 10 : 0;
        return Array.from({ length: layers(entries) }, (_, index) => (index < sparse ? 0.95 : 0));
      }),
      (entries) => {
        const width = entries.get('intermediate_size') ?? null;
        if (!Array.isArray(width)) {
          const list = Array.from({ length: layers(entries) }, () => width);
          entries.set('intermediate_size', list);
        }
      },
    ],
  ],
  ['olmo3', [keyValueHeads(), layerTypes((index) => (index + 1) % 4 !== 0)]],
  ['deepseek_v2', [keyValueHeads(), copy('head_dim', 'qk_rope_head_dim')]],
  ['deepseek_v3', [keyValueHeads(), copy('head_dim', 'qk_rope_head_dim')]],
  ['falcon', [fill('num_kv_heads', (entries) => number(entries, 'num_attention_heads'))]],
  ['lfm2', [keyValueHeads(), lfm2Layers]],
  ['granitemoehybrid', [keyValueHeads()]],
  ...each(
    ['t5', 'mt5', 'umt5'],
    fill('num_decoder_layers', (entries) => number(entries, 'num_layers')),
  ),
]);

function each(types: readonly string[], ...derivations: Derivation[]): [string, Derivation[]][] {
  return types.map((type) => [type, derivations]);
}

/** Sets a key that is missing or null. */
function fill(key: string, value: (entries: Entries) => JsonValue): Derivation {
  return (entries) => {
    if ((entries.get(key) ?? null) === null) entries.set(key, value(entries));
  };
}

/** Sets a key whatever it was before. */
function copy(key: string, from: string): Derivation {
  return (entries) => void entries.set(key, entries.get(from) ?? null);
}

function keyValueHeads(): Derivation {
  return fill('num_key_value_heads', (entries) => number(entries, 'num_attention_heads'));
}

function headDim(): Derivation {
  return fill('head_dim', (entries) => {
    const heads = number(entries, 'num_attention_heads');
    return heads === 0 ? null : Math.floor(number(entries, 'hidden_size') / heads);
  });
}

function layerTypes(sliding: (index: number) => boolean): Derivation {
  return fill('layer_types', (entries) =>
    Array.from({ length: layers(entries) }, (_, index) => (sliding(index) ? 'sliding_attention' : 'full_attention')),
  );
}

function smollm3Layers(entries: Entries): void {
  fill('no_rope_layers', () => {
    const interval = number(entries, 'no_rope_layer_interval');
    return Array.from({ length: layers(entries) }, (_, index) => ((index + 1) % interval === 0 ? 0 : 1));
  })(entries);
}

/** Layers with full attention are listed, or all of them. */
function lfm2Layers(entries: Entries): void {
  const listed = entries.get('full_attn_idxs') ?? null;
  fill('layer_types', () =>
    Array.from({ length: layers(entries) }, (_, index) =>
      !Array.isArray(listed) || listed.includes(index) ? 'full_attention' : 'conv',
    ),
  )(entries);
}

/** How many layers a list may be made for: a hostile number must not become an allocation. */
function layers(entries: Entries): number {
  return Math.min(Math.max(0, Math.trunc(number(entries, 'num_hidden_layers'))), 4096);
}

function number(entries: Entries, key: string): number {
  const value = entries.get(key);
  return typeof value === 'number' ? value : 0;
}
