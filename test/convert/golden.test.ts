import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { convertContent, type OutputType } from '../../src/convert/index.js';
import { digestOf } from '../../src/files/index.js';
import { ggufFile } from '../../src/gguf/index.js';
import { createLocalEncoder } from '../../src/quantize/index.js';
import { buildRepository, buildTarget, readRecipes, recipeFamilies } from './recipe.js';

type Golden = Readonly<Record<string, Readonly<Record<string, { readonly sha256: string; readonly size: number }>>>>;

const encoder = createLocalEncoder();

describe.each(recipeFamilies())('%s: the bytes that convert_hf_to_gguf.py writes', (family) => {
  const golden = JSON.parse(
    readFileSync(new URL(`../fixtures/golden/convert-${family}.json`, import.meta.url), 'utf8'),
  ) as Golden;
  const cases = readRecipes(family).flatMap((recipe) =>
    Object.entries(golden[recipe.name] ?? {}).map(([outtype, expected]) => ({
      name: recipe.name,
      outtype: outtype as OutputType,
      recipe,
      expected,
    })),
  );

  test.each(cases)('$name as $outtype', async ({ recipe, outtype, expected }) => {
    const { content } = await convertContent(buildRepository(recipe), {
      outtype,
      encoder,
      asReference: true,
      targetModel: buildTarget(recipe),
      ...recipe.options,
      ...(recipe.pre === undefined ? {} : { pre: recipe.pre }),
    });
    const file = ggufFile('model.gguf', content, {
      vocabularyOnly: recipe.options?.vocabOnly === true,
      bigEndian: recipe.bigEndian === true,
    });
    const { digest, size } = await digestOf(file.read());
    expect({ size, digest }).toEqual({ size: expected.size, digest: `sha256:${expected.sha256}` });
  });
});
