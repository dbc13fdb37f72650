export { DURATION_PATTERN, parseDuration } from './durations.js';
export { flagName } from './flag-names.js';
export { omitOptions, optionTable, pickOptions, type OptionRow, type OptionTable } from './option-row.js';
export type { LeafRow, OptionsOf, ReadOptions } from './option-types.js';
export { readWord, WordProblem } from './read-word.js';
export { parseSize, requireSize, SIZE_PATTERN } from './sizes.js';
