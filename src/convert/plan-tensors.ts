import { SlipwayError } from '../core/index.js';
import { tensorSize, type GgufTensor } from '../gguf/index.js';
import { encodeTensor, type RowEncoder } from '../quantize/index.js';
import type { Weights } from '../safetensors/index.js';
import type { Family, FinishedTensor, Model, NamedTensor, Origin, TensorRule } from './architectures/family.js';
import { fromPacked, fromWeights, type SourceTensor, type TensorExpression } from './expressions/index.js';
import { dequantized, eightBitFloats } from './dequantize.js';
import { createFuser, type FuseOptions } from './fuse-tensors.js';
import { keptName } from './kept-names.js';
import { blockOf, nameMap, type NameMap } from './names/name-map.js';
import { planNvfp4, type Nvfp4Plan } from './plan-nvfp4.js';
import type { ComputedTensor } from './planned-tensor.js';
import { convertedType, type FixedOutputType, type OutputType } from './tensor-types.js';

/** Which tensors a conversion writes, in file order, and the output type it settled on. */
export interface TensorPlan {
  readonly output: FixedOutputType;
  readonly tensors: readonly ComputedTensor[];
  /** Names of those whose activations must not be narrowed to 4 bits. */
  readonly wideActivations: readonly string[];
}

/** What changes a plan beside the output type. */
export interface PlanOptions extends FuseOptions {
  /** Weights that were 8-bit floats become Q8_0, whatever the rest becomes. */
  readonly fp8AsQ8?: boolean | undefined;
}

const NOTHING: ReadonlySet<string> = new Set();

/** ggml's limit. */
const MOST_DIMENSIONS = 4;
/** Bytes of a name in a GGUF, the terminating zero not counted. */
const NAME_LIMIT = 63;

/** Buffers of other programs that some checkpoints carry. */
const LEFT_OUT = ['.attention.masked_bias', '.attention.bias', '.rotary_emb.inv_freq'];

/**
 * Decides names, order, data and types of all tensors; reads nothing but a few single numbers. Throws `MODEL_INVALID`,
 * `ARCH_UNSUPPORTED`, `DTYPE_UNSUPPORTED`.
 */
export async function planTensors(
  family: Family,
  model: Model,
  weights: Weights,
  output: OutputType,
  options: PlanOptions & { readonly signal?: AbortSignal } = {},
): Promise<TensorPlan> {
  const sources = namedSources(family, model, weights);
  const names = nameMap(family.gguf, model.blockCount);
  const rules = family.tensors?.(model) ?? [];
  const nvfp4 = await plannedNvfp4(family, model, sources, names, options.signal);
  const general = await dequantized(nvfp4.rest, model.quantization, options.signal);
  const plain = new Map([...general, ...(family.rescaled?.(model, nvfp4.rest) ?? [])]);
  // Parts of what was restored say nothing about its type.
  const restored = model.quantization.weights.kind === 'restored';
  const fixed = restored && output === 'auto' ? 'bf16' : settled(sources, output);
  const fuser = createFuser(options, plain.keys(), names);
  const eightBit = options.fp8AsQ8 === true ? eightBitFloats(nvfp4.rest, model.quantization) : NOTHING;
  const storedAs = (name: string): Origin['stored'] => sources.get(name)?.weight.dtype;
  const planned = new Map<string, ComputedTensor>();
  for (const tensor of nvfp4.tensors) put(planned, tensor);
  const add = (named: NamedTensor): void => {
    const results = applyRules(rules, named).map((result) => ({ ...result, name: ggufName(result, names, model) }));
    for (const { name, tensor } of results.flatMap((result) => fuser.apply(result))) {
      const forced =
        family.force?.(name, model, { source: named.name, output: fixed, stored: storedAs(named.name) }) ??
        (eightBit.has(named.name) ? 'Q8_0' : undefined);
      const type = convertedType(name, tensor.shape, fixed, names, forced, blockOf(named.name));
      put(planned, { name, tensor, type }, named.name);
    }
  };
  for (const tensor of family.finished?.(model, weights) ?? []) put(planned, finishedTensor(tensor));
  for (const extra of family.extra?.(model, plain) ?? []) add(extra);
  for (const [name, tensor] of plain) {
    if (!LEFT_OUT.some((ending) => name.endsWith(ending))) add({ name, tensor });
  }
  for (const tensor of family.finishedLast?.(model) ?? []) put(planned, finishedTensor(tensor));
  refuseLeftovers([...rules, fuser]);
  return { output: fixed, tensors: [...planned.values()], wideActivations: nvfp4.wideActivations };
}

