import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { membersOf } from '../../src/package/layer-members.js';
import type { ArtifactFile } from '../../src/package/index.js';
import { zstdContent } from '../../src/package/zstd-frames.js';

const FOLDER = join(import.meta.dirname, '../fixtures/zstd');
const fixture = (name: string): Buffer => readFileSync(join(FOLDER, `${name}.zst`));
const golden = JSON.parse(readFileSync(join(FOLDER, 'golden.json'), 'utf8')) as {
  path: string;
  sha256: string;
  tar: string;
  noise: string;
};

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < bytes.byteLength; start += size) yield bytes.subarray(start, start + size);
}

async function decompress(bytes: Uint8Array, size = 4096): Promise<{ digest: string; largest: number; total: number }> {
  const hash = createHash('sha256');
  let [largest, total] = [0, 0];
  for await (const chunk of zstdContent(pieces(bytes, size), 'x')) {
    hash.update(chunk);
    largest = Math.max(largest, chunk.byteLength);
    total += chunk.byteLength;
  }
  return { digest: hash.digest('hex'), largest, total };
}

/** A frame by its parts (RFC 8878): flags, what follows them, then blocks of [type, size, body]. */
function frame(flags: number, fields: readonly number[], ...blocks: [number, number, readonly number[]][]): Buffer {
  const parts = blocks.map(([type, size, body], index) => {
    const head = Buffer.alloc(4);
    head.writeUInt32LE(size * 8 + type * 2 + (index === blocks.length - 1 ? 1 : 0));
    return Buffer.concat([head.subarray(0, 3), Buffer.from(body)]);
  });
  return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, flags, ...fields]), ...parts]);
}

