import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  byteSize,
  concat,
  fromWeights,
  literal,
  mapValues,
  narrow,
  permuteAxes,
  product,
  readValues,
  regroup,
  reshape,
  splitAxis,
  stack,
  transpose,
  widen,
  type TensorExpression,
} from '../../src/convert/expressions/index.js';
import { floatToHalf, halfToFloat } from '../../src/convert/expressions/half.js';
import { memoryFile } from '../../src/files/index.js';

/** 0, 1, 2, …: every value says where it came from. */
function counting(shape: readonly number[]): TensorExpression {
  return literal(
    Float32Array.from({ length: product(shape) }, (_, index) => index),
    shape,
  );
}

async function bytesOf(tensor: TensorExpression, start = 0, end = byteSize(tensor)): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of tensor.read({ start, end })) parts.push(chunk);
  return Buffer.concat(parts);
}

const valuesOf = async (tensor: TensorExpression): Promise<number[]> => [...(await readValues(tensor))];

/** What numpy would have at these places, computed one index at a time. */
function naive(shape: readonly number[], at: (index: readonly number[]) => number): number[] {
  return Array.from({ length: product(shape) }, (_, flat) => {
    const index = shape.map((dimension, axis) => Math.floor(flat / product(shape.slice(axis + 1))) % dimension);
    return at(index);
  });
}

const flat = (shape: readonly number[], index: readonly number[]): number =>
  index.reduce((sum, value, axis) => sum * (shape[axis] ?? 1) + value, 0);

const shapes = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 });
const shapeAndAxes = shapes.chain((shape) =>
  fc.record({
    shape: fc.constant(shape),
    axes: fc.shuffledSubarray(
      shape.map((_, axis) => axis),
      { minLength: shape.length, maxLength: shape.length },
    ),
  }),
);

describe('tensor expressions', () => {
  test('permuteAxes lends what it gives: the same bytes for a reader that copies each chunk at once', async () => {
    // More than one turn of the memory that is lent, and blocks that a range begins and ends in.
    const permuted = permuteAxes(counting([600, 2, 512]), [0, 2, 1]);
    const range = { start: 100, end: byteSize(permuted) - 52 };
    const collect = async (chunks: AsyncIterable<Uint8Array>): Promise<Buffer> => {
      const copies: Buffer[] = [];
      for await (const chunk of chunks) copies.push(Buffer.from(chunk));
      return Buffer.concat(copies);
    };
    const lent = await collect(permuted.read(range, undefined, { lend: true }));
    expect(lent.equals(await collect(permuted.read(range)))).toBe(true);
    const memories = new Set<ArrayBufferLike>();
    for await (const { buffer } of permuted.read({ start: 0, end: byteSize(permuted) }, undefined, { lend: true }))
      memories.add(buffer);
    expect(memories.size).toBe(1);
  });

  test('permuteAxes moves what numpy moves', async () => {
    await fc.assert(
      fc.asyncProperty(shapeAndAxes, async ({ shape, axes }) => {
        const result = permuteAxes(counting(shape), axes);
        const expected = naive(result.shape, (index) =>
          flat(
            shape,
            shape.map((_, axis) => index[axes.indexOf(axis)] ?? 0),
          ),
        );
        expect(await valuesOf(result)).toEqual(expected);
      }),
    );
  });

  test('narrow and concat along any axis are inverse', async () => {
    await fc.assert(
      fc.asyncProperty(shapes, fc.nat(), fc.nat(), async (shape, first, second) => {
        const axis = first % shape.length;
        const at = second % ((shape[axis] ?? 1) + 1);
        const whole = counting(shape);
        const parts = splitAxis(whole, axis, [at, (shape[axis] ?? 1) - at]);
        const joined = concat(parts, axis);
        expect(joined.shape).toEqual(shape);
        expect(await valuesOf(joined)).toEqual(await valuesOf(whole));
        const expected = naive(parts[1]!.shape, (index) => flat(shape, index.with(axis, (index[axis] ?? 0) + at)));
        expect(await valuesOf(parts[1]!)).toEqual(expected);
      }),
    );
  });

  const samples: readonly (readonly [string, TensorExpression])[] = [
    ['a permutation', regroup(counting([24, 6]), [2, 2, 6, 6], [0, 2, 1, 3])],
    ['a transpose', transpose(counting([3, 7, 5]))],
    ['a part of rows', narrow(counting([4, 9, 3]), 1, 2, 4)],
    ['a part of columns', narrow(counting([40, 9]), -1, 1, 5)],
    ['tensors side by side', concat([counting([5, 2]), counting([5, 3])], 1)],
    ['a stack', stack([counting([3, 4]), counting([3, 4])])],
    ['mapped values', mapValues(counting([5, 5]), (value) => value * 2 + 1)],
    ['a mixture', mapValues(transpose(concat([counting([4, 6]), narrow(counting([4, 9]), 1, 3, 6)])), Math.sqrt)],
  ];

  test.each(samples)('%s can be read at any range', async (_, tensor) => {
    const whole = await bytesOf(tensor);
    expect(whole.byteLength).toBe(byteSize(tensor));
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.byteLength), fc.nat(whole.byteLength), async (a, b) => {
        const [start, end] = [Math.min(a, b), Math.max(a, b)];
        expect(await bytesOf(tensor, start, end)).toEqual(whole.subarray(start, end));
      }),
    );
  });

  test('a column is read in one stream, distant parts one by one', async () => {
    const ranges: string[] = [];
    const watched = (row: number): TensorExpression => ({
      dtype: 'F32',
      shape: [4, row],
      sources: [],
      async *read({ start, end }) {
        ranges.push(`${start}-${end}`);
        yield new Uint8Array(end - start);
      },
    });
    await bytesOf(narrow(watched(8), 1, 2, 1));
    expect(ranges).toEqual(['8-108']);
    ranges.length = 0;
    await bytesOf(narrow(watched(1_000_000), 1, 0, 1));
    expect(ranges).toHaveLength(4);
  });

  test('reading one block of a permutation asks only for that block', async () => {
    const ranges: string[] = [];
    const source: TensorExpression = {
      dtype: 'BF16',
      shape: [64, 8],
      sources: [],
      async *read({ start, end }) {
        ranges.push(`${start}-${end}`);
        yield new Uint8Array(end - start);
      },
    };
    await bytesOf(regroup(source, [4, 2, 8, 8], [0, 2, 1, 3]), 300, 301);
    expect(ranges).toEqual(['256-512']);
  });

  test('shapes that do not fit are refused', () => {
    expect(() => reshape(counting([4, 3]), [5, -1])).toThrow(/cannot be seen as/);
    expect(() => narrow(counting([4]), 0, 3, 2)).toThrow(/has no 2 entries/);
    expect(() => splitAxis(counting([4]), 0, [1, 2])).toThrow(/cannot be split/);
    expect(() => concat([counting([2, 2]), counting([2, 3])])).toThrow(/cannot stand beside/);
    expect(() => permuteAxes(counting([2, 2]), [0, 0])).toThrow(/other axes/);
  });

  test('a source that ends early is an error, not zeros', async () => {
    const short: TensorExpression = {
      dtype: 'F32',
      shape: [4, 4],
      sources: [],
      async *read() {
        yield new Uint8Array(60);
      },
    };
    await expect(bytesOf(transpose(short))).rejects.toMatchObject({ code: 'SIZE_MISMATCH' });
  });
});

