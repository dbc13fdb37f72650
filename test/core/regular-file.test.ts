import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  openRegular,
  openRegularToAppend,
  readRegular,
  readRegularText,
  readRegularTextSync,
} from '../../src/core/index.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-regular-'));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

describe.skipIf(process.platform === 'win32')('opening a file', () => {
  test('a FIFO is refused without waiting for its writer', async () => {
    execFileSync('mkfifo', [join(folder, 'fifo')]);
    await expect(openRegular(join(folder, 'fifo'))).rejects.toMatchObject({
      code: 'NOT_FOUND',
      details: { got: 'a FIFO' },
    });
  });

  test('so it is for those who read without waiting, and those who append', async () => {
    execFileSync('mkfifo', [join(folder, 'fifo')]);
    expect(() => readRegularTextSync(join(folder, 'fifo'))).toThrow(/no regular file/);
    await expect(openRegularToAppend(join(folder, 'fifo'), 0o600)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await writeFile(join(folder, 'x'), 'a');
    const file = await openRegularToAppend(join(folder, 'x'), 0o600);
    await file.writeFile('b');
    await file.close();
    expect(readRegularTextSync(join(folder, 'x'))).toBe('ab');
  });

  test('sockets, devices and directories are refused', async () => {
    const server = createServer().listen(join(folder, 'socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    for (const path of [join(folder, 'socket'), '/dev/null', '/dev/zero', folder]) {
      await expect(readRegularText(path)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
    server.close();
  });

  test('a limit is met from below and from above', async () => {
    await writeFile(join(folder, 'x'), 'x'.repeat(100));
    expect((await readRegular(join(folder, 'x'), 100)).byteLength).toBe(100);
    await expect(readRegular(join(folder, 'x'), 99)).rejects.toMatchObject({ code: 'SIZE_MISMATCH' });
  });

  test('a link is followed, but where it must not be there', async () => {
    await writeFile(join(folder, 'x'), 'x');
    await symlink(join(folder, 'x'), join(folder, 'link'));
    expect(await readRegularText(join(folder, 'link'))).toBe('x');
    await expect(openRegular(join(folder, 'link'), { noLink: true })).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('what says that it is empty and is not is read all the same', async () => {
    expect(await readRegularText('/proc/self/status')).toContain('Pid:');
  });
});

// What is read here is the system's own, lies in the package, or is a directory.
const OTHERS = new Set([
  'src/cli/doctor/peer-check.ts',
  'src/cluster/client-version.ts',
  'src/core/package-facts.ts',
  'src/core/process-mark.ts',
  'src/core/regular-file.ts',
  'src/evaluate/onnx/runtime.ts',
  'src/stages/evaluation/built-in-text.ts',
]);

test('files are opened for reading in one place, which refuses what is no file', () => {
  const root = join(import.meta.dirname, '../..');
  const reading = /\b(readFile|readFileSync|createReadStream)\(|\bopen\([^()]*, 'r'\)/;
  const strays = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .map((name) => `src/${name}`)
    .filter((name) => name.endsWith('.ts') && !name.startsWith('src/testing/') && !OTHERS.has(name))
    .filter((name) => reading.test(readFileSync(join(root, name), 'utf8')));
  expect(strays).toEqual(['src/registry/layout/durable-file.ts']);
});
