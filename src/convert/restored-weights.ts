import { SlipwayError } from '../core/index.js';
import { parseJson, readRange, isJsonObject, jsonField, type JsonObject, type JsonValue } from '../files/index.js';
import type { WeightTensor } from '../safetensors/index.js';
import {
  asBfloat,
  literal,
  lookUpBytes,
  lookUpCodes,
  mapValues,
  nvfp4Values,
  product,
  readValues,
  scaleBlocks,
  unpackAffine,
  unpackAwq,
  unpackGptq,
  type PackedWords,
  type SourceTensor,
  type TensorExpression,
  type ValueDtype,
} from './expressions/index.js';
import { settingsRefused } from './quantization-refusal.js';
import type { RestoredQuantization } from './restored-settings.js';

type Sources = ReadonlyMap<string, SourceTensor>;
/** What the parts of one matrix become, and the parts. */
interface Restored {
  readonly name: string;
  readonly tensor: TensorExpression;
  readonly parts: readonly string[];
}

/**
 * The tensors with quantized matrices restored to BF16, bit for bit as the library of the quantization does. Reads nothing
 * but small descriptions. Throws `MODEL_INVALID` when parts do not fit, `DTYPE_UNSUPPORTED` for what is not known.
 */
export async function restoredWeights(
  tensors: Sources,
  quantization: RestoredQuantization,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, TensorExpression>> {
  const result = new Map<string, TensorExpression>(tensors);
  for (const name of tensors.keys()) {
    const restored = await restoredMatrix(name, tensors, quantization, signal);
    if (restored === undefined) continue;
    for (const part of restored.parts) if (part !== restored.name) result.delete(part);
    result.set(restored.name, restored.tensor);
  }
  for (const name of tensors.keys()) if (UNUSED.test(name)) result.delete(name);
  return result;
}

/** Settings of activations and caches, and of a layout that only kernels care about. */
const UNUSED = /\.(?:input_scale|input_global_scale|[kv]_scale|weight_format|g_idx)$/;

async function restoredMatrix(
  name: string,
  tensors: Sources,
  quantization: RestoredQuantization,
  signal: AbortSignal | undefined,
): Promise<Restored | undefined> {
  const { method } = quantization;
  if (method === 'MLX') return affineMatrix(name, tensors, quantization);
  if (method === 'compressed-tensors') return compressedMatrix(name, tensors, quantization);
  if (method === 'bitsandbytes') {
    return name.endsWith('.SCB') ? eightBitMatrix(name, tensors) : fourBitMatrix(name, tensors, signal);
  }
  if (!name.endsWith('.qweight')) return undefined;
  return method === 'AWQ' ? awqMatrix(name, tensors) : gptqMatrix(name, tensors, quantization);
}

/** A part that has to be there. */
function partOf(tensors: Sources, name: string): SourceTensor {
  const found = tensors.get(name);
  if (found !== undefined) return found;
  throw settingsRefused(`a quantized matrix without its '${name.slice(0, 200)}'`);
}

function awqMatrix(name: string, tensors: Sources): Restored {
  const base = name.slice(0, -'.qweight'.length);
  const parts = ['qweight', 'qzeros', 'scales'].map((part) => `${base}.${part}`);
  const [words, zeros, scales] = parts.map((part) => partOf(tensors, part));
  if (words === undefined || zeros === undefined || scales === undefined) throw missing(base);
  const packed = ({ weight }: SourceTensor): PackedWords => ({ words: weight, bits: 4 });
  const tensor = unpackAwq({ weights: packed(words), zeros: packed(zeros), scales });
  return { name: `${base}.weight`, tensor: asBfloat(tensor, scales.dtype), parts };
}

function gptqMatrix(name: string, tensors: Sources, quantization: RestoredQuantization): Restored {
  const { bits = 4, zeroOffset = 1, groupSize } = quantization;
  const base = name.slice(0, -'.qweight'.length);
  const parts = ['qweight', 'qzeros', 'scales'].map((part) => `${base}.${part}`);
  const [words, zeros, scales] = parts.map((part) => partOf(tensors, part));
  if (words === undefined || zeros === undefined || scales === undefined) throw missing(base);
  const inputs = (words.shape[0] ?? 0) * Math.floor(32 / bits);
  const size = groupSize > 0 ? groupSize : inputs;
  const tensor = unpackGptq({
    weights: { words: words.weight, bits },
    zeros: { words: zeros.weight, bits },
    scales,
    groups: literal(Float32Array.from({ length: inputs }, (_, input) => Math.floor(input / size))),
    zeroOffset,
    zerosWrap: true,
  });
  return { name: `${base}.weight`, tensor: asBfloat(tensor, scales.dtype), parts };
}

function affineMatrix(
  name: string,
  tensors: Sources,
  { groupSize, groupSizes }: RestoredQuantization,
): Restored | undefined {
  const words = tensors.get(name);
  const base = name.slice(0, -'.weight'.length);
  const scales = tensors.get(`${base}.scales`);
  if (!name.endsWith('.weight') || words?.weight.dtype !== 'U32' || scales === undefined) return undefined;
  const biases = partOf(tensors, `${base}.biases`);
  const own = [base, `language_model.${base}`, `model.${base}`].flatMap((module) => groupSizes?.get(module) ?? []);
  const tensor = unpackAffine({ words: words.weight, scales, biases, groupSize: own[0] ?? groupSize });
  return { name, tensor: asBfloat(tensor), parts: [name, `${base}.scales`, `${base}.biases`] };
}

/** What every weight of bitsandbytes' int8 is divided by, as its library writes it. */
const LARGEST = Math.fround(7.874015718698502e-3);

function eightBitMatrix(name: string, tensors: Sources): Restored {
  const weightName = name.replace(/\.SCB$/, '.weight');
  const weight = partOf(tensors, weightName);
  if (weight.weight.dtype !== 'I8')
    throw settingsRefused(`bitsandbytes int8 with weights of type ${weight.weight.dtype}`);
  const tensor = mapValues(scaleBlocks(weight, partOf(tensors, name)), (value) => value * LARGEST);
  return { name: weightName, tensor: asBfloat(tensor), parts: [name, weightName] };
}

const STATE = /\.quant_state\.bitsandbytes__(\w+)$/;
/** Bytes of a description of how a matrix was quantized. */
const STATE_LIMIT = 65_536;
const STATE_TYPES: ReadonlyMap<string, ValueDtype> = new Map([
  ['bfloat16', 'BF16'],
  ['float16', 'F16'],
  ['float32', 'F32'],
]);

async function fourBitMatrix(
  name: string,
  tensors: Sources,
  signal: AbortSignal | undefined,
): Promise<Restored | undefined> {
  const kind = STATE.exec(name)?.[1];
  if (kind === undefined) return undefined;
  if (kind !== 'nf4') throw settingsRefused(`bitsandbytes ${kind.toUpperCase().slice(0, 20)}`, name);
  const weightName = name.replace(STATE, '');
  const state = await stateOf(partOf(tensors, name).weight, signal);
  const shape = jsonField(state, 'shape');
  const [blockSize, computed] = [jsonField(state, 'blocksize'), jsonField(state, 'dtype')];
  const via = typeof computed === 'string' ? STATE_TYPES.get(computed) : undefined;
  const isShape = Array.isArray(shape) && shape.every((size) => Number.isSafeInteger(size) && Number(size) >= 0);
  if (!isShape || typeof blockSize !== 'number' || via === undefined) {
    throw new SlipwayError('MODEL_INVALID', 'the description of a quantized matrix is not complete', { where: name });
  }
  const part = (ending: string): string => `${weightName}.${ending}`;
  const tensor = lookUpCodes({
    codes: partOf(tensors, weightName).weight,
    book: partOf(tensors, part('quant_map')),
    factors: factorsOf(tensors, weightName, state),
    factorSources: ['absmax', 'nested_quant_map', 'nested_absmax'].flatMap(
      (ending) => tensors.get(part(ending))?.sources ?? [],
    ),
    blockSize,
    shape: shape.map(Number),
  });
  const endings = ['absmax', 'quant_map', 'nested_absmax', 'nested_quant_map'];
  return { name: weightName, tensor: asBfloat(tensor, via), parts: [name, ...endings.map(part)] };
}

async function stateOf({ name, file, start, end, dtype }: WeightTensor, signal?: AbortSignal): Promise<JsonObject> {
  const unreadable = (): SlipwayError => settingsRefused('bitsandbytes NF4 without a readable description', name);
  if (dtype !== 'U8' || end - start > STATE_LIMIT) throw unreadable();
  const text = new TextDecoder().decode(await readRange(file, { start, end }, signal));
  let state: JsonValue;
  try {
    state = parseJson(text, name);
  } catch {
    throw unreadable();
  }
  if (isJsonObject(state)) return state;
  throw unreadable();
}

/** Factors of blocks, which may be quantized themselves. */
function factorsOf(
  tensors: Sources,
  weightName: string,
  state: JsonObject,
): (signal: AbortSignal | undefined) => Promise<Float32Array> {
  const factors = partOf(tensors, `${weightName}.absmax`);
  const nested = jsonField(state, 'nested_blocksize');
  if (typeof nested !== 'number') return async (signal) => readValues(factors, signal);
  const [book, outer] = ['nested_quant_map', 'nested_absmax'].map((part) => partOf(tensors, `${weightName}.${part}`));
  const offset = Math.fround(Number(jsonField(state, 'nested_offset') ?? 0));
  if (book === undefined || outer === undefined || !(nested >= 1)) throw missing(weightName);
  return async (signal) => {
    const codes = Uint8Array.from(await readValues(factors, signal));
    const [values, scales] = [await readValues(book, signal), await readValues(outer, signal)];
    return lookUpBytes(codes, values, scales, { blockSize: nested, offset });
  };
}

function compressedMatrix(name: string, tensors: Sources, { blocks }: RestoredQuantization): Restored | undefined {
  const base = name.replace(/\.weight_scale$/, '');
  if (base === name) return undefined;
  const part = (ending: string): string => `${base}.${ending}`;
  if (tensors.has(part('weight_zero_point')))
    throw settingsRefused('compressed-tensors with zero points of its own', name);
  const scales = partOf(tensors, name);
  const packed = tensors.get(part('weight_packed'));
  if (packed !== undefined) {
    const global = partOf(tensors, part('weight_global_scale'));
    const parts = [name, part('weight_packed'), part('weight_global_scale')];
    return { name: part('weight'), tensor: asBfloat(nvfp4Values(packed.weight, scales, global)), parts };
  }
  const weight = partOf(tensors, part('weight'));
  if (weight.weight.dtype !== 'I8' && !weight.weight.dtype.startsWith('F8_')) {
    throw settingsRefused(`compressed-tensors with weights of type ${weight.weight.dtype}`, name);
  }
  const isWhole = product(scales.shape) === 1 || scales.shape.at(-1) === 1;
  const tensor = scaleBlocks(weight, scales, isWhole ? [] : blocks);
  return { name: part('weight'), tensor: asBfloat(tensor, scales.dtype), parts: [name, part('weight')] };
}

function missing(where: string): SlipwayError {
  return new SlipwayError('MODEL_INVALID', 'a quantized matrix is not complete', { where });
}
