import type { GgufTensor } from '../gguf/index.js';
import type { Imatrix } from './imatrix.js';

/** Matrices that calibration never sees: what is looked up in them is not multiplied. */
const NEVER_MEASURED =
  /^(?:token_embd|per_layer_token_embd|position_embd|token_types|output)\.weight$|norm|_inp\.|router/;
/** Names in a warning. */
const MOST_NAMED = 3;

/**
 * What a person should hear of an importance matrix that does not belong to the model: that it meets no tensor, or not
 * all matrices of its blocks. `undefined` when it fits.
 */
export function imatrixWarning(imatrix: Imatrix | undefined, tensors: readonly GgufTensor[]): string | undefined {
  if (imatrix === undefined) return undefined;
  const matrices = tensors.filter(({ name, dimensions }) => dimensions.length >= 2 && name.endsWith('.weight'));
  const met = matrices.filter(({ name }) => imatrix.entries.has(name));
  const entries = `${imatrix.entries.size} ${imatrix.entries.size === 1 ? 'entry' : 'entries'}`;
  if (met.length === 0) {
    return `the importance matrix '${imatrix.path}' meets no tensor: ${entries}, ${matrices.length} matrices; it is another model's`;
  }
  const unmet = matrices.filter(({ name }) => !imatrix.entries.has(name) && !NEVER_MEASURED.test(name));
  if (unmet.length === 0) return undefined;
  const names = unmet.slice(0, MOST_NAMED).map(({ name }) => name);
  const more = unmet.length > MOST_NAMED ? ', …' : '';
  return `the importance matrix '${imatrix.path}' lacks ${unmet.length} of ${matrices.length} matrices: ${names.join(', ')}${more}`;
}
