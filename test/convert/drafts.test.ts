import { expect, test } from 'vitest';
import { convertContent } from '../../src/convert/index.js';
import { createLocalEncoder } from '../../src/quantize/index.js';
import { memoryFile, type Snapshot } from '../../src/files/index.js';
import { buildRepository, buildTarget, readRecipes, type Recipe } from './recipe.js';

const encoder = createLocalEncoder();

function recipe(family: string, name: string): Recipe {
  const found = readRecipes(family).find((one) => one.name === name);
  if (found === undefined) throw new Error(`no recipe '${name}'`);
  return found;
}

async function convertDraft(draft: Recipe, source: Snapshot = buildRepository(draft)) {
  return convertContent(source, { encoder, targetModel: buildTarget(draft), ...(draft.pre && { pre: draft.pre }) });
}

test.each([
  ['eagle3', 'tiny-eagle3'],
  ['dflash', 'tiny-dflash'],
  ['deepseek-v4-dspark', 'tiny-deepseek-v4-dspark-model'],
])('%s asks for its target', async (family, name) => {
  const { target: _target, ...alone } = recipe(family, name);
  await expect(convertDraft(alone)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
});

test('a draft of another vocabulary is refused', async () => {
  const draft = recipe('eagle3', 'tiny-eagle3');
  const config = { ...draft.target?.config, vocab_size: 200 };
  const refused = convertDraft({ ...draft, target: { ...draft.target, config } });
  await expect(refused).rejects.toMatchObject({ code: 'MODEL_INVALID' });
});

test('a draft whose table names a token twice is refused', async () => {
  const draft = recipe('dspark', 'tiny-dspark-speculator');
  const fill = Array.from({ length: 96 }, (_, index) => -index);
  const tensors = { ...draft.tensors, d2t: { shape: [96], dtype: 'I64', fill } as const };
  await expect(convertDraft({ ...draft, tensors })).rejects.toMatchObject({ code: 'MODEL_INVALID' });
});

test("a mask's vector in a pickle is refused", async () => {
  const draft = recipe('dflash', 'tiny-dflash');
  const source = buildRepository(draft);
  const files = [...source.files, memoryFile('mask_embedding.pt', 'PK')];
  await expect(convertDraft(draft, { ...source, files })).rejects.toMatchObject({ code: 'PICKLE_REFUSED' });
});

test.each([
  [{ architectures: ['Qwen3DSparkModel'], markov_head_type: 'gated' }, 'ARCH_UNSUPPORTED'],
  [{ architectures: ['Qwen3DSparkModel'], draft_vocab_size: 96 }, 'MODEL_INVALID'],
  [{ architectures: ['Qwen3DSparkModel'], draft_vocab_size: 1000 }, 'MODEL_INVALID'],
])('a DSpark draft with %o is %s', async (laid, code) => {
  const draft = recipe('dspark', 'tiny-dspark-qwen3');
  await expect(convertDraft({ ...draft, config: { ...draft.config, ...laid } })).rejects.toMatchObject({ code });
});

test('only DeepSeek V4 has a DSpark draft beside its model', async () => {
  const source = buildRepository(recipe('llama', readRecipes('llama')[0]?.name ?? ''));
  await expect(convertContent(source, { encoder, dspark: true })).rejects.toMatchObject({ code: 'ARCH_UNSUPPORTED' });
});
