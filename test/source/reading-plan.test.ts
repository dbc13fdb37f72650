import { expect, test } from 'vitest';
import { planReading } from '../../src/source/ordered/reading-plan.js';

const MIB = 1024 * 1024;

/** So many layers of a size as a file has them, by their names, and as a model wants them. */
function layers(
  count: number,
  size: number,
): { files: Parameters<typeof planReading>[0]; order: Parameters<typeof planReading>[1] } {
  const names = Array.from({ length: count }, (_, index) => index);
  const stored = names.toSorted((a, b) => (String(a) < String(b) ? -1 : 1));
  const file = { path: 'model.safetensors', size: count * size, head: 0, present: 0 };
  const order = names.map((name) => {
    const start = stored.indexOf(name) * size;
    return { file, start, end: start + size };
  });
  return { files: new Map([[file.path, file]]), order } as never;
}

test('of what stands in the way and what lies behind it the smaller part is read twice', () => {
  const { files, order } = layers(12, 8 * MIB);
  // Layers 10 and 11 stand before the other eight.
  expect(planReading(files, order, MIB).outlook.twice).toBe(16 * MIB);
  expect(planReading(files, order, 8 * MIB).outlook.twice).toBe(8 * MIB);
  expect(planReading(files, order, 16 * MIB).outlook).toMatchObject({ twice: 0, kept: 16 * MIB });
});

test('where less lies behind, that is read twice', () => {
  const { files, order } = layers(100, 8 * MIB);
  // Ten layers stand between each two of the first ten.
  expect(planReading(files, order, MIB).outlook.twice).toBe(64 * MIB);
});
