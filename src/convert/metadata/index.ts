export { generalMetadata, type GeneralFacts } from './general.js';
export { KeyValues, type KeyValue } from './key-values.js';
export { sizeLabel, type ParameterCounts } from './size-label.js';
