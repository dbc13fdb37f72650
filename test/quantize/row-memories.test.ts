import { expect, test } from 'vitest';
import { RowMemories } from '../../src/quantize/row-memories.js';

test('a memory that was made because all others were in use is used again', () => {
  const memories = new RowMemories(1);
  const lent = [1000, 2000, 3000].map((size) => memories.lend(size));
  const places = lent.map((rows) => memories.take(rows)!);
  expect(new Set(places.map(({ id }) => id)).size).toBe(3);
  for (const place of places) memories.giveBack(place);
  const again = [1, 2, 3].map(() => memories.take(memories.lend(500))!);
  expect(new Set(again.map(({ memory }) => memory))).toEqual(new Set(places.map(({ memory }) => memory)));
  // Only those that the threads were started with are named without being sent.
  expect(again.filter((place) => memories.named(place).memory === undefined)).toHaveLength(1);
});