describe('zstd in JavaScript', () => {
  test.each(['sized', 'streamed', 'fast', 'ultra', 'small-window', 'frames'])(
    'gives what the zstd command compressed (%s), a block at a time',
    async (name) => {
      for (const size of [1, 7, 65_536, 1e6]) {
        const { digest, largest } = await decompress(fixture(name), size);
        expect(digest).toBe(golden.tar);
        expect(largest).toBeLessThanOrEqual(128 * 1024);
      }
    },
    20_000,
  );

  test('gives blocks that are not compressed at all', async () => {
    expect((await decompress(fixture('raw-blocks'))).digest).toBe(golden.noise);
  });

  test('a layer gives its files', async () => {
    const descriptor = { mediaType: 'application/vnd.cncf.model.weight.v1.tar+zstd', digest: 'sha256:0', size: 1 };
    const file = { path: 'x', kind: 'weight', form: 'tar+zstd', descriptor } as unknown as ArtifactFile;
    for await (const member of membersOf(file, 'modelpack', pieces(fixture('streamed'), 1000))) {
      const hash = createHash('sha256');
      for await (const chunk of member.content()) hash.update(chunk);
      expect([member.path, hash.digest('hex')]).toEqual([golden.path, golden.sha256]);
    }
  });

  test('an end anywhere but after a frame is told', async () => {
    const bytes = fixture('sized');
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: bytes.byteLength - 1 }), async (length) => {
        await expect(decompress(bytes.subarray(0, length))).rejects.toMatchObject({
          code: 'MODEL_INVALID',
          message: "'x' is not valid zstd",
        });
      }),
      { numRuns: 60, examples: [[0], [1], [3], [4], [5], [8], [bytes.byteLength - 1], [bytes.byteLength - 4]] },
    );
  });

  test('flipped bits give our error or other bytes, never a crash', async () => {
    const bytes = fixture('small-window').subarray(0, 20_000);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: bytes.byteLength * 8 - 1 }), async (bit) => {
        const broken = Buffer.from(bytes);
        broken[bit >> 3] = (broken[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        const outcome = await decompress(broken).catch((error: unknown) => error);
        expect(outcome).toMatchObject({ code: expect.stringMatching(/^(MODEL_INVALID|FORMAT_UNSUPPORTED)$/) });
      }),
      { numRuns: 100 },
    );
  });

  test.each([
    ['a plain tar', Buffer.alloc(1024, 'models/'), 'no zstd frame, at byte 0'],
    ['bytes after the last frame', Buffer.concat([fixture('raw-blocks'), Buffer.from('garbage')]), /^bytes after/],
    ['a few bytes after it', Buffer.concat([fixture('raw-blocks'), Buffer.alloc(2)]), /^an end in the middle/],
    ['a longer content than announced', frame(0x20, [3], [0, 2, [1, 2]], [0, 2, [1, 2]]), /^4 bytes in a frame of 3/],
    ['a shorter one', frame(0x20, [3], [0, 2, [1, 2]]), /^2 bytes in a frame of 3/],
    [
      'a block that is larger than the window',
      frame(0, [0], [1, 1025, [7]]),
      /^a block of 1025 bytes in a window of 1024/,
    ],
    ['a block of a type that there is not', frame(0, [0], [3, 1, [7]]), /^a block of an unknown type/],
    ['a frame of a later version', frame(8, [0], [0, 1, [7]]), /^a frame of a later version/],
    ['a compressed block of noise', frame(0, [0], [2, 4, [255, 255, 255, 255]]), /^a block that cannot be decoded/],
    ['a skippable frame cut short', Buffer.from([0x50, 0x2a, 0x4d, 0x18, 9, 0, 0, 0, 1]), /^an end in the middle/],
  ])('%s is refused', async (_, bytes, got) => {
    await expect(decompress(bytes)).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      details: { got: typeof got === 'string' ? got : expect.stringMatching(got) },
    });
  });

  test.each([
    ['of 256 MiB, made by zstd itself', fixture('window-256-mib'), 2 ** 28],
    ['of 4 GiB, which 32 bits take for 1 byte', frame(0, [22 << 3], [1, 1, [7]]), 2 ** 32],
    ['of 3.75 TiB', frame(0, [255], [1, 1, [7]]), 15 * 2 ** 38],
    ['of one segment of 2 GiB', frame(0xa0, [0, 0, 0, 0x80], [1, 1, [7]]), 2 ** 31],
  ])('a window %s is refused before memory is taken', async (_, bytes, window) => {
    await expect(decompress(bytes)).rejects.toMatchObject({
      code: 'FORMAT_UNSUPPORTED',
      message: "'x' needs more memory to be decompressed than Slipway gives it",
      details: { got: `a zstd window of ${window} bytes, the limit is 134217728 bytes` },
    });
  });

  test('a dictionary that is elsewhere is told', async () => {
    await expect(decompress(frame(1, [0, 9], [0, 1, [7]]))).rejects.toMatchObject({ code: 'FORMAT_UNSUPPORTED' });
  });

  test('the source is read no further than the content is asked for', async () => {
    let read = 0;
    const source = async function* (): AsyncGenerator<Uint8Array> {
      for await (const piece of pieces(fixture('small-window'), 100)) {
        read += piece.byteLength;
        yield piece;
      }
    };
    const content = zstdContent(source(), 'x');
    await content.next();
    expect(read).toBeLessThan(1500);
    await content.return(undefined);
  });

  test('a bomb of one byte repeated comes out a block at a time, and stops when told', async () => {
    const repeated = Array.from({ length: 8000 }, (): [number, number, number[]] => [1, 128 * 1024, [0]]);
    const bomb = frame(0, [13 << 3], ...repeated);
    const stop = new AbortController();
    let seen = 0;
    const reading = (async (): Promise<void> => {
      for await (const chunk of zstdContent(pieces(bomb, 1e6), 'x', stop.signal)) {
        seen += chunk.byteLength;
        if (seen > 1e7) stop.abort();
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: 'ABORTED' });
    expect(seen).toBeLessThan(5e7);
  });

  test('a block made to keep the decoder busy is given up', async () => {
    const sequences = 60_000;
    // Literals: one byte, repeated. Then sequences whose three codes are each one symbol: the longest match of 2 ** 16 + 3.
    const lengths = Buffer.alloc(sequences * 2 + 1, 255).fill(1, sequences * 2);
    const body = [(1 << 3) | 1, 7, 255, (sequences - 0x7f00) & 255, (sequences - 0x7f00) >> 8, 0x54, 0, 0, 52];
    const block = Buffer.concat([Buffer.from(body), lengths]);
    await expect(decompress(frame(0, [13 << 3], [2, block.byteLength, [...block]]))).rejects.toMatchObject({
      code: 'MODEL_INVALID',
      details: { got: expect.stringMatching(/^a block that cannot be decoded/) },
    });
  }, 30_000);
});
