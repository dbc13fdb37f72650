import { SlipwayError } from '../core/index.js';
import type { Nvfp4Rules } from './architectures/family.js';
import {
  literal,
  mapValues,
  packNvfp4,
  product,
  readValues,
  reshape,
  stackPacked,
  widen,
  wrongShape,
  type PackedTensor,
  type SourceTensor,
  type TensorExpression,
} from './expressions/index.js';
import { nvfp4Matrices, type Nvfp4Matrix, type Scale } from './nvfp4-matrices.js';
import { WIDE_ACTIVATIONS, type Nvfp4Settings } from './nvfp4-settings.js';
import type { ComputedTensor } from './planned-tensor.js';
import { readScalars } from './read-scalars.js';

/** What the plan for matrices in NVFP4 is made from. */
export interface Nvfp4Input {
  readonly settings: Nvfp4Settings;
  /** All tensors of the checkpoint, by the names they go on under. */
  readonly sources: ReadonlyMap<string, SourceTensor>;
  readonly rules: Nvfp4Rules;
  /** Experts of a layer; 0 when the configuration does not say. */
  readonly expertCount: number;
  /** GGUF name of a tensor. Throws when the architecture has none. */
  readonly ggufName: (name: string, tensor: Pick<TensorExpression, 'shape'>) => string;
  /** The name a module goes on under, `undefined` for one that is left out. */
  readonly keptName: (module: string) => string | undefined;
}

/** Matrices that stay in NVFP4, with their scales. */
export interface Nvfp4Plan {
  /** In file order; all other tensors come behind them. */
  readonly tensors: readonly ComputedTensor[];
  /** The tensors that are left. */
  readonly rest: ReadonlyMap<string, SourceTensor>;
  /** GGUF names of the matrices whose activations must not have 4 bits. */
  readonly wideActivations: readonly string[];
}

/** A planned matrix under the name it would have in the checkpoint, with values of scales that are single numbers. */
interface NamedMatrix {
  readonly name: string;
  readonly packed: PackedTensor;
  readonly scales: readonly [matrix: TensorExpression | undefined, input: TensorExpression | undefined];
}

/** One expert's part of a stack. */
interface Expert {
  readonly number: number;
  readonly packed: PackedTensor;
  readonly scale: number;
  readonly inputScale: number;
}

const EXPERT = /\.experts\.(\d{1,9})\.(gate_proj|up_proj|down_proj)\.weight$/;
/** No model has as many experts in a layer. */
const EXPERT_LIMIT = 65_536;

/**
 * Plans the matrices that a checkpoint has in NVFP4, as llama.cpp's `_generate_nvfp4_tensors` writes them: the blocks
 * rearranged, experts stacked, and scales that are not 1 as tensors beside them. Reads nothing but single numbers.
 * Throws `MODEL_INVALID`, `ARCH_UNSUPPORTED`.
 */
export async function planNvfp4(input: Nvfp4Input, signal?: AbortSignal): Promise<Nvfp4Plan> {
  const { settings, sources } = input;
  const algorithms = moduleAlgorithms(input);
  const matrices = nvfp4Matrices(sources, settings.compressed);
  const factors = await expertFactors(input, signal);
  const consumed = new Set([...factors.consumed, ...matrices.flatMap(({ parts }) => parts)]);
  const tensors: ComputedTensor[] = [];
  const wideActivations: string[] = [];
  for (const matrix of named(input, matrices, await scaleValues(matrices, signal), factors.byMatrix)) {
    const gguf = input.ggufName(matrix.name, matrix.packed);
    tensors.push(...planned(gguf, matrix));
    if (algorithmOf(matrix.name, algorithms, settings) === WIDE_ACTIVATIONS) wideActivations.push(gguf);
  }
  const unconsumed = [...sources].filter(([name]) => !consumed.has(name) && !/\.[kv]_scale$/.test(name));
  return { tensors, rest: new Map(unconsumed), wideActivations };
}

function planned(gguf: string, { packed, scales }: NamedMatrix): readonly ComputedTensor[] {
  const [scale, inputScale] = scales;
  const beside = (ending: string, tensor: TensorExpression | undefined): readonly ComputedTensor[] =>
    tensor === undefined ? [] : [{ name: gguf.replaceAll('.weight', ending), tensor, type: 'F32' }];
  const { shape, sources, read } = packed;
  return [
    { name: gguf, tensor: { dtype: 'NVFP4', shape, sources, read }, type: 'NVFP4' },
    ...beside('.scale', scale),
    ...beside('.input_scale', inputScale),
  ];
}

/** Matrices in the order in which they are written: a stack when its last expert has been met, at the latest at the end. */
function* named(
  { rules, expertCount }: Nvfp4Input,
  matrices: readonly Nvfp4Matrix[],
  values: (scale: Scale | undefined) => number | undefined,
  factors: ReadonlyMap<string, number>,
): Generator<NamedMatrix> {
  const stacks = new Map<string, Expert[]>();
  for (const { name, codes, blockScales, scale, inputScale } of matrices) {
    const [, number, part] = EXPERT.exec(name) ?? [];
    if (number === undefined || part === undefined) {
      const packed = packNvfp4(codes.weight, blockScales.weight, (blocks) => rules.move?.(name, blocks) ?? blocks);
      yield { name, packed, scales: [scaleTensor(scale, values), scaleTensor(inputScale, values)] };
      continue;
    }
    const stack = `model.layers.${/\.layers\.(\d{1,9})\./.exec(name)?.[1] ?? 0}.mlp.experts.${part}.weight`;
    const experts = stacks.get(stack) ?? [];
    const factor = factors.get(name);
    const own = expertValue(scale, values);
    experts.push({
      number: Number(number),
      packed: packNvfp4(codes.weight, blockScales.weight),
      scale: factor === undefined ? own : Math.fround(own * factor),
      inputScale: expertValue(inputScale, values),
    });
    stacks.set(stack, experts);
    if (expertCount > 0 && experts.length >= expertCount) {
      stacks.delete(stack);
      yield stacked(stack, experts);
    }
  }
  for (const [name, experts] of stacks) yield stacked(name, experts);
}

