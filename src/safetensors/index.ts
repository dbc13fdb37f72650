export { dtypeBits, type SafetensorsDtype } from './dtype.js';
export { carriesCode } from './foreign.js';
export {
  DEFAULT_LIMITS,
  parseHeader,
  type SafetensorsHeader,
  type SafetensorsLimits,
  type SafetensorsTensor,
} from './header.js';
export { readSafetensors } from './reader.js';
export { openWeights, type OpenWeightsOptions, type Weights, type WeightTensor } from './weights.js';
export { writeSafetensors, type TensorToWrite } from './writer.js';
