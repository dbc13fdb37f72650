import { describe, expect, test } from 'vitest';
import { convertContent, supportedArchitectures } from '../../src/convert/index.js';
import { createLocalEncoder } from '../../src/quantize/index.js';
import { buildRepository, readRecipes, type Recipe } from './recipe.js';

const encoder = createLocalEncoder();

function recipe(family: string, name: string): Recipe {
  const found = readRecipes(family).find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no recipe '${name}'`);
  return found;
}

const convert = async (given: Recipe, more: Partial<Recipe> = {}): Promise<unknown> =>
  convertContent(buildRepository({ ...given, ...more }), { encoder, outtype: 'f32', pre: 'default', ...given.options });

describe('what the reference cannot convert either', () => {
  test.each(['BaichuanForCausalLM', 'BaiChuanForCausalLM'])('%s, with the reason', async (name) => {
    expect(supportedArchitectures().map((architecture) => architecture.name)).not.toContain(name);
    const given = recipe('llama', 'tiny-llama-gqa');
    await expect(convert(given, { config: { ...given.config, architectures: [name] } })).rejects.toMatchObject({
      code: 'ARCH_UNSUPPORTED',
      details: { got: expect.stringContaining('calls itself without end') },
    });
  });

  test.each([
    ['another factor', { rope_scaling: { type: 'dynamic', alpha: 50 } }],
    ['another base', { rope_theta: 500_000 }],
    ['another context', { max_position_embeddings: 4096 }],
    ['heads of another length', { num_attention_heads: 4 }],
    ['experts that differ by layer', { moe_topk: [1, 2] }],
    ['one number for all layers', { moe_intermediate_size: 32 }],
  ])('Hunyuan with %s', async (_what, more) => {
    const given = recipe('hunyuan', 'tiny-hunyuan-moe');
    const converting = convert(given, { config: { ...given.config, ...more } });
    await expect(converting).rejects.toMatchObject({ code: expect.stringMatching(/ARCH_UNSUPPORTED|MODEL_INVALID/) });
  });

  test('Apertus with an activation of several numbers', async () => {
    const given = recipe('llama-relatives', 'tiny-apertus');
    const tensors = { ...given.tensors, 'model.layers.{0-1}.mlp.act_fn.beta': [2] };
    await expect(convert(given, { tensors })).rejects.toMatchObject({ code: 'MODEL_INVALID' });
  });

  test.each([
    ['a token without a score', '["a"]'],
    ['no list', '{"token":"a"}'],
    ['no JSON', 'a 1'],
  ])('PLaMo with a line that is %s', async (_what, line) => {
    const given = recipe('plamo', 'tiny-plamo2');
    const converting = convert(given, { files: { 'tokenizer.jsonl': `${line}\n` } });
    await expect(converting).rejects.toMatchObject({ code: expect.stringMatching(/TOKENIZER_INVALID|JSON_INVALID/) });
  });

  test('North with shared experts that are not averaged', async () => {
    const given = recipe('cohere', 'tiny-north');
    const config = { ...given.config, shared_expert_combination_strategy: 'sum' };
    await expect(convert(given, { config })).rejects.toMatchObject({ code: 'ARCH_UNSUPPORTED' });
  });

  test('Nemotron 3 with two layers that predict further tokens', async () => {
    const given = recipe('nemotron-h', 'tiny-nemotron-3-mtp');
    const config = { ...given.config, num_nextn_predict_layers: 2 };
    await expect(convert(given, { config })).rejects.toMatchObject({ code: 'ARCH_UNSUPPORTED' });
  });
});

describe('vocabularies that contradict their model', () => {
  test('Hunyuan with no room for the special tokens', async () => {
    const given = recipe('hunyuan', 'tiny-hunyuan-vocabulary');
    const config = { ...given.config, vocab_size: 127_957 };
    await expect(convert(given, { config })).rejects.toMatchObject({ code: 'TOKENIZER_INVALID' });
  });

  test('Hunyuan with a vocabulary that no model has', async () => {
    const given = recipe('hunyuan', 'tiny-hunyuan-vocabulary');
    const config = { ...given.config, vocab_size: 2 ** 40 };
    await expect(convert(given, { config })).rejects.toMatchObject({ code: 'TOKENIZER_INVALID' });
  });

  test('Kimi with fewer rows than byte strings', async () => {
    const given = recipe('kimi-k2', 'tiny-kimi-k2-vocabulary');
    const config = { ...given.config, vocab_size: 300 };
    await expect(convert(given, { config })).rejects.toMatchObject({ code: 'TOKENIZER_INVALID' });
  });

  test('ChatGLM 3 with fewer rows than special tokens need', async () => {
    const given = recipe('chatglm', 'tiny-chatglm3');
    const config = { ...given.config, padded_vocab_size: 300 };
    await expect(convert(given, { config })).rejects.toMatchObject({ code: 'TOKENIZER_INVALID' });
  });

  test('a reranker without its two answers', async () => {
    const given = { ...recipe('qwen3', 'tiny-qwen3-rank'), tokenizer: 'bpe-solar' };
    await expect(convert(given)).rejects.toMatchObject({ code: 'MODEL_INVALID' });
  });

  test("a tiktoken file whose ranks are not the pre-tokenizer's", async () => {
    const given = recipe('kimi-k2', 'tiny-kimi-k2-vocabulary');
    const converting = convertContent(buildRepository(given), { encoder, outtype: 'f32', pre: 'qwen2' });
    await expect(converting).rejects.toMatchObject({ code: 'TOKENIZER_UNSUPPORTED' });
  });
});

describe('dense layers', () => {
  test('that modules.json names without weights are passed over', async () => {
    const given = recipe('embedding-gemma', 'tiny-embedding-gemma-dense');
    const { modules: _modules, ...bare } = given;
    const { content } = await convertContent(buildRepository(bare), { encoder, outtype: 'f32', ...given.options });
    expect(content.tensors.filter(({ name }) => name.startsWith('dense'))).toEqual([]);
    expect([...content.metadata.keys()].filter((key) => key.includes('dense'))).toEqual([]);
  });

  test('too many of which are refused', async () => {
    const given = recipe('embedding-gemma', 'tiny-embedding-gemma-dense');
    const module = { path: '2_Dense', type: 'sentence_transformers.models.Dense' };
    const files = { ...given.files, 'modules.json': Array.from({ length: 17 }, () => module) };
    await expect(convert(given, { files })).rejects.toMatchObject({ code: 'MODEL_INVALID' });
  });

  test('are left out unless asked for', async () => {
    const given = recipe('embedding-gemma', 'tiny-embedding-gemma-dense');
    const { content } = await convertContent(buildRepository(given), { encoder, outtype: 'f32' });
    expect(content.tensors.some(({ name }) => name.startsWith('dense'))).toBe(false);
  });
});

test('models that are published without a tokenizer say whose vocabulary they have', async () => {
  const given = recipe('openelm', 'tiny-openelm-builtin');
  const { tokenizer: _none, ...bare } = given;
  await expect(convertContent(buildRepository(bare), { encoder, outtype: 'f32' })).rejects.toMatchObject({
    code: 'TOKENIZER_UNSUPPORTED',
    details: { try: [expect.stringContaining('ggml-vocab-llama-spm.gguf'), expect.anything()] },
  });
});
