import { nearest, SlipwayError } from '../core/index.js';
import { TENSOR_TYPES, type TensorType } from '../gguf/index.js';
import type { Imatrix } from './imatrix.js';

/** A metadata key with a value that replaces the model's, as `--override-kv KEY=TYPE:VALUE` of llama.cpp. */
export type KvOverride =
  | { readonly key: string; readonly type: 'int' | 'float'; readonly value: number }
  | { readonly key: string; readonly type: 'bool'; readonly value: boolean }
  | { readonly key: string; readonly type: 'str'; readonly value: string };

/** How to choose tensor types; every field means what the option of the same name of llama-quantize means. */
export interface MixOptions {
  /** All tensors in the file type's own tensor type, without a mix. */
  readonly pure?: boolean;
  /** Leave `output.weight` as it is. */
  readonly leaveOutputTensor?: boolean;
  readonly outputTensorType?: TensorType;
  readonly tokenEmbeddingType?: TensorType;
  /** Regular expressions, searched for in names; the first that matches decides. */
  readonly tensorTypes?: readonly (readonly [pattern: string, type: TensorType])[];
  /** The types of tensors by their names; they go before everything else. */
  readonly assigned?: ReadonlyMap<string, TensorType>;
  readonly imatrix?: Imatrix;
  /** Use the importance matrix for tensors whose name contains one of these only. */
  readonly includeWeights?: readonly string[];
  /** Use the importance matrix for no tensor whose name contains one of these. Excludes `includeWeights`. */
  readonly excludeWeights?: readonly string[];
  /** Layers to leave out; those behind move up. */
  readonly pruneLayers?: readonly number[];
  readonly overrideKv?: readonly KvOverride[];
  /** Allow input that is quantized already. */
  readonly allowRequantize?: boolean;
  /** What to do when rows do not consist of whole blocks: refuse above 5 % of the weights (the default), or go on. */
  readonly fallback?: 'error' | 'allow';
}

/** The tensor type of a name in any case. Throws `CONFIG_INVALID`. */
export function parseTensorType(text: string): TensorType {
  const wanted = text.trim().toUpperCase();
  const found = TENSOR_TYPES.find(({ type }) => type === wanted);
  if (found !== undefined) return found.type;
  const names = TENSOR_TYPES.map(({ type }) => type);
  const near = nearest(wanted, names);
  throw new SlipwayError('CONFIG_INVALID', `no tensor type is called '${text}'`, {
    got: `'${text}', allowed: ${names.join(', ')}`,
    ...(near === undefined ? {} : { try: `did you mean '${near}'?` }),
  });
}

/** `NAME=TYPE`, the name a regular expression that is put into lower case, as llama-quantize does. Throws `CONFIG_INVALID`. */
export function parseTensorTypeRule(text: string): readonly [pattern: string, type: TensorType] {
  const at = text.indexOf('=');
  if (at < 1 || at === text.length - 1) {
    throw new SlipwayError('CONFIG_INVALID', `'${text}' is not NAME=TYPE`, { try: 'attn_v=q8_0' });
  }
  return [text.slice(0, at).toLowerCase(), parseTensorType(text.slice(at + 1))];
}

/** The rules of a file, separated by white space. Throws `CONFIG_INVALID`. */
export function parseTensorTypeRules(text: string): readonly (readonly [pattern: string, type: TensorType])[] {
  return text
    .split(/\s+/)
    .filter((rule) => rule !== '')
    .map(parseTensorTypeRule);
}

/** `KEY=TYPE:VALUE` with the types int, float, bool and str. Throws `CONFIG_INVALID`. */
export function parseKvOverride(text: string): KvOverride {
  const match = /^([^=]+)=(int|float|bool|str):(.*)$/s.exec(text);
  const [, key = '', type = '', value = ''] = match ?? [];
  const number = Number(value);
  if (type === 'str') return { key, type, value };
  if (type === 'bool' && (value === 'true' || value === 'false')) return { key, type, value: value === 'true' };
  if (type === 'int' && Number.isSafeInteger(number) && value.trim() !== '') return { key, type, value: number };
  if (type === 'float' && Number.isFinite(number) && value.trim() !== '') return { key, type, value: number };
  throw new SlipwayError('CONFIG_INVALID', `'${text}' is not KEY=TYPE:VALUE`, {
    try: ['tokenizer.ggml.add_bos_token=bool:false', 'llama.context_length=int:8192', 'general.name=str:Sloop'],
  });
}

/** `L0,L1,…`: layer numbers, sorted and unique. Throws `CONFIG_INVALID`. */
export function parsePruneLayers(text: string): readonly number[] {
  const layers = text.split(',').map((part) => (/^\s*\d+\s*$/.test(part) ? Number(part) : -1));
  if (layers.some((layer) => layer < 0)) {
    throw new SlipwayError('CONFIG_INVALID', `'${text}' is not a list of layers`, { try: '20,21,22' });
  }
  return [...new Set(layers)].sort((a, b) => a - b);
}
