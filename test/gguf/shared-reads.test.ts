import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ByteRange } from '../../src/core/index.js';
import { tensorSize, type GgufContent, type GgufTensor } from '../../src/gguf/index.js';
import { shareReads } from '../../src/gguf/shared-reads.js';

interface Counted {
  readonly content: GgufContent;
  readonly read: () => number;
}

/** Tensors of 4-byte weights whose bytes say which tensor and offset they are. */
function source(shapes: readonly (readonly [number, number])[]): Counted {
  let total = 0;
  const tensors = shapes.map(([length, rows], index): GgufTensor => {
    const size = length * rows * 4;
    return {
      name: `t${index}`,
      dimensions: [length, rows],
      type: 'F32',
      async *read(range: ByteRange = { start: 0, end: size }) {
        for (let at = range.start; at < range.end; at += 64) {
          await Promise.resolve();
          const chunk = new Uint8Array(Math.min(64, range.end - at)).map((_, i) => ((at + i) * 7 + index) % 256);
          total += chunk.byteLength;
          yield chunk;
        }
      },
    };
  });
  return { content: { metadata: new Map(), tensors }, read: () => total };
}

async function readAll(content: GgufContent, order: readonly string[]): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for (const name of order) {
    const tensor = content.tensors.find((candidate) => candidate.name === name);
    for await (const chunk of tensor?.read() ?? []) parts.push(chunk);
  }
  return Buffer.concat(parts);
}

const SHAPES = [
  [16, 8],
  [5, 33],
  [64, 64],
  [1, 1],
] as const;
const ORDER = ['t2', 't0', 't3', 't1'];

describe('shared reads', () => {
  test('readers side by side get their bytes with one reading of the source', async () => {
    const { content, read } = source(SHAPES);
    const plain = await readAll(content, ORDER);
    const before = read();
    const views = shareReads(content, { readers: 3, order: ORDER, windowBytes: 4096, segmentBytes: 256 });
    const results = await Promise.all(views.map((view) => readAll(view, ORDER)));
    for (const result of results) expect(result.equals(plain)).toBe(true);
    expect(read() - before).toBe(plain.byteLength);
  });

  test('any range is right, whatever the window', async () => {
    const { content } = source(SHAPES);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(3),
        fc.nat(17_000),
        fc.nat(17_000),
        fc.integer({ min: 1, max: 2000 }),
        fc.integer({ min: 1, max: 9000 }),
        async (index, a, b, segmentBytes, windowBytes) => {
          const [view] = shareReads(content, { readers: 1, order: ORDER, windowBytes, segmentBytes });
          const tensor = view?.tensors[index];
          if (tensor === undefined) return;
          const size = tensorSize(tensor);
          const [start, end] = [Math.min(a, b, size), Math.min(Math.max(a, b), size)];
          const parts: Uint8Array[] = [];
          for await (const chunk of tensor.read({ start, end })) parts.push(chunk);
          const expected = Uint8Array.from({ length: end - start }, (_, i) => ((start + i) * 7 + index) % 256);
          expect(Buffer.concat(parts).equals(expected)).toBe(true);
        },
      ),
    );
  });

  test('a reader that never starts does not hold the other up for ever', async () => {
    const { content } = source(SHAPES);
    const [view] = shareReads(content, { readers: 2, order: ORDER, windowBytes: 1024, segmentBytes: 256, gateMs: 50 });
    const bytes = await readAll(view ?? content, ORDER);
    expect(bytes.equals(await readAll(content, ORDER))).toBe(true);
  });

  test('a failure of the source reaches every reader, and the next try reads again', async () => {
    const { content } = source([[64, 64]]);
    let failing = true;
    const flaky: GgufContent = {
      metadata: content.metadata,
      tensors: content.tensors.map((tensor) => ({
        ...tensor,
        async *read(range?: ByteRange) {
          if (failing && (range?.start ?? 0) >= 8192) throw new Error('lost');
          yield* tensor.read(range);
        },
      })),
    };
    const views = shareReads(flaky, { readers: 2, order: ['t0'], windowBytes: 4096, segmentBytes: 1024 });
    const results = await Promise.allSettled(views.map((view) => readAll(view, ['t0'])));
    expect(results.map((result) => result.status)).toEqual(['rejected', 'rejected']);
    failing = false;
    const again = await Promise.all(views.map((view) => readAll(view, ['t0'])));
    expect(again.every((bytes) => bytes.byteLength === 64 * 64 * 4)).toBe(true);
  });

  test('a reader that ends takes nothing from the others that it had read ahead', async () => {
    const { content } = source(SHAPES);
    const slow: GgufContent = {
      metadata: content.metadata,
      tensors: content.tensors.map((tensor) => ({
        ...tensor,
        async *read(range?: ByteRange, signal?: AbortSignal) {
          await new Promise((resolve) => setTimeout(resolve, 5));
          signal?.throwIfAborted();
          yield* tensor.read(range);
        },
      })),
    };
    const views = shareReads(slow, { readers: 2, order: ORDER, windowBytes: 4096, segmentBytes: 256, patienceMs: 200 });
    const first = (async () => {
      const controller = new AbortController();
      for await (const chunk of views[0]?.tensors[2]?.read(undefined, controller.signal) ?? []) {
        expect(chunk).toBeDefined();
        break;
      }
      controller.abort();
    })();
    const second = readAll(views[1] ?? content, ORDER);
    await first;
    expect((await second).equals(await readAll(content, ORDER))).toBe(true);
  });

  test('an aborted reader stops', async () => {
    const controller = new AbortController();
    const { content } = source(SHAPES);
    const [view] = shareReads(content, { readers: 2, order: ORDER, windowBytes: 1024, segmentBytes: 256 });
    const reading = (async () => {
      for await (const chunk of view?.tensors[2]?.read(undefined, controller.signal) ?? []) expect(chunk).toBeDefined();
    })();
    controller.abort();
    await expect(reading).rejects.toMatchObject({ code: 'ABORTED' });
  });
});
