import { expect, test } from 'vitest';
import { JobRoom } from '../../src/quantize/job-room.js';

test("a reader's first job never waits, a further one has room or none", () => {
  const room = new JobRoom(100);
  const first = room.take(90);
  expect(room.tryTake(20)).toBeUndefined();
  const other = room.take(90);
  expect(room.tryTake(1)).toBeUndefined();
  first.release();
  first.release();
  expect(room.tryTake(10)?.release()).toBeUndefined();
  other.release();
  expect(room.tryTake(100)).toBeDefined();
});
