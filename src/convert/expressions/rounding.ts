import { floatToHalf, halfToFloat } from './half.js';
import type { ValueDtype } from './tensor-expression.js';
import type { Round } from './zip.js';

const float = new Float32Array(1);
const word = new Uint32Array(float.buffer);

/** Bits of the nearest BF16, ties to even; what is no number stays none. */
export function floatToBfloat(value: number): number {
  float[0] = value;
  const bits = word[0] ?? 0;
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 0x40;
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
}

function roundToBfloat(value: number): number {
  word[0] = (floatToBfloat(value) << 16) >>> 0;
  return float[0] ?? 0;
}

/** How the result of a step is rounded where tensors of this type are computed with. */
export function roundingOf(dtype: ValueDtype): Round {
  if (dtype === 'F32') return Math.fround;
  return dtype === 'BF16' ? roundToBfloat : (value) => halfToFloat(floatToHalf(value));
}

/** Sums that torch carries at once: registers of eight numbers, four of them side by side. */
const LANES = 8;
const CHAINS = 4;

/** The sum of up to 512 numbers, in the order in which torch adds them up on a processor with AVX2. */
export function sumOf(values: Float32Array): number {
  const lanes = values.length < LANES ? 1 : LANES;
  const rows = Math.floor(values.length / lanes);
  const sums = Array.from({ length: CHAINS }, () => new Float32Array(lanes));
  const whole = rows - (rows % CHAINS);
  for (let row = 0; row < rows; row += 1) {
    const chain = sums[row < whole ? row % CHAINS : 0];
    if (chain === undefined) continue;
    for (let lane = 0; lane < lanes; lane += 1) {
      chain[lane] = (chain[lane] ?? 0) + (values[row * lanes + lane] ?? 0);
    }
  }
  const [first = new Float32Array(lanes), ...others] = sums;
  for (const other of others)
    for (let lane = 0; lane < lanes; lane += 1) first[lane] = (first[lane] ?? 0) + (other[lane] ?? 0);
  let sum = 0;
  for (const value of values.subarray(rows * lanes)) sum = Math.fround(sum + value);
  for (const value of first) sum = Math.fround(sum + value);
  return sum;
}
