import { jsonField } from '../../files/index.js';
import { Values } from '../config/config-values.js';
import type { Family } from './family.js';
import { denseFeatures, readDenseModules } from './dense-modules.js';
import { gemma3 } from './gemma.js';
import { uint } from './keys.js';
import { poolingKeys } from './pooling.js';

/** EmbeddingGemma; the dense layers that sentence-transformers puts behind it are an option. */
export const embeddingGemma: Family = {
  ...gemma3,
  names: ['Gemma3TextModel'],
  gguf: 'gemma-embedding',
  keys: [
    ...gemma3.keys,
    // As the file has it: the configuration's class halves it for attention in both directions.
    uint('attention.sliding_window', ({ repository }) =>
      new Values({ sliding_window: jsonField(repository.config, 'sliding_window') ?? null }).count('sliding_window'),
    ),
    denseFeatures,
    poolingKeys,
  ],
  gather: async (repository, config, options) => ({
    ...(await gemma3.gather?.(repository, config, options)),
    denseModules: options.denseModules ? await readDenseModules(repository, options.signal) : [],
  }),
  extra: ({ gathered }) => (gathered.denseModules ?? []).flatMap(({ tensors }) => tensors),
};
