import { optionTable, type OptionsOf } from '../../core/index.js';
import { FILE_TYPE_NAMES, FILE_TYPE_WORDS, fileTypeProblem } from '../../quantize/index.js';
import type { MixStageOptions } from './mix-options.js';

/** What `quantize` can be told, beside llama-quantize's choices. */
export const QUANTIZE_OPTIONS = optionTable({
  /** llama-quantize's file types: one variant each, from one reading of the source. Left out with a target size alone. */
  types: {
    kind: 'text',
    list: 'one or more',
    argument: true,
    help: 'Q4_K_M, Q8_0, …: see pipeline types',
    needs: 'Q4_K_M, Q8_0, …',
    known: FILE_TYPE_NAMES,
    words: FILE_TYPE_WORDS,
    problem: fileTypeProblem,
  },
  /** A model that comes in splits leaves in the same ones (`llama-quantize --keep-split`); else it becomes one file. */
  keepSplit: { kind: 'flag', help: 'a model in splits stays in splits' },
});

export type QuantizeStageOptions = OptionsOf<typeof QUANTIZE_OPTIONS> & MixStageOptions;