describe('values', () => {
  test('every half survives the way to single precision and back', () => {
    for (let half = 0; half < 0x10000; half += 1) {
      const nan = (half & 0x7c00) === 0x7c00 && (half & 0x3ff) !== 0;
      if (!nan) expect(floatToHalf(halfToFloat(half))).toBe(half);
    }
  });

  test.each([
    // Half-way cases and edges, as IEEE 754 rounds them (ties to even).
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [65519.99, 0x7bff],
    [65520, 0x7c00],
    [2 ** -25, 0],
    [2 ** -25 + 2 ** -40, 1],
    [3 * 2 ** -25, 2],
    [-(2 ** -24), 0x8001],
    [0.99999 * 2 ** -14, 0x0400],
  ])('%d becomes the half %d', (value, half) => {
    expect(floatToHalf(value)).toBe(half);
  });

  test('arithmetic on halves rounds to halves, on bfloats it is single precision', async () => {
    const words = (dtype: 'F16' | 'BF16', list: number[]): TensorExpression => ({
      dtype,
      shape: [list.length],
      sources: [],
      async *read({ start, end }) {
        yield new Uint8Array(Uint16Array.from(list).buffer).slice(start, end);
      },
    });
    const half = mapValues(words('F16', [0x1000]), (value) => value + 1);
    expect(half.dtype).toBe('F16');
    expect(await valuesOf(half)).toEqual([1]);
    const bfloat = mapValues(words('BF16', [0x3a00]), (value) => value + 1);
    expect(bfloat.dtype).toBe('F32');
    expect(await valuesOf(bfloat)).toEqual([1 + 2 ** -11]);
    expect((await valuesOf(widen(words('BF16', [0x3fc0]))))[0]).toBe(1.5);
  });

  test('other types of a checkpoint are widened', async () => {
    const source = (dtype: 'F64' | 'I64' | 'U8' | 'F8_E4M3' | 'F8_E5M2' | 'BOOL', data: Uint8Array): TensorExpression =>
      fromWeights({
        name: 't',
        dtype,
        shape: [-1],
        start: 2,
        end: 2 + data.length,
        file: memoryFile('m', Buffer.concat([Buffer.of(9, 9), data])),
      });
    const read = async (tensor: TensorExpression, count: number): Promise<number[]> =>
      valuesOf({ ...tensor, shape: [count] });
    expect(await read(source('F64', new Uint8Array(Float64Array.of(0.1, -2).buffer)), 2)).toEqual([
      Math.fround(0.1),
      -2,
    ]);
    expect(await read(source('I64', new Uint8Array(BigInt64Array.of(-5n, 7n).buffer)), 2)).toEqual([-5, 7]);
    expect(await read(source('BOOL', Uint8Array.of(0, 1)), 2)).toEqual([0, 1]);
    // OCP OFP8: largest finite values, smallest subnormals.
    expect(await read(source('F8_E4M3', Uint8Array.of(0x7e, 0x01, 0xb8)), 3)).toEqual([448, 2 ** -9, -1]);
    expect(await read(source('F8_E5M2', Uint8Array.of(0x7b, 0x01, 0x7c)), 3)).toEqual([57344, 2 ** -16, Infinity]);
  });
});
