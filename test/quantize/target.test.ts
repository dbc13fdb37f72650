import { describe, expect, test } from 'vitest';
import type { SlipwayError } from '../../src/core/index.js';
import { sha256 } from '../../src/files/index.js';
import { ggufFile, type GgufContent, type GgufTensor } from '../../src/gguf/index.js';
import { createLocalEncoder, quantizeContent, TargetSearch, type Target } from '../../src/quantize/index.js';
import { chooseSteps, type Choice } from '../../src/quantize/target/greedy.js';
import { bits, fileBytes, smallImatrix, smallModel } from './small-models.js';

const encoder = createLocalEncoder();
const step = (type: 'Q2_K' | 'Q4_K' | 'Q8_0', size: number, loss: number) => ({ type, size, loss });
const choice = (name: string, losses: readonly [number, number, number], start: 0 | 1 | 2): Choice => {
  const steps = [step('Q2_K', 10, losses[0]), step('Q4_K', 20, losses[1]), step('Q8_0', 40, losses[2])];
  return { name, steps, start: steps[start]! };
};

describe('the search', () => {
  const types = (choices: readonly Choice[], budget: number): unknown =>
    chooseSteps(choices, budget)?.map(({ type }) => type);
  const two = [choice('a', [100, 10, 1], 1), choice('b', [50, 5, 1], 1)];

  test('spends what is left where a byte gains most', () => expect(types(two, 60)).toEqual(['Q8_0', 'Q4_K']));
  test('saves where a byte costs least', () => expect(types(two, 30)).toEqual(['Q4_K', 'Q2_K']));
  test('keeps what fits exactly', () => expect(types(two, 40)).toEqual(['Q4_K', 'Q4_K']));
  test('gives up when the smallest are too large', () => expect(types(two, 19)).toBeUndefined());
});

/** Matrices of 256 columns; some have a few weights that are much larger than the rest. */
function model(): GgufContent {
  const names = ['attn_q', 'attn_k', 'attn_v', 'attn_output', 'ffn_up', 'ffn_down'];
  const tensors = Array.from({ length: 4 }, (_, layer) => names.map((name) => `blk.${layer}.${name}.weight`)).flat();
  return {
    metadata: smallModel('dense-gqa').metadata,
    tensors: [...tensors, 'token_embd.weight', 'output.weight'].map((name): GgufTensor => {
      const values = Float32Array.from(bits(name, 16 * 256), (h, index) => {
        const value = (h & 0xffff) / 65536 - 0.5;
        return index % 37 === 0 && name.includes('ffn') ? 20 * value : value;
      });
      const bytes = new Uint8Array(values.buffer);
      return {
        name,
        dimensions: [256, 16],
        type: 'F32',
        async *read(range) {
          yield bytes.slice(range?.start, range?.end);
        },
      };
    }),
  };
}

async function made(target: Target, fileType?: string, imatrix?: 'gguf') {
  const source = model();
  const matrix = imatrix === undefined ? undefined : smallImatrix(source);
  const options = { encoder, ...(matrix !== undefined && { imatrix: matrix }) };
  const choice = await new TargetSearch(source, options).choose(target, fileType);
  const assigned = { ...options, assigned: choice.types, fallback: 'allow' as const };
  return { source, options, choice, ...quantizeContent(source, choice.fileType.name, assigned) };
}

describe('a target size', () => {
  test.each([3.5, 4.5, 5, 6.2, 9])('of %d bits per weight is met and nearly used', async (bitsPerWeight) => {
    const { plan } = await made({ bitsPerWeight });
    expect(plan.bitsPerWeight).toBeLessThanOrEqual(bitsPerWeight);
    expect(plan.bitsPerWeight).toBeGreaterThan(bitsPerWeight - 0.6);
  });

  test('in bytes is that of the whole file', async () => {
    for (const bytes of [60_000, 80_000, 110_000]) {
      const { content } = await made({ bytes });
      const { size } = ggufFile('model.gguf', content);
      expect(size).toBeLessThanOrEqual(bytes);
      expect(size).toBeGreaterThan(bytes * 0.85);
    }
  });

  test('the same types by rules, as llama-quantize takes them, give the same bytes', async () => {
    const { source, options, choice, content } = await made({ bitsPerWeight: 5 });
    const tensorTypes = [...choice.types].map(([name, type]) => [`^${name.replaceAll('.', '\\.')}$`, type] as const);
    const same = quantizeContent(source, choice.fileType.name, { ...options, tensorTypes, fallback: 'allow' });
    expect(sha256(await fileBytes(content))).toBe(sha256(await fileBytes(same.content)));
  });

  test('is met from a given mix, larger or smaller', async () => {
    for (const fileType of ['Q8_0', 'Q2_K']) {
      const { plan } = await made({ bitsPerWeight: 5 }, fileType);
      expect(plan.fileType.name).toBe(fileType);
      expect(plan.bitsPerWeight).toBeLessThanOrEqual(5);
    }
  });

  test('goes with the importance matrix below what is possible without', async () => {
    await expect(made({ bitsPerWeight: 2.5 })).rejects.toMatchObject({ code: 'TARGET_UNREACHABLE' });
    const { plan } = await made({ bitsPerWeight: 2.5 }, undefined, 'gguf');
    expect(plan.bitsPerWeight).toBeLessThanOrEqual(2.5);
  });

  test('the smallest that can be met is named, and can be met', async () => {
    const refused = async (target: Target): Promise<string> => {
      const error: unknown = await made(target).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      return [(error as SlipwayError).details.try].flat().join();
    };
    const bits = Number(/--target-bpw ([\d.]+): the smallest/.exec(await refused({ bitsPerWeight: 0.5 }))?.[1]);
    expect((await made({ bitsPerWeight: bits })).plan.bitsPerWeight).toBeLessThanOrEqual(bits);
    expect(await refused({ bitsPerWeight: bits - 0.002 })).toContain('--target-bpw');
    const bytes = Number(/--target-size (\d+): the smallest/.exec(await refused({ bytes: 1000 }))?.[1]);
    expect((await made({ bytes })).choice.fileType.name).toBeDefined();
    expect(await refused({ bytes: bytes - 1 })).toContain(`--target-size ${bytes}:`);
  });

  test('what loses less than the mix alone', async () => {
    const { choice } = await made({ bitsPerWeight: 5 });
    expect(choice.loss.chosen).toBeLessThan(choice.loss.mix);
    expect(choice.changed.length).toBeGreaterThan(0);
  });
});
