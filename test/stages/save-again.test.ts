import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createContext, pipeline, type RunContext, type StageEvent } from '../../src/core/index.js';
import { sha256, type ModelFile, type Snapshot } from '../../src/files/index.js';
import { download, save } from '../../src/stages/index.js';
import { startTestHub, type TestHub } from '../../src/testing/index.js';

const SIZE = 3_000_000;
const NAMES = [1, 2, 3].map((number) => `model-0000${number}-of-00003.safetensors`);
let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'slipway-save-'));
});
afterEach(async () => rm(directory, { recursive: true, force: true }));

function bytesOf(seed: number): Buffer {
  return Buffer.alloc(SIZE, `weights ${seed} `);
}

/** A file of a known digest that counts what is read of it, and can break. */
function file(path: string, bytes: Buffer, read: { bytes: number }, breakAt = Number.POSITIVE_INFINITY): ModelFile {
  return {
    path,
    size: bytes.byteLength,
    digest: sha256(bytes),
    async *read(range = { start: 0, end: bytes.byteLength }) {
      for (let at = range.start; at < range.end; at += 100_000) {
        if (at >= breakAt) throw new Error('the line is dead');
        const chunk = Buffer.from(bytes.subarray(at, Math.min(at + 100_000, range.end)));
        read.bytes += chunk.byteLength;
        yield chunk;
      }
    },
  };
}

function snapshotOf(...files: ModelFile[]): Snapshot {
  return { source: { kind: 'https', name: 'x', url: 'https://x.example/x', revision: 'r' }, files };
}

function contextWith(events: StageEvent[] = []): RunContext {
  return createContext({ notes: join(directory, 'notes'), emit: (event) => events.push(event) });
}

const target = (): string => join(directory, 'model');

describe('what a download has finished', () => {
  test('stays when another file breaks, and is not read again', async () => {
    const read = { bytes: 0 };
    const good = NAMES.slice(0, 2).map((name, index) => file(name, bytesOf(index), read));
    const broken = file(NAMES[2] ?? '', bytesOf(2), read, 1_000_000);
    await expect(save(target()).run(snapshotOf(...good, broken), contextWith())).rejects.toThrow('the line is dead');
    expect((await readdir(target())).filter((name) => name.endsWith('.safetensors'))).toEqual(NAMES.slice(0, 2));
    read.bytes = 0;
    const events: StageEvent[] = [];
    const again = snapshotOf(...good, file(NAMES[2] ?? '', bytesOf(2), read));
    const saved = await save(target()).run(again, contextWith(events));
    expect(read.bytes).toBe(SIZE - 1_000_000);
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'item.resume', name: NAMES[2], done: 1_000_000, total: SIZE }),
    );
    expect(events.filter(({ type }) => type === 'item.skip')).toHaveLength(2);
    expect(saved.map(({ path, digest }) => [path, digest])).toEqual(
      NAMES.map((name, index) => [join(target(), name), sha256(bytesOf(index))]),
    );
    expect((await readdir(target())).sort()).toEqual(NAMES);
  });

  test('a part that is not what it should be costs one more reading, and is gone', async () => {
    const read = { bytes: 0 };
    const whole = file('w.bin', bytesOf(1), read);
    await expect(
      save(target()).run(snapshotOf(file('w.bin', bytesOf(1), read, 500_000)), contextWith()),
    ).rejects.toThrow();
    const [part] = await readdir(target());
    await writeFile(join(target(), part ?? ''), Buffer.alloc(500_000, 'spoiled'));
    await save(target()).run(snapshotOf(whole), contextWith());
    expect((await readFile(join(target(), 'w.bin'))).equals(bytesOf(1))).toBe(true);
    expect(await readdir(target())).toEqual(['w.bin']);
  });

  test('parts of content that is no longer wanted are removed', async () => {
    const read = { bytes: 0 };
    await expect(
      save(target()).run(snapshotOf(file('w.bin', bytesOf(1), read, 500_000)), contextWith()),
    ).rejects.toThrow();
    await save(target()).run(snapshotOf(file('w.bin', bytesOf(2), read)), contextWith());
    expect(await readdir(target())).toEqual(['w.bin']);
  });

  test('a second run of a complete download asks for no file', async () => {
    const hub: TestHub = await startTestHub({
      repositories: {
        'acme/big': { 'config.json': '{}', ...Object.fromEntries(NAMES.map((name, index) => [name, bytesOf(index)])) },
      },
    });
    const run = async (): Promise<unknown> => {
      const context = createContext({ env: hub.env, notes: join(directory, 'notes') });
      return pipeline(download('hf://acme/big'), save(target())).run(undefined, context);
    };
    await run();
    const before = hub.requests.filter(({ host }) => host === 'storage').length;
    await run();
    expect(hub.requests.filter(({ host }) => host === 'storage')).toHaveLength(before);
    await hub[Symbol.asyncDispose]();
  });
});
