import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { convertContent } from '../../src/convert/index.js';
import { digestOf } from '../../src/files/index.js';
import { ggufFile } from '../../src/gguf/index.js';
import { createLocalEncoder, quantizeContent } from '../../src/quantize/index.js';
import { buildRepository, readRecipes } from './recipe.js';

type Golden = Readonly<Record<string, Readonly<Record<string, { readonly sha256: string; readonly size: number }>>>>;

const encoder = createLocalEncoder();
const golden = JSON.parse(
  readFileSync(new URL('../fixtures/golden/convert-quantized.json', import.meta.url), 'utf8'),
) as Golden;

describe('in one pass what convert_hf_to_gguf.py and llama-quantize write in two', () => {
  const cases = readRecipes('wide').flatMap((recipe) =>
    Object.entries(golden[recipe.name] ?? {}).map(([fileType, expected]) => ({
      name: recipe.name,
      fileType,
      recipe,
      expected,
    })),
  );

  test('the golden file has two types for every recipe', () => {
    expect(cases).toHaveLength(readRecipes('wide').length * 2);
  });

  test.each(cases)('$name as $fileType', async ({ recipe, fileType, expected }) => {
    const { content } = await convertContent(buildRepository(recipe), {
      outtype: 'auto',
      encoder,
      ...(recipe.pre === undefined ? {} : { pre: recipe.pre }),
    });
    const quantized = quantizeContent(content, fileType, { encoder, fallback: 'allow' });
    const { digest, size } = await digestOf(ggufFile('model.gguf', quantized.content).read());
    expect({ size, digest }).toEqual({ size: expected.size, digest: `sha256:${expected.sha256}` });
  });
});
