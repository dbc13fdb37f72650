export { factorsOf, productOf } from './factors.js';
export { singleExp } from './single-exp.js';
export { concat, stack } from './join.js';
export { packMxfp4, type RowSelection } from './mxfp4.js';
export { packNvfp4, stackPacked, type MoveBlocks } from './pack-nvfp4.js';
export { unpackGptq } from './gptq.js';
export { unpackGrouped } from './grouped-integers.js';
export type { PackedWords } from './packed-words.js';
export type { PackedTensor } from './packed-tensor.js';
export { unpackTernary } from './packed-ternary.js';
export { permuteAxes, regroup, transpose } from './permute.js';
export { floatToBfloat, roundingOf, sumOf } from './rounding.js';
export { scaleBlocks } from './scale-blocks.js';
export { unitColumns } from './unit-columns.js';
export { everySecond, narrow, splitAxis } from './select.js';
export { fromPacked, fromWeights, type SourceTensor } from './source.js';
export {
  byteSize,
  product,
  reshape,
  valueSize,
  wrongShape,
  type TensorExpression,
  type ValueDtype,
} from './tensor-expression.js';
export { computed, spread, zipValues, type Round } from './zip.js';
export { ternary } from './ternary.js';
export { throughLayer, type DenseLayer } from './linear.js';
export { inInt32 } from './whole-numbers.js';
export { asBfloat } from './as-bfloat.js';
export { unpackAwq } from './awq.js';
export { unpackAffine } from './affine-groups.js';
export { lookUpBytes, lookUpCodes } from './code-book.js';
export { nvfp4Values } from './nvfp4-values.js';
export { literal, mapValues, readValues, widen } from './values.js';
export { zeros } from './zeros.js';
