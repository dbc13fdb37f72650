import { describe, expect, test } from 'vitest';
import { memoryFile } from '../../src/files/index.js';
import type { ModelVariant } from '../../src/package/index.js';
import type { SafetensorsDtype } from '../../src/safetensors/index.js';
import { withSafetensorsFacts } from '../../src/stages/conversion/safetensors-facts.js';

/** A safetensors file by its header; the weights are zeros. */
function file(path: string, tensors: readonly (readonly [SafetensorsDtype, readonly number[], bytes: number])[]) {
  let offset = 0;
  const header = Object.fromEntries(
    tensors.map(([dtype, shape, bytes], index) => {
      const place = [offset, (offset += bytes)];
      return [`t${index}`, { dtype, shape, data_offsets: place }];
    }),
  );
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.byteLength));
  return memoryFile(path, Buffer.concat([length, json, Buffer.alloc(offset)]));
}

function variant(weights: ModelVariant['weights'], facts: Partial<ModelVariant['facts']> = {}): ModelVariant {
  return {
    name: 'safetensors',
    weights,
    companions: [],
    facts: {
      name: 'm',
      format: 'safetensors',
      licenses: [],
      source: { kind: 'directory', name: 'm', url: 'file:///m', revision: 'x' },
      ...facts,
    },
  };
}

const factsOf = async (given: ModelVariant) => {
  const { facts } = await withSafetensorsFacts(given, new AbortController().signal);
  return { parameters: facts.parameters, precision: facts.precision };
};

describe('a model of safetensors', () => {
  test('tells how many weights it has over all shards, and how most are stored', async () => {
    const shards = [
      file('model-1.safetensors', [['BF16', [10, 4], 80]]),
      file('model-2.safetensors', [
        ['F32', [3], 12],
        ['I64', [1, 5], 40],
      ]),
    ];
    expect(await factsOf(variant(shards))).toEqual({ parameters: 43, precision: 'bfloat16' });
    const said = variant(shards, { precision: 'float16' });
    expect(await factsOf(said)).toEqual({ parameters: 43, precision: 'float16' });
  });

  test('counts nothing where weights may be packed, and leaves other formats alone', async () => {
    const packed = [
      file('model.safetensors', [
        ['I32', [8, 2], 64],
        ['F16', [4], 8],
      ]),
    ];
    expect(await factsOf(variant(packed))).toEqual({ parameters: undefined, precision: undefined });
    const gguf = variant([memoryFile('m.gguf', Buffer.alloc(4))], { format: 'gguf' });
    expect(await factsOf(gguf)).toEqual({ parameters: undefined, precision: undefined });
  });
});
