import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SlipwayError, type ByteRange } from '../../src/core/index.js';
import { DiskStore, memoryFile, sha256, writeLocalFile, type ModelFile } from '../../src/files/index.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-store-'));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

async function* chunks(...parts: string[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield new TextEncoder().encode(part);
}

/** Breaks after `limit` bytes of the first reading; says from where each reading started. */
function flaky(content: Uint8Array, limit: number): ModelFile & { digest: `sha256:${string}`; starts: number[] } {
  const starts: number[] = [];
  return {
    path: 'model.safetensors',
    size: content.byteLength,
    digest: sha256(content),
    starts,
    async *read(range?: ByteRange) {
      const start = range?.start ?? 0;
      starts.push(start);
      const end = starts.length === 1 ? limit : content.byteLength;
      for (let at = start; at < end; at += 1000) yield content.slice(at, Math.min(at + 1000, end));
      if (starts.length === 1) throw new SlipwayError('NET_UNREACHABLE', 'connection lost');
    },
  };
}

describe('the content store', () => {
  test('keeps what it is given under its digest', async () => {
    const store = new DiskStore(folder);
    const { digest, size } = await store.write(chunks('hello ', 'world'));
    expect(digest).toBe('sha256:b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9');
    expect(size).toBe(11);
    expect(await store.stat(digest)).toBe(11);
    const read = [];
    for await (const chunk of store.read(digest, { start: 6, end: 11 })) read.push(Buffer.from(chunk).toString());
    expect(read.join('')).toBe('world');
    expect((await store.list()).map((blob) => blob.digest)).toEqual([digest]);
  });

  test('keeps nothing of content that is not what was expected', async () => {
    const store = new DiskStore(folder);
    await expect(store.write(chunks('x'), sha256('y'))).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    expect(await store.list()).toEqual([]);
    expect(await readdir(join(folder, 'partial'))).toEqual([]);
  });

  test('goes on where an interrupted transfer stopped', async () => {
    const content = new Uint8Array(10_000).map((_, index) => index % 251);
    const file = flaky(content, 4000);
    const store = new DiskStore(folder);
    await expect(store.ensure(file)).rejects.toMatchObject({ code: 'NET_UNREACHABLE' });
    await store.ensure(file);
    expect(file.starts).toEqual([0, 4000]);
    expect(sha256(await readFile(store.path(file.digest)))).toBe(file.digest);
  });

  test('drops a partial file that turns out wrong, so that the next try starts afresh', async () => {
    const store = new DiskStore(folder);
    const content = new TextEncoder().encode('right');
    const wrong: ModelFile & { digest: `sha256:${string}` } = { ...memoryFile('a', 'wrong'), digest: sha256(content) };
    await expect(store.ensure(wrong)).rejects.toMatchObject({ code: 'DIGEST_MISMATCH' });
    await store.ensure({ ...memoryFile('a', 'right'), digest: sha256(content) });
    expect(await store.stat(sha256(content))).toBe(5);
  });

  test('refuses a digest that is a path', async () => {
    const store = new DiskStore(folder);
    expect(() => store.path('sha256:../../etc/passwd')).toThrow(SlipwayError);
  });

  test('a failed write leaves the old file as it was', async () => {
    const path = join(folder, 'out.gguf');
    await writeFile(path, 'old');
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(10);
      throw new SlipwayError('NET_UNREACHABLE', 'connection lost');
    }
    await expect(writeLocalFile(path, failing())).rejects.toMatchObject({ code: 'NET_UNREACHABLE' });
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['out.gguf']);
  });

  test('stops within a chunk when aborted', async () => {
    const controller = new AbortController();
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        yield new Uint8Array(1000);
        controller.abort();
      }
    }
    const store = new DiskStore(folder);
    await expect(store.write(endless(), undefined, controller.signal)).rejects.toMatchObject({ code: 'ABORTED' });
  });
});
