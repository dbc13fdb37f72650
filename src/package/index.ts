export type { ModelFacts, ModelVariant } from './variant.js';
