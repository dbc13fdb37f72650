import { readdirSync, readFileSync } from 'node:fs';
import type { GgufContentOptions } from '../../src/convert/index.js';
import { memoryFile, type ModelFile, type Snapshot } from '../../src/files/index.js';
import { writeSafetensors, type SafetensorsDtype, type TensorToWrite } from '../../src/safetensors/index.js';

/** `words` fills 32 bits, a list says the numbers. */
type Fill = 'zeros' | 'random' | 'words' | readonly number[];
type Entry =
  | readonly number[]
  | { readonly shape: readonly number[]; readonly dtype?: SafetensorsDtype; readonly fill?: Fill };

/** A small model repository. test/oracle/repository.py builds the same bytes: a change here is a change there. */
export interface Recipe {
  readonly name: string;
  readonly dtype: SafetensorsDtype;
  readonly tokenizer?: string;
  /** Given to the conversion as `--pre`. */
  readonly pre?: string;
  /** What config.json says; left out where the repository has none. */
  readonly config?: Readonly<Record<string, unknown>>;
  /** Given to the conversion as they are. */
  readonly options?: Omit<GgufContentOptions, 'encoder'>;
  /** Code of the error that the conversion ends with, where the reference refuses, too. */
  readonly refused?: string;
  /** For a machine that is big endian: the reference's `--bigendian`. */
  readonly bigEndian?: boolean;
  /** The model that the recipe's drafts for: a repository beside it, without weights. */
  readonly target?: Pick<Recipe, 'config' | 'tokenizer' | 'files'>;
  /** Arguments that only the reference needs. */
  readonly oracle?: readonly string[];
  readonly files?: Readonly<Record<string, unknown>>;
  /** What names of weight files begin with: `model` unless given. */
  readonly weights?: string;
  readonly shards?: number;
  /** Weights of sentence-transformers modules, by folder. */
  readonly modules?: Readonly<Record<string, Readonly<Record<string, Entry>>>>;
  /** `{0-3}` in a name stands for four tensors. */
  readonly tensors: Readonly<Record<string, Entry>>;
}

const FIXTURES = new URL('../fixtures/convert/', import.meta.url);

export function readRecipes(family: string): readonly Recipe[] {
  return JSON.parse(readFileSync(new URL(`${family}.json`, FIXTURES), 'utf8')) as Recipe[];
}

/** Files of recipes that are converted; what is refused has a file of its own. */
export function recipeFamilies(): readonly string[] {
  return readdirSync(FIXTURES)
    .filter((name) => name.endsWith('.json') && name !== 'refused.json')
    .map((name) => name.slice(0, -'.json'.length))
    .sort();
}

/** The repository that a recipe describes, in memory. */
export function buildRepository(recipe: Recipe): Snapshot {
  // A recipe whose configuration is no plain JSON has it as text among its files.
  const given = recipe.config === undefined || recipe.files?.['config.json'] !== undefined;
  const files = [
    ...(given ? [] : [memoryFile('config.json', JSON.stringify(recipe.config))]),
    ...(recipe.tokenizer === undefined ? [] : tokenizerFiles(recipe.tokenizer)),
    ...Object.entries(recipe.files ?? {}).map(([path, content]) =>
      memoryFile(path, typeof content === 'string' ? content : JSON.stringify(content)),
    ),
    ...Object.entries(recipe.modules ?? {}).map(([path, tensors]) =>
      writeSafetensors(`${path}/model.safetensors`, tensorsOf(tensors, recipe.dtype)),
    ),
    ...weightFiles(recipe),
  ];
  return {
    source: { kind: 'directory', name: recipe.name, url: `./${recipe.name}`, revision: 'fixture' },
    files,
  };
}

/** The repository of the model that a recipe's drafts for, where it is a draft. */
export function buildTarget({ name, target }: Recipe): Snapshot | undefined {
  return target === undefined
    ? undefined
    : buildRepository({ name: `${name}-target`, dtype: 'F32', tensors: {}, ...target });
}

/** The files of one of the small tokenizers. */
export function tokenizerFiles(name: string): ModelFile[] {
  const folder = new URL(`tokenizers/${name}/`, FIXTURES);
  return readdirSync(folder).map((path) => memoryFile(path, readFileSync(new URL(path, folder))));
}

function tensorsOf(entries: Readonly<Record<string, Entry>>, usualDtype: SafetensorsDtype): TensorToWrite[] {
  return Object.entries(entries).flatMap(([template, entry]) => {
    const { shape, dtype = usualDtype, fill = 'random' } = 'shape' in entry ? entry : { shape: entry };
    return expand(template).map((name): TensorToWrite => {
      const count = shape.reduce((product, dimension) => product * dimension, 1);
      return { name, dtype, shape, data: filled(name, dtype, count, fill) };
    });
  });
}

