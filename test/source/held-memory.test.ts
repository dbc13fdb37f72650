import { expect, test } from 'vitest';
import { HeldBytes } from '../../src/source/ordered/held-bytes.js';
import { HeldMemory } from '../../src/source/ordered/held-memory.js';
import { OrderedFiles } from '../../src/source/index.js';
import { readRange, type ModelFile } from '../../src/files/index.js';

const MIB = 2 ** 20;

function account(room: number) {
  return { held: 0, room, memory: new HeldMemory(() => room), spill: undefined };
}

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

test('a reader that does not say that it copies may keep its chunks', async () => {
  const content = Uint8Array.from({ length: 8 * MIB }, (_, at) => at >>> 16);
  const file: ModelFile = {
    path: 'model.bin',
    size: content.byteLength,
    async *read({ start, end } = { start: 0, end: content.byteLength }) {
      for (let at = start; at < end; at += 65_536) yield content.slice(at, Math.min(end, at + 65_536));
    },
  };
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
