export { generalMetadata, type GeneralFacts } from './general.js';
export { GENERATION_CONFIG, readGenerationConfig } from './generation-config.js';
export { KeyValues, type KeyValue } from './key-values.js';
export { sizeLabel, type ParameterCounts } from './size-label.js';
