import {
  parseKvOverride,
  parsePruneLayers,
  parseTensorType,
  parseTensorTypeRule,
  type MixOptions,
} from '../quantize/index.js';
import type { Kernel } from './resources.js';

/** llama-quantize's options as a configuration or a command line spells them: types by name, rules as text. */
export interface MixStageOptions {
  /** Path of an importance matrix, legacy binary or GGUF. */
  readonly imatrix?: string;
  /** All tensors in the file type's own tensor type, without a mix. */
  readonly pure?: boolean;
  /** Leave `output.weight` as it is. */
  readonly leaveOutputTensor?: boolean;
  readonly outputTensorType?: string;
  readonly tokenEmbeddingType?: string;
  /** `NAME=TYPE`, the name a regular expression; the first that matches decides. */
  readonly tensorTypes?: readonly string[];
  /** Use the importance matrix for tensors whose name contains one of these only. */
  readonly includeWeights?: readonly string[];
  /** Use the importance matrix for no tensor whose name contains one of these. */
  readonly excludeWeights?: readonly string[];
  /** Layers to leave out: `'20,21'` or `[20, 21]`. */
  readonly pruneLayers?: string | readonly number[];
  /** `KEY=TYPE:VALUE` with the types int, float, bool and str. */
  readonly overrideKv?: readonly string[];
  /** Allow input that is quantized already. */
  readonly allowRequantize?: boolean;
  /** When rows do not consist of whole blocks of the wanted type: `error` above 5 % of the weights (default), or `allow`. */
  readonly fallback?: 'error' | 'allow';
  /** Which implementation computes; all give the same bytes. */
  readonly kernel?: Kernel;
}

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
