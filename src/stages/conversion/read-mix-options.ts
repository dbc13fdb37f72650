import { parseSize, SlipwayError } from '../../core/index.js';
import {
  parseKvOverride,
  parsePruneLayers,
  parseTensorType,
  parseTensorTypeRule,
  type MixOptions,
  type Target,
} from '../../quantize/index.js';
import type { MixStageOptions } from '../options/index.js';

/** Reads the options' texts. Throws `CONFIG_INVALID` with the nearest match. */
export function mixOptions(
  options: Omit<MixStageOptions, 'imatrix' | 'engine' | 'kernel'>,
): MixOptions & { readonly target?: Target } {
  const { outputTensorType, tokenEmbeddingType, tensorTypes, overrideKv, pruneLayers, ...rest } = options;
  const { targetBpw, targetSize, ...same } = rest;
  const target = targetOf(targetBpw, targetSize);
  return {
    ...same,
    target,
    ...(outputTensorType !== undefined && { outputTensorType: parseTensorType(outputTensorType) }),
    ...(tokenEmbeddingType !== undefined && { tokenEmbeddingType: parseTensorType(tokenEmbeddingType) }),
    ...(tensorTypes !== undefined && { tensorTypes: tensorTypes.map(parseTensorTypeRule) }),
    ...(overrideKv !== undefined && { overrideKv: overrideKv.map(parseKvOverride) }),
    ...(pruneLayers !== undefined && {
      pruneLayers: typeof pruneLayers === 'string' ? parsePruneLayers(pruneLayers) : pruneLayers,
    }),
  };
}

function targetOf(bitsPerWeight: number | undefined, size: number | string | undefined): Target | undefined {
  if (size === undefined) return bitsPerWeight === undefined ? undefined : { bitsPerWeight };
  if (bitsPerWeight !== undefined) {
    throw new SlipwayError('CONFIG_INVALID', 'one target, not two: bits per weight or bytes', {
      got: `targetBpw ${bitsPerWeight} and targetSize ${size}`,
    });
  }
  const bytes = parseSize(size);
  if (bytes !== undefined) return { bytes };
  throw new SlipwayError('CONFIG_INVALID', `'${size}' is not a size`, { try: "targetSize: '4GiB'" });
}
