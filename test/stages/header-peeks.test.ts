import { join } from 'node:path';
import { expect, test } from 'vitest';
import { pipeline, SlipwayError, type StageEvent } from '../../src/core/index.js';
import { DiskStore, sha256 } from '../../src/files/index.js';
import { confirmPeeked } from '../../src/stages/header-peeks.js';
import { convert, download, pack, push } from '../../src/stages/index.js';
import { buildLlama, startTestHub } from '../../src/testing/index.js';
import { hubAndRegistry } from '../support/hub-and-registry.js';

/** Two shards, each above what is fetched whole at once. */
const at = hubAndRegistry(async (started) => {
  await started.hub.close();
  const shape = { layers: 1, hidden: 2048, intermediate: 4096, heads: 16, kvHeads: 4, vocab: 512 };
  started.hub = await startTestHub({
    repositories: { 'acme/large': buildLlama({ name: 'large', ...shape, dtype: 'BF16', shards: 2 }) },
  });
});

interface Fetched {
  readonly names: readonly string[];
  readonly bytes: number;
  readonly tensors: number;
  readonly digest: string | undefined;
}

/** Runs the chain with the store of a machine; says what was fetched. */
async function run(machine: string, tag: string): Promise<Fetched> {
  const events: StageEvent[] = [];
  const chain = pipeline(
    download('hf://acme/large'),
    convert({ outtype: 'q8_0' }),
    pack(),
    push(`${at.registry.host}/models/large`, { tags: [tag] }),
  );
  const store = new DiskStore(join(at.folder, machine));
  const pushed = await chain.run(undefined, at.context({ store, emit: (event) => events.push(event) }));
  const ended = events.flatMap((event) => (event.type === 'item.end' && event.stage === 'download' ? [event] : []));
  return {
    names: ended.map(({ name }) => name),
    bytes: ended.reduce((sum, { size }) => sum + size, 0),
    tensors: events.filter(({ type }) => type === 'tensor').length,
    digest: pushed[0]?.digest,
  };
}

test('what is published already is found by headers: no weight is fetched on an empty machine', async () => {
  const first = await run('one', 'v1');
  expect(first.names.filter((name) => name.endsWith('.safetensors'))).toHaveLength(2);
  const again = await run('two', 'v1');
  expect(again.digest).toBe(first.digest);
  expect(again.tensors).toBe(0);
  expect(again.names.filter((name) => name.endsWith('.safetensors'))).toEqual([]);
  expect(again.bytes).toBeLessThan(2_000_000);
}, 60_000);

test('a header that was another one before its file was fetched ends the run', async () => {
  const bytes = new TextEncoder().encode('header');
  const peeked = [{ range: { start: 0, end: 6 }, digest: sha256(bytes) }];
  await confirmPeeked('model.safetensors', peeked, async () => Promise.resolve(bytes));
  const other = confirmPeeked('model.safetensors', peeked, async () => Promise.resolve(new Uint8Array(6)));
  await expect(other).rejects.toSatisfy((error) => SlipwayError.is(error) && error.code === 'DIGEST_MISMATCH');
});
