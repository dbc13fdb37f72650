export { externalFiles, localExternalFiles, type ExternalFile } from './external-data.js';
export type { ExternalData, OnnxModel, OnnxValue } from './model.js';
export { readOnnx } from './reader.js';
