import { bf16, f16 } from '../../workers/twins/float-types.js';
import type { Twin } from '../../workers/twins/twin.js';
import type { EncodeJob } from './encoder.js';

/** Weights that are widened in less time than a thread needs to hear of them. */
const FEW = 16 * 1024;

interface HalfType {
  readonly twin: Twin;
  /** The bits of the exponent, all of which an infinity and a NaN have. */
  readonly exponent: number;
}

const HALF_TYPES: ReadonlyMap<string, HalfType> = new Map([
  ['F16', { twin: f16, exponent: 0x7c00 }],
  ['BF16', { twin: bf16, exponent: 0x7f80 }],
]);

/**
 * A few weights of 16 bits as F32: what norms and biases become. `undefined` for all other jobs and for weights that are not
 * finite, which the threads refuse or keep bit by bit.
 */
export function widenFew({ from, to, input, compare }: EncodeJob): Uint8Array | undefined {
  const half = compare === undefined && to === 'F32' && input.byteLength <= 2 * FEW ? HALF_TYPES.get(from) : undefined;
  if (half === undefined) return undefined;
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  for (let at = 0; at + 1 < input.byteLength; at += 2) {
    // oxlint-disable-next-line no-bitwise -- the bits of a float
    if ((view.getUint16(at, true) & half.exponent) === half.exponent) return undefined;
  }
  const weights = new Float32Array(input.byteLength / 2);
  half.twin.dequantizeRow(input, weights);
  return new Uint8Array(weights.buffer);
}
