import { mkdtemp, readdir, rm, truncate, writeFile, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { copy, openLayout, openRegistry, pushArtifacts } from '../../src/registry/index.js';
import { startTestRegistry, type TestRegistry } from '../../src/testing/registry.js';
import { failure } from './failure.js';
import { sampleArtifact, sampleFile } from './samples.js';

const SIZE = 17 * 1024 * 1024;
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function start(): Promise<TestRegistry> {
  const registry = await startTestRegistry();
  closing.push(() => registry.close());
  return registry;
}

/** A layout with one large layer, and where that lies. */
async function layoutWithLayer(): Promise<{ readonly directory: string; readonly blob: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'slipway-damaged-'));
  closing.push(() => rm(directory, { recursive: true, force: true }));
  await pushArtifacts(openLayout(directory), [sampleArtifact('test', [sampleFile('model.gguf', 1, SIZE)])], {
    tags: () => ['v1'],
  });
  const folder = join(directory, 'blobs', 'sha256');
  for (const name of await readdir(folder)) {
    const handle = await open(join(folder, name));
    const { size } = await handle.stat();
    await handle.close();
    if (size === SIZE) return { directory, blob: join(folder, name) };
  }
  throw new Error('the layer is not there');
}

const options = { retryDelayMs: 1 };

test('a large blob of a layout arrives, and is not hashed on the way', async () => {
  const registry = await start();
  const { directory } = await layoutWithLayer();
  const copied = await copy(openLayout(directory), openRegistry(`${registry.host}/team/model`, options));
  expect(copied.blobs.sent).toBe(2);
  expect(registry.problems()).toEqual([]);
  expect([...registry.tags('team/model').keys()]).toEqual(['v1']);
});

test('one that has changed on disk is refused by the registry, and then named here', async () => {
  const registry = await start();
  const { directory, blob } = await layoutWithLayer();
  const handle = await open(blob, 'r+');
  await handle.write(Buffer.from('damage'), 0, 6, SIZE / 2);
  await handle.close();
  const error = await failure(copy(openLayout(directory), openRegistry(`${registry.host}/team/model`, options)));
  expect([error.code, error.details.where]).toEqual(['DIGEST_MISMATCH', blob]);
  expect(registry.problems()).toEqual([]);
  expect(registry.tags('team/model').size).toBe(0);
});

test.each([
  ['shorter', async (path: string) => truncate(path, SIZE - 1)],
  ['longer', async (path: string) => writeFile(path, 'x', { flag: 'a' })],
])('one that has become %s is named, too', async (_, change) => {
  const registry = await start();
  const { directory, blob } = await layoutWithLayer();
  await change(blob);
  const error = await failure(copy(openLayout(directory), openRegistry(`${registry.host}/team/model`, options)));
  expect(error.code).toBe('SIZE_MISMATCH');
  expect(registry.tags('team/model').size).toBe(0);
});
