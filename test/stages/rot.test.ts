import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pipeline, type StageEvent } from '../../src/core/index.js';
import { DiskStore } from '../../src/files/index.js';
import { openLayout } from '../../src/registry/index.js';
import { convert, download, pack, push, type PushedArtifact } from '../../src/stages/index.js';
import { hubAndRegistry, MODEL } from '../support/hub-and-registry.js';

const at = hubAndRegistry();

async function run(tag: string, events: StageEvent[] = []): Promise<readonly PushedArtifact[]> {
  const chain = pipeline(
    download(`hf://${MODEL}`),
    convert({ outtype: 'f16' }),
    pack({}),
    push(`layout:${join(at.folder, 'out')}`, { tags: [tag] }),
  );
  const context = at.context({ store: new DiskStore(join(at.folder, 'store')), emit: (event) => events.push(event) });
  return chain.run(undefined, context);
}

/** Changes a byte in the middle of every file of a folder, one after another as they are listed. */
async function spoilAll(folder: string): Promise<number> {
  const names = await readdir(folder);
  for (const name of names) {
    const middle = Math.floor((await stat(join(folder, name))).size / 2);
    const handle = await open(join(folder, name), 'r+');
    const byte = Buffer.alloc(1);
    await handle.read(byte, 0, 1, middle);
    await handle.write(Buffer.from([(byte[0] ?? 0) ^ 1]), 0, 1, middle);
    await handle.close();
  }
  return names.length;
}

describe('a disk that forgets', () => {
  test('the store: what changed is named, set aside and fetched again; the product is the same', async () => {
    const [first] = await run('one');
    const spoiled = await spoilAll(join(at.folder, 'store', 'blobs', 'sha256'));
    const events: StageEvent[] = [];
    const [again] = await run('two', events);
    expect(again?.digest).toBe(first?.digest);
    const warnings = events.filter((event) => event.type === 'warning' && event.code === 'STORE_DAMAGED');
    expect(warnings.length).toBeGreaterThan(0);
    const aside = (await readdir(join(at.folder, 'store', 'damaged'))).length;
    expect(aside).toBeGreaterThan(0);
    expect(aside).toBeLessThanOrEqual(Math.min(spoiled, warnings.length));
  });

  test('the layout that is pushed to: blobs that are there are read, and written anew when they changed', async () => {
    const [first] = await run('one');
    const blobs = join(at.folder, 'out', 'blobs', 'sha256');
    for (const name of await readdir(blobs)) {
      if (name === first?.digest.slice(7)) continue;
      const handle = await open(join(blobs, name), 'r+');
      await handle.write(Buffer.from([0xff]), 0, 1, 0);
      await handle.close();
    }
    // The same tag and input: an earlier run's word that all is there is not believed either.
    for (const tag of ['one', 'two']) expect((await run(tag))[0]?.digest).toBe(first?.digest);
    expect(await openLayout(join(at.folder, 'out')).verify()).toMatchObject({ damaged: [] });
  });
});
