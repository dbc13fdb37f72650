import type { SafetensorsDtype } from '../safetensors/index.js';

/** What is looked at of a tensor: nothing is read. */
export interface TensorFacts {
  readonly dtype: SafetensorsDtype;
  readonly shape: readonly number[];
}

/** A tool's quantization, recognised by the tensors that it leaves. */
export interface RecognisedQuantization {
  /** As its makers call it: `MLX`, `bitsandbytes NF4`, `GPTQ`. */
  readonly method: string;
  /** A tensor that gives it away. */
  readonly tensor: string;
}

type Tensors = ReadonlyMap<string, TensorFacts>;

/** Endings of tensors that stand beside each other where one tool was at work, most telling first. */
const BESIDE: readonly (readonly [endings: readonly string[], method: string])[] = [
  [['.weight.quant_state.bitsandbytes__nf4'], 'bitsandbytes NF4'],
  [['.weight.quant_state.bitsandbytes__fp4'], 'bitsandbytes FP4'],
  [['.weight.absmax', '.weight.quant_map'], 'bitsandbytes (4 bits)'],
  [['.SCB', '.weight'], 'bitsandbytes int8'],
  [['.q_weight', '.q_groups'], 'EXL2'],
  [['.trellis', '.suh'], 'EXL3'],
  [['.W_q', '.scale'], 'HQQ'],
  [['.codebooks', '.codes'], 'AQLM'],
  [['.centroids.weight', '.indices'], 'VPTQ'],
  [['.weight._data', '.weight._scale'], 'quanto'],
  [['.weight_scales', '.weight'], 'EETQ'],
  [['.bitmask', '.compressed'], 'compressed-tensors (sparse)'],
  [['.weight_packed', '.weight_scale'], 'compressed-tensors'],
  [['.weight_scale_2', '.weight_scale'], 'ModelOpt NVFP4'],
  [['.weight_scale_inv', '.weight'], 'FP8 in blocks (as DeepSeek stores it)'],
];

/** Types that hold weights as they are. */
const PLAIN: ReadonlySet<SafetensorsDtype> = new Set(['F64', 'F32', 'F16', 'BF16']);
/** Types that no program computes with: words that hold something packed, and floats of less than a byte. */
const PACKED: ReadonlySet<SafetensorsDtype> = new Set(['U16', 'U32', 'U64', 'F4', 'F6_E2M3', 'F6_E3M2', 'F8_E8M0']);

/**
 * By what a checkpoint's weights are quantized, told from names, types and shapes alone; `undefined` when nothing but
 * weights is there. A configuration that was lost, or that was left over, does not matter.
 */
export function recogniseQuantization(tensors: Tensors): RecognisedQuantization | undefined {
  const byGroups = quantizedByGroups(tensors);
  if (byGroups !== undefined) return byGroups;
  for (const [[first = '', ...others], method] of BESIDE) {
    for (const name of tensors.keys()) {
      const stem = name.endsWith(first) ? name.slice(0, -first.length) : undefined;
      if (stem !== undefined && others.every((ending) => tensors.has(stem + ending))) return { method, tensor: name };
    }
  }
  return scaledWeights(tensors) ?? packedWords(tensors);
}

/** True when every matrix holds floats of 16 bits or more and nothing beside them looks like a scale. */
export function isPlain(tensors: Tensors): boolean {
  if (recogniseQuantization(tensors) !== undefined) return false;
  for (const [name, { dtype, shape }] of tensors) {
    if (shape.length >= 2 && !PLAIN.has(dtype)) return false;
    if (/(?:_scale|_scale_inv|\.qscale_\w+)$/.test(name)) return false;
  }
  return tensors.size > 0;
}

/** `qweight` is GPTQ's or AWQ's: they pack along different dimensions. `scales` and `biases` beside words are MLX's. */
function quantizedByGroups(tensors: Tensors): RecognisedQuantization | undefined {
  for (const [name, { dtype, shape }] of tensors) {
    if (name.endsWith('.qweight')) {
      const stem = name.slice(0, -'.qweight'.length);
      return { method: packedAlong(stem, shape, tensors), tensor: name };
    }
    const stem = name.replace(/\.weight$/, '');
    if (dtype === 'U32' && stem !== name && tensors.has(`${stem}.scales`)) return { method: 'MLX', tensor: name };
  }
  return undefined;
}

function packedAlong(stem: string, shape: readonly number[], tensors: Tensors): string {
  if (tensors.has(`${stem}.g_idx`)) return 'GPTQ';
  const columns = tensors.get(`${stem}.scales`)?.shape.at(-1);
  return columns === undefined || columns === shape.at(-1) ? 'GPTQ' : 'AWQ';
}

/** Scales beside weights of 8 bits: several tools name them so. */
function scaledWeights(tensors: Tensors): RecognisedQuantization | undefined {
  for (const [name, { dtype }] of tensors) {
    if (!name.endsWith('.weight') || !tensors.has(`${name}_scale`)) continue;
    if (dtype.startsWith('F8')) return { method: 'compressed-tensors or ModelOpt FP8', tensor: name };
    if (dtype === 'I8') return { method: 'compressed-tensors int8', tensor: name };
    if (dtype === 'U8') return { method: 'BitNet, or another method that packs bytes', tensor: name };
  }
  return undefined;
}

function packedWords(tensors: Tensors): RecognisedQuantization | undefined {
  for (const [name, { dtype, shape }] of tensors) {
    if (shape.length >= 2 && name.endsWith('.weight') && PACKED.has(dtype)) {
      return { method: `an unknown method, whose weights are ${dtype}`, tensor: name };
    }
  }
  return undefined;
}
