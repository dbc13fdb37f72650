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
export {
  rowSize,
  TENSOR_TYPES,
  tensorType,
  tensorTypeById,
  type TensorType,
  type TensorTypeFacts,
} from './tensor-type.js';
