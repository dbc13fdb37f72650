import { didYouMean, nearest, SlipwayError } from '../core/index.js';
import type { TensorType } from '../gguf/index.js';

/**
 * The file types ("mixes") that llama-quantize of the pinned llama.cpp release offers (llama.h, `enum llama_ftype`).
 * Columns: name, number in `general.file_type`, type of most tensors, what an importance matrix is for it:
 * `required` by the mix, `useful`, or `unused`; bits per weight of Llama 3.1 8B in this type.
 */
export const FILE_TYPE_TABLE = [
  ['F32', 0, 'F32', 'unused', 32],
  ['F16', 1, 'F16', 'unused', 16],
  ['BF16', 32, 'BF16', 'unused', 16],
  ['Q8_0', 7, 'Q8_0', 'unused', 8.5],
  ['Q6_K', 18, 'Q6_K', 'useful', 6.56],
  ['Q5_K_M', 17, 'Q5_K', 'useful', 5.7],
  ['Q5_K_S', 16, 'Q5_K', 'useful', 5.57],
  ['Q5_1', 9, 'Q5_1', 'useful', 6.04],
  ['Q5_0', 8, 'Q5_0', 'useful', 5.57],
  ['Q4_K_M', 15, 'Q4_K', 'useful', 4.89],
  ['Q4_K_S', 14, 'Q4_K', 'useful', 4.67],
  ['Q4_1', 3, 'Q4_1', 'useful', 5.1],
  ['Q4_0', 2, 'Q4_0', 'useful', 4.64],
  ['IQ4_NL', 25, 'IQ4_NL', 'useful', 4.68],
  ['IQ4_XS', 30, 'IQ4_XS', 'useful', 4.46],
  ['MXFP4_MOE', 38, 'MXFP4', 'unused', 8.5],
  ['Q3_K_L', 13, 'Q3_K', 'useful', 4.3],
  ['Q3_K_M', 12, 'Q3_K', 'useful', 4],
  ['Q3_K_S', 11, 'Q3_K', 'useful', 3.64],
  ['IQ3_M', 27, 'IQ3_S', 'useful', 3.76],
  ['IQ3_S', 26, 'IQ3_S', 'useful', 3.66],
  ['IQ3_XS', 22, 'IQ3_S', 'required', 3.5],
  ['IQ3_XXS', 23, 'IQ3_XXS', 'required', 3.25],
  ['Q2_K', 10, 'Q2_K', 'useful', 3.16],
  ['Q2_K_S', 21, 'Q2_K', 'required', 2.97],
  ['IQ2_M', 29, 'IQ2_S', 'required', 2.93],
  ['IQ2_S', 28, 'IQ2_XS', 'required', 2.74],
  ['IQ2_XS', 20, 'IQ2_XS', 'required', 2.59],
  ['IQ2_XXS', 19, 'IQ2_XXS', 'required', 2.38],
  ['Q2_0', 41, 'Q2_0', 'unused', 2.68],
  ['TQ2_0', 37, 'TQ2_0', 'unused', 2.52],
  ['TQ1_0', 36, 'TQ1_0', 'unused', 2.19],
  ['IQ1_M', 31, 'IQ1_M', 'required', 2.15],
  ['IQ1_S', 24, 'IQ1_S', 'required', 2],
  ['Q1_0', 40, 'Q1_0', 'unused', 1.48],
] as const;

/** A file type by its name; `COPY` changes no tensor. */
export type FileTypeName = (typeof FILE_TYPE_TABLE)[number][0] | 'COPY';

/** What a file type is. */
export interface FileType {
  readonly name: FileTypeName;
  /** `general.file_type`; `undefined` for COPY, which keeps what the input says. */
  readonly id: number | undefined;
  /** What most tensors become; `undefined` for COPY. */
  readonly tensorType: TensorType | undefined;
  readonly imatrix: 'required' | 'useful' | 'unused';
  /** What a typical model comes to: bits per weight of Llama 3.1 8B, rounded. `undefined` for COPY. */
  readonly typicalBits: number | undefined;
  /** Other names that mean the same. */
  readonly aliases: readonly string[];
}

/** Short names of llama-quantize for its medium mixes. */
const ALIASES: ReadonlyMap<string, FileTypeName> = new Map([
  ['Q3_K', 'Q3_K_M'],
  ['Q4_K', 'Q4_K_M'],
  ['Q5_K', 'Q5_K_M'],
]);

/** All file types, from the largest to the smallest, COPY last. */
export const FILE_TYPES: readonly FileType[] = [
  ...FILE_TYPE_TABLE.map(([name, id, tensorType, imatrix, typicalBits]): FileType => {
    const aliases = [...ALIASES].filter(([, meant]) => meant === name).map(([alias]) => alias);
    return { name, id, tensorType, imatrix, typicalBits, aliases };
  }),
  { name: 'COPY', id: undefined, tensorType: undefined, imatrix: 'unused', typicalBits: undefined, aliases: [] },
];

const BY_NAME: ReadonlyMap<string, FileType> = new Map(
  FILE_TYPES.flatMap((type) => [type.name, ...type.aliases].map((name): [string, FileType] => [name, type])),
);

/**
 * The file type that a person means: a name or alias in any case, or the number of `general.file_type`.
 * Throws `CONFIG_INVALID`, with the nearest name where one is near.
 */
export function parseFileType(text: string): FileType {
  const wanted = text.trim().toUpperCase();
  const found = BY_NAME.get(wanted) ?? FILE_TYPES.find((type) => type.id !== undefined && String(type.id) === wanted);
  if (found !== undefined) return found;
  const near = nearest(wanted, [...BY_NAME.keys()]);
  throw new SlipwayError('CONFIG_INVALID', `no quantization is called '${text}'`, {
    got: `'${text}', allowed: ${FILE_TYPES.map((type) => type.name).join(', ')}`,
    ...(near === undefined ? {} : { try: `did you mean '${near}'?` }),
  });
}

/** What `--quantize` takes, for people and completion: names with their short forms. */
export const FILE_TYPE_NAMES: readonly string[] = FILE_TYPES.flatMap(({ name, aliases }) => [name, ...aliases]);

/** A file type as a program may write it: by its name or short form, in capitals or not. */
export type FileTypeWord = Spelled<FileTypeName | 'Q3_K' | 'Q4_K' | 'Q5_K'>;
export type Spelled<Name extends string> = Name | Lowercase<Name>;

/** All of them. */
export const FILE_TYPE_WORDS: readonly FileTypeWord[] = FILE_TYPE_NAMES.flatMap((name) => [
  name as FileTypeWord,
  name.toLowerCase() as FileTypeWord,
]);

/** What is wrong with a name, or `undefined`. Case does not matter. */
export function fileTypeProblem(name: string): string | undefined {
  if (FILE_TYPE_NAMES.includes(name.toUpperCase())) return undefined;
  return `got '${name.slice(0, 60)}', no such quantization${didYouMean(name, FILE_TYPE_NAMES)}   (list: pipeline types)`;
}