function finishedTensor({ name, type, ...stored }: FinishedTensor): ComputedTensor {
  return { name, tensor: { ...stored, dtype: type }, type };
}

function put(planned: Map<string, ComputedTensor>, tensor: ComputedTensor, source = tensor.name): void {
  if (planned.has(tensor.name)) throw invalid(`two tensors of the checkpoint become '${tensor.name}'`, source);
  checkShape(tensor.name, tensor.tensor);
  planned.set(tensor.name, tensor);
}

/** The matrices that stay in NVFP4; none when nothing is. */
async function plannedNvfp4(
  family: Family,
  model: Model,
  sources: ReadonlyMap<string, SourceTensor>,
  names: NameMap,
  signal: AbortSignal | undefined,
): Promise<Nvfp4Plan> {
  const settings = model.quantization.nvfp4;
  if (settings === undefined) return { tensors: [], rest: sources, wideActivations: [] };
  return planNvfp4(
    {
      settings,
      sources,
      rules: family.nvfp4?.(model) ?? {},
      expertCount: model.config.number('num_local_experts', 'num_experts') ?? 0,
      ggufName: (name, { shape }) => mappedName(name, shape, names, model),
      keptName: (module) => keptTensor(module, family, model),
    },
    signal,
  );
}

/** The output type that {@link planTensors} would settle on. */
export function settledOutput(family: Family, model: Model, weights: Weights, output: OutputType): FixedOutputType {
  return settled(namedSources(family, model, weights), output);
}

function settled(sources: ReadonlyMap<string, TensorExpression>, output: OutputType): FixedOutputType {
  return output === 'auto' ? guessedOutput(sources.values()) : output;
}

/** Parameters as gguf-py counts them for size labels. */
export interface ParameterCount {
  readonly total: number;
  /** Weights outside experts. */
  readonly shared: number;
  /** Weights of one expert of each stack. */
  readonly expert: number;
  /** Experts in a stack, on average. */
  readonly expertCount: number;
}

export function countParameters(tensors: readonly ComputedTensor[]): ParameterCount {
  let [total, shared, expert, expertSum, stacks] = [0, 0, 0, 0, 0];
  // The reference counts nothing at all where a factor of an adapter does not stand right behind its other one.
  const names = tensors.map(({ name }) => name);
  const apart = names.some((name, index) => name.endsWith('.lora_b') && names[index - 1] !== `${name.slice(0, -1)}a`);
  if (apart) return { total: 0, shared: 0, expert: 0, expertCount: 0 };
  for (const { name, tensor } of tensors) {
    const size = tensor.shape.reduce((product, dimension) => product * dimension, 1);
    const experts = name.includes('_exps.') ? tensor.shape.at(name.includes('.bias') ? -2 : -3) : undefined;
    total += size;
    if (experts !== undefined && tensor.shape.length >= 3) {
      expert += Math.floor(size / experts);
      expertSum += experts;
      stacks += 1;
    } else {
      shared += size;
    }
  }
  return { total, shared, expert, expertCount: stacks === 0 ? 0 : Math.floor(expertSum / stacks) };
}

/** The tensor as a GGUF has it, encoded when it is read. */
export function ggufTensor(
  { name, tensor, type }: ComputedTensor,
  encoder: RowEncoder,
  signal: AbortSignal | undefined,
): GgufTensor {
  const info = { name, dimensions: tensor.shape.toReversed(), type: tensor.dtype };
  const size = tensorSize(info);
  const source: GgufTensor = {
    ...info,
    sources: tensor.sources,
    read: (range, readSignal, hints) => tensor.read(range ?? { start: 0, end: size }, readSignal, hints),
  };
  // The converter stores what the arithmetic yields where llama-quantize would give up.
  const keeping: RowEncoder = {
    ...encoder,
    encode: (job, jobSignal) => encoder.encode({ ...job, nonFinite: 'keep' }, jobSignal),
    ...(encoder.encodeLent !== undefined && {
      encodeLent: (job, jobSignal) => encoder.encodeLent?.({ ...job, nonFinite: 'keep' }, jobSignal),
    }),
  };
  return encodeTensor(source, type, { encoder: keeping, signal });
}

