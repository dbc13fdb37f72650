import { mapValues, singleExp, type TensorExpression } from '../expressions/index.js';

/** Where torch takes the value itself. */
const LINEAR_FROM = 20;

/** log(1 + exp(x)) of every value, as `torch.nn.functional.softplus`. */
export function softplus(tensor: TensorExpression): TensorExpression {
  return mapValues(tensor, (value) => (value > LINEAR_FROM ? value : Math.fround(Math.log1p(singleExp(value)))));
}
