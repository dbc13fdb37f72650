import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { convertContent } from '../../src/convert/index.js';
import { digestOf } from '../../src/files/index.js';
import { tensorSize } from '../../src/gguf/index.js';
import { createLocalEncoder } from '../../src/quantize/index.js';
import { buildRepository, type Recipe } from './recipe.js';

const read = (path: string): unknown => JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8'));
const recipes = read('../fixtures/restored.json') as readonly (Recipe & { readonly method: string })[];
const golden = read('../fixtures/golden/restored.json') as Readonly<Record<string, Readonly<Record<string, string>>>>;
const encoder = createLocalEncoder();

/** What a GGUF calls the matrices that the recipes quantize; none of them is rearranged. */
const NAMES: Readonly<Record<string, string>> = {
  'model.embed_tokens.weight': 'token_embd.weight',
  'model.layers.0.mlp.gate_proj.weight': 'blk.0.ffn_gate.weight',
  'model.layers.0.mlp.up_proj.weight': 'blk.0.ffn_up.weight',
  'model.layers.0.mlp.down_proj.weight': 'blk.0.ffn_down.weight',
  'model.layers.0.self_attn.v_proj.weight': 'blk.0.attn_v.weight',
};

async function convert(recipe: Recipe, options: Partial<Parameters<typeof convertContent>[1]> = {}) {
  return convertContent(buildRepository(recipe), { encoder, ...(recipe.pre && { pre: recipe.pre }), ...options });
}

describe.each(recipes)('$name', (recipe) => {
  test('has the BF16 weights that its own library restores', async () => {
    const { content, outtype } = await convert(recipe);
    expect(outtype).toBe('bf16');
    const restored = Object.entries(golden[recipe.name] ?? {});
    expect(restored.length).toBeGreaterThan(2);
    for (const [name, sha256] of restored) {
      const tensor = content.tensors.find((one) => one.name === NAMES[name]);
      if (tensor === undefined) throw new Error(`no ${name}`);
      expect(tensor.type).toBe('BF16');
      expect([name, (await digestOf(tensor.read())).digest]).toEqual([name, `sha256:${sha256}`]);
    }
  });

  test('can be read from the middle', async () => {
    const { content } = await convert(recipe);
    for (const name of ['blk.0.ffn_up.weight', 'blk.0.ffn_down.weight']) {
      const tensor = content.tensors.find((one) => one.name === name);
      if (tensor === undefined) throw new Error(`no ${name}`);
      const bytes = async (range?: { start: number; end: number }): Promise<Buffer> => {
        const chunks: Uint8Array[] = [];
        for await (const chunk of tensor.read(range)) chunks.push(chunk.slice());
        return Buffer.concat(chunks);
      };
      const range = { start: 1001, end: Math.min(tensorSize(tensor), 3333) };
      expect(await bytes(range)).toEqual((await bytes()).subarray(range.start, range.end));
    }
  });

  test('is said to be quantized a second time', async () => {
    const { warnings } = await convert(recipe);
    expect(warnings).toEqual([expect.stringMatching(/quantized by .* already: .* second loss$/)]);
  });

  test('is refused where the reference is to be equalled', async () => {
    const refused = convert(recipe, { asReference: true });
    await expect(refused).rejects.toMatchObject({
      code: expect.stringMatching(/^(?:DTYPE_UNSUPPORTED|MODEL_INVALID)$/),
    });
  });
});

const byName = (name: string): Recipe => recipes.find((recipe) => recipe.name === name) ?? recipes[0] ?? ({} as Recipe);
const UP = 'model.layers.0.mlp.up_proj';

test.each([
  ['awq-f16', `${UP}.qzeros`, { shape: [3, 16], dtype: 'I32', fill: 'words' }, 'MODEL_INVALID'],
  ['awq-f16', `${UP}.scales`, { shape: [2, 127] }, 'MODEL_INVALID'],
  ['nf4-bf16', `${UP}.weight.absmax`, undefined, 'DTYPE_UNSUPPORTED'],
  ['nf4-bf16', `${UP}.weight`, { shape: [100, 1], dtype: 'U8' }, 'MODEL_INVALID'],
  [
    'nf4-bf16',
    `${UP}.weight.quant_state.bitsandbytes__nf4`,
    { shape: [2], dtype: 'U8', fill: [123, 125] },
    'MODEL_INVALID',
  ],
  [
    'nf4-bf16',
    `${UP}.weight.quant_state.bitsandbytes__nf4`,
    { shape: [2], dtype: 'U8', fill: [123, 123] },
    'DTYPE_UNSUPPORTED',
  ],
  ['int8', `${UP}.weight`, { shape: [128, 64], dtype: 'U8' }, 'DTYPE_UNSUPPORTED'],
  ['mlx-4', `${UP}.biases`, undefined, 'DTYPE_UNSUPPORTED'],
  ['mlx-4', `${UP}.scales`, { shape: [128, 3] }, 'MODEL_INVALID'],
  ['mixed-nvfp4-fp8', `${UP}.weight_global_scale`, undefined, 'DTYPE_UNSUPPORTED'],
  ['fp8-per-tensor', `${UP}.weight_zero_point`, { shape: [1], dtype: 'I8' }, 'DTYPE_UNSUPPORTED'],
] as const)('%s with another %s is refused', async (name, tensor, entry, code) => {
  const recipe = byName(name);
  const { [tensor]: _replaced, ...others } = recipe.tensors;
  const tensors = (entry === undefined ? others : { ...recipe.tensors, [tensor]: entry }) as Recipe['tensors'];
  await expect(convert({ ...recipe, tensors })).rejects.toMatchObject({ code });
});

test.each([
  ['awq-f16', { version: 'gemv' }],
  ['awq-f16', { bits: 3 }],
  ['gptq-4-without-groups', { desc_act: true }],
])('%s with %o is refused', async (name, laid) => {
  const recipe = byName(name);
  const declared = recipe.config?.['quantization_config'] as Readonly<Record<string, unknown>>;
  const config = { ...recipe.config, quantization_config: { ...declared, ...laid } };
  await expect(convert({ ...recipe, config })).rejects.toMatchObject({ code: 'DTYPE_UNSUPPORTED' });
});
