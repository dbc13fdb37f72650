import { describe, expect, test } from 'vitest';
import { convertContent, supportedArchitectures, type GgufContentOptions } from '../../src/convert/index.js';
import { memoryFile, type ModelFile, type Snapshot } from '../../src/files/index.js';
import { tensorSize } from '../../src/gguf/index.js';
import { createLocalEncoder } from '../../src/quantize/index.js';
import { buildRepository, readRecipes, type Recipe } from './recipe.js';

const encoder = createLocalEncoder();
const llama = readRecipes('llama')[0]!;
const mixtral = readRecipes('llama').find(({ name }) => name === 'tiny-mixtral')!;

const convert = async (
  snapshot: Snapshot,
  options: Partial<GgufContentOptions> = {},
): ReturnType<typeof convertContent> => convertContent(snapshot, { encoder, outtype: 'f32', ...options });

/** The repository with one file replaced, or taken away. */
function replaced(recipe: Recipe, path: string, content: string | Uint8Array | undefined): Snapshot {
  const snapshot = buildRepository(recipe);
  const others = snapshot.files.filter((file) => file.path !== path);
  return { ...snapshot, files: content === undefined ? others : [...others, memoryFile(path, content)] };
}

const withConfig = (recipe: Recipe, more: Record<string, unknown>): Snapshot =>
  buildRepository({ ...recipe, config: { ...recipe.config, ...more } });

function withoutTensor(recipe: Recipe, template: string): Snapshot {
  const tensors = Object.fromEntries(Object.entries(recipe.tensors).filter(([name]) => name !== template));
  return buildRepository({ ...recipe, tensors });
}

/** The snapshot with a record of every byte range that is read. */
function watched(snapshot: Snapshot): { snapshot: Snapshot; reads: { path: string; bytes: number }[] } {
  const reads: { path: string; bytes: number }[] = [];
  const files = snapshot.files.map((file): ModelFile => ({
    path: file.path,
    size: file.size,
    read: (range, signal) => {
      reads.push({ path: file.path, bytes: (range?.end ?? file.size) - (range?.start ?? 0) });
      return file.read(range, signal);
    },
  }));
  return { snapshot: { ...snapshot, files }, reads };
}

