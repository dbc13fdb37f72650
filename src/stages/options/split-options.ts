import { optionTable, type OptionsOf } from '../../core/index.js';

/** What `split` can be told: one of the first two, or neither for 128 tensors in a file. */
export const SPLIT_OPTIONS = optionTable({
  /** Bytes of tensor data in a file: a number, or `700K`, `500M`, `2G` (decimal). */
  splitMaxSize: { kind: 'size', help: 'most tensor data in one file: 2G, 500M' },
  /** Tensors in a file; 128 unless given. */
  splitMaxTensors: { kind: 'count', most: 1_000_000, help: 'most tensors in one file; 128 unless given' },
  /** Only keys in the first file. */
  noTensorFirstSplit: { kind: 'flag', help: 'only keys in the first file' },
});

export type SplitOptions = OptionsOf<typeof SPLIT_OPTIONS>;
