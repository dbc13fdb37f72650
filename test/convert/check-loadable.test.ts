import { describe, expect, test } from 'vitest';
import { checkLoadable, convertContent, missingKeys } from '../../src/convert/index.js';
import { createLocalEncoder } from '../../src/quantize/index.js';
import { buildRepository, buildTarget, readRecipes, type Recipe } from './recipe.js';

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
    ['bert', 'tiny-bert'],
    ['bert-relatives', 'tiny-modernbert'],
    ['bert-relatives', 'tiny-neobert'],
    ['deepseek', 'tiny-deepseek-v3'],
    ['gemma3n', 'tiny-gemma3n'],
    ['gemma4', 'tiny-gemma4'],
    ['lfm2', 'tiny-lfm2'],
    ['mamba', 'tiny-jamba'],
    ['minimax-01', 'tiny-minimax-text'],
    ['nemotron-h', 'tiny-nemotron-h'],
    ['olmo', 'tiny-olmo'],
    ['qwen3-next', 'tiny-qwen35-moe'],
    ['qwen4exp', 'tiny-qwen4exp'],
    ['talkie', 'tiny-talkie'],
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

describe('a Llama that llama.cpp cannot load', () => {
  const whole = readRecipes('llama')[0];
  if (whole === undefined) throw new Error('no recipe');
  const expanded = Object.entries(whole.tensors).flatMap(([name, shape]) =>
    ['0', '1'].slice(0, name.includes('{0-1}') ? 2 : 1).map((block) => [name.replace('{0-1}', block), shape] as const),
  );

  /** What the check says of it with these tensors besides, or without those whose shape is `undefined`. */
  async function changed(tensors: Readonly<Record<string, readonly number[] | undefined>>): Promise<unknown> {
    const kept = expanded.filter(([name]) => !(name in tensors));
    const added = Object.entries(tensors).flatMap(([name, shape]) =>
      shape === undefined ? [] : [[name, shape] as const],
    );
    const recipe = { ...whole, tensors: Object.fromEntries([...kept, ...added]) } as Recipe;
    checkLoadable(await convertContent(buildRepository(recipe), { outtype: 'f32', encoder }));
    return undefined;
  }

  test('as it is, it loads', async () => {
    await expect(changed({})).resolves.toBeUndefined();
    await expect(changed({ 'model.layers.1.self_attn.q_proj.bias': [64] })).resolves.toBeUndefined();
  });

  test.each([
    ['model.layers.1.mlp.up_proj.weight', 'blk.1.ffn_up.weight'],
    ['model.layers.1.mlp.gate_proj.weight', 'blk.1.ffn_gate.weight'],
    ['model.layers.0.mlp.down_proj.weight', 'blk.0.ffn_down.weight'],
    ['model.layers.0.self_attn.v_proj.weight', 'blk.0.attn_v.weight'],
    ['model.layers.1.self_attn.k_proj.weight', 'blk.1.attn_k.weight'],
    ['model.layers.1.self_attn.o_proj.weight', 'blk.1.attn_output.weight'],
    ['model.layers.1.input_layernorm.weight', 'blk.1.attn_norm.weight'],
    ['model.layers.1.post_attention_layernorm.weight', 'blk.1.ffn_norm.weight'],
    ['model.norm.weight', 'output_norm.weight'],
  ])('without %s', async (name, where) => {
    await expect(changed({ [name]: undefined })).rejects.toMatchObject({ code: 'MODEL_INVALID', details: { where } });
  });

  test.each([
    ['model.layers.1.mlp.up_proj.weight', [48, 64], 'blk.1.ffn_up.weight'],
    ['model.layers.1.mlp.gate_proj.weight', [48, 64], 'blk.1.ffn_gate.weight'],
    ['model.layers.1.self_attn.q_proj.bias', [32], 'blk.1.attn_q.bias'],
    ['model.layers.0.self_attn.v_proj.bias', [64], 'blk.0.attn_v.bias'],
  ])('with %s of another shape', async (name, shape, where) => {
    await expect(changed({ [name]: shape })).rejects.toMatchObject({ code: 'MODEL_INVALID', details: { where } });
  });
});

test('a model without what llama.cpp needs says so', async () => {
  const recipe = readRecipes('mistral-format').find(({ name }) => name === 'mistral-dense-spm');
  if (recipe === undefined) throw new Error('no recipe');
  const conversion = await convertContent(buildRepository(recipe), { outtype: 'f32', encoder, ...recipe.options });
  expect(missingKeys(conversion)).toEqual([expect.stringContaining('llama.context_length')]);
});

test('a whole model and a projector lack nothing', async () => {
  for (const [family, index] of [
    ['llama', 0],
    ['mmproj-gemma3', 0],
  ] as const) {
    const recipe = readRecipes(family)[index];
    if (recipe === undefined) throw new Error(`no recipe of '${family}'`);
    const conversion = await convertContent(buildRepository(recipe), { outtype: 'f32', encoder, ...recipe.options });
    expect(missingKeys(conversion)).toEqual([]);
  }
});
