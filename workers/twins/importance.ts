import { f, weightAt } from './arithmetic.js';

/** Sum of squares in index order. */
export function sumOfSquares(x: Float32Array): number {
  let sum = 0;
  for (const weight of x) sum = f(sum + f(weight * weight));
  return sum;
}

/** `importance * sqrt(sigma2 + x*x)`: what an error at each weight costs. */
export function weigh(x: Float32Array, importance: Float32Array, sigma2: number): Float32Array {
  return x.map((weight, i) => f(weightAt(importance, i) * f(Math.sqrt(f(sigma2 + f(weight * weight))))));
}

/** Sum in index order. */
export function sumOf(w: Float32Array): number {
  let sum = 0;
  for (const weight of w) sum = f(sum + weight);
  return sum;
}
