import { describe, expect, test } from 'vitest';
import { readParts, type Part } from '../../src/gguf/parts-ahead.js';

const MIB = 1024 * 1024;

/** Parts that write down what happens to them. */
function partsOf(sizes: readonly number[], log: string[]): Part[] {
  return sizes.map((size, index) => ({
    size,
    async *read(signal) {
      log.push(`begin ${index}`);
      try {
        for (let left = size; left > 0; left -= MIB) {
          await Promise.resolve();
          signal.throwIfAborted();
          yield new Uint8Array(Math.min(left, MIB)).fill(index);
        }
      } finally {
        log.push(`end ${index}`);
      }
    },
  }));
}

async function collect(content: AsyncIterable<Uint8Array>, log: string[]): Promise<Map<number, number>> {
  const bytes = new Map<number, number>();
  for await (const chunk of content) {
    const part = chunk[0] ?? -1;
    if (!bytes.has(part)) log.push(`first of ${part}`);
    bytes.set(part, (bytes.get(part) ?? 0) + chunk.byteLength);
  }
  return bytes;
}

describe('parts that are read one after another', () => {
  test('come whole and in order, each begun before the last has ended', async () => {
    const log: string[] = [];
    const sizes = [10 * MIB, 6 * MIB, 5, 8 * MIB + 1];
    const bytes = await collect(readParts(partsOf(sizes, log), undefined, undefined), log);
    expect([...bytes.values()]).toEqual(sizes);
    expect([...bytes.keys()]).toEqual([0, 1, 2, 3]);
    expect(log.indexOf('begin 1')).toBeLessThan(log.indexOf('end 0'));
    expect(log.indexOf('begin 3')).toBeLessThan(log.indexOf('end 1'));
    // Not long before it is wanted: what has been begun holds memory.
    expect(log.indexOf('first of 0')).toBeLessThan(log.indexOf('begin 1'));
  });

  test('many small ones are not all begun at once', async () => {
    const log: string[] = [];
    const iterator = readParts(
      partsOf(
        Array.from({ length: 100 }, () => 3),
        log,
      ),
      undefined,
      undefined,
    );
    await iterator.next();
    expect(log.filter((line) => line.startsWith('begin')).length).toBeLessThan(12);
    await iterator.return(undefined);
  });

  test('a failure is thrown when its part is due, and ends those that were begun', async () => {
    const log: string[] = [];
    const [first, , third] = partsOf([5 * MIB, 0, 5 * MIB], log);
    const broken: Part = {
      size: 100,
      // eslint-disable-next-line require-yield
      async *read() {
        throw new Error('broken');
      },
    };
    const chunks: number[] = [];
    const attempt = async (): Promise<void> => {
      for await (const chunk of readParts(
        [first, broken, third].filter((part) => part !== undefined),
        undefined,
        undefined,
      ))
        chunks.push(chunk.byteLength);
    };
    await expect(attempt()).rejects.toThrow('broken');
    expect(chunks).toHaveLength(5);
    expect(log).toContain('end 2');
  });

  test('whoever leaves early ends all', async () => {
    const log: string[] = [];
    for await (const _ of readParts(partsOf([3 * MIB, 3 * MIB, 3 * MIB], log), undefined, undefined)) break;
    const begun = log.filter((line) => line.startsWith('begin')).length;
    expect(log.filter((line) => line.startsWith('end'))).toHaveLength(begun);
    expect(begun).toBeGreaterThan(1);
  });
});
