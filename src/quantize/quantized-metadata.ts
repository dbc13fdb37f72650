import type { GgufArray, GgufMetadata, GgufValue, TensorInfo, TensorType } from '../gguf/index.js';
import type { FileType } from './file-types.js';
import type { Imatrix } from './imatrix.js';
import type { KvOverride, MixOptions } from './options.js';

/** `GGML_QNT_VERSION`. */
const QUANTIZATION_VERSION = 2;
/** Added to a file type that was guessed from the tensors (`LLAMA_FTYPE_GUESSED`). */
const GUESSED = 1024;
/** Bytes that llama.cpp keeps of a text value given as an override. */
const OVERRIDE_TEXT = 127;

/** File types that llama.cpp guesses from the most frequent tensor type. */
const GUESSES: Readonly<Partial<Record<TensorType, number>>> = {
  F32: 0,
  F16: 1,
  BF16: 32,
  Q4_0: 2,
  Q4_1: 3,
  Q5_0: 8,
  Q5_1: 9,
  Q8_0: 7,
  Q2_K: 10,
  Q3_K: 12,
  Q4_K: 15,
  Q5_K: 17,
  Q6_K: 18,
  TQ1_0: 36,
  TQ2_0: 37,
  IQ2_XXS: 19,
  IQ2_XS: 20,
  IQ2_S: 28,
  IQ3_XXS: 23,
  IQ1_S: 24,
  IQ1_M: 31,
  IQ4_NL: 25,
  IQ4_XS: 30,
  IQ3_S: 26,
  NVFP4: 39,
  Q1_0: 40,
  Q2_0: 41,
};

/**
 * The metadata of the quantized file: the input's, with version and file type moved to the end, split keys dropped,
 * then overrides, the importance matrix's keys and the number of layers that pruning left.
 */
export function quantizedMetadata(
  metadata: GgufMetadata,
  fileType: number,
  options: MixOptions,
  pruned: { readonly architecture: string; readonly layers: number | undefined },
): Map<string, GgufValue> {
  const result = new Map([...metadata].map(([key, value]): [string, GgufValue] => [key, cutAtZero(value)]));
  const set = (key: string, value: GgufValue): void => {
    result.delete(key);
    result.set(key, value);
  };
  set('general.quantization_version', { type: 'UINT32', value: QUANTIZATION_VERSION });
  set('general.file_type', { type: 'UINT32', value: fileType });
  for (const key of ['split.no', 'split.count', 'split.tensors.count']) result.delete(key);
  for (const override of options.overrideKv ?? []) set(override.key, overrideValue(override));
  for (const [key, value] of imatrixKeys(options.imatrix)) set(key, value);
  if (pruned.layers !== undefined) set(`${pruned.architecture}.block_count`, { type: 'UINT32', value: pruned.layers });
  return result;
}

/** The number for `general.file_type`. COPY keeps what the input says, or guesses as llama.cpp does. */
export function fileTypeId(
  fileType: FileType,
  metadata: GgufMetadata,
  tensors: readonly TensorInfo[],
  overrides: readonly KvOverride[] = [],
): number {
  if (fileType.id !== undefined) return fileType.id;
  const override = overrides.find(({ key }) => key === 'general.file_type');
  if (override?.type === 'int') return asUint32(override.value);
  const stated = metadata.get('general.file_type');
  if (stated?.type === 'UINT32') return stated.value;
  return (GUESSES[mostFrequentType(tensors)] ?? 0) + GUESSED;
}

function mostFrequentType(tensors: readonly TensorInfo[]): TensorType {
  const counts = new Map<TensorType, number>();
  let best: TensorType = 'F32';
  for (const { type } of tensors) {
    const count = (counts.get(type) ?? 0) + 1;
    counts.set(type, count);
    if (count > (counts.get(best) ?? 0)) best = type;
  }
  return best;
}

function imatrixKeys(imatrix: Imatrix | undefined): [string, GgufValue][] {
  if (imatrix === undefined) return [];
  const keys: [string, GgufValue][] = [['quantize.imatrix.file', text(imatrix.path)]];
  const dataset = imatrix.datasets[0];
  if (dataset !== undefined) keys.push(['quantize.imatrix.dataset', text(dataset)]);
  keys.push(['quantize.imatrix.entries_count', { type: 'UINT32', value: imatrix.entries.size }]);
  if (imatrix.chunks > 0) keys.push(['quantize.imatrix.chunks_count', { type: 'UINT32', value: imatrix.chunks }]);
  return keys;
}

/** Integers are stored without their sign in 32 bits, as llama.cpp does. */
function overrideValue(override: KvOverride): GgufValue {
  switch (override.type) {
    case 'int':
      return { type: 'UINT32', value: asUint32(Math.abs(override.value)) };
    case 'float':
      return { type: 'FLOAT32', value: override.value };
    case 'bool':
      return { type: 'BOOL', value: override.value };
    default:
      return text(override.value);
  }
}

/** Text of at most 127 bytes; bytes where the cut leaves half a character. */
function text(value: string): GgufValue {
  const bytes = new TextEncoder().encode(value);
  if (bytes.byteLength <= OVERRIDE_TEXT) return { type: 'STRING', value };
  return { type: 'STRING', value: bytes.slice(0, OVERRIDE_TEXT) };
}

function asUint32(value: number): number {
  return ((value % 2 ** 32) + 2 ** 32) % 2 ** 32;
}

/** llama.cpp copies text through C strings: what follows a zero byte is lost. */
function cutAtZero(value: GgufValue): GgufValue {
  if (value.type === 'STRING') return { type: 'STRING', value: cut(value.value) };
  if (value.type !== 'ARRAY' || value.items !== 'STRING') return value;
  return { ...value, value: cutAll(value.value) };
}

function cutAll(values: GgufArray): GgufArray {
  const strings = values as readonly (string | Uint8Array)[];
  const hasZero = strings.some((one) => (typeof one === 'string' ? one.includes('\0') : one.includes(0)));
  return hasZero ? strings.map(cut) : values;
}

function cut(value: string | Uint8Array): string | Uint8Array {
  if (typeof value === 'string') return value.split('\0', 1)[0] ?? '';
  const end = value.indexOf(0);
  return end === -1 ? value : value.slice(0, end);
}
