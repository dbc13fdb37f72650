import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { convertContent } from '../../src/convert/index.js';
import { SlipwayError } from '../../src/core/index.js';
import { digestOf } from '../../src/files/index.js';
import { ggufFile } from '../../src/gguf/index.js';
import { createLocalEncoder } from '../../src/quantize/index.js';
import { buildRepository, readRecipes, type Recipe } from './recipe.js';

const golden = JSON.parse(
  readFileSync(new URL('../fixtures/golden/convert-refused.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, { readonly refused?: string }>>;

async function failure(recipe: Recipe): Promise<unknown> {
  try {
    const { content } = await convertContent(buildRepository(recipe), {
      ...recipe.options,
      asReference: true,
      encoder: createLocalEncoder(),
    });
    return await digestOf(ggufFile('model.gguf', content).read());
  } catch (error) {
    return error;
  }
}

test.each(readRecipes('refused'))('$name is refused, as the reference refuses it', async (recipe) => {
  expect(golden[recipe.name]?.refused).toBeTypeOf('string');
  const error = await failure(recipe);
  expect(SlipwayError.is(error) ? error.code : error).toBe(recipe.refused);
});

test('the refusal of AWQ says what to do', async () => {
  const [awq] = readRecipes('refused');
  if (awq === undefined) throw new Error('no recipe');
  expect(await failure(awq)).toMatchObject({
    message: 'weights quantized by AWQ cannot be converted',
    details: { try: expect.arrayContaining([expect.stringContaining('16-bit weights')]) },
  });
});
