import { convertContent } from '../../src/convert/index.js';
import type { ModelFile } from '../../src/files/index.js';
import { ggufFile } from '../../src/gguf/index.js';
import { createLocalEncoder } from '../../src/quantize/index.js';
import { buildRepository, readRecipes, recipeFamilies, type Recipe } from '../convert/recipe.js';

/** Small models of the architectures that the memory formula is compared with: names of recipes. */
export const MEMORY_MODELS: readonly string[] = [
  'tiny-bert',
  'tiny-bigcode',
  'tiny-bloom',
  'tiny-command-r',
  'tiny-falcon-7b-like',
  'tiny-gemma',
  'tiny-gemma2',
  'tiny-gemma3',
  'tiny-gpt-oss',
  'tiny-gpt2',
  'tiny-granite',
  'tiny-lfm2',
  'tiny-llama-gqa',
  'tiny-mamba',
  'tiny-mamba2',
  'tiny-mpt',
  'tiny-olmo2',
  'tiny-olmoe',
  'tiny-phi2',
  'tiny-pythia',
  'tiny-qwen2-gqa',
  'tiny-qwen3',
  'tiny-qwen3-moe',
  'tiny-rwkv7',
  'tiny-starcoder2',
];

const recipes = new Map<string, Recipe>(
  recipeFamilies().flatMap((family) => readRecipes(family).map((recipe) => [recipe.name, recipe] as const)),
);

/** One of them as a GGUF in half precision. */
export async function memoryModel(name: string): Promise<ModelFile> {
  const recipe = recipes.get(name);
  if (recipe === undefined) throw new Error(`there is no recipe '${name}'`);
  const { content } = await convertContent(buildRepository(recipe), {
    outtype: 'f16',
    encoder: createLocalEncoder(),
    asReference: true,
    ...recipe.options,
    ...(recipe.pre === undefined ? {} : { pre: recipe.pre }),
  });
  return ggufFile('model.gguf', content);
}
