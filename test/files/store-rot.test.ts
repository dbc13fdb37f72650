import {
  chmod,
  link,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { SlipwayError, type Digest } from '../../src/core/index.js';
import { DiskStore, memoryFile, readRange, sha256, type ModelFile } from '../../src/files/index.js';
import { ownMark } from '../../src/core/index.js';

const SIZE = 3 * 256 * 1024 + 777;
const content = new Uint8Array(SIZE).map((_, index) => (index * 31) % 253);
const digest: Digest = sha256(content);
const file = { ...memoryFile('model.safetensors', content), digest } as ModelFile & { readonly digest: Digest };

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-rot-'));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

async function spoil(path: string, at: number): Promise<void> {
  const handle = await open(path, 'r+');
  const byte = Buffer.alloc(1);
  await handle.read(byte, 0, 1, at);
  await handle.write(Buffer.from([(byte[0] ?? 0) ^ 0x10]), 0, 1, at);
  await handle.close();
}

async function part(store: DiskStore, start: number, end: number): Promise<Uint8Array> {
  return readRange(
    { path: 'blob', size: SIZE, read: (range, signal) => store.read(digest, range, signal) },
    { start, end },
  );
}

async function caught(work: Promise<unknown>): Promise<SlipwayError> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (SlipwayError.is(error)) return error;
  throw new Error(`expected a SlipwayError, got ${String(error)}`);
}

describe('a blob of the store', () => {
  test('is read in any range as it was stored', async () => {
    const store = new DiskStore(folder);
    await store.ensure(file);
    for (const [start, end] of [
      [0, SIZE],
      [0, 1],
      [SIZE - 1, SIZE],
      [262_143, 262_145],
      [100, 600_000],
      [5, 5],
    ] as const) {
      expect(Buffer.from(await part(store, start, end)).equals(content.subarray(start, end))).toBe(true);
    }
  });

  test.each([0, 1, 262_143, 262_144, 500_000, SIZE - 1])(
    'that changed at byte %i is noticed by every range that touches its piece',
    async (at) => {
      const first = new DiskStore(folder);
      await first.ensure(file);
      await spoil(first.path(digest), at);
      // A new process, and the one that stored it: both look.
      for (const store of [new DiskStore(folder), first]) {
        const error = await caught(part(store, at, at + 1));
        expect(error.code).toBe('DIGEST_MISMATCH');
        const aside = String(error.details.context?.['setAside']);
        expect((await stat(aside)).size).toBe(SIZE);
        expect(await store.stat(digest)).toBeUndefined();
        await store.ensure(file);
        await spoil(store.path(digest), at);
      }
    },
  );

  test.each([
    ['cut off', (path: string) => truncate(path, SIZE - 5)],
    ['longer', (path: string) => truncate(path, SIZE + 5)],
    ['another file of the size', (path: string) => writeFile(path, new Uint8Array(SIZE))],
  ])('that is %s is no blob', async (_name, change) => {
    const store = new DiskStore(folder);
    await store.ensure(file);
    await change(store.path(digest));
    const size = await new DiskStore(folder).stat(digest);
    if (size === SIZE) expect((await caught(part(new DiskStore(folder), 0, SIZE))).code).toBe('DIGEST_MISMATCH');
    await store.ensure(file);
    expect(sha256(await readFile(store.path(digest)))).toBe(digest);
  });

  test.each([
    ['gone', (path: string) => rm(path)],
    ['changed', (path: string) => spoil(path, 100)],
    ['empty', (path: string) => writeFile(path, '')],
    ['writable by others', (path: string) => chmod(path, 0o666)],
  ])('whose tree is %s is read whole before any of it is believed', async (_name, change) => {
    await new DiskStore(folder).ensure(file);
    await change(join(folder, 'trees', 'sha256', digest.slice(7)));
    expect((await part(new DiskStore(folder), 7, 9)).byteLength).toBe(2);
    await change(join(folder, 'trees', 'sha256', digest.slice(7)));
    await spoil(new DiskStore(folder).path(digest), 700_000);
    expect((await caught(part(new DiskStore(folder), 7, 9))).code).toBe('DIGEST_MISMATCH');
  });

  test('that is a link is none, and what it leads to stays as it is', async () => {
    const store = new DiskStore(folder);
    const elsewhere = join(folder, 'elsewhere');
    await writeFile(elsewhere, new Uint8Array(SIZE));
    await mkdir(join(folder, 'blobs', 'sha256'), { recursive: true });
    await symlink(elsewhere, store.path(digest));
    expect(await store.stat(digest)).toBeUndefined();
    await store.ensure(file);
    expect(sha256(await readFile(store.path(digest)))).toBe(digest);
    expect(await readFile(elsewhere)).toEqual(Buffer.alloc(SIZE));
  });

  test('is not written through links that stand where folders should', async () => {
    await mkdir(join(folder, 'outside'));
    await symlink(join(folder, 'outside'), join(folder, 'blobs'));
    expect((await caught(new DiskStore(folder).ensure(file))).code).toBe('PATH_UNSAFE');
    expect(await readdir(join(folder, 'outside'))).toEqual([]);
  });

  test('is private to its owner', async () => {
    const store = new DiskStore(join(folder, 'store'));
    await store.ensure(file);
    await store.writeRecord(digest, 'x');
    for (const name of ['.', 'blobs', 'blobs/sha256', 'trees/sha256', 'partial', 'records']) {
      expect((await stat(join(folder, 'store', name))).mode & 0o777).toBe(0o700);
    }
    for (const name of [store.path(digest), join(folder, 'store', 'trees', 'sha256', digest.slice(7))]) {
      expect((await stat(name)).mode & 0o777).toBe(0o600);
    }
  });
});

