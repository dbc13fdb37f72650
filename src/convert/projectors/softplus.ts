import { mapValues, type TensorExpression } from '../expressions/index.js';

const { fround } = Math;
/** Where torch takes the value itself. */
const LINEAR_FROM = 20;
/** ln 2 in two parts, as SLEEF's exponential takes it away. */
const LN2_HIGH = fround(0.693145751953125);
const LN2_LOW = fround(1.428606765330187045e-6);
const PER_LN2 = fround(Math.LOG2E);
const EXP_TERMS = [
  0.00139304355252534151077271, 0.00833336077630519866943359, 0.0416664853692054748535156, 0.166666671633720397949219,
  0.5,
].map(fround);
/** ln 2 as a sum of two numbers in single precision. */
const LN2_SUM = fround(0.69314718246459960938) + fround(-1.904654323148236017e-9);
const LOG_TERMS = [0.3027294874, 0.3996108174, 0.666669488].map(fround);
const THREE_QUARTERS = fround(1 / 0.75);

/**
 * log(1 + exp(x)) of every value, as `torch.nn.functional.softplus` computes it on a processor with fused
 * multiplication and addition: by the approximations of SLEEF. About one value in 700 differs in its last bit.
 */
export function softplus(tensor: TensorExpression): TensorExpression {
  return mapValues(tensor, (value) => (value > LINEAR_FROM ? value : logOnePlus(exponential(value))));
}

/** One rounding for a product and a sum. */
function fused(a: number, b: number, c: number): number {
  return fround(a * b + c);
}

function exponential(value: number): number {
  const whole = nearest(fround(value * PER_LN2));
  const rest = fused(whole, -LN2_LOW, fused(whole, -LN2_HIGH, value));
  let sum = fround(0.000198527617612853646278381);
  for (const term of EXP_TERMS) sum = fused(sum, rest, term);
  return fround(fround(1 + fused(fround(rest * rest), sum, rest)) * 2 ** whole);
}

function logOnePlus(value: number): number {
  const exponent = Math.floor(Math.log2(fround(fround(value + 1) * THREE_QUARTERS)));
  const scale = 2 ** -exponent;
  const mantissa = fused(value, scale, fround(scale - 1));
  const exact = mantissa / (2 + mantissa);
  const x = fround(exact);
  const square = fround(x * x);
  const [first = 0, ...terms] = LOG_TERMS;
  const tail = terms.reduce((sum, term) => fused(sum, square, term), first);
  return fround(LN2_SUM * exponent + 2 * exact + fround(fround(square * x) * tail));
}

/** The nearest whole number, ties to even. */
function nearest(value: number): number {
  const below = Math.floor(value);
  const rest = value - below;
  if (rest !== 0.5) return Math.round(value);
  return below % 2 === 0 ? below : below + 1;
}
