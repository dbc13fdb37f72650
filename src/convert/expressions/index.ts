export { concat, repeatRows, stack } from './join.js';
export { permuteAxes, regroup, transpose } from './permute.js';
export { narrow, split } from './select.js';
export { fromWeights } from './source.js';
export {
  byteSize,
  product,
  reshape,
  valueSize,
  wrongShape,
  type TensorExpression,
  type ValueDtype,
} from './tensor-expression.js';
export { literal, mapValues, readValues, widen } from './values.js';
