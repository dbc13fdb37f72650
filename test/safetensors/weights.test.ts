import { describe, expect, test } from 'vitest';
import { memoryFile, type ModelFile, type Snapshot } from '../../src/files/index.js';
import { openWeights, writeSafetensors } from '../../src/safetensors/index.js';

const tensor = (name: string): Parameters<typeof writeSafetensors>[1][number] => ({
  name,
  dtype: 'U8',
  shape: [1],
  data: Uint8Array.of(1),
});
const shard = (path: string, ...names: string[]): ModelFile => writeSafetensors(path, names.map(tensor));
const snapshot = (...files: ModelFile[]): Snapshot => ({
  source: { kind: 'directory', name: 'model', url: './model', revision: 'r' },
  files,
});
const index = (map: Record<string, string>): ModelFile =>
  memoryFile('model.safetensors.index.json', JSON.stringify({ metadata: { total_size: 1 }, weight_map: map }));

describe('openWeights', () => {
  test('orders by shard, then by name', async () => {
    const { tensors } = await openWeights(
      snapshot(
        shard('model-00002-of-00002.safetensors', 'a', 'c'),
        shard('model-00001-of-00002.safetensors', 'z', 'b', 'B', 'é', '\u{1f680}', '\uffee'),
        shard('other.safetensors', 'ignored'),
      ),
    );
    expect([...tensors.keys()]).toEqual(['B', 'b', 'z', 'é', '\uffee', '\u{1f680}', 'a', 'c']);
  });

  test('follows an index', async () => {
    const { tensors, files } = await openWeights(
      snapshot(
        shard('model-2.safetensors', 'a'),
        shard('model-1.safetensors', 'b'),
        index({ a: 'model-2.safetensors', b: 'model-1.safetensors' }),
      ),
    );
    expect([...tensors.keys()]).toEqual(['b', 'a']);
    expect(files.map(({ path }) => path)).toEqual(['model-1.safetensors', 'model-2.safetensors']);
  });

  test.each([
    ['a tensor that no shard holds', index({ a: 'm1', missing: 'm1' }), [shard('m1', 'a')]],
    ['a shard that is not there', index({ a: 'm1', b: 'm2' }), [shard('m1', 'a')]],
    ['a tensor in another shard', index({ a: 'm2', b: 'm1' }), [shard('m1', 'a'), shard('m2', 'b')]],
    ['a tensor that it does not name', index({ a: 'm1' }), [shard('m1', 'a', 'b')]],
    ['a path outside', index({ a: '../m1' }), [shard('m1', 'a')]],
  ])('refuses an index with %s', async (_, indexFile, files) => {
    await expect(openWeights(snapshot(indexFile, ...files))).rejects.toMatchObject({ code: 'MODEL_INVALID' });
  });

  test('refuses a tensor in two files', async () => {
    const attempt = openWeights(snapshot(shard('model-1.safetensors', 'a'), shard('model-2.safetensors', 'a')));
    await expect(attempt).rejects.toMatchObject({ code: 'MODEL_INVALID' });
  });

  test('refuses a name that an index has twice', async () => {
    const text = '{"weight_map":{"a":"m1","a":"m2"}}';
    const attempt = openWeights(snapshot(memoryFile('model.safetensors.index.json', text), shard('m1', 'a')));
    await expect(attempt).rejects.toMatchObject({ code: 'JSON_INVALID' });
  });

  test('refuses pickled weights without opening them', async () => {
    const pickle: ModelFile = {
      path: 'pytorch_model.bin',
      size: 100,
      read: () => {
        throw new Error('opened');
      },
    };
    await expect(openWeights(snapshot(pickle))).rejects.toMatchObject({ code: 'PICKLE_REFUSED' });
    const { tensors } = await openWeights(snapshot(pickle, shard('model.safetensors', 'a')));
    expect([...tensors.keys()]).toEqual(['a']);
  });

  test('says so when there are no weights', async () => {
    await expect(openWeights(snapshot())).rejects.toMatchObject({ code: 'MODEL_INVALID' });
  });
});
