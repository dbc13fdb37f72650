import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BLOCK, BLOCKS, createDigester, giveBlocks, openWriter, takeBlocks } from '../../src/files/index.js';

const MIB = 1024 * 1024;
/** Large enough to go past the system's cache. */
const LARGE = 70 * MIB + 12_345;
const content = new Uint8Array(randomBytes(LARGE));
const hex = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'slipway-writer-'));
});
afterAll(() => rm(directory, { recursive: true }));

function* pieces(bytes: Uint8Array): Generator<Uint8Array> {
  const sizes = [1, 4095, 70_000, 0, 2 * MIB + 1, 9 * MIB, 3];
  for (let [at, turn] = [0, 0]; at < bytes.byteLength; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    // A copy, spoiled afterwards: the writer may not look at it any more.
    yield bytes.slice(at, at + size);
    at += size;
  }
}

describe.each([
  ['a small file', 100_000],
  ['a file of some megabytes', 5 * MIB + 1],
  ['a large file', LARGE],
])('%s', (_, size) => {
  test.each([0, 1, 4096, 5000])('is written and hashed from byte %i on', async (position) => {
    const path = join(directory, `${size}-${position}`);
    await writeFile(path, content.subarray(0, position));
    const digester = createDigester(size);
    await digester.update(content.subarray(0, position));
    const writer = await openWriter(path, { flags: 'r+', position, size, digester });
    for (const piece of pieces(content.subarray(position, size))) {
      await writer.write(piece);
      piece.fill(0);
    }
    await writer.finish();
    expect(await digester.digest()).toBe(`sha256:${hex(content.subarray(0, size))}`);
    await writer.close();
    digester.close();
    expect(hex(await readFile(path))).toBe(hex(content.subarray(0, size)));
  });
});

test('what came of a stream that broke is in the file, no byte more', async () => {
  const path = join(directory, 'broken');
  const writer = await openWriter(path, { flags: 'w', position: 0, size: LARGE });
  const part = content.subarray(0, 33 * MIB + 77);
  for (const piece of pieces(part)) await writer.write(piece);
  await writer.close();
  expect(hex(await readFile(path))).toBe(hex(part));
});

test.skipIf(!existsSync('/dev/full'))('a full disk is told, and the file can still be closed', async () => {
  const writer = await openWriter('/dev/full', { flags: 'r+', position: 0, size: 5 * MIB });
  const attempt = async (): Promise<void> => {
    for (const piece of pieces(content.subarray(0, 30 * MIB))) await writer.write(piece);
    await writer.finish();
  };
  await expect(attempt()).rejects.toMatchObject({ code: 'ENOSPC' });
  await writer.close();
});

test('lent blocks are written and hashed where they lie, and their memory goes to others only afterwards', async () => {
  const size = 7 * BLOCK;
  const path = join(directory, 'lent');
  const digester = createDigester(size);
  const writer = await openWriter(path, { flags: 'w', position: 0, size, digester });
  const memory = takeBlocks();
  for (let turn = 0; turn < 7; turn += 1) {
    const block = new Uint8Array(memory, (turn % BLOCKS) * BLOCK, BLOCK);
    Buffer.from(memory, block.byteOffset, BLOCK).set(content.subarray(turn * BLOCK, (turn + 1) * BLOCK));
    await writer.write(block);
  }
  // Its lender is gone while the last block is still on its way.
  giveBlocks(memory);
  const others = [takeBlocks(), takeBlocks(), takeBlocks()];
  expect(others).not.toContain(memory);
  for (const other of others) new Uint8Array(other).fill(0xff);
  await writer.finish();
  expect(await digester.digest()).toBe(`sha256:${hex(content.subarray(0, size))}`);
  await writer.close();
  digester.close();
  for (const other of others) giveBlocks(other);
  expect(hex(await readFile(path))).toBe(hex(content.subarray(0, size)));
});