describe('verify', () => {
  test('reads everything: names what changed and sets it aside, keeps the rest', async () => {
    const store = new DiskStore(folder);
    await store.ensure(file);
    const { digest: other } = await store.write(
      (async function* () {
        yield new Uint8Array(10);
      })(),
    );
    await store.writeRecord(digest, 'a record');
    expect(await new DiskStore(folder).verify()).toMatchObject({ blobs: 2, damaged: [], records: 0 });
    await spoil(store.path(digest), 5);
    await spoil(join(folder, 'records', `${digest.slice(7)}.json`), 70);
    const found = await new DiskStore(folder).verify();
    expect(found.damaged.map((blob) => blob.digest)).toEqual([digest]);
    expect(found.records).toBe(1);
    expect(await store.stat(digest)).toBeUndefined();
    expect(await store.stat(other)).toBe(10);
  });

  test('a record that a disk changed, or that stood under another key, is none', async () => {
    const store = new DiskStore(folder);
    await store.writeRecord(digest, 'a record');
    expect(await store.readRecord(digest)).toBe('a record');
    await link(
      join(folder, 'records', `${digest.slice(7)}.json`),
      join(folder, 'records', `${sha256('x').slice(7)}.json`),
    );
    expect(await store.readRecord(sha256('x'))).toBeUndefined();
    await spoil(join(folder, 'records', `${digest.slice(7)}.json`), 75);
    expect(await store.readRecord(digest)).toBeUndefined();
  });
});

describe('two transfers of one blob', () => {
  /** Waits in the middle until it is told. */
  function slow(gate: Promise<unknown>): ModelFile & { readonly digest: Digest; starts: number[] } {
    const starts: number[] = [];
    return {
      path: 'model.safetensors',
      size: SIZE,
      digest,
      starts,
      async *read(range) {
        const start = range?.start ?? 0;
        starts.push(start);
        const middle = Math.max(start, 100_000);
        yield content.slice(start, middle);
        await gate;
        yield content.slice(middle);
      },
    };
  }

  test('write to files of their own, and both end with the blob', async () => {
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    const [one, two] = [slow(gate), slow(gate)];
    const both = Promise.all([new DiskStore(folder).ensure(one), new DiskStore(folder).ensure(two)]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await readdir(join(folder, 'partial'))).toHaveLength(2);
    open();
    await both;
    expect([one.starts, two.starts]).toEqual([[0], [0]]);
    expect(sha256(await readFile(new DiskStore(folder).path(digest)))).toBe(digest);
    expect(await readdir(join(folder, 'partial'))).toEqual([]);
  });

  test('what an ended process left is gone on with; what a living one writes, or a link, is left alone', async () => {
    const partial = join(folder, 'partial');
    await mkdir(partial, { recursive: true });
    const machine = ownMark().split('-')[0] ?? '';
    const hex = digest.slice(7);
    await writeFile(join(partial, `${hex}.${machine}-999999999-1.aaaa`), content.slice(0, 5000));
    await writeFile(join(partial, `${hex}.${ownMark()}.bbbb`), content.slice(0, 9000));
    await writeFile(join(partial, `${hex}.ffffffffffff-1-1.cccc`), content.slice(0, 9500));
    await writeFile(join(folder, 'mine'), content.slice(0, 20_000));
    await symlink(join(folder, 'mine'), join(partial, hex));
    const source = slow(Promise.resolve());
    await new DiskStore(folder).ensure(source);
    expect(source.starts).toEqual([5000]);
    expect((await readdir(partial)).toSorted()).toEqual(
      [hex, `${hex}.${ownMark()}.bbbb`, `${hex}.ffffffffffff-1-1.cccc`].toSorted(),
    );
    expect((await stat(join(folder, 'mine'))).size).toBe(20_000);
  });

  test('one that was taken away as left behind begins again', async () => {
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => (open = resolve));
    const source = slow(gate);
    const transfer = new DiskStore(folder).ensure(source);
    await new Promise((resolve) => setTimeout(resolve, 50));
    for (const name of await readdir(join(folder, 'partial'))) await rm(join(folder, 'partial', name));
    open();
    await transfer;
    expect(source.starts).toEqual([0, 0]);
    expect(sha256(await readFile(new DiskStore(folder).path(digest)))).toBe(digest);
  });
});
