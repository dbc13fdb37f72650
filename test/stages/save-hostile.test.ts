import { mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createContext, type StageEvent } from '../../src/core/index.js';
import { memoryFile, type ModelFile, type Snapshot } from '../../src/files/index.js';
import { save, type SaveOptions } from '../../src/stages/index.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-save-'));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

function snapshot(files: readonly ModelFile[]): Snapshot {
  return { source: { kind: 'registry', name: 'x', url: 'oci://x', revision: 'sha256:0' }, files };
}

async function write(files: Readonly<Record<string, string>>, options: SaveOptions = {}): Promise<StageEvent[]> {
  const events: StageEvent[] = [];
  const list = Object.entries(files).map(([path, content]) => memoryFile(path, content));
  const context = createContext({ emit: (event) => events.push(event) });
  await save(join(folder, 'out'), options).run(snapshot(list), context);
  return events;
}

const out = (path: string): Promise<string> => readFile(join(folder, 'out', path), 'utf8');

describe('files of strangers', () => {
  test.each([
    '.git/config',
    '.ssh/authorized_keys',
    '.npmrc',
    '.env',
    'a/.hidden/b',
    'node_modules/x/index.js',
    'Jenkinsfile',
    'azure-pipelines.yml',
    'GIT~1/config',
    'NPMRC~1',
    'sub/sitecustomize.py',
    'conftest.py',
    'pipeline.config.ts',
    'AGENTS.md',
  ])('%s is left out with a word, and written when that is asked for', async (path) => {
    const events = await write({ [path]: 'x', 'README.md': 'y' });
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'warning', code: 'HIDDEN_LEFT_OUT', message: expect.stringContaining(path) }),
    );
    expect(await readdir(join(folder, 'out'))).toEqual(['README.md']);
    await write({ [path]: 'x' }, { hidden: true });
    expect(await out(path)).toBe('x');
    await expect(write({ [path]: 'x' })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('what an archive unpacks to has to fit before the first byte is written', async () => {
    const read = (): never => {
      throw new Error('it was read');
    };
    const bomb = { path: 'weights.bin', size: 2 ** 52, read };
    await expect(save(join(folder, 'out')).run(snapshot([bomb]), createContext())).rejects.toMatchObject({
      code: 'DISK_SPACE',
    });
  });

  test('what is there with other content stays, and nothing else is written', async () => {
    await write({ 'a.txt': 'old', 'b.txt': 'same' });
    for (const other of ['new', 'newer and longer']) {
      await expect(write({ 'a.txt': other, 'b.txt': 'same', 'c.txt': 'c' })).rejects.toMatchObject({
        code: 'TARGET_EXISTS',
      });
    }
    expect(await readdir(join(folder, 'out'))).toEqual(['a.txt', 'b.txt']);
    expect(await out('a.txt')).toBe('old');
    const events = await write({ 'b.txt': 'same', 'c.txt': 'c' });
    expect(events.filter(({ type }) => type === 'item.skip')).toHaveLength(1);
    await write({ 'a.txt': 'new' }, { overwrite: true });
    expect(await out('a.txt')).toBe('new');
  });

  test('a file whose digest is not known beforehand is compared when it is here', async () => {
    const unknown = (content: string): ModelFile => {
      const { path, size, read } = memoryFile('a.txt', content);
      return { path, size, read };
    };
    const run = (content: string): Promise<unknown> =>
      save(join(folder, 'out')).run(snapshot([unknown(content)]), createContext());
    await run('one');
    await run('one');
    await expect(run('two')).rejects.toMatchObject({ code: 'TARGET_EXISTS' });
    expect(await out('a.txt')).toBe('one');
    expect(await readdir(join(folder, 'out'))).toEqual(['a.txt']);
  });

  test.each(['sub', 'sub/deeper'])('nothing is written through a folder that is a link: %s', async (link) => {
    await mkdir(join(folder, 'outside'));
    await mkdir(join(folder, 'out', ...link.split('/').slice(0, -1)), { recursive: true });
    await symlink(join(folder, 'outside'), join(folder, 'out', link));
    for (const options of [{}, { overwrite: true, hidden: true }]) {
      await expect(write({ [`${link}/x`]: 'x', [`${link}/deep/x`]: 'x' }, options)).rejects.toMatchObject({
        code: 'PATH_UNSAFE',
      });
    }
    expect(await readdir(join(folder, 'outside'))).toEqual([]);
  });

  test('a link, a directory or a FIFO in the place of a file is not replaced', async () => {
    await writeFile(join(folder, 'mine'), 'mine');
    await mkdir(join(folder, 'out', 'folder'), { recursive: true });
    await symlink(join(folder, 'mine'), join(folder, 'out', 'link'));
    for (const path of ['link', 'folder']) {
      for (const overwrite of [false, true]) {
        await expect(write({ [path]: 'x' }, { overwrite })).rejects.toMatchObject({ code: 'TARGET_EXISTS' });
      }
    }
    expect(await readFile(join(folder, 'mine'), 'utf8')).toBe('mine');
  });

  test('a folder that becomes a link while its file is written leads nowhere else', async () => {
    await mkdir(join(folder, 'outside'));
    const slow: ModelFile = {
      path: 'sub/x',
      size: 2,
      async *read() {
        yield Buffer.from('a');
        await rename(join(folder, 'out', 'sub'), join(folder, 'out', 'moved'));
        await symlink(join(folder, 'outside'), join(folder, 'out', 'sub'));
        yield Buffer.from('b');
      },
    };
    await save(join(folder, 'out'))
      .run(snapshot([slow]), createContext())
      .catch(() => undefined);
    expect(await readdir(join(folder, 'outside'))).toEqual([]);
  });

  test('the destination itself may be a link: it is the user’s own', async () => {
    await mkdir(join(folder, 'real'));
    await symlink(join(folder, 'real'), join(folder, 'out'));
    await write({ 'a/b.txt': 'x' });
    expect(await readFile(join(folder, 'real', 'a', 'b.txt'), 'utf8')).toBe('x');
  });
});
