import { SlipwayError } from '../core/index.js';
import type { RecognisedQuantization } from './quantized-by.js';

/** What can be done with weights whose quantization cannot be undone. */
const WAYS_OUT: readonly string[] = [
  'convert the repository with the 16-bit weights that these were made from: the model card names it as base_model',
  'or one that is quantized as FP8, GPTQ, compressed-tensors or NVFP4',
  'or package this repository without converting it',
];

/** How the weights were packed stands in the configuration alone. */
const RESTORE_CONFIG =
  'put the quantization_config of the original repository back into config.json: it is missing, and says how they were packed';

/**
 * The refusal of quantized weights.
 * @param declared the method as config.json calls it, where it says one
 * @param recognised what the tensors say
 */
export function quantizationRefused(
  declared: string | undefined,
  recognised: RecognisedQuantization | undefined,
): SlipwayError {
  const method = (declared ?? recognised?.method ?? '').replace(/^(?:awq|gptq|hqq|aqlm|vptq|eetq)\b/, upper);
  return new SlipwayError('DTYPE_UNSUPPORTED', `weights quantized by ${method.slice(0, 80)} cannot be converted`, {
    where: declared === undefined ? (recognised?.tensor ?? '') : 'config.json: quantization_config',
    got: recognised === undefined ? undefined : `${recognised.method}, told by tensor ${recognised.tensor}`,
    try: declared === undefined ? [RESTORE_CONFIG, ...WAYS_OUT] : WAYS_OUT,
  });
}

function upper(name: string): string {
  return name.toUpperCase();
}

/** The refusal of settings of a method that is known otherwise. `what` begins with the method's name. */
export function settingsRefused(what: string, got?: string): SlipwayError {
  return new SlipwayError('DTYPE_UNSUPPORTED', `${what} cannot be converted`, {
    where: 'config.json: quantization_config',
    got,
    try: WAYS_OUT,
  });
}
