export { compareMetadata, type MetadataComparison } from './compare-metadata.js';
export { compareModels, type ComparedSide, type Comparison } from './compare.js';
