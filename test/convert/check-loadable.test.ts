import { describe, expect, test } from 'vitest';
import { checkLoadable, convertContent } from '../../src/convert/index.js';
import { createLocalEncoder } from '../../src/quantize/index.js';
import { buildRepository, buildTarget, readRecipes } from './recipe.js';

const encoder = createLocalEncoder();

async function check(family: string, name: string): Promise<void> {
  const recipe = readRecipes(family).find((one) => one.name === name);
  if (recipe === undefined) throw new Error(`no recipe '${name}'`);
  const conversion = await convertContent(buildRepository(recipe), {
    outtype: 'f32',
    encoder,
    targetModel: buildTarget(recipe),
    ...recipe.options,
    ...(recipe.pre === undefined ? {} : { pre: recipe.pre }),
  });
  checkLoadable(conversion, recipe.options?.mtp === undefined ? {} : { mtp: recipe.options.mtp });
}

describe('models whose form differs, and which llama.cpp loads all the same', () => {
  test.each([
    ['audio-decoders', 'tiny-wavtokenizer'],
    ['bailingmoe3', 'tiny-ling3'],
    ['deepseek-v4-dspark', 'tiny-deepseek-v4-dspark'],
    ['dflash', 'tiny-dflash'],
    ['dspark', 'tiny-dspark-speculator'],
    ['eagle3', 'tiny-eagle3'],
    ['eagle3', 'tiny-eagle3-speculator'],
    ['gemma4-dspark', 'tiny-gemma4-dspark'],
    ['glm5-next', 'tiny-glm5-next'],
    ['hrm-text', 'tiny-hrm'],
    ['kimi-k3', 'tiny-kimi-k3'],
    ['kimi-linear', 'tiny-kimi-linear'],
    ['muse-assistant', 'tiny-muse-assistant'],
    ['qwen3-tts', 'tiny-qwen3tts'],
  ])('%s: %s', async (family, name) => {
    await expect(check(family, name)).resolves.toBeUndefined();
  });
});

test('blocks that do nothing have no tensors', async () => {
  // The recipe's vocabulary is shorter than its embedding, which is looked at last.
  await expect(check('deci', 'tiny-nemotron-nas')).rejects.toMatchObject({ code: 'TOKENIZER_INVALID' });
});

test.each([
  ['llama-more-rows', 'TOKENIZER_INVALID'],
  ['llama-other-intermediate', 'MODEL_INVALID'],
  ['llama-head-only', 'MODEL_INVALID'],
])('%s cannot be loaded', async (name, code) => {
  await expect(check('fine-tunes', name)).rejects.toMatchObject({ code });
});
