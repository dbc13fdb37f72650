export { encodeTensor, type EncodeTensorOptions } from './encode-tensor.js';
export type { EncodeJob, RowEncoder } from './encoder.js';
