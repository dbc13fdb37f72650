import {
  parseKvOverride,
  parsePruneLayers,
  parseTensorType,
  parseTensorTypeRule,
  type MixOptions,
} from '../quantize/index.js';
import type { MixStageOptions } from './options/index.js';

/** Reads the options' texts. Throws `CONFIG_INVALID` with the nearest match. */
export function mixOptions(options: Omit<MixStageOptions, 'imatrix' | 'kernel'>): MixOptions {
  const { outputTensorType, tokenEmbeddingType, tensorTypes, overrideKv, pruneLayers, ...same } = options;
  return {
    ...same,
    ...(outputTensorType !== undefined && { outputTensorType: parseTensorType(outputTensorType) }),
    ...(tokenEmbeddingType !== undefined && { tokenEmbeddingType: parseTensorType(tokenEmbeddingType) }),
    ...(tensorTypes !== undefined && { tensorTypes: tensorTypes.map(parseTensorTypeRule) }),
    ...(overrideKv !== undefined && { overrideKv: overrideKv.map(parseKvOverride) }),
    ...(pruneLayers !== undefined && {
      pruneLayers: typeof pruneLayers === 'string' ? parsePruneLayers(pruneLayers) : pruneLayers,
    }),
  };
}
