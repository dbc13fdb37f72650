import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GgufContent, TensorType } from '../../src/gguf/index.js';
import {
  quantizeContent,
  quantizeParts,
  type KvOverride,
  type MixOptions,
  type RowEncoder,
} from '../../src/quantize/index.js';
import { smallImatrix, smallModel } from './small-models.js';

// What llama_model_quantize made of the same models: test/oracle/quantize_mixes.py.
export interface Case {
  readonly model: string;
  readonly fileType: string;
  readonly imatrix: boolean;
  readonly options: Omit<MixOptions, 'overrideKv'> & {
    readonly overrideKv?: readonly (readonly [string, string, unknown])[];
    readonly splits?: readonly number[];
    readonly keepSplit?: boolean;
    readonly from?: string;
  };
  readonly error?: 'refused' | 'aborted';
  readonly types?: string;
  readonly files?: readonly (readonly [name: string, size: number, digest: string])[];
}
export const golden = JSON.parse(
  readFileSync(join(import.meta.dirname, '../fixtures/golden/quantize-mixes.json'), 'utf8'),
) as { letters: readonly TensorType[]; cases: readonly Case[] };

/** Types as the script writes them, one letter a tensor. */
export function letters(types: readonly TensorType[]): string {
  return types
    .map((type) => golden.letters.indexOf(type))
    .map((index) => String.fromCharCode(index < 26 ? 65 + index : 71 + index))
    .join('');
}

function inputs({ model, options }: Case, encoder: RowEncoder): GgufContent[] {
  let content = smallModel(model);
  if (options.from !== undefined) {
    content = quantizeContent(content, options.from, { encoder, fallback: 'allow' }).content;
  }
  if (options.splits === undefined) return [content];
  const cuts = [0, ...options.splits, content.tensors.length];
  return cuts.slice(1).map((end, index) => ({
    metadata: index === 0 ? content.metadata : new Map(),
    tensors: content.tensors.slice(cuts[index], end),
  }));
}

/** Runs a case; more than one content when splits are kept. */
export function quantized(one: Case, encoder: RowEncoder, chunkWeights?: number): readonly GgufContent[] {
  const { overrideKv, splits: _splits, keepSplit, from: _from, ...rest } = one.options;
  const parts = inputs(one, encoder);
  const options = {
    ...rest,
    encoder,
    ...(chunkWeights === undefined ? {} : { chunkWeights }),
    fallback: 'allow' as const,
    overrideKv: (overrideKv ?? []).map(([key, type, value]) => ({ key, type, value }) as KvOverride),
    ...(one.imatrix ? { imatrix: smallImatrix(smallModel(one.model)) } : {}),
  };
  if (keepSplit === true) return quantizeParts(parts, one.fileType, options).parts;
  const whole = { metadata: parts[0]!.metadata, tensors: parts.flatMap(({ tensors }) => tensors) };
  return [quantizeContent(whole, one.fileType, options).content];
}