describe('convertContent', () => {
  test('says what it will write', async () => {
    const { architecture, className, outtype, parameters, tensors } = await convert(buildRepository(llama), {
      outtype: 'auto',
    });
    expect({ architecture, className, outtype }).toEqual({
      architecture: 'llama',
      className: 'LlamaForCausalLM',
      outtype: 'bf16',
    });
    expect(parameters.total).toBe(
      tensors.reduce((sum, { dimensions }) => sum + dimensions.reduce((a, b) => a * b, 1), 0),
    );
    expect(tensors.find(({ name }) => name === 'blk.0.attn_norm.weight')).toEqual({
      name: 'blk.0.attn_norm.weight',
      dimensions: [64],
      from: 'BF16',
      to: 'F32',
    });
  });

  test('reads headers and small files only, until a tensor is read', async () => {
    const big: Recipe = { ...llama, tensors: { ...llama.tensors, 'lm_head.weight': [320 * 64, 64] } };
    const { snapshot, reads } = watched(buildRepository(big));
    const { content } = await convert(snapshot);
    const weights = reads.filter(({ path }) => path === 'model.safetensors');
    expect(weights.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(64 * 1024);
    reads.length = 0;
    const tensor = content.tensors.find(({ name }) => name === 'blk.1.attn_q.weight')!;
    for await (const chunk of tensor.read({ start: 0, end: 4 })) expect(chunk.byteLength).toBe(4);
    // One head of queries at most.
    expect(reads.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(16 * 64 * 2);
  });

  test.each([
    ['q8_0', 'llama', 'tiny-mixtral'],
    ['f32', 'quantized-sources', 'tiny-llama-bitnet'],
    ['f16', 'quantized-sources', 'tiny-llama4-fp8-expert-blocks'],
    ['auto', 'nvfp4-sources', 'nvfp4-llama-modelopt'],
    ['auto', 'nvfp4-sources', 'nvfp4-qwen3-moe-compressed'],
    ['auto', 'nvfp4-sources', 'nvfp4-qwen35'],
  ] as const)('every tensor can be read at any range: %s of %s, %s', async (outtype, family, name) => {
    const recipe = readRecipes(family).find((one) => one.name === name)!;
    const { content } = await convert(buildRepository(recipe), {
      outtype,
      ...(recipe.pre === undefined ? {} : { pre: recipe.pre }),
    });
    for (const tensor of content.tensors.slice(0, 40)) {
      const size = tensorSize(tensor);
      const bytes = async (start: number, end: number): Promise<Buffer> => {
        const parts: Uint8Array[] = [];
        for await (const chunk of tensor.read({ start, end })) parts.push(chunk);
        return Buffer.concat(parts);
      };
      const whole = await bytes(0, size);
      expect(whole.byteLength).toBe(size);
      for (const [start, end] of [
        [1, 2],
        [size - 1, size],
        [Math.floor(size / 3), Math.floor(size / 2)],
        [5, 5],
      ] as const) {
        if (end <= size) expect(await bytes(start, end)).toEqual(whole.subarray(start, end));
      }
    }
  });

  test('needs no weights for the vocabulary alone', async () => {
    const { content } = await convert(replaced(llama, 'model.safetensors', undefined), { vocabOnly: true });
    expect(content.tensors).toEqual([]);
    expect(content.metadata.get('tokenizer.ggml.model')).toEqual({ type: 'STRING', value: 'llama' });
  });

  test('stops when it is told to', async () => {
    const stop = new AbortController();
    const { content } = await convert(buildRepository(llama), { outtype: 'q8_0', signal: stop.signal });
    stop.abort();
    const read = content.tensors[0]!.read()[Symbol.asyncIterator]();
    await expect(read.next()).rejects.toMatchObject({ code: 'ABORTED' });
  });

  test('lists what it supports', () => {
    const names = supportedArchitectures().map(({ name }) => name);
    expect(names).toContain('LlamaForCausalLM');
    expect(names).toEqual([...names].sort());
  });
});

describe('hostile and broken repositories', () => {
  test.each([
    ['no architecture', withConfig(llama, { architectures: [] }), 'MODEL_INVALID'],
    ['an unknown architecture', withConfig(llama, { architectures: ['LlamaForCausalLN'] }), 'ARCH_UNSUPPORTED'],
    ['text where a number belongs', withConfig(llama, { num_attention_heads: 'many' }), 'MODEL_INVALID'],
    ['a negative number of layers', withConfig(llama, { num_hidden_layers: -1 }), 'MODEL_INVALID'],
    ['a billion layers', withConfig(llama, { num_hidden_layers: 1e9 }), 'MODEL_INVALID'],
    ['heads that do not divide the rows', withConfig(llama, { num_attention_heads: 7 }), 'MODEL_INVALID'],
    ['no heads', withConfig(llama, { num_attention_heads: 0, num_key_value_heads: 0 }), 'MODEL_INVALID'],
    ['more layers in the weights', withConfig(llama, { num_hidden_layers: 1 }), 'ARCH_UNSUPPORTED'],
    [
      'quantized weights',
      buildRepository({
        ...llama,
        config: { ...llama.config, quantization_config: { quant_method: 'awq' } },
        tensors: { ...llama.tensors, 'model.layers.0.mlp.gate_proj.qweight': { shape: [4, 4], dtype: 'I32' } },
      }),
      'DTYPE_UNSUPPORTED',
    ],
    ['experts that are missing', withConfig(mixtral, { num_local_experts: 5 }), 'MODEL_INVALID'],
    ['an unknown kind of expert weighing', withConfig(mixtral, { scoring_func: 'luck' }), 'ARCH_UNSUPPORTED'],
    [
      'a tensor that the architecture lacks',
      buildRepository({ ...llama, tensors: { ...llama.tensors, 'model.layers.0.self_attn.rotten.weight': [4] } }),
      'ARCH_UNSUPPORTED',
    ],
    [
      'five dimensions',
      buildRepository({ ...llama, tensors: { ...llama.tensors, 'lm_head.weight': [1, 1, 1, 2, 2] } }),
      'MODEL_INVALID',
    ],
    ['no config.json', replaced(llama, 'config.json', undefined), 'MODEL_INVALID'],
    ['a config.json that is a list', replaced(llama, 'config.json', '[]'), 'JSON_INVALID'],
    ['a config.json of 50 MB', replaced(llama, 'config.json', `{"a":"${'x'.repeat(50_000_000)}"}`), 'SIZE_MISMATCH'],
    ['no weights', replaced(llama, 'model.safetensors', undefined), 'MODEL_INVALID'],
    [
      'a pickle for weights',
      replaced(llama, 'model.safetensors', Uint8Array.of(0x80, 4, 0x95, 1, 0, 0, 0, 0, 0, 0)),
      'PICKLE_REFUSED',
    ],
  ])('%s', async (_, snapshot, code) => {
    await expect(convert(snapshot)).rejects.toMatchObject({ code });
  });

  test('the name nearest to an unknown one is suggested', async () => {
    const error: unknown = await convert(withConfig(llama, { architectures: ['Qwen2MoeForCausalML'] })).catch(
      (e: unknown) => e,
    );
    expect(error).toMatchObject({
      details: { try: [expect.stringContaining('Qwen2MoeForCausalLM'), expect.any(String)] },
    });
  });

  test('a key named __proto__ changes nothing', async () => {
    const text = JSON.stringify(llama.config).replace('{', '{"__proto__":{"head_dim":1},"constructor":{"head_dim":2},');
    const { content } = await convert(replaced(llama, 'config.json', text));
    expect(content.metadata.get('llama.attention.key_length')).toEqual({ type: 'UINT32', value: 16 });
  });

  test('a shard that is cut off is refused before anything is read', async () => {
    const file = buildRepository(llama).files.find(({ path }) => path === 'model.safetensors')!;
    const parts: Uint8Array[] = [];
    for await (const chunk of file.read({ start: 0, end: file.size - 1 })) parts.push(chunk);
    const attempt = convert(replaced(llama, 'model.safetensors', Buffer.concat(parts)));
    await expect(attempt).rejects.toMatchObject({ code: 'SAFETENSORS_INVALID' });
  });

  test('a missing output matrix means tied embeddings, nothing else', async () => {
    const { content } = await convert(withoutTensor(llama, 'lm_head.weight'));
    expect(content.tensors.some(({ name }) => name === 'output.weight')).toBe(false);
  });
});
