import { tensorType, type TensorType } from '../gguf/index.js';
import { blockOf, type NameMap } from './names/name-map.js';

/** What `--outtype` may say. */
export const OUTPUT_TYPES = ['auto', 'f32', 'f16', 'bf16', 'q8_0', 'tq1_0', 'tq2_0'] as const;
export type OutputType = (typeof OUTPUT_TYPES)[number];
/** An output type that is decided. */
export type FixedOutputType = Exclude<OutputType, 'auto'>;

/** The type of most tensors, and the number that `general.file_type` has for it (llama.h, `enum llama_ftype`). */
export const OUTPUT_TYPE_FACTS: Readonly<
  Record<FixedOutputType, { readonly type: TensorType; readonly fileType: number }>
> = {
  f32: { type: 'F32', fileType: 0 },
  f16: { type: 'F16', fileType: 1 },
  q8_0: { type: 'Q8_0', fileType: 7 },
  bf16: { type: 'BF16', fileType: 32 },
  tq1_0: { type: 'TQ1_0', fileType: 36 },
  tq2_0: { type: 'TQ2_0', fileType: 37 },
};

/** Tensors that ggml's operators take in single precision only. */
const ALWAYS_F32: ReadonlySet<string> = new Set([
  'blk.{}.ffn_gate_inp',
  'blk.{}.ffn_gate_inp_shexp',
  'position_embd',
  'token_types',
  'blk.{}.ssm_conv1d',
  'blk.{}.shortconv.conv',
  'blk.{}.time_mix_first',
  'blk.{}.time_mix_w1',
  'blk.{}.time_mix_w2',
  'blk.{}.time_mix_decay_w1',
  'blk.{}.time_mix_decay_w2',
  'blk.{}.time_mix_lerp_fused',
  'posnet.{}.norm1',
  'posnet.{}.norm2',
  'v.position_embd',
  'a.position_embd',
  'blk.{}.altup_correct_coef',
  'blk.{}.altup_predict_coef',
  'blk.{}.ssm_conv1d_q',
  'blk.{}.ssm_conv1d_k',
  'blk.{}.ssm_conv1d_v',
  'blk.{}.indexer.proj',
]);

/** Tensors that stay F16 when the rest becomes ternary. */
const F16_BESIDE_TERNARY: ReadonlySet<string> = new Set([
  'token_embd',
  'per_layer_token_embd',
  'output',
  'blk.{}.altup_router',
  'blk.{}.laurel_l',
  'blk.{}.laurel_r',
]);

/**
 * The type that a tensor gets, as llama.cpp's `ModelBase.prepare_tensors` decides: vectors, norms and a few others stay
 * F32, and rows that are not whole blocks of the wanted type become F16.
 * @param name GGUF name
 * @param shape outermost dimension first
 * @param forced what the family insists on
 * @param sourceBlock number of the block in the checkpoint's name: the rules for single tensors hold for the same block only
 */
export function convertedType(
  name: string,
  shape: readonly number[],
  output: FixedOutputType,
  names: NameMap,
  forced: TensorType | 'output' | undefined,
  sourceBlock: number | undefined,
): TensorType {
  if (shape.length <= 1 || name.endsWith('_norm.weight')) return 'F32';
  if (forced !== undefined) return fitting(forced === 'output' ? OUTPUT_TYPE_FACTS[output].type : forced, shape);
  const isOneOf = (templates: ReadonlySet<string>): boolean =>
    blockOf(name) === sourceBlock && names.isWeightOf(name, templates);
  if (isOneOf(ALWAYS_F32) || !/\.(?:weight|lora_a|lora_b)$/.test(name)) return 'F32';
  const ternary = output === 'tq1_0' || output === 'tq2_0';
  if (ternary && isOneOf(F16_BESIDE_TERNARY)) return 'F16';
  return fitting(OUTPUT_TYPE_FACTS[output].type, shape);
}

function fitting(type: TensorType, shape: readonly number[]): TensorType {
  return (shape.at(-1) ?? 1) % tensorType(type).blockLength === 0 ? type : 'F16';
}
