import { describe, expect, test } from 'vitest';
import { memoryFile } from '../../src/files/index.js';
import { tensorType, TENSOR_TYPES, type GgufTensor, type TensorType } from '../../src/gguf/index.js';
import { createLocalEncoder, encodeTensor, type RowEncoder } from '../../src/quantize/index.js';
import { TWINS } from '../../workers/twins/index.js';

const ROW = 512;
const types = [...TWINS.keys()].filter((type) => tensorType(type as TensorType).blockLength > 1) as TensorType[];

/** Weights that look like those of a model, always the same. */
function weightsOf(rows: number): Float32Array {
  let seed = 1;
  return Float32Array.from({ length: rows * ROW }, () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return ((seed / 2 ** 32 - 0.5) * (1 + (seed % 7))) / 8;
  });
}

function tensorOf(weights: Float32Array): GgufTensor {
  const file = memoryFile('w', new Uint8Array(weights.slice().buffer));
  return { name: 'w', type: 'F32', dimensions: [ROW, weights.length / ROW], read: (range) => file.read(range) };
}

/** What the stored bytes give back, by the twins alone. */
function restored(type: TensorType, bytes: Uint8Array): Float32Array {
  const floats = new Float32Array((bytes.length / tensorType(type).blockSize) * tensorType(type).blockLength);
  TWINS.get(type)?.dequantizeRow(bytes, floats);
  return floats;
}

async function read(tensor: GgufTensor, start?: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  const end =
    ((ROW * (tensor.dimensions[1] ?? 1)) / tensorType(tensor.type).blockLength) * tensorType(tensor.type).blockSize;
  for await (const part of tensor.read(start === undefined ? undefined : { start, end })) parts.push(part.slice());
  return Buffer.concat(parts);
}

const encoders: readonly [string, RowEncoder][] = [
  ['wasm', createLocalEncoder('wasm')],
  ['js', createLocalEncoder('js')],
];

describe('what blocks cost', () => {
  test.each(types.flatMap((type) => encoders.map(([kernel, encoder]) => [type, kernel, encoder] as const)))(
    '%s by %s: the difference of what was given and what is stored',
    async (type, _kernel, encoder) => {
      const weights = weightsOf(6);
      const importance = Float32Array.from({ length: ROW }, (_, column) => (column % 5) + 0.25);
      const tensor = encodeTensor(tensorOf(weights), type, { encoder, importance, chunkWeights: 2 * ROW });
      expect(tensor.rounding?.()).toBeUndefined();
      const back = restored(type, await read(tensor));
      let [squares, base, weighted, weightedBase, max] = [0, 0, 0, 0, 0];
      for (const [index, weight] of weights.entries()) {
        const difference = back[index]! - weight;
        const column = importance[index % ROW]!;
        squares += difference ** 2;
        base += weight ** 2;
        weighted += column * difference ** 2;
        weightedBase += column * weight ** 2;
        max = Math.max(max, Math.abs(difference));
      }
      const found = tensor.rounding!()!;
      expect(found.weights).toBe(weights.length);
      expect(found.rmse / Math.sqrt(squares / weights.length)).toBeCloseTo(1, 5);
      expect(found.relative / Math.sqrt(squares / base)).toBeCloseTo(1, 5);
      expect(found.weighted! / Math.sqrt(weighted / weightedBase)).toBeCloseTo(1, 5);
      expect(found.max / max).toBeCloseTo(1, 5);
    },
  );

  test('without importance there is no weighted figure; types that are no blocks have none at all', async () => {
    const [, encoder] = encoders[0]!;
    const tensor = encodeTensor(tensorOf(weightsOf(2)), 'Q4_K', { encoder });
    await read(tensor);
    expect(tensor.rounding!()).not.toHaveProperty('weighted');
    for (const { type } of TENSOR_TYPES.filter((facts) => facts.type === 'F16' || facts.type === 'BF16')) {
      expect(encodeTensor(tensorOf(weightsOf(2)), type, { encoder }).rounding).toBeUndefined();
    }
  });

  test('a reading that goes on where another stopped counts no row twice', async () => {
    const [, encoder] = encoders[0]!;
    const options = { encoder, chunkWeights: ROW };
    const whole = encodeTensor(tensorOf(weightsOf(8)), 'Q4_0', options);
    await read(whole);
    await read(whole, (ROW / 32) * 18 * 3 + 5);
    const fresh = encodeTensor(tensorOf(weightsOf(8)), 'Q4_0', options);
    await read(fresh);
    expect(whole.rounding!()).toEqual(fresh.rounding!());
    expect(whole.rounding!()!.weights).toBe(8 * ROW);
  });

  test('of a large tensor in a quick type every fourth row is compared, whatever the jobs', async () => {
    const weights = weightsOf(600);
    const measured = await Promise.all(
      [ROW, 7 * ROW, 100_000].map(async (chunkWeights) => {
        const tensor = encodeTensor(tensorOf(weights), 'Q8_0', { encoder: createLocalEncoder('wasm'), chunkWeights });
        await read(tensor);
        return tensor.rounding!()!;
      }),
    );
    for (const { weights: compared, max, rmse } of measured) {
      expect([compared, max]).toEqual([150 * ROW, measured[0]!.max]);
      expect(rmse).toBeCloseTo(measured[0]!.rmse, 12);
    }
  });
});
