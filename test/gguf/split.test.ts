import { describe, expect, test } from 'vitest';
import { memoryFile, readWhole, type ModelFile } from '../../src/files/index.js';
import {
  ggufFile,
  mergeGguf,
  parseSplitName,
  readBack,
  readSplitGguf,
  splitGguf,
  splitName,
  type GgufContent,
} from '../../src/gguf/index.js';

const content: GgufContent = {
  metadata: new Map([['general.architecture', { type: 'STRING', value: 'test' }]]),
  tensors: Array.from({ length: 7 }, (_, index) => ({
    name: `t${index}`,
    dimensions: [16],
    type: 'F32' as const,
    async *read({ start, end } = { start: 0, end: 64 }) {
      yield new Uint8Array(64).fill(index).slice(start, end);
    },
  })),
};
const files = (parts: readonly GgufContent[]): ModelFile[] =>
  parts.map((part, index) => ggufFile(splitName('m', index, parts.length), part));

describe('names', () => {
  test('of gguf-split', () => {
    expect(splitName('dir/model', 0, 12)).toBe('dir/model-00001-of-00012.gguf');
    expect(parseSplitName('dir/model-00012-of-00012.gguf')).toEqual({ prefix: 'dir/model', index: 11, count: 12 });
    for (const name of [
      'm.gguf',
      'm-00000-of-00002.gguf',
      'm-00003-of-00002.gguf',
      'm-1-of-2.gguf',
      'm-00001-of-00002.bin',
    ]) {
      expect(parseSplitName(name)).toBeUndefined();
    }
  });
});

describe('sets', () => {
  test('need a limit', () => {
    expect(() => splitGguf(content, {})).toThrow(/needs a limit/);
    expect(() => splitGguf(content, { maxTensors: 0 })).toThrow(/needs a limit/);
    expect(() => splitGguf(content, { maxTensors: 1, maxSize: 1 })).toThrow(/needs a limit/);
  });

  test('a tensor larger than the limit fills a file', () => {
    expect(splitGguf(content, { maxSize: 1 }).map(({ tensors }) => tensors.length)).toEqual([1, 1, 1, 1, 1, 1, 1]);
    expect(splitGguf(content, { maxSize: 128 }).map(({ tensors }) => tensors.length)).toEqual([2, 2, 2, 1]);
  });

  test('missing, doubled and foreign files are refused', async () => {
    const whole = files(splitGguf(content, { maxTensors: 3 }));
    const other = files(splitGguf(content, { maxTensors: 2 }));
    const [first, second, third] = whole as [ModelFile, ModelFile, ModelFile];
    const bad: [ModelFile[], RegExp][] = [
      [[first, third], /not whole/],
      [[first, second, second], /out of order/],
      [[second], /not whole/],
      [[first, second, other[2]!], /tensor twice|lacks tensors/],
      [[first, second, third, third], /not whole/],
    ];
    for (const [set, message] of bad) await expect(readSplitGguf(set)).rejects.toThrow(message);
    expect(mergeGguf(await readSplitGguf([third, first, second])).tensors.map(({ name }) => name)).toEqual(
      content.tensors.map(({ name }) => name),
    );
    expect(() => mergeGguf([])).toThrow(/how many splits/);
  });

  test('a model in one file is a set of one', async () => {
    expect((await readSplitGguf([ggufFile('m.gguf', content)])).length).toBe(1);
  });
});

describe('reading back', () => {
  test('accepts what was written and names what was not', async () => {
    const file = ggufFile('m.gguf', content);
    await expect(readBack(file, content)).resolves.toBeDefined();
    const renamed = content.tensors.map((tensor, index) => (index === 3 ? { ...tensor, name: 'tX' } : tensor));
    await expect(readBack(file, { ...content, tensors: renamed })).rejects.toThrow(/tensor 'tX'/);
    await expect(readBack(file, { ...content, tensors: renamed.slice(1) })).rejects.toThrow(/its size/);
    const metadata = new Map([['general.architecturE', { type: 'STRING' as const, value: 'test' }]]);
    await expect(readBack(file, { ...content, metadata })).rejects.toThrow(/its keys/);
    const longer = memoryFile('m.gguf', new Uint8Array([...(await readWhole(file, 1e6)), 0]));
    await expect(readBack(longer, content)).rejects.toThrow(/its size/);
  });
});
