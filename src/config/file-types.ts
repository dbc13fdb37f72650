import { didYouMean } from '../core/index.js';

/**
 * Names that `quantize` takes (llama-quantize's file types with their short forms). Only to say early and in its place
 * that a name is misspelt: what a name means is the quantizer's business, and a test keeps the two lists equal.
 */
export const FILE_TYPE_NAMES: readonly string[] = [
  'F32 F16 BF16 Q8_0 Q6_K Q5_K_M Q5_K Q5_K_S Q5_1 Q5_0 Q4_K_M Q4_K Q4_K_S Q4_1 Q4_0 IQ4_NL IQ4_XS',
  'MXFP4_MOE Q3_K_L Q3_K_M Q3_K Q3_K_S IQ3_M IQ3_S IQ3_XS IQ3_XXS Q2_K Q2_K_S IQ2_M IQ2_S IQ2_XS IQ2_XXS',
  'Q2_0 TQ2_0 TQ1_0 IQ1_M IQ1_S Q1_0 COPY',
].flatMap((names) => names.split(' '));

/** What is wrong with a name, or `undefined`. Case does not matter. */
export function fileTypeProblem(name: string): string | undefined {
  if (FILE_TYPE_NAMES.includes(name.toUpperCase())) return undefined;
  return `got '${name.slice(0, 60)}', no such quantization${didYouMean(name, FILE_TYPE_NAMES)}   (list: pipeline types)`;
}
