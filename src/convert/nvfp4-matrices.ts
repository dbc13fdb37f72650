import type { SourceTensor } from './expressions/index.js';

/** A matrix in NVFP4 and its scales. */
export interface Nvfp4Matrix {
  /** The name that the matrix goes on under; it ends in `.weight`. */
  readonly name: string;
  readonly codes: SourceTensor;
  readonly blockScales: SourceTensor;
  /** The scale of the whole matrix; `undefined` is 1. */
  readonly scale: Scale | undefined;
  /** The scale of its inputs; `undefined` is 1. */
  readonly inputScale: Scale | undefined;
  /** Names of all of its tensors. */
  readonly parts: readonly string[];
}

/** A scale as the checkpoint has it: the number, or its reciprocal. */
export interface Scale {
  readonly tensor: SourceTensor;
  readonly inverse: boolean;
}

/**
 * Finds the matrices in NVFP4, in the order in which the reference meets them: those named as ModelOpt names them, then
 * those named as compressed-tensors does. What has a single row of scales is something else (8-bit floats).
 */
export function nvfp4Matrices(sources: ReadonlyMap<string, SourceTensor>, compressed: boolean): readonly Nvfp4Matrix[] {
  const names = [...sources.keys()];
  const plain = names.filter((name) => name.endsWith('.weight'));
  const packed = compressed
    ? names.filter((name) => name.endsWith('.weight_packed') && !sources.has(name.slice(0, -'_packed'.length)))
    : [];
  return [...plain, ...packed].flatMap((name) => matrixOf(sources, name, compressed) ?? []);
}

function matrixOf(
  sources: ReadonlyMap<string, SourceTensor>,
  codesName: string,
  compressed: boolean,
): Nvfp4Matrix | undefined {
  const name = codesName.replace(/_packed$/, '');
  const stem = name.slice(0, -'.weight'.length);
  const [codes, blockScales] = [sources.get(codesName), sources.get(`${stem}.weight_scale`)];
  if (codes === undefined || blockScales === undefined || blockScales.shape.length < 2) return undefined;
  const parts = [codesName, `${stem}.weight_scale`];
  const scaleOf = (direct: string, reciprocal: string): Scale | undefined => {
    const own = sources.get(stem + direct);
    const other = compressed && own === undefined ? sources.get(stem + reciprocal) : undefined;
    const tensor = own ?? other;
    if (tensor === undefined) return undefined;
    parts.push(stem + (own === undefined ? reciprocal : direct));
    return { tensor, inverse: own === undefined };
  };
  return {
    name,
    codes,
    blockScales,
    scale: scaleOf('.weight_scale_2', '.weight_global_scale'),
    inputScale: scaleOf('.input_scale', '.input_global_scale'),
    parts,
  };
}
