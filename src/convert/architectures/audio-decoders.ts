import type { Values } from '../config/config-values.js';
import type { Family } from './family.js';
import { constant, float, uint } from './keys.js';
import { lfm2 } from './lfm2.js';
import { textKeys } from './text-keys.js';

/** WavTokenizer's decoder: from codes to sound. */
export const wavTokenizer: Family = {
  names: ['WavTokenizerDec'],
  gguf: 'wavtokenizer-dec',
  vocabulary: 'none',
  keys: [
    textKeys,
    uint('vocab_size', ({ config }) => config.count('vocab_size')),
    uint('features_length', ({ config }) => config.count('n_embd_features')),
    uint('feed_forward_length', ({ config }) => config.count('n_ff')),
    float('attention.group_norm_epsilon', ({ config }) => config.need('group_norm_epsilon')),
    uint('attention.group_norm_groups', ({ config }) => config.count('group_norm_groups')),
    uint('posnet.embedding_length', ({ config }) => network(config, 'posnet').count('n_embd')),
    uint('posnet.block_count', ({ config }) => network(config, 'posnet').count('n_layer')),
    uint('convnext.embedding_length', ({ config }) => network(config, 'convnext').count('n_embd')),
    uint('convnext.block_count', ({ config }) => network(config, 'convnext').count('n_layer')),
    constant('attention.causal', false),
  ],
  rename: (name) => (/codebook\.(?:cluster_size|embed_avg|inited)$/.test(name) ? undefined : name),
};

/** The decoder of LFM 2.5 Audio: LFM2's layers with a window and a dense layer behind them. */
export const lfm25AudioTokenizer: Family = {
  ...lfm2,
  names: ['Lfm25AudioTokenizer'],
  vocabulary: 'none',
  keys: [
    ...lfm2.keys,
    uint('attention.sliding_window', ({ config }) => config.count('sliding_window')),
    uint('embedding_length_out', ({ config }) => config.count('output_size')),
  ],
  rename: (name, model) =>
    name === 'istft.window' || name.startsWith('emb.emb')
      ? undefined
      : lfm2.rename?.(name.startsWith('lin') ? name.replaceAll('lin', 'dense_2_out') : name, model),
};

function network(config: Values, name: string): Values {
  const found = config.object(name);
  if (found === undefined) throw config.missing(name);
  return found;
}
