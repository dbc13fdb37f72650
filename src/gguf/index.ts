export {
  tensorSize,
  VALUE_TYPES,
  weightCount,
  type GgufArray,
  type GgufContent,
  type GgufMetadata,
  type GgufTensor,
  type GgufValue,
  type ScalarType,
  type TensorInfo,
  type ValueType,
} from './content.js';
export { alignmentOf, DEFAULT_ALIGNMENT, layoutGguf, padded, type GgufLayout, type LayoutOptions } from './layout.js';
export { GGUF_LIMITS, type GgufLimits } from './limits.js';
export { readBack } from './read-back.js';
export { readGeneralKeys, readGguf, type Gguf } from './gguf-reader.js';
export { mergeGguf, readSplitGguf, splitGguf, splitKeys, type SplitOptions } from './split.js';
export {
  rowSize,
  TENSOR_TYPES,
  tensorType,
  tensorTypeById,
  type TensorType,
  type TensorTypeFacts,
} from './tensor-type.js';
export { ggufFile } from './gguf-writer.js';
export { shareReads, type SharedReadsOptions } from './shared-reads.js';
export { missingSplits, parseSplitName, splitName } from '../files/index.js';
