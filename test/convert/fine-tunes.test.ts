import { describe, expect, test } from 'vitest';
import { checkLoadable, convertContent, nameRepository, type GgufContentOptions } from '../../src/convert/index.js';
import { SlipwayError, type ErrorCode } from '../../src/core/index.js';
import { memoryFile, type Snapshot } from '../../src/files/index.js';
import { createLocalEncoder } from '../../src/quantize/index.js';
import { buildRepository, readRecipes, type Recipe } from './recipe.js';

/** Recipes whose bytes the reference's own have been compared with: see golden.test.ts. */
const RECIPES = new Map(readRecipes('fine-tunes').map((recipe) => [recipe.name, recipe]));
const LLAMA = readRecipes('llama').find(({ name }) => name === 'tiny-llama-gqa');

function recipeOf(name: string): Recipe {
  const recipe = RECIPES.get(name);
  if (recipe === undefined) throw new Error(`no recipe '${name}'`);
  return recipe;
}

async function convertFiles(snapshot: Snapshot, pre?: string, options: Partial<GgufContentOptions> = {}) {
  const conversion = await convertContent(snapshot, { encoder: createLocalEncoder(), pre, ...options });
  checkLoadable(conversion);
  return conversion;
}

async function refusal(snapshot: Snapshot, pre?: string): Promise<SlipwayError> {
  const error: unknown = await convertFiles(snapshot, pre).catch((cause: unknown) => cause);
  if (!SlipwayError.is(error)) throw new Error('it was not refused');
  return error;
}

/** The small Llama with changes to its configuration, tensors and files. */
function llama(
  changes: Partial<Pick<Recipe, 'config' | 'tensors' | 'files'>>,
  without: readonly string[] = [],
): Recipe {
  if (LLAMA === undefined) throw new Error('no recipe');
  const kept = Object.entries(LLAMA.tensors).filter(([name]) => !without.some((part) => name.includes(part)));
  return {
    ...LLAMA,
    config: { ...LLAMA.config, ...changes.config },
    files: { ...LLAMA.files, ...changes.files },
    tensors: { ...Object.fromEntries(kept), ...changes.tensors },
  };
}

describe('what llama.cpp cannot load is not written without a word', () => {
  test.each<[name: string, code: ErrorCode, text: RegExp]>([
    ['llama-more-rows', 'TOKENIZER_INVALID', /more rows than the vocabulary has tokens/],
    ['llama-other-intermediate', 'MODEL_INVALID', /feed-forward length/],
    ['llama-head-only', 'MODEL_INVALID', /no embedding of tokens, only a head/],
  ])('%s', async (name, code, text) => {
    const error = await refusal(buildRepository(recipeOf(name)));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(text);
    expect(error.details.try).toEqual(expect.arrayContaining([expect.stringContaining('--as-reference')]));
  });

  test('rows and heads are counted in the message', async () => {
    const error = await refusal(buildRepository(recipeOf('llama-more-rows')));
    expect(error.details.got).toBe('320 tokens, 384 rows');
    const heads = await refusal(buildRepository(llama({ config: { num_key_value_heads: 4 } })));
    expect(heads.details.got).toContain('4 key heads of 16 need 64 rows');
  });

  test('layers that predict further tokens are left out when none of their tensors is there', async () => {
    const recipe = recipeOf('tiny-qwen35-dropped');
    const { warnings, content } = await convertFiles(buildRepository(recipe), recipe.pre);
    expect(warnings).toEqual([expect.stringContaining('MTP')]);
    expect(content.metadata.has('qwen35.nextn_predict_layers')).toBe(false);
  });

  test('a part of them is not enough', async () => {
    const recipe = recipeOf('tiny-qwen35-dropped');
    const half = { ...recipe.config, text_config: { ...(recipe.config?.['text_config'] as object) } };
    Object.assign(half.text_config, { mtp_num_hidden_layers: 2 });
    const tensors = { ...recipe.tensors, 'mtp.layers.0.input_layernorm.weight': [64] };
    const error = await refusal(buildRepository({ ...recipe, config: half, tensors }), recipe.pre);
    expect(error.message).toBe('block 5 has no tensors');
  });

  test('rows of Gemma 3 that a filled vocabulary has stay', async () => {
    const recipe = readRecipes('gemma').find(({ name }) => name === 'tiny-gemma3-json');
    if (recipe === undefined) throw new Error('no recipe');
    const { content } = await convertFiles(buildRepository(recipe), recipe.pre);
    expect(content.tensors.find(({ name }) => name === 'token_embd.weight')?.dimensions[1]).toBe(340);
  });
});

