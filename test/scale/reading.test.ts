import { afterAll, beforeAll, expect, test } from 'vitest';
import { createContext, pipeline, type Stage } from '../../src/core/index.js';
import { sha256, type ModelFile } from '../../src/files/index.js';
import { finishShards, makePlan, openSharded, runPart } from '../../src/scale/index.js';
import { convert, download, pack, push, type PushedArtifact } from '../../src/stages/index.js';
import {
  buildLlama,
  startTestHub,
  startTestRegistry,
  type TestHub,
  type TestRegistry,
} from '../../src/testing/index.js';
import { buildRepository, readRecipes, type Recipe } from '../convert/recipe.js';

// How often big source files are read when parts share a model: counted where the Hub sends them, not where we read them.

const PARTS = 4;
let registry: TestRegistry;
let hub: TestHub;
const sent = new Map<string, number>();

/** A recipe with weights that are large enough to be read in ranges: 16 MiB and more. */
function grown(family: string, name: string, config: object, sizes: ReadonlyMap<number, number>, which = /./): Recipe {
  const recipe = readRecipes(family).find((known) => known.name === name);
  if (recipe === undefined) throw new Error(`there is no recipe '${name}'`);
  const tensors = Object.fromEntries(
    Object.entries(recipe.tensors ?? {}).map(([tensor, entry]) => {
      const grow = (shape: readonly number[]): number[] =>
        which.test(tensor) ? shape.map((size) => sizes.get(size) ?? size) : [...shape];
      if (Array.isArray(entry)) return [tensor, grow(entry as readonly number[])];
      const { shape, ...rest } = entry as { readonly shape: readonly number[] };
      return [tensor, { ...rest, shape: grow(shape) }];
    }),
  );
  return { ...recipe, config: { ...(recipe.config as object), ...config }, tensors };
}

/** Transposed: GPT-2's matrices lie the other way round. */
const GPT2 = grown(
  'gpt2',
  'tiny-gpt2',
  { n_embd: 512, n_head: 8 },
  new Map([
    [64, 512],
    [192, 1536],
    [256, 2048],
  ]),
);
/** Stacked: every expert is a tensor of its own in the source, and one with all others in the GGUF. */
const EXPERTS = grown('qwen3', 'tiny-qwen3-moe', { moe_intermediate_size: 8192 }, new Map([[32, 8192]]), /experts/);

const MODELS: Readonly<Record<string, readonly ModelFile[]>> = {
  tied: buildLlama({ layers: 4, hidden: 512, vocab: 4096, tied: true, seed: 1 }),
  transposed: buildRepository(GPT2).files,
  stacked: buildRepository(EXPERTS).files,
};

function counted(name: string, file: ModelFile): ModelFile {
  if (!file.path.endsWith('.safetensors')) return file;
  return {
    ...file,
    async *read(range, signal, hints) {
      for await (const chunk of file.read(range, signal, hints)) {
        sent.set(name, (sent.get(name) ?? 0) + chunk.byteLength);
        yield chunk;
      }
    },
  };
}

beforeAll(async () => {
  registry = await startTestRegistry();
  const repositories = Object.fromEntries(
    Object.entries(MODELS).map(([name, files]) => [`acme/${name}`, files.map((file) => counted(name, file))]),
  );
  hub = await startTestHub({ repositories });
});
afterAll(async () => {
  await hub.close();
  await registry.close();
});

/** The small tokenizers of the recipes are not recognised by themselves. */
const PRE: Readonly<Record<string, string>> = { transposed: 'gpt-2', stacked: 'qwen2' };

function chain(name: string, repository: string): Stage<void, readonly PushedArtifact[]> {
  return pipeline(
    download(`hf://acme/${name}`, { verify: 'transport' }),
    convert({ outtype: 'f16', ...(PRE[name] !== undefined && { pre: PRE[name] }) }),
    pack({ splitMaxSize: 4_000_000 }),
    push(`${registry.host}/models/${repository}`),
  );
}

test.each(Object.keys(MODELS))(
  '%s tensors: all parts together get the source at most 1.1 times',
  { timeout: 300_000 },
  async (name) => {
    const context = createContext({ env: hub.env });
    const stages = chain(name, `${name}-parts`);
    const weights = MODELS[name]!.filter(({ path }) => path.endsWith('.safetensors'));
    const size = weights.reduce((sum, file) => sum + file.size, 0);
    expect(size, 'large enough to be read in ranges').toBeGreaterThan(16 * 1024 * 1024);
    const plan = await makePlan(await openSharded(stages, context), {
      parts: PARTS,
      config: { path: 'c.yaml', digest: sha256('c') },
    });
    sent.set(name, 0);
    let told = 0;
    for (let index = 0; index < PARTS; index += 1) {
      told += (await runPart(await openSharded(stages, context), plan, index, context)).read;
    }
    const { pushed } = await finishShards(await openSharded(stages, context), plan, context);
    const read = sent.get(name) ?? 0;
    expect(read / size).toBeLessThan(1.1);
    // What is printed is what was sent, but for small files beside the weights.
    expect(Math.abs(told - read) / size).toBeLessThan(0.1);
    expect(plan.reading.parts / plan.reading.model).toBeLessThan(1.1);
    const alone = await chain(name, `${name}-alone`).run(undefined, context);
    expect(pushed.map(({ digest }) => digest)).toEqual(alone.map(({ digest }) => digest));
  },
);
