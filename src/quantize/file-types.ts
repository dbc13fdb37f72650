import { SlipwayError } from '../core/index.js';
import type { TensorType } from '../gguf/index.js';

/**
 * The file types ("mixes") that llama-quantize of the pinned llama.cpp release offers (llama.h, `enum llama_ftype`).
 * Columns: name, number in `general.file_type`, type of most tensors, what an importance matrix is for it:
 * `required` by the mix, `useful`, or `unused`.
 */
const TABLE = [
  ['F32', 0, 'F32', 'unused'],
  ['F16', 1, 'F16', 'unused'],
  ['BF16', 32, 'BF16', 'unused'],
  ['Q8_0', 7, 'Q8_0', 'unused'],
  ['Q6_K', 18, 'Q6_K', 'useful'],
  ['Q5_K_M', 17, 'Q5_K', 'useful'],
  ['Q5_K_S', 16, 'Q5_K', 'useful'],
  ['Q5_1', 9, 'Q5_1', 'useful'],
  ['Q5_0', 8, 'Q5_0', 'useful'],
  ['Q4_K_M', 15, 'Q4_K', 'useful'],
  ['Q4_K_S', 14, 'Q4_K', 'useful'],
  ['Q4_1', 3, 'Q4_1', 'useful'],
  ['Q4_0', 2, 'Q4_0', 'useful'],
  ['IQ4_NL', 25, 'IQ4_NL', 'useful'],
  ['IQ4_XS', 30, 'IQ4_XS', 'useful'],
  ['MXFP4_MOE', 38, 'MXFP4', 'unused'],
  ['Q3_K_L', 13, 'Q3_K', 'useful'],
  ['Q3_K_M', 12, 'Q3_K', 'useful'],
  ['Q3_K_S', 11, 'Q3_K', 'useful'],
  ['IQ3_M', 27, 'IQ3_S', 'useful'],
  ['IQ3_S', 26, 'IQ3_S', 'useful'],
  ['IQ3_XS', 22, 'IQ3_S', 'required'],
  ['IQ3_XXS', 23, 'IQ3_XXS', 'required'],
  ['Q2_K', 10, 'Q2_K', 'useful'],
  ['Q2_K_S', 21, 'Q2_K', 'required'],
  ['IQ2_M', 29, 'IQ2_S', 'required'],
  ['IQ2_S', 28, 'IQ2_XS', 'required'],
  ['IQ2_XS', 20, 'IQ2_XS', 'required'],
  ['IQ2_XXS', 19, 'IQ2_XXS', 'required'],
  ['Q2_0', 41, 'Q2_0', 'unused'],
  ['TQ2_0', 37, 'TQ2_0', 'unused'],
  ['TQ1_0', 36, 'TQ1_0', 'unused'],
  ['IQ1_M', 31, 'IQ1_M', 'required'],
  ['IQ1_S', 24, 'IQ1_S', 'required'],
  ['Q1_0', 40, 'Q1_0', 'unused'],
] as const;

/** A file type by its name; `COPY` changes no tensor. */
export type FileTypeName = (typeof TABLE)[number][0] | 'COPY';

/** What a file type is. */
export interface FileType {
  readonly name: FileTypeName;
  /** `general.file_type`; `undefined` for COPY, which keeps what the input says. */
  readonly id: number | undefined;
  /** What most tensors become; `undefined` for COPY. */
  readonly tensorType: TensorType | undefined;
  readonly imatrix: 'required' | 'useful' | 'unused';
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
  ...TABLE.map(([name, id, tensorType, imatrix]): FileType => {
    const aliases = [...ALIASES].filter(([, meant]) => meant === name).map(([alias]) => alias);
    return { name, id, tensorType, imatrix, aliases };
  }),
  { name: 'COPY', id: undefined, tensorType: undefined, imatrix: 'unused', aliases: [] },
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

/** The candidate at most two edits away, the nearest first; `undefined` when none is. */
export function nearest(text: string, candidates: readonly string[]): string | undefined {
  let best: { readonly name: string; readonly edits: number } | undefined;
  for (const name of candidates) {
    const edits = editDistance(text, name);
    if (edits <= 2 && edits < (best?.edits ?? Infinity)) best = { name, edits };
  }
  return best?.name;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
