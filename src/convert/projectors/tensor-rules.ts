import { narrow, reshape, splitAxis, type TensorExpression, wrongShape } from '../expressions/index.js';
import type { NamedTensor, TensorRule } from '../architectures/family.js';

/** A rule for the names that a test takes. */
export function rule(takes: (name: string) => boolean, apply: TensorRule['apply']): TensorRule {
  return { takes, apply };
}

/** Changes the data of the tensors whose names a test takes. */
export function changing(
  takes: (name: string) => boolean,
  change: (tensor: TensorExpression, name: string) => TensorExpression,
): TensorRule {
  return rule(takes, ({ name, tensor }) => [{ name, tensor: change(tensor, name) }]);
}

/** Renames the tensors whose names a test takes. */
export function renaming(takes: (name: string) => boolean, rename: (name: string) => string): TensorRule {
  return rule(takes, ({ name, tensor }) => [{ name: rename(name), tensor }]);
}

/** A tensor under its GGUF name: no further rule takes it. */
export function named(name: string, tensor: TensorExpression): NamedTensor {
  return { name, tensor, final: true };
}

/** Rows in equal parts. Throws `MODEL_INVALID` when they are not to be divided. */
export function chunks(tensor: TensorExpression, count: number, axis = 0): readonly TensorExpression[] {
  const rows = tensor.shape.at(axis) ?? 0;
  if (rows % count !== 0) throw wrongShape(tensor, `cannot be divided into ${count} parts`);
  return splitAxis(
    tensor,
    axis,
    Array.from({ length: count }, () => rows / count),
  );
}

/** One projection for queries, keys and values becomes three, named by replacing `part`. */
export function splitQkv(part: string, names: readonly [query: string, key: string, value: string]): TensorRule {
  return rule(
    (name) => name.includes(`.${part}.`),
    ({ name, tensor }) =>
      chunks(tensor, 3).map((piece, index) => ({ name: name.replaceAll(part, names[index] ?? part), tensor: piece })),
  );
}

/** The two slices in time of a convolution over frames; further ones are numbered. */
export function timeSlices(tensor: TensorExpression, count: number | undefined): readonly NamedTensor[] {
  const frames = tensor.shape[2] ?? 0;
  if (tensor.shape.length !== 5 || (count !== undefined && frames !== count)) {
    throw wrongShape(tensor, `is no convolution over ${count ?? 'some'} frames`);
  }
  return Array.from({ length: frames }, (_, frame) => {
    const slice = narrow(tensor, 2, frame, 1);
    const suffix = frame === 0 ? '' : `.${frame}`;
    return named(`v.patch_embd.weight${suffix}`, reshape(slice, tensor.shape.toSpliced(2, 1)));
  });
}

/** Dimensions of length one behind the others: a bias that is added to every row. */
export function behind(tensor: TensorExpression, count = 1): TensorExpression {
  return reshape(tensor, [...tensor.shape, ...Array.from({ length: count }, () => 1)]);
}

/** Biases of the two convolutions that Whisper's encoder begins with. */
export const whisperBiases: TensorRule = changing(
  (name) => name.includes('conv1.bias') || name.includes('conv2.bias'),
  (tensor) => behind(tensor),
);
