import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { memoryFile, readRange, readWhole, type ModelFile } from '../../src/files/index.js';
import { untar, type UntarLimits } from '../../src/files/index.js';
import { tarFile } from '../../src/package/index.js';

const gnuTar = spawnSync('tar', ['--version']).status === 0;
let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'slipway-tar-'));
});
afterAll(() => rm(root, { recursive: true }));

async function read(bytes: Uint8Array, limits: UntarLimits = {}, chunk = 1000): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (let start = 0; start < bytes.byteLength; start += chunk) yield bytes.slice(start, start + chunk);
  }
  for await (const member of untar(chunks(), limits)) {
    let text = '';
    for await (const part of member.content()) text += Buffer.from(part).toString('latin1');
    files.set(member.path, text);
  }
  return files;
}

const LONG = `${'folder-'.repeat(30)}/${'name-'.repeat(30)}.json`;

describe('our tar', () => {
  test.skipIf(!gnuTar).each(['config.json', 'a/b/tokenizer.json', LONG, 'Übung.md'])(
    '%s is read by GNU tar',
    async (path) => {
      const archive = join(root, 'a.tar');
      const folder = await mkdtemp(join(root, 'x-'));
      await writeFile(
        archive,
        await readWhole(tarFile(memoryFile(path, 'content'), { folder: 'models', uid: 1000 }), 1e6),
      );
      expect(spawnSync('tar', ['-xf', archive, '-C', folder, '--no-same-owner'], { encoding: 'utf8' })).toMatchObject({
        status: 0,
        stderr: '',
      });
      expect(await readFile(join(folder, 'models', path), 'utf8')).toBe('content');
      const listing = spawnSync('tar', ['--numeric-owner', '--utc', '-tvf', archive], { encoding: 'utf8' }).stdout;
      for (const line of listing.trim().split('\n'))
        expect(line).toMatch(/^(drwxr-xr-x|-rw-r--r--) 1000\/0 +\d+ 1970-01-01 00:00/);
    },
  );

  test('is laid out without reading, and any part of it can be read', async () => {
    let reads = 0;
    const content = memoryFile('w.gguf', 'x'.repeat(1500));
    const counted: ModelFile = {
      ...content,
      digest: content.digest!,
      read: (range, signal) => {
        reads += 1;
        return content.read(range, signal);
      },
    };
    const tar = tarFile(counted, { folder: 'models' });
    expect([tar.size, reads]).toEqual([512 + 512 + 1536 + 1024, 0]);
    const whole = await readWhole(tar, 1e6);
    await fc.assert(
      fc.asyncProperty(fc.nat(tar.size), fc.nat(tar.size), async (a, b) => {
        const range = { start: Math.min(a, b), end: Math.max(a, b) };
        expect(await readRange(tar, range)).toEqual(whole.slice(range.start, range.end));
      }),
    );
  });

  test('holds files above 8 GiB', async () => {
    const huge: ModelFile = { path: 'w.gguf', size: 2 ** 40 + 5, read: () => expect.fail('the content was read') };
    const tar = tarFile(huge);
    const head = await readRange(tar, { start: 0, end: 1536 });
    async function* content(): AsyncGenerator<Uint8Array> {
      yield head;
    }
    for await (const member of untar(content())) {
      expect([member.path, member.size]).toEqual(['w.gguf', 2 ** 40 + 5]);
      break;
    }
    expect(tar.size % 512).toBe(0);
  });
});