function weightFiles(recipe: Recipe): ModelFile[] {
  const tensors = tensorsOf(recipe.tensors, recipe.dtype);
  const shards = recipe.shards ?? 1;
  const name = recipe.weights ?? 'model';
  if (shards === 1) return [writeSafetensors(`${name}.safetensors`, tensors)];
  const map: [string, string][] = [];
  const files = Array.from({ length: shards }, (_, shard) => {
    const path = `${name}-${String(shard + 1).padStart(5, '0')}-of-${String(shards).padStart(5, '0')}.safetensors`;
    const part = tensors.filter((_tensor, index) => index % shards === shard);
    map.push(...part.map(({ name }): [string, string] => [name, path]));
    return writeSafetensors(path, part);
  });
  const index = { metadata: {}, weight_map: Object.fromEntries(map) };
  return [...files, memoryFile(`${name}.safetensors.index.json`, JSON.stringify(index))];
}

function expand(template: string): string[] {
  const match = /\{(\d+)-(\d+)\}/.exec(template);
  if (match === null) return [template];
  const [first, last] = [Number(match[1]), Number(match[2])];
  return Array.from({ length: last - first + 1 }, (_, index) =>
    template.replace(match[0], String(first + index)),
  ).flatMap(expand);
}

/** FNV-1a, 32 bits. */
function seedOf(name: string): number {
  let value = 0x811c9dc5;
  for (const byte of Buffer.from(name)) value = Math.imul(value ^ byte, 0x01000193);
  return value;
}

/** Pseudo-random words: a counter through MurmurHash3's finalizer. */
export function bits(name: string, count: number): Uint32Array {
  const seed = seedOf(name);
  return Uint32Array.from({ length: count }, (_, index) => {
    let x = (Math.imul(index, 0x9e3779b9) + seed) | 0;
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    return x ^ (x >>> 16);
  });
}

function filled(name: string, dtype: SafetensorsDtype, count: number, fill: Fill): Uint8Array {
  if (fill === 'words') return bytesOf(Int32Array.from(bits(name, count)));
  if (typeof fill !== 'string') {
    if (dtype === 'F32') return bytesOf(Float32Array.from(fill));
    if (dtype === 'U8') return Uint8Array.from(fill);
    return bytesOf(dtype === 'I32' ? Int32Array.from(fill) : BigInt64Array.from(fill, BigInt));
  }
  const data = dataOf(name, dtype, count);
  return fill === 'zeros' ? new Uint8Array(data.byteLength) : data;
}

/** Weights are multiples of 2^-11 in [-1, 1): exact in F16 and F32; BF16 is cut off. */
function dataOf(name: string, dtype: SafetensorsDtype, count: number): Uint8Array {
  const words = bits(name, count);
  const bytes = words.map((word) => word >>> 24);
  if (dtype === 'I64') return bytesOf(BigInt64Array.from(bytes, BigInt));
  if (dtype === 'I32') return bytesOf(Int32Array.from(bytes));
  const values = Float32Array.from(words, (word) => ((word >>> 20) - 2048) / 2048);
  if (dtype === 'F32') return bytesOf(values);
  if (dtype === 'F64') return bytesOf(Float64Array.from(values));
  if (dtype === 'BF16') return bytesOf(Uint16Array.from(new Uint32Array(values.buffer), (word) => word >>> 16));
  if (dtype === 'F16') return bytesOf(Uint16Array.from(values, half));
  if (dtype === 'F8_E8M0') return Uint8Array.from(words, (word) => (word >>> 29) + 120);
  // Without the bit that would make an 8-bit float infinite or no number.
  return Uint8Array.from(bytes, (byte) => (dtype.startsWith('F8') ? byte & 0xf7 : byte));
}

/** Exact for what {@link dataOf} makes: no value needs rounding, none is subnormal. */
function half(value: number): number {
  const word = new Uint32Array(Float32Array.of(value).buffer)[0] ?? 0;
  if (value === 0) return (word >>> 16) & 0x8000;
  return ((word >>> 16) & 0x8000) | (((word & 0x7fffffff) - 0x38000000) >>> 13);
}

function bytesOf(array: BigInt64Array | Int32Array | Float32Array | Float64Array | Uint16Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** One file of weights. */
export function weightsOf(path: string, tensors: Recipe['tensors'], dtype: SafetensorsDtype): ModelFile {
  return writeSafetensors(path, tensorsOf(tensors, dtype));
}
