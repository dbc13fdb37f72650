export { externalFiles, localExternalFiles, type ExternalFile } from './external-data.js';
export type { ExternalData, OnnxModel, OnnxValue } from './onnx-model.js';
export { readOnnx } from './onnx-reader.js';
