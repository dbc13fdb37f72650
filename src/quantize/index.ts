export type { EngineChoice } from '../../workers/messages.js';
export { encodeTensor, type EncodeTensorOptions } from './encode-tensor.js';
export type { EncodeJob, LentRows, RowEncoder } from './encoder.js';
export {
  FILE_TYPE_NAMES,
  FILE_TYPE_WORDS,
  FILE_TYPES,
  fileTypeProblem,
  parseFileType,
  type FileType,
  type FileTypeName,
  type FileTypeWord,
} from './file-types.js';
export { imatrixWarning } from './imatrix-coverage.js';
export { unmetRules } from './unmet-rules.js';
export { readImatrix, selectImatrix, type Imatrix } from './imatrix.js';
export {
  parseKvOverride,
  parsePruneLayers,
  parseTensorType,
  parseTensorTypeRule,
  parseTensorTypeRules,
  type KvOverride,
  type MixOptions,
} from './options.js';
export {
  quantizeContent,
  quantizeParts,
  type Quantized,
  type QuantizedParts,
  type QuantizeOptions,
} from './quantize-content.js';
export { TargetSearch, type Target, type TargetChoice } from './target/choose-target.js';
export type { PlannedTensor, QuantizePlan } from './quantize-plan.js';
export { findAddon, prepareGgml, type UsableGgml } from './ggml.js';
export { requireEngine } from './pool-kernels.js';
export {
  findLlamaCpp,
  llamaCppPackage,
  type FoundLibrary,
  type LlamaCppPart,
  type LlamaEnvironment,
} from './llama-library.js';
export { engineChoice, engineName, engineNamed, type EngineWish } from './engine-choice.js';
export { findNativeKernels, nativeRefusals } from './native-kernels.js';
export { createLocalEncoder } from './pool-local.js';
export { createEncoderPool, type EncoderPool, type EncoderPoolOptions } from './pool.js';
