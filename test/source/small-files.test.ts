import { describe, expect, test } from 'vitest';
import { memoryFile, readRange, readWhole, type ModelFile } from '../../src/files/index.js';
import { SmallFiles } from '../../src/source/small-files.js';
import { openHub } from '../../src/source/hub.js';
import { buildLlama, startTestHub } from '../../src/testing/index.js';

const CONTENT = 'the content of a small file';

function counted(content: string, fail = 0): { readonly file: ModelFile; readonly reads: () => number } {
  let [reads, failures] = [0, fail];
  const inner = memoryFile('small.json', content);
  const file: ModelFile = {
    ...inner,
    async *read(range, signal) {
      reads += 1;
      signal?.throwIfAborted();
      if (failures-- > 0) throw new Error('broken');
      yield* inner.read(range, signal);
    },
  };
  return { file, reads: () => reads };
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

describe('small files of a snapshot', () => {
  test('are read once, whole or in parts, and what is handed out is a copy', async () => {
    const { file, reads } = counted(CONTENT);
    const kept = new SmallFiles().kept(file);
    const whole = await readWhole(kept, 100);
    whole.fill(0);
    expect(text(await readRange(kept, { start: 4, end: 11 }))).toBe('content');
    expect(text(await readWhole(kept, 100))).toBe(CONTENT);
    const [one, two] = await Promise.all([readWhole(kept, 100), readRange(kept, { start: 0, end: 3 })]);
    expect([text(one), text(two), reads()]).toEqual([CONTENT, 'the', 1]);
    await expect(readRange(kept, { start: 0, end: 100 })).rejects.toMatchObject({ code: 'SIZE_MISMATCH' });
  });

  test('beyond the budget are read each time', async () => {
    const memory = new SmallFiles(40);
    const [first, second] = [counted(CONTENT), counted(CONTENT)];
    const [a, b] = [memory.kept(first.file), memory.kept(second.file)];
    for (let times = 0; times < 2; times++) {
      expect(text(await readWhole(a, 100))).toBe(CONTENT);
      expect(text(await readRange(b, { start: 0, end: 3 }))).toBe('the');
    }
    expect([first.reads(), second.reads()]).toEqual([1, 2]);
    expect(memory.kept(counted('x'.repeat(41)).file).read).not.toBe(undefined);
  });

  test('whose reading fails are read again, and one abort is not the other reader’s', async () => {
    const { file, reads } = counted(CONTENT, 1);
    const kept = new SmallFiles(CONTENT.length).kept(file);
    await expect(readWhole(kept, 100)).rejects.toThrow('broken');
    expect(text(await readWhole(kept, 100))).toBe(CONTENT);
    expect(reads()).toBe(2);
    const other = new SmallFiles().kept(counted(CONTENT).file);
    const aborted = readWhole(other, 100, AbortSignal.abort());
    const fine = readWhole(other, 100);
    await expect(aborted).rejects.toThrow();
    expect(text(await fine)).toBe(CONTENT);
  });

  test('of the Hub cost one request each', async () => {
    const hub = await startTestHub({ repositories: { 'acme/tiny': buildLlama({ seed: 5 }) } });
    try {
      const snapshot = await openHub('acme/tiny', { fetch, env: hub.env });
      const before = hub.requests.length;
      const config = snapshot.files.find(({ path }) => path === 'config.json') ?? expect.fail();
      for (let times = 0; times < 3; times++) await readWhole(config, 1e6);
      for (let start = 0; start < 10; start++) await readRange(config, { start, end: start + 5 });
      expect(hub.requests.length - before).toBe(1);
    } finally {
      await hub.close();
    }
  });
});
