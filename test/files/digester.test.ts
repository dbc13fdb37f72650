import { spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createDigester } from '../../src/files/index.js';

const MIB = 1024 * 1024;
/** Large enough for the hashing thread. */
const LARGE = 20 * MIB;
const content = randomBytes(LARGE);
const sha256 = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** Pieces of many sizes, also of several times what fits into the thread's memory. */
function* pieces(from: number, end = LARGE): Generator<Uint8Array> {
  const sizes = [1, 65_536, 0, 524_287, 524_289, 9 * MIB, 3, 4 * MIB];
  for (let [at, turn] = [from, 0]; at < end; turn += 1) {
    const size = Math.min(sizes[turn % sizes.length] ?? 1, end - at);
    yield content.subarray(at, at + size);
    at += size;
  }
}

describe.each([
  ['on this thread', 0],
  ['on the hashing thread', LARGE],
])('a digester %s', (_, size) => {
  test('gives the digest of what passed, at any moment', async () => {
    const digester = createDigester(size);
    expect(await digester.digest()).toBe(sha256(new Uint8Array(0)));
    let passed = 0;
    for (const piece of pieces(0)) {
      await digester.update(piece);
      passed += piece.byteLength;
      expect(digester.size).toBe(passed);
      if (passed < 2 * MIB) expect(await digester.digest()).toBe(sha256(content.subarray(0, passed)));
    }
    expect(await digester.digest()).toBe(sha256(content));
    digester.close();
  });

  test('has taken the bytes when it says so: they may change', async () => {
    const digester = createDigester(size);
    const buffer = new Uint8Array(6 * MIB);
    for (let at = 0; at < LARGE; at += buffer.byteLength) {
      const part = buffer.subarray(0, Math.min(buffer.byteLength, LARGE - at));
      part.set(content.subarray(at, at + part.byteLength));
      await digester.update(part);
      buffer.fill(0xff);
    }
    expect(await digester.digest()).toBe(sha256(content));
    digester.close();
  });

  test('goes back, as little as it can, and on from there', async () => {
    const digester = createDigester(size);
    for (const piece of pieces(0, 17 * MIB)) await digester.update(piece);
    const offset = 13 * MIB + 7;
    const from = await digester.rewind(offset);
    expect(from).toBeLessThanOrEqual(offset);
    expect(digester.size).toBe(from);
    for (const piece of pieces(from)) await digester.update(piece);
    expect(await digester.digest()).toBe(sha256(content));
    expect(await digester.rewind(LARGE + 1)).toBe(LARGE);
    expect(await digester.rewind(0)).toBe(0);
    expect(await digester.digest()).toBe(sha256(new Uint8Array(0)));
    digester.close();
  });

  test('many side by side do not mix', async () => {
    const ends = [LARGE, 5 * MIB, 3, 0, 11 * MIB + 1];
    const digests = ends.map(async (end) => {
      const digester = createDigester(size);
      try {
        for (const piece of pieces(0, end)) await digester.update(piece);
        return await digester.digest();
      } finally {
        digester.close();
      }
    });
    expect(await Promise.all(digests)).toEqual(ends.map((end) => sha256(content.subarray(0, end))));
  });
});

test('a digester whose stream is known counts and says what it was told', async () => {
  const known = sha256(content) as `sha256:${string}`;
  const digester = createDigester(LARGE, known);
  await digester.update(content.subarray(0, 10));
  expect([digester.size, await digester.digest()]).toEqual([10, known]);
  expect(await digester.rewind(4)).toBe(4);
});

describe('the hashing thread and the process', () => {
  const run = (body: string): { status: number | null; output: string } => {
    const library = join(import.meta.dirname, '../../dist/src/files/index.js');
    const program = `import { createDigester } from ${JSON.stringify(`file://${library}`)};\n${body}`;
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      encoding: 'utf8',
      timeout: 300_000,
    });
    return { status, output: stdout + stderr };
  };

  test('who waits for a digest gets it, though nothing else keeps the process', () => {
    const { status, output } = run(`
      const digester = createDigester(${LARGE});
      await digester.update(new Uint8Array(${LARGE}));
      console.log(await digester.digest());`);
    expect([output.trim(), status]).toEqual([sha256(new Uint8Array(LARGE)), 0]);
  });

  test('a stream that was left does not keep the process', () => {
    const { status, output } = run(`
      const digester = createDigester(${LARGE});
      digester.update(new Uint8Array(10));
      console.log('left');`);
    expect([output.trim(), status]).toEqual(['left', 0]);
  });
});
