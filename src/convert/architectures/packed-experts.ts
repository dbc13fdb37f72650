import { SlipwayError } from '../../core/index.js';
import type { WeightTensor } from '../../safetensors/index.js';
import { packMxfp4, stackPacked, wrongShape, type PackedTensor } from '../expressions/index.js';
import type { FinishedTensor } from './family.js';

/** Values in a block of MXFP4, and bytes of its codes. */
const [VALUES, CODES] = [32, 16];

/**
 * One matrix in MXFP4: codes `[rows, columns / 2]`, neighbours in a byte, and exponents `[rows, columns / 32]`. Throws
 * `MODEL_INVALID` when one of them is missing or does not fit.
 */
export function packedMatrix(
  tensors: ReadonlyMap<string, WeightTensor>,
  codesName: string,
  exponentsName: string,
): PackedTensor {
  const [codes, exponents] = [tensors.get(codesName), tensors.get(exponentsName)];
  if (codes === undefined || exponents === undefined) {
    const missing = codes === undefined ? codesName : exponentsName;
    throw new SlipwayError('MODEL_INVALID', `the expert's tensor '${missing.slice(0, 200)}' is missing`, {
      where: missing,
      try: 'llama.cpp takes the experts of this model in MXFP4 only, all of them',
    });
  }
  const [rows = 0, bytes = 0] = codes.shape;
  if (codes.shape.length !== 2 || bytes % CODES !== 0)
    throw wrongShape(codes, `has no whole blocks of ${VALUES} values`);
  const blocks = bytes / CODES;
  const asBytes = (tensor: WeightTensor, shape: readonly number[]): WeightTensor => ({ ...tensor, dtype: 'U8', shape });
  if (exponents.shape.join() !== [rows, blocks].join())
    throw wrongShape(exponents, `does not fit ${rows} rows of ${blocks} blocks`);
  const packed = packMxfp4(asBytes(codes, [1, rows, blocks, CODES]), asBytes(exponents, [1, rows, blocks]), {
    step: 1,
    offset: 0,
  });
  return { ...packed, shape: [rows, blocks * VALUES] };
}

/** A stack of all experts' matrices. Throws `MODEL_INVALID` when the layer has others than `count`. */
export function stackedExperts<T>(
  name: string,
  count: number,
  experts: readonly (readonly [number: number, source: T])[],
  matrix: (source: T) => PackedTensor,
): FinishedTensor {
  const missing = Array.from({ length: Math.min(count, experts.length + 1) }, (_, index) => index).find(
    (index) => experts[index]?.[0] !== index,
  );
  if (missing !== undefined || experts.length !== count) {
    throw new SlipwayError('MODEL_INVALID', `'${name}' cannot be made of the experts that are there`, {
      where: name,
      got: `${experts.length} of ${count}${missing === undefined ? '' : `, number ${missing} is missing`}`,
    });
  }
  const { shape, sources, read } = stackPacked(experts.map(([, source]) => matrix(source)));
  return { name, type: 'MXFP4', shape, sources, read };
}
