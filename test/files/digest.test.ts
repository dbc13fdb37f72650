import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkedRange, memoryFile, readRange, sha256, verified } from '../../src/files/index.js';

async function* slices(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (const size of sizes) {
    if (at >= bytes.byteLength) return;
    yield bytes.slice(at, at + size);
    at += size;
  }
  if (at < bytes.byteLength) yield bytes.slice(at);
}

async function drain(content: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts = [];
  for await (const part of content) parts.push(part);
  return Buffer.concat(parts);
}

const CONTENT = new TextEncoder().encode('the quick brown fox');

describe('verified streams', () => {
  test('any chunking of the right bytes passes unchanged', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 200 }),
        fc.array(fc.integer({ min: 1, max: 50 })),
        async (bytes, sizes) => {
          const stream = verified(slices(bytes, sizes), { name: 'x', size: bytes.byteLength, digest: sha256(bytes) });
          expect(Buffer.compare(await drain(stream), bytes)).toBe(0);
        },
      ),
    );
  });

  test.each([
    ['shorter', CONTENT.slice(0, 5), 'SIZE_MISMATCH'],
    ['longer', new Uint8Array([...CONTENT, 1]), 'SIZE_MISMATCH'],
    ['other', CONTENT.map((byte) => byte ^ 1), 'DIGEST_MISMATCH'],
  ])('%s bytes fail before the end is seen', async (_, bytes, code) => {
    const seen: number[] = [];
    const stream = verified(slices(bytes, [4, 4]), { name: 'x', size: CONTENT.byteLength, digest: sha256(CONTENT) });
    const reading = (async () => {
      for await (const chunk of stream) seen.push(chunk.byteLength);
    })();
    await expect(reading).rejects.toMatchObject({ code });
    expect(seen.reduce((sum, size) => sum + size, 0)).toBeLessThan(CONTENT.byteLength);
  });
});

test('the digest is what an independent implementation of SHA-256 says', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(sha256(bytes)).toBe(`sha256:${Buffer.from(nobleSha256(bytes)).toString('hex')}`);
    }),
  );
});

describe('ranges', () => {
  test('every range within a file gives exactly these bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 100 }), fc.nat(120), fc.nat(120), async (bytes, a, b) => {
        const file = memoryFile('x', bytes);
        const [start, end] = [Math.min(a, b), Math.max(a, b)];
        if (end > bytes.byteLength) {
          await expect(readRange(file, { start, end })).rejects.toMatchObject({ code: 'SIZE_MISMATCH' });
        } else {
          expect(Buffer.compare(await readRange(file, { start, end }), bytes.subarray(start, end))).toBe(0);
        }
      }),
    );
  });

  test.each([
    [-1, 2],
    [3, 2],
    [0, 11],
    [0.5, 2],
    [0, Number.NaN],
    [0, Number.POSITIVE_INFINITY],
  ])('[%s, %s) is refused', (start, end) => {
    expect(() => checkedRange('x', 10, { start, end })).toThrowError(/lie outside/);
  });
});
