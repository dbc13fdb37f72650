import type { ManifestOptions, ShardPlan } from '../../src/scale/index.js';

/** A plan of eight parts. */
export const PLAN: ShardPlan = {
  version: 1,
  tool: 'slipway 0.1.0',
  config: { path: 'pipeline.config.yaml', digest: `sha256:${'cd'.repeat(32)}` },
  fingerprint: null,
  target: 'harbor.example.com/models/large',
  parts: 8,
  files: Array.from({ length: 16 }, (_, index) => ({
    path: `large-${index}.gguf`,
    format: 'modelpack',
    variant: 'Q4_K_M',
    size: 4_000_000_000,
    part: Math.floor(index / 2),
  })),
  tags: [['q4_k_m']],
  reading: { model: 140_000_000_000, parts: 140_000_000_000 },
  digest: `sha256:${'ab'.repeat(32)}`,
};
/** How it is run. */
export const OPTIONS: ManifestOptions = {
  image: 'harbor.example.com/tools/slipway:0.1.0',
  config: { name: 'pipeline.config.yaml', text: 'name: large\n' },
  hubSecret: 'hub',
  registrySecret: 'registry',
  namespace: 'models',
};