describe('reading tar', () => {
  test('gives back what was written, however it is cut', async () => {
    const name = fc
      .array(fc.constantFrom('a', 'bc', 'Ü', 'x'.repeat(60)), { minLength: 1, maxLength: 5 })
      .map((parts) => parts.join('/'));
    await fc.assert(
      fc.asyncProperty(
        name,
        fc.string({ maxLength: 2000, unit: 'grapheme-ascii' }),
        fc.integer({ min: 1, max: 3000 }),
        async (path, text, chunk) => {
          const bytes = await readWhole(tarFile(memoryFile(path, text)), 1e6);
          expect([...(await read(bytes, {}, chunk))]).toEqual([[path, text]]);
        },
      ),
    );
  });

  test.skipIf(!gnuTar).each(['gnu', 'pax', 'ustar', 'v7'])('reads what GNU tar writes as %s', async (format) => {
    const folder = await mkdtemp(join(root, 'g-'));
    await mkdir(join(folder, 'sub'));
    const names = ['a.json', 'sub/b.json', ...(format === 'gnu' || format === 'pax' ? [`${'n'.repeat(180)}.md`] : [])];
    for (const name of names) await writeFile(join(folder, name), name);
    spawnSync('tar', ['--format', format, '-cf', join(root, 'g.tar'), '-C', folder, '.']);
    const files = await read(await readFile(join(root, 'g.tar')));
    expect(Object.fromEntries(files)).toEqual(Object.fromEntries(names.map((name) => [name, name])));
  });

  function header(path: string, type: string, size = 0, link = ''): Buffer {
    const block = Buffer.alloc(512);
    block.write(path, 0);
    block.write('0000644\0', 100);
    block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
    block.fill(' ', 148, 156);
    block.write(type, 156);
    block.write(link, 157);
    block.write('ustar\u000000', 257);
    const sum = block.reduce((total, byte) => total + byte, 0);
    block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
    return block;
  }
  const END = Buffer.alloc(1024);

  test.each(['1', '2', '3', '4', '6', '7', 'S', 'M', 'D', 'K', 'V'])(
    'refuses entries of type %s, or passes them over',
    async (type) => {
      const bytes = Buffer.concat([header('link', type, 0, '/etc/passwd'), END]);
      await expect(read(bytes)).rejects.toMatchObject({ code: 'PATH_UNSAFE' });
      expect([...(await read(bytes, { others: 'skip' }))]).toEqual([]);
    },
  );

  test.each(['../../evil', '/etc/cron.d/evil', 'a/../../b', 'a\\b', 'c:evil', 'con', 'a//b', '.'])(
    'refuses a file called %j',
    async (path) => {
      await expect(read(Buffer.concat([header(path, '0'), END]))).rejects.toMatchObject({ code: 'PATH_UNSAFE' });
    },
  );

  test('refuses unsafe names from extended headers', async () => {
    for (const record of ['17 path=../evil1\n', '15 path=a\0b123\n']) {
      const content = Buffer.alloc(512);
      content.write(record);
      const bytes = Buffer.concat([header('pax', 'x', record.length), content, header('ok', '0'), END]);
      await expect(read(bytes), record).rejects.toMatchObject({ code: 'PATH_UNSAFE' });
    }
  });

  test('refuses sparse files, wrong checksums, broken records and what is cut off', async () => {
    const sparse = Buffer.alloc(512);
    sparse.write('22 GNU.sparse.major=1\n');
    const wrong = header('a', '0');
    wrong[0] = 0x62;
    const record = Buffer.alloc(512);
    record.write('999 path=x\n');
    for (const [bytes, code] of [
      [Buffer.concat([header('pax', 'x', 22), sparse, END]), 'MODEL_INVALID'],
      [Buffer.concat([wrong, END]), 'MODEL_INVALID'],
      [Buffer.concat([header('pax', 'x', 11), record, END]), 'MODEL_INVALID'],
      [Buffer.concat([header('pax', 'x', 70_000)]), 'MODEL_INVALID'],
      [Buffer.concat([header('a', '0', 600), Buffer.alloc(512)]), 'SIZE_MISMATCH'],
    ] as const) {
      await expect(read(bytes)).rejects.toMatchObject({ code });
    }
  });

  test('keeps to its limits', async () => {
    const two = Buffer.concat([header('a', '0'), header('b', '0'), END]);
    await expect(read(two, { entries: 1 })).rejects.toMatchObject({ code: 'MODEL_INVALID' });
    await expect(read(Buffer.concat([header('a', '0', 600)]), { bytes: 500 })).rejects.toMatchObject({
      code: 'MODEL_INVALID',
    });
  });

  test('reads on after the end, so that a digest over the layer sees all of it', async () => {
    let seen = 0;
    async function* content(): AsyncGenerator<Uint8Array> {
      for (const block of [header('a', '0'), END, Buffer.from('trailing')]) {
        seen += block.byteLength;
        yield block;
      }
    }
    for await (const member of untar(content())) expect(member.path).toBe('a');
    expect(seen).toBe(512 + 1024 + 8);
  });

  test('never fails in other words than ours', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 0, maxLength: 2048 }), fc.nat(600), async (noise, at) => {
        const bytes = Buffer.concat([
          header('a', '0', 5),
          Buffer.alloc(512),
          header('b', 'x', 30),
          Buffer.alloc(512),
          END,
        ]);
        bytes.set(noise.subarray(0, bytes.byteLength - at), at);
        await read(bytes).catch((error: unknown) => expect(error).toMatchObject({ name: 'SlipwayError' }));
      }),
    );
  });
});
