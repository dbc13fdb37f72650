import { expect, test } from 'vitest';
import { ggufFile, readGguf, type GgufTensor } from '../../src/gguf/index.js';

test('a file may have as many tensors as the limit says, and not one more', async () => {
  const tensor = (name: string): GgufTensor => ({
    name,
    dimensions: [32],
    type: 'F32',
    read: async function* ({ start, end } = { start: 0, end: 128 }) {
      yield new Uint8Array(end - start);
    },
  });
  const file = ggufFile('model.gguf', { metadata: new Map(), tensors: ['a', 'b', 'c'].map(tensor) });
  expect((await readGguf(file, { limits: { tensors: 3 } })).tensors).toHaveLength(3);
  await expect(readGguf(file, { limits: { tensors: 2 } })).rejects.toMatchObject({
    code: 'GGUF_INVALID',
    details: { got: '3, at most 2' },
  });
});
