import { expect, test } from 'vitest';
import { HeldAccount, HeldBytes } from '../../src/source/ordered/held-bytes.js';
import { OrderedFiles } from '../../src/source/index.js';
import { readRange, type ModelFile } from '../../src/files/index.js';

const MIB = 2 ** 20;

const account = (room: number): HeldAccount => new HeldAccount(() => room);

test('what is given back is used again: a window that moves along takes no more than its room', async () => {
  const own = account(4 * MIB);
  const held = new HeldBytes(own);
  const piece = new Uint8Array(64 * 1024);
  for (let at = 0; at < 64 * MIB; at += piece.byteLength) {
    await held.keep(at, piece);
    held.dropBetween(at - 3 * MIB, at - 2 * MIB);
    held.dropBetween(0, at - 2 * MIB);
    expect(own.memory.reserved).toBeLessThanOrEqual(4 * MIB);
  }
  held.dropAll();
  expect(own.held).toBe(0);
});

test('what was kept beyond the room is not kept for later', async () => {
  const own = account(2 * MIB);
  const held = new HeldBytes(own);
  await held.keep(0, new Uint8Array(32 * MIB));
  expect(own.memory.reserved).toBeGreaterThanOrEqual(32 * MIB);
  held.dropAll();
  expect(own.memory.reserved).toBeLessThanOrEqual(2 * MIB);
});

test('bytes that a reader looks at hold until it is done, whatever becomes of them', async () => {
  const held = new HeldBytes(account(0));
  await held.keep(0, new Uint8Array(MIB).fill(7));
  const chunk = held.at(0)!;
  const used = await held.use(chunk);
  held.drop(chunk);
  await held.keep(MIB, new Uint8Array(MIB).fill(9));
  expect(new Set(used.bytes)).toEqual(new Set([7]));
  used.done();
});

/** A file that counts the bytes that it gives. */
function counted(size: number) {
  const content = Uint8Array.from({ length: size }, (_, at) => at >>> 16);
  const given = { bytes: 0 };
  const file: ModelFile = {
    path: 'model.bin',
    size,
    async *read({ start, end } = { start: 0, end: size }) {
      for (let at = start; at < end; at += 65_536) {
        const chunk = content.slice(at, Math.min(end, at + 65_536));
        given.bytes += chunk.byteLength;
        yield chunk;
      }
    },
  };
  return { file, content, given };
}

test('a reader that is begun ahead of its turn waits for those before it, and fetches nothing again', async () => {
  const { file, given } = counted(48 * MIB);
  const group = new OrderedFiles({ room: 0 });
  const ordered = group.add(file);
  const third = file.size / 3;
  const ranges = [0, 1, 2].map((index) => ({ file: ordered, start: index * third, end: (index + 1) * third }));
  await group.expect(ranges);
  const sizes = await Promise.all(
    ranges.map(async (range, index) => {
      let size = 0;
      for await (const chunk of ordered.read(range, undefined, { lend: true })) {
        size += chunk.byteLength;
        // The first is the slowest.
        if (index === 0 && size % MIB === 0) await new Promise((resolve) => setTimeout(resolve, 3));
      }
      return size;
    }),
  );
  expect(sizes).toEqual([third, third, third]);
  expect(given.bytes).toBe(file.size);
  await group.close();
});

test('a reader for which nothing is let go fetches for itself', async () => {
  const { file, content } = counted(40 * MIB);
  const group = new OrderedFiles({ room: 0 });
  const ordered = group.add(file);
  const half = file.size / 2;
  await group.expect([
    { file: ordered, start: 0, end: half },
    { file: ordered, start: half, end: file.size },
  ]);
  const first = ordered.read({ start: 0, end: half }, undefined, { lend: true })[Symbol.asyncIterator]();
  await first.next();
  const second = await readRange(ordered, { start: half, end: file.size });
  expect(Buffer.compare(second, content.subarray(half))).toBe(0);
  await first.return?.();
  await group.close();
});

test('a reader that does not say that it copies may keep its chunks', async () => {
  const { file, content } = counted(8 * MIB);
  const group = new OrderedFiles({ room: 6 * MIB });
  const ordered = group.add(file);
  const half = content.byteLength / 2;
  await group.expect([
    { file: ordered, start: half, end: content.byteLength },
    { file: ordered, start: 0, end: half },
  ]);
  const chunks: Uint8Array[] = [];
  for await (const chunk of ordered.read({ start: half, end: content.byteLength })) chunks.push(chunk);
  const first = await readRange(ordered, { start: 0, end: half });
  expect(Buffer.compare(Buffer.concat([first, ...chunks]), content)).toBe(0);
  await group.close();
});