function namedSources(family: Family, model: Model, weights: Weights): Map<string, SourceTensor> {
  const sources = new Map<string, SourceTensor>();
  const packed = model.quantization.weights.kind === 'restored';
  for (const [original, tensor] of weights.tensors) {
    const name = keptTensor(original, family, model);
    if (name !== undefined) sources.set(name, packed ? fromPacked(tensor) : fromWeights(tensor));
  }
  return sources;
}

/** The name that a tensor goes on under, or `undefined` when it is left out. */
function keptTensor(original: string, family: Family, model: Model): string | undefined {
  const renamed = family.rename === undefined ? original : family.rename(original, model);
  if (renamed === undefined || family.type === 'mmproj') return renamed;
  return keptName(renamed);
}

/** The first matrix that is BF16 or F16 decides; F16 when there is none. What config.json claims does not count. */
function guessedOutput(sources: Iterable<TensorExpression>): FixedOutputType {
  for (const { dtype, shape } of sources) {
    if (shape.length >= 2 && dtype !== 'F32') return dtype === 'BF16' ? 'bf16' : 'f16';
  }
  return 'f16';
}

/** What a family's rules make of one tensor. */
export function applyRules(rules: readonly TensorRule[], tensor: NamedTensor): readonly NamedTensor[] {
  let current: readonly NamedTensor[] = [tensor];
  for (const rule of rules) {
    current = current.flatMap((named) => (isOpen(named) && rule.takes(named.name) ? rule.apply(named) : [named]));
  }
  return current;
}

function isOpen({ final, settled }: NamedTensor): boolean {
  return final !== true && settled !== true;
}

function ggufName(named: NamedTensor, names: NameMap, model: Model): string {
  return named.final === true ? named.name : mappedName(named.name, named.tensor.shape, names, model);
}

function mappedName(source: string, shape: readonly number[], names: NameMap, model: Model): string {
  const name = names.map(source);
  if (name !== undefined) return name;
  throw new SlipwayError('ARCH_UNSUPPORTED', `${model.className} is not known to have a tensor '${source}'`, {
    where: source,
    got: `shape [${shape.join(', ')}]`,
    try: wrapperAdvice(source) ?? OTHER_TENSORS,
  });
}

const OTHER_TENSORS =
  'check that the weights belong to this config.json; fine-tuning may have added tensors that llama.cpp cannot use';

/** What training wraps a model, or a part of it, in; and heads that only training needs. */
const WRAPPERS: readonly (readonly [name: RegExp, what: string])[] = [
  [/(^|\.)_orig_mod\./, 'torch.compile'],
  [/(^|\.)_fsdp_wrapped_module\./, 'FSDP'],
  [/(^|\.)_checkpoint_wrapped_module\./, 'activation checkpointing'],
  [/^module\./, 'DataParallel or DeepSpeed'],
];

function wrapperAdvice(source: string): string[] | undefined {
  if (source.startsWith('v_head.')) {
    return [
      "the value head of TRL is no part of the model: save it without (model.pretrained_model.save_pretrained('merged'))",
    ];
  }
  const wrapper = WRAPPERS.find(([name]) => name.test(source))?.[1];
  if (wrapper === undefined) return undefined;
  return [
    `the names are those of a model wrapped by ${wrapper}: unwrap it where it was trained (accelerator.unwrap_model), and save it again`,
  ];
}

function checkShape(name: string, tensor: Pick<TensorExpression, 'shape'>): void {
  if (tensor.shape.length > MOST_DIMENSIONS) {
    throw invalid(`tensor '${name}' has too many dimensions`, name, `${tensor.shape.length}, limit ${MOST_DIMENSIONS}`);
  }
  if (Buffer.byteLength(name) > NAME_LIMIT) {
    throw invalid(`the tensor name '${name}' is too long for a GGUF`, name, `limit ${NAME_LIMIT} bytes`);
  }
}

function refuseLeftovers(rules: readonly Pick<TensorRule, 'left'>[]): void {
  const skipped = rules.flatMap((rule) => rule.left?.() ?? []);
  if (skipped.length === 0) return;
  throw invalid(
    'tensors that belong together are not all there',
    skipped[0] ?? '',
    `${skipped.length} without the rest`,
  );
}

function invalid(message: string, where: string, got?: string): SlipwayError {
  return new SlipwayError('MODEL_INVALID', message, { where, ...(got === undefined ? {} : { got }) });
}