function stacked(name: string, experts: readonly Expert[]): NamedMatrix {
  const sorted = experts.toSorted((a, b) => a.number - b.number);
  const scales = (values: readonly number[]): TensorExpression | undefined =>
    values.every(isAlmostOne) ? undefined : literal(Float32Array.from(values));
  return {
    name,
    packed: stackPacked(sorted.map(({ packed }) => packed)),
    scales: [scales(sorted.map(({ scale }) => scale)), scales(sorted.map(({ inputScale }) => inputScale))],
  };
}

/** numpy's `allclose` with an absolute tolerance of 1e-6 and its usual relative one. */
function isAlmostOne(value: number): boolean {
  return Math.abs(value - 1) <= 1e-6 + 1e-5;
}

/** The scale as a tensor beside its matrix; `undefined` when it is 1. */
function scaleTensor(
  scale: Scale | undefined,
  values: (scale: Scale | undefined) => number | undefined,
): TensorExpression | undefined {
  const value = values(scale);
  if (value !== undefined) return Math.abs(value - 1) < 1e-6 ? undefined : literal(Float32Array.of(value));
  if (scale === undefined) return undefined;
  const flat = reshape(widen(scale.tensor), [-1]);
  if (product(flat.shape) === 0) throw wrongShape(scale.tensor, 'is no scale');
  return scale.inverse ? mapValues(flat, (number) => 1 / number) : flat;
}

function expertValue(scale: Scale | undefined, values: (scale: Scale | undefined) => number | undefined): number {
  const value = values(scale);
  if (value !== undefined) return value;
  throw wrongShape(scale?.tensor ?? { shape: [] }, "is not the one scale of an expert's matrix");
}

/** Values of scales that are single numbers. */
async function scaleValues(
  matrices: readonly Nvfp4Matrix[],
  signal: AbortSignal | undefined,
): Promise<(scale: Scale | undefined) => number | undefined> {
  const scales = matrices.flatMap(({ scale, inputScale }) => [scale, inputScale]).filter((one) => one !== undefined);
  const values = await readScalars(
    scales.map(({ tensor }) => tensor.weight),
    signal,
  );
  return (scale) => {
    if (scale === undefined) return 1;
    const value = values.get(scale.tensor.weight.name);
    return value === undefined || !scale.inverse ? value : Math.fround(1 / value);
  };
}

/** Factors of experts that their matrices' scales take in, by the name of the matrix. */
async function expertFactors(
  { sources, rules, expertCount }: Nvfp4Input,
  signal: AbortSignal | undefined,
): Promise<{ readonly byMatrix: ReadonlyMap<string, number>; readonly consumed: readonly string[] }> {
  const byMatrix = new Map<string, number>();
  const consumed: string[] = [];
  const { ending = '', part = '' } = rules.expertFactors ?? {};
  for (const [name, tensor] of ending === '' ? [] : sources) {
    const layer = name.endsWith(ending) ? /^.*?\.layers\.\d+\./.exec(name)?.[0] : undefined;
    if (layer === undefined) continue;
    const matrices = Array.from(
      { length: Math.min(expertCount, EXPERT_LIMIT) },
      (_, expert) => `${layer}experts.${expert}.${part}.weight`,
    );
    const scaled = matrices.filter((matrix) => sources.has(`${matrix}_scale_2`));
    if (scaled.length === 0) continue;
    if (scaled.length < matrices.length || product(tensor.shape) !== matrices.length) {
      throw wrongShape(tensor, `does not belong to ${scaled.length} experts in NVFP4 of ${matrices.length}`);
    }
    const values = await readValues(tensor, signal);
    for (const [expert, matrix] of matrices.entries()) byMatrix.set(matrix, values[expert] ?? 1);
    consumed.push(name);
  }
  return { byMatrix, consumed };
}

/** Algorithms by the names that modules go on under. Throws `MODEL_INVALID` for a module that has no tensors. */
function moduleAlgorithms({ settings, sources, keptName }: Nvfp4Input): ReadonlyMap<string, string | undefined> {
  const result = new Map<string, string | undefined>();
  if (settings.layers.size === 0) return result;
  const modules = new Set<string>();
  for (const name of sources.keys()) {
    for (let end = name.lastIndexOf('.'); end > 0; end = name.lastIndexOf('.', end - 1))
      modules.add(name.slice(0, end));
  }
  for (const [module, algorithm] of settings.layers) {
    const kept = keptName(module);
    if (kept === undefined) continue;
    if (!modules.has(kept)) {
      throw new SlipwayError('MODEL_INVALID', `the quantized layer '${module.slice(0, 200)}' has no tensors`, {
        where: 'quantized_layers',
        try: 'download the repository again; if it repeats, it is incomplete where it comes from',
      });
    }
    result.set(kept, algorithm);
  }
  return result;
}

/** The algorithm of the innermost module that has one. */
function algorithmOf(
  name: string,
  algorithms: ReadonlyMap<string, string | undefined>,
  { algorithm }: Nvfp4Settings,
): string | undefined {
  for (
    let module = name.slice(0, -'.weight'.length);
    module !== '';
    module = module.slice(0, Math.max(0, module.lastIndexOf('.')))
  ) {
    if (algorithms.has(module)) return algorithms.get(module);
  }
  return algorithm;
}
