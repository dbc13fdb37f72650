import { afterEach, expect, test } from 'vitest';
import { memoryFile } from '../../src/files/index.js';
import { openRegistry } from '../../src/registry/index.js';
import { startTestRegistry, type TestRegistry } from '../../src/testing/registry.js';

const registries: TestRegistry[] = [];
afterEach(async () => {
  await Promise.all(registries.splice(0).map((registry) => registry.close()));
});

async function start(): Promise<TestRegistry> {
  const registry = await startTestRegistry();
  registries.push(registry);
  return registry;
}

const files = Array.from({ length: 60 }, (_, index) => memoryFile(`f${index}`, `content ${index}`));
const askedFor = ({ requests }: TestRegistry): number => requests.filter(({ method }) => method === 'HEAD').length;

test('of many small blobs that are not there, few are looked for before they are sent', async () => {
  const registry = await start();
  const target = openRegistry(`${registry.host}/team/model`);
  for (const file of files) expect((await target.pushBlob(file)).how).toBe('sent');
  expect(askedFor(registry)).toBeLessThan(15);
  expect(registry.blobs().size).toBe(files.length);
});

test('those that are there are found, from the first one on or in the midst of others', async () => {
  const registry = await start();
  const first = openRegistry(`${registry.host}/team/model`);
  for (const file of files.slice(30)) await first.pushBlob(file);
  const again = openRegistry(`${registry.host}/team/model`);
  for (const file of files.slice(30)) expect((await again.pushBlob(file)).how).toBe('exists');
  const mixed = openRegistry(`${registry.host}/team/model`);
  const how: string[] = [];
  for (const file of files) how.push((await mixed.pushBlob(file)).how);
  expect(how.slice(0, 30)).toEqual(Array.from({ length: 30 }, () => 'sent'));
  // One in sixteen is looked for: from the first that is found on, all are.
  expect(how.slice(46)).toEqual(Array.from({ length: 14 }, () => 'exists'));
});

test('a large blob is always looked for', async () => {
  const registry = await start();
  const target = openRegistry(`${registry.host}/team/model`);
  for (const file of files.slice(0, 20)) await target.pushBlob(file);
  const large = memoryFile('large', new Uint8Array(100_000));
  expect((await target.pushBlob(large)).how).toBe('sent');
  expect((await target.pushBlob(large)).how).toBe('exists');
});
