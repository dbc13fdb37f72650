import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { convertAdapter, type OutputType } from '../../src/convert/index.js';
import { digestOf, memoryFile, type Snapshot } from '../../src/files/index.js';
import { ggufFile } from '../../src/gguf/index.js';
import { createLocalEncoder } from '../../src/quantize/index.js';
import type { SafetensorsDtype } from '../../src/safetensors/index.js';
import { weightsOf, type Recipe } from './recipe.js';

interface AdapterRecipe {
  readonly name: string;
  readonly dtype: SafetensorsDtype;
  readonly base: Readonly<Record<string, unknown>>;
  readonly adapter: Readonly<Record<string, unknown>>;
  readonly files?: Readonly<Record<string, string>>;
  readonly refused?: string;
  readonly tensors: Recipe['tensors'];
}

const fixture = (path: string): unknown =>
  JSON.parse(readFileSync(new URL(`../fixtures/${path}`, import.meta.url), 'utf8'));
const recipes = fixture('adapters.json') as readonly AdapterRecipe[];
const golden = fixture('golden/adapters.json') as Readonly<
  Record<string, Readonly<Record<string, { readonly sha256: string; readonly size: number }>>>
>;
const encoder = createLocalEncoder();

function snapshot(name: string, files: Snapshot['files']): Snapshot {
  return { source: { kind: 'directory', name, url: `./${name}`, revision: 'fixture' }, files };
}

function built({ name, base, adapter, files, tensors, dtype }: AdapterRecipe): readonly [Snapshot, Snapshot] {
  return [
    snapshot(name, [
      memoryFile('adapter_config.json', JSON.stringify(adapter)),
      ...Object.entries(files ?? {}).map(([path, text]) => memoryFile(path, text)),
      weightsOf('adapter_model.safetensors', tensors, dtype),
    ]),
    snapshot('base', [memoryFile('config.json', JSON.stringify(base))]),
  ];
}

describe('the bytes that convert_lora_to_gguf.py writes', () => {
  const cases = recipes
    .filter(({ refused }) => refused === undefined)
    .flatMap((recipe) =>
      Object.entries(golden[recipe.name] ?? {}).map(([outtype, expected]) => ({
        recipe,
        name: recipe.name,
        outtype: outtype as OutputType,
        expected,
      })),
    );

  test.each(cases)('$name as $outtype', async ({ recipe, outtype, expected }) => {
    const { content } = await convertAdapter(...built(recipe), { outtype, encoder });
    const { digest, size } = await digestOf(ggufFile('adapter.gguf', content).read());
    expect({ size, digest }).toEqual({ size: expected.size, digest: `sha256:${expected.sha256}` });
  });
});

test.each(recipes.filter(({ refused }) => refused !== undefined))('$name is refused, as there', async (recipe) => {
  expect(golden[recipe.name]).toEqual({ refused: 'SystemExit' });
  await expect(convertAdapter(...built(recipe), { encoder })).rejects.toMatchObject({ code: recipe.refused });
});
