/** Numerator and denominator of a rational function, lowest power first. */
type Rational = readonly [numerator: readonly number[], denominator: readonly number[]];

/** Coefficients of Wichura's algorithm AS 241 (PPND16), for the middle and for two parts of the tails. */
const MIDDLE: Rational = [
  [
    3.387132872796366608, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125, 45921.953931549871457,
    67265.770927008700853, 33430.575583588128105, 2509.0809287301226727,
  ],
  [
    1, 42.313330701600911252, 687.1870074920579083, 5394.1960214247511077, 21213.794301586595867, 39307.89580009271061,
    28729.085735721942674, 5226.495278852854561,
  ],
];
const TAIL: Rational = [
  [
    1.42343711074968357734, 4.6303378461565452959, 5.7694972214606914055, 3.64784832476320460504,
    1.27045825245236838258, 0.24178072517745061177, 0.0227238449892691845833, 7.7454501427834140764e-4,
  ],
  [
    1, 2.05319162663775882187, 1.6763848301838038494, 0.68976733498510000455, 0.14810397642748007459,
    0.0151986665636164571966, 5.475938084995344946e-4, 1.05075007164441684324e-9,
  ],
];
const FAR_TAIL: Rational = [
  [
    6.6579046435011037772, 5.4637849111641143699, 1.7848265399172913358, 0.29656057182850489123,
    0.026532189526576123093, 0.0012426609473880784386, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
  ],
  [
    1, 0.59983220655588793769, 0.13692988092273580531, 0.0148753612908506148525, 7.868691311456132591e-4,
    1.8463183175100546818e-5, 1.4215117583164458887e-7, 2.04426310338993978564e-15,
  ],
];

/**
 * Below which value a share `share` of a standard normal distribution lies, in single precision and by the steps of
 * torch's `Normal.icdf`: the inverse error function of `2 share - 1`, times the root of two. Infinite for 0 and 1.
 */
export function normalQuantile(share: number): number {
  const argument = Math.fround(2 * Math.fround(share) - 1);
  const inverseError = Math.fround(quantile(argument / 2) / Math.SQRT2);
  return Math.fround(inverseError * Math.fround(Math.SQRT2));
}

/** The quantile in double precision of a half and `offset`. */
function quantile(offset: number): number {
  if (Math.abs(offset) <= 0.425) return offset * ratio(MIDDLE, 0.180625 - offset * offset);
  const outside = 0.5 - Math.abs(offset);
  if (outside <= 0) return outside === 0 ? Math.sign(offset) * Infinity : Number.NaN;
  const root = Math.sqrt(-Math.log(outside));
  return Math.sign(offset) * (root <= 5 ? ratio(TAIL, root - 1.6) : ratio(FAR_TAIL, root - 5));
}

function ratio([numerator, denominator]: Rational, at: number): number {
  const value = (coefficients: readonly number[]): number =>
    coefficients.reduceRight((sum, coefficient) => sum * at + coefficient, 0);
  return value(numerator) / value(denominator);
}