describe('what quantized the weights is named', () => {
  const packed = (part: string): Recipe['tensors'] => ({
    [`model.layers.0.mlp.up_proj.${part}`]: { shape: [96, 8], dtype: 'U32' as const, fill: 'words' as const },
  });

  test.each<[string, Recipe, string]>([
    [
      'MLX',
      llama({
        tensors: {
          ...packed('weight'),
          'model.layers.0.mlp.up_proj.scales': [96, 1],
          'model.layers.0.mlp.up_proj.biases': [96, 1],
        },
      }),
      'MLX',
    ],
    ['bitsandbytes int8', llama({ tensors: { 'model.layers.0.mlp.up_proj.SCB': [96] } }), 'bitsandbytes int8'],
    [
      'compressed-tensors, sparse',
      llama({
        tensors: {
          'model.layers.0.mlp.up_proj.compressed': [3072],
          'model.layers.0.mlp.up_proj.bitmask': { shape: [96, 8], dtype: 'U8' },
        },
      }),
      'compressed-tensors (sparse)',
    ],
    [
      'GPTQ',
      llama({
        tensors: {
          'model.layers.0.mlp.up_proj.qweight': { shape: [8, 96], dtype: 'I32', fill: 'words' },
          'model.layers.0.mlp.up_proj.scales': [2, 96],
        },
      }),
      'GPTQ',
    ],
    [
      'AWQ',
      llama({
        tensors: {
          'model.layers.0.mlp.up_proj.qweight': { shape: [64, 12], dtype: 'I32', fill: 'words' },
          'model.layers.0.mlp.up_proj.scales': [2, 96],
        },
      }),
      'AWQ',
    ],
    [
      'compressed-tensors',
      llama({
        tensors: {
          'model.layers.0.mlp.up_proj.weight_packed': { shape: [96, 8], dtype: 'I32', fill: 'words' },
          'model.layers.0.mlp.up_proj.weight_scale': [96, 2],
        },
      }),
      'compressed-tensors',
    ],
  ])('%s, without a configuration that says so', async (_name, recipe, method) => {
    // The packed weight takes the place of the plain one.
    const tensors = new Map(Object.entries(recipe.tensors));
    if (method !== 'MLX' && method !== 'bitsandbytes int8') tensors.delete('model.layers.{0-1}.mlp.up_proj.weight');
    if (method === 'MLX') {
      tensors.delete('model.layers.{0-1}.mlp.up_proj.weight');
      tensors.set('model.layers.1.mlp.up_proj.weight', [96, 64]);
    }
    const error = await refusal(buildRepository({ ...recipe, tensors: Object.fromEntries(tensors) }));
    expect(error.code).toBe('DTYPE_UNSUPPORTED');
    expect(error.message).toContain(method);
    expect(error.details.try).toEqual(expect.arrayContaining([expect.stringContaining('16-bit weights')]));
  });

  test.each(['bitsandbytes', 'awq', 'gptq', 'compressed-tensors', 'fp8'])(
    'a configuration of %s that was left over counts for nothing',
    async (method) => {
      const recipe = llama({ config: { quantization_config: { quant_method: method } } });
      const { content } = await convertFiles(buildRepository(recipe));
      const plain = await convertFiles(buildRepository(llama({})));
      expect(content.tensors.map(({ name, type }) => `${name} ${type}`)).toEqual(
        plain.content.tensors.map(({ name, type }) => `${name} ${type}`),
      );
    },
  );
});

describe('names that training has left', () => {
  test.each([
    ['module.lm_head.weight', 'DataParallel'],
    ['_orig_mod.lm_head.weight', 'torch.compile'],
    ['model.layers.0._checkpoint_wrapped_module.mlp.up_proj.weight', 'checkpointing'],
    ['_fsdp_wrapped_module.lm_head.weight', 'FSDP'],
    ['v_head.summary.weight', 'value head'],
  ])('%s', async (name, what) => {
    const error = await refusal(buildRepository(llama({ tensors: { [name]: [96, 64] } })));
    expect([error.code, String(error.details.try)]).toEqual(['ARCH_UNSUPPORTED', expect.stringContaining(what)]);
  });
});

describe('weights in the format of another framework', () => {
  test.each([
    ['tf_model.h5', 'TensorFlow or Keras'],
    ['model.mlpackage/Data/weights.bundle', 'Core ML'],
    ['model.tflite', 'LiteRT'],
    ['model.nemo', 'NeMo'],
    ['openvino_model.xml', 'OpenVINO'],
  ])('%s is named', async (path, format) => {
    const snapshot = buildRepository(llama({}));
    const files = [
      ...snapshot.files.filter((file) => !file.path.endsWith('.safetensors')),
      memoryFile(path, new Uint8Array(64)),
    ];
    expect((await nameRepository({ ...snapshot, files }))?.what).toContain(format);
    const pickles = [...files, memoryFile('pytorch_model.bin', new Uint8Array(64))];
    expect(await nameRepository({ ...snapshot, files: pickles })).toBeUndefined();
  });
});

