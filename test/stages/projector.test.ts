import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { createContext, pipeline, type RunContext } from '../../src/core/index.js';
import { digestOf, memoryFile, type Snapshot } from '../../src/files/index.js';
import { readGguf } from '../../src/gguf/index.js';
import type { ModelVariant } from '../../src/package/index.js';
import { PACKAGE_FORMATS, convert, pack, type ConvertOptions } from '../../src/stages/index.js';
import { buildRepository, readRecipes, weightsOf, type Recipe } from '../convert/recipe.js';

const golden = JSON.parse(
  readFileSync(new URL('../fixtures/golden/convert-mmproj-qwen-vl.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, Readonly<Record<string, { readonly sha256: string }>>>>;
const [text] = readRecipes('qwen-vl');
const [seen] = readRecipes('mmproj-qwen-vl');
if (text?.config === undefined || seen?.config === undefined) throw new Error('the recipes are gone');

/** A whole vision model: a language model and what it sees with. */
const whole: Recipe = {
  ...text,
  name: 'tiny-qwen2vl',
  config: { ...text.config, vision_config: seen.config['vision_config'] },
  files: { ...text.files, ...seen.files },
  tensors: {
    ...text.tensors,
    ...Object.fromEntries(Object.entries(seen.tensors).filter(([name]) => name.startsWith('visual.'))),
  },
};

const context = (): RunContext => createContext({ env: {} });
const converted = async (options: ConvertOptions, snapshot: Snapshot = buildRepository(whole)) =>
  convert({ ...(text.pre !== undefined && { pre: text.pre }), ...options }).run(snapshot, context());
const paths = (variants: readonly ModelVariant[]): string[][] =>
  variants.map(({ weights }) => weights.map(({ path }) => path));

test('a projector stands beside the language model, one file for all quantizations', async () => {
  const variants = await converted({ quantize: ['Q8_0', 'F16'], mmproj: 'f16' });
  const projector = 'mmproj-tiny-qwen2vl-F16.gguf';
  expect(paths(variants)).toEqual([
    ['tiny-qwen2vl-Q8_0.gguf', projector],
    ['tiny-qwen2vl-F16.gguf', projector],
  ]);
  expect(variants[0]?.facts.inputTypes).toEqual(['text', 'image']);
  const file = variants[0]?.weights[1];
  const { metadata } = await readGguf(file ?? memoryFile('', ''));
  expect(metadata.get('general.type')).toEqual({ type: 'STRING', value: 'mmproj' });
  expect(paths(await converted({ mmproj: true, outtype: 'bf16' }))[0]?.[1]).toBe('mmproj-tiny-qwen2vl-BF16.gguf');
});

test("only the projector: the reference's bytes", async () => {
  const [variant] = await converted({ mmproj: 'only', outtype: 'f16' }, buildRepository(seen));
  expect(paths(variant === undefined ? [] : [variant])).toEqual([['mmproj-tiny-qwen2vl-mmproj-F16.gguf']]);
  const { digest } = await digestOf((variant?.weights[0] ?? memoryFile('', '')).read());
  expect(digest).toBe(`sha256:${golden['tiny-qwen2vl-mmproj']?.['f16']?.sha256 ?? ''}`);
});

test('a projector is not quantized, and is no vocabulary', async () => {
  for (const options of [
    { quantize: 'Q4_0', mmproj: 'only' },
    { vocabOnly: true, mmproj: true },
  ] as const) {
    await expect(converted(options)).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  }
});

/** Media types of a variant's layers that hold its weights, by format. */
async function weightTypes(variants: readonly ModelVariant[]): Promise<Record<string, string[]>> {
  const packed = await pipeline(
    { name: 'given', run: async () => variants },
    pack({ formats: PACKAGE_FORMATS.filter((format) => format !== 'modelcar') }),
  ).run(undefined, context());
  return Object.fromEntries(
    packed.artifacts.map(({ format, layers }) => [
      format,
      layers.filter(({ file }) => file.path.endsWith('.gguf')).map(({ mediaType }) => mediaType),
    ]),
  );
}

test('every format has a place for a projector', async () => {
  expect(await weightTypes(await converted({ outtype: 'f16', mmproj: true }))).toMatchObject({
    docker: ['application/vnd.docker.ai.gguf.v3', 'application/vnd.docker.ai.mmproj'],
    ollama: ['application/vnd.ollama.image.model', 'application/vnd.ollama.image.projector'],
    modelpack: ['application/vnd.cncf.model.weight.v1.raw', 'application/vnd.cncf.model.weight.v1.raw'],
  });
});

test('an adapter is an artifact on its base', async () => {
  const config = { peft_type: 'LORA', r: 4, lora_alpha: 8, base_model_name_or_path: 'acme/base' };
  const layer = 'base_model.model.model.layers.0.self_attn.q_proj';
  const adapter: Snapshot = {
    source: { kind: 'directory', name: 'tiny-lora', url: './tiny-lora', revision: 'fixture' },
    files: [
      memoryFile('adapter_config.json', JSON.stringify(config)),
      weightsOf(
        'adapter_model.safetensors',
        { [`${layer}.lora_A.weight`]: [4, 64], [`${layer}.lora_B.weight`]: [64, 4] },
        'F32',
      ),
    ],
  };
  await expect(converted({ base: 'test/fixtures/adapters', quantize: 'Q4_0' }, adapter)).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
  });
  await expect(converted({}, { ...adapter, files: adapter.files.slice(1) })).rejects.toMatchObject({
    code: 'MODEL_INVALID',
  });
});
