import { randomBytes } from 'node:crypto';
import { mkdtemp, open, rm, writeFile, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readChunks } from '../../src/files/read-chunks.js';

const MIB = 1024 * 1024;
const content = randomBytes(9 * MIB + 7);
let directory: string;
let handle: FileHandle;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'slipway-chunks-'));
  await writeFile(join(directory, 'file'), content);
  handle = await open(join(directory, 'file'));
});
afterAll(async () => {
  await handle.close();
  await rm(directory, { recursive: true, force: true });
});

/** Compares each chunk before the next is asked for: after that a lent one may change. */
async function expectPart(start: number, end: number): Promise<void> {
  let at = start;
  for await (const chunk of readChunks(handle, { start, end }, undefined, { lend: true })) {
    expect(content.subarray(at, at + chunk.byteLength).equals(chunk)).toBe(true);
    at += chunk.byteLength;
    await new Promise(setImmediate);
  }
  expect(at).toBe(Math.min(end, content.byteLength));
}

test('readers at the same time and after each other never write to what another has lent', async () => {
  for (let round = 0; round < 3; round++) {
    await Promise.all([
      expectPart(0, content.byteLength),
      expectPart(3, 2 * MIB + 3),
      expectPart(5 * MIB, 9 * MIB),
      expectPart(17, 300 * 1024),
      expectPart(MIB, MIB + 9),
      expectPart(9 * MIB, 12 * MIB),
    ]);
  }
});

test('a reader that stops early gives its memory back for others to use', async () => {
  for await (const chunk of readChunks(handle, { start: 0, end: 8 * MIB }, undefined, { lend: true })) {
    expect(content.subarray(0, chunk.byteLength).equals(chunk)).toBe(true);
    break;
  }
  const seen = new Set<ArrayBufferLike>();
  for (let round = 0; round < 4; round++)
    for await (const { buffer } of readChunks(handle, { start: 0, end: 8 * MIB }, undefined, { lend: true }))
      seen.add(buffer);
  expect(seen.size).toBeLessThanOrEqual(4);
});

test("chunks that are not lent are the reader's own", async () => {
  const chunks: Uint8Array[] = [];
  for await (const chunk of readChunks(handle, { start: 0, end: content.byteLength })) chunks.push(chunk);
  expect(Buffer.concat(chunks).equals(content)).toBe(true);
  expect(new Set(chunks.map(({ buffer }) => buffer)).size).toBe(chunks.length);
});

test('chunks go where the reader wants them, several at a time and in their order', async () => {
  const [start, end] = [11, 7 * MIB + 5];
  const memory = new Uint8Array(new SharedArrayBuffer(end - start));
  let [asked, given] = [0, 0];
  const into = (most: number): Uint8Array => {
    expect(most).toBe(memory.length - asked);
    return memory.subarray(asked, (asked += Math.min(most, MIB + 1)));
  };
  for await (const chunk of readChunks(handle, { start, end }, undefined, { lend: true, into })) {
    expect([chunk.buffer, chunk.byteOffset]).toEqual([memory.buffer, given]);
    given += chunk.length;
    expect(content.subarray(start, start + given).equals(memory.subarray(0, given))).toBe(true);
    await new Promise(setImmediate);
  }
  expect(given).toBe(memory.length);
});

test('a file that ends early ends the chunks, however many were asked for', async () => {
  const end = content.byteLength + 5 * MIB;
  const parts: Uint8Array[] = [];
  const into = (most: number): Uint8Array => new Uint8Array(Math.min(most, 4 * MIB));
  for await (const chunk of readChunks(handle, { start: 0, end }, undefined, { into })) parts.push(chunk);
  expect(Buffer.concat(parts).equals(content)).toBe(true);
});