describe('what a proxy sends in place of a file', () => {
  test.each([
    ['<!DOCTYPE html><html>Sign in</html>', 'a web page'],
    ['\n<html><body>x</body></html>', 'a web page'],
    ['<?xml version="1.0"?><Error/>', 'an XML document'],
    ["# xet version 0\nfilesize = 12345\nhash = 'abc'\n", 'Xet'],
  ])('%j is named', async (content, what) => {
    const snapshot = buildRepository(llama({}));
    const files = snapshot.files.map((file) =>
      file.path.endsWith('.safetensors') ? memoryFile(file.path, content) : file,
    );
    expect((await refusal({ ...snapshot, files })).message).toContain(what);
  });
});

describe('adapters, pointers and old pieces are named', () => {
  test('a LoRA adapter, with its base', async () => {
    const snapshot = buildRepository(llama({}));
    const files = [
      ...snapshot.files.filter(({ path }) => !path.endsWith('.safetensors')),
      memoryFile('adapter_config.json', JSON.stringify({ base_model_name_or_path: 'org/base' })),
      memoryFile('adapter_model.safetensors', new Uint8Array(64)),
    ];
    const error = await refusal({ ...snapshot, files });
    expect(error.message).toContain('a LoRA adapter of org/base');
  });

  test.each([
    ['model.safetensors', 'model.safetensors'],
    ['tokenizer.model', 'tokenizer.model'],
    ['config.json', 'config.json'],
  ])('%s as a Git LFS pointer', async (path) => {
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 17000000\n`;
    const snapshot = buildRepository(llama({}));
    const files = [...snapshot.files.filter((file) => file.path !== path), memoryFile(path, pointer)];
    const error = await refusal({ ...snapshot, files });
    expect(error.code).toBe('LFS_POINTER');
    expect(error.details.try).toEqual(expect.arrayContaining([expect.stringContaining('git lfs pull')]));
  });

  test('a PEFT model that was not merged', async () => {
    const recipe = llama({ tensors: { 'base_model.model.model.layers.0.mlp.up_proj.lora_A.default.weight': [8, 64] } });
    expect((await refusal(buildRepository(recipe))).message).toContain('LoRA adapter is not merged');
  });

  test('shards of an earlier saving', async () => {
    const snapshot = buildRepository(llama({}));
    const old = buildRepository({ ...llama({}), shards: 2 }).files.filter(({ path }) => path.endsWith('.safetensors'));
    const error = await refusal({ ...snapshot, files: [...snapshot.files, ...old.slice(0, 1)] });
    expect(error.message).toContain("'model-00002-of-00002.safetensors' is missing");
    expect(error.details.try).toContain("--exclude 'model-*-of-00002.safetensors'");
    const twice = await refusal({ ...snapshot, files: [...snapshot.files, ...old] });
    expect(JSON.stringify(twice.details.try)).toContain("--exclude 'model.safetensors'");
    expect(JSON.stringify(twice.details.try)).toContain("--exclude 'model-*-of-00002.safetensors'");
  });

  test('a value of the wrong type, in the file where it stands', async () => {
    const recipe = llama({ files: { 'generation_config.json': { temperature: '0.6' } } });
    const error = await refusal(buildRepository(recipe));
    expect(error.message).toBe("'temperature' in generation_config.json is not a number");
    const config = await refusal(buildRepository(llama({ config: { rms_norm_eps: '1e-5' } })));
    expect(config.message).toBe("'rms_norm_eps' in config.json is not a number");
  });
});

test('DeepSeek V3.2 is refused without a BOS token, as by the reference', async () => {
  const [recipe] = readRecipes('deepseek-v32');
  if (recipe === undefined) throw new Error('no recipe');
  const settings = recipe.files?.['tokenizer_config.json'] as object;
  const files = { ...recipe.files, 'tokenizer_config.json': { ...settings, add_bos_token: false } };
  expect((await refusal(buildRepository({ ...recipe, files }), recipe.pre)).message).toContain('no BOS token');
});

test('the prefix of a PEFT wrapper is taken off where nothing but it is there', async () => {
  const plain = llama({});
  const wrapped = Object.fromEntries(
    Object.entries(plain.tensors).map(([name, entry]) => [`base_model.model.${name}`, entry]),
  );
  const { content } = await convertFiles(buildRepository({ ...plain, tensors: wrapped }));
  const expected = await convertFiles(buildRepository(plain));
  expect(content.tensors.map(({ name }) => name).toSorted()).toEqual(
    expected.content.tensors.map(({ name }) => name).toSorted(),
  );
});

test('a model in the only folder that has one is converted, under the name of the repository', async () => {
  const plain = buildRepository(llama({}));
  const files = plain.files.map((file) => ({ ...file, path: `llm/${file.path}` }));
  const { content } = await convertFiles({ ...plain, files: [...files, memoryFile('vision/config.json', '{}')] });
  const expected = await convertFiles(plain);
  expect(content.metadata).toEqual(expected.content.metadata);
  expect(content.tensors.map(({ name }) => name)).toEqual(expected.content.tensors.map(({ name }) => name));
  const twice = [...files, ...plain.files.map((file) => ({ ...file, path: `other/${file.path}` }))];
  expect((await refusal({ ...plain, files: twice })).code).toBe('MODEL_INVALID');
});
