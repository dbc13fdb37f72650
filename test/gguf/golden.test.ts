import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { memoryFile, readWhole } from '../../src/files/index.js';
import { ggufFile, readGguf, tensorSize, type GgufContent, type GgufTensor } from '../../src/gguf/index.js';

// Files written by gguf-py: test/oracle/gguf_files.py.
const golden = JSON.parse(
  readFileSync(join(import.meta.dirname, '../fixtures/golden/gguf-files.json'), 'utf8'),
) as Record<string, string>;
const bytesOf = (name: string): Uint8Array => new Uint8Array(Buffer.from(golden[name] ?? '', 'base64'));
const little = ['everything', 'alignment-64', 'alignment-8', 'metadata-only'];

async function collect(tensor: GgufTensor, range?: { start: number; end: number }): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of tensor.read(range)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The bytes that the script fills tensors with. */
const pattern = (size: number): Buffer => Buffer.from(Array.from({ length: size }, (_, index) => (index % 251) + 1));

describe.each(little)('%s', (name) => {
  test('is read and written back byte for byte', async () => {
    const bytes = bytesOf(name);
    const gguf = await readGguf(memoryFile('in.gguf', bytes));
    const written = await readWhole(ggufFile('out.gguf', gguf), 1e6);
    expect(Buffer.from(written).equals(Buffer.from(bytes))).toBe(true);
    if (gguf.tensors.length > 0) expect(gguf.end).toBe(bytes.byteLength);
  });

  test('tensors hold what the script put in', async () => {
    const gguf = await readGguf(memoryFile('in.gguf', bytesOf(name)));
    for (const tensor of gguf.tensors) expect(await collect(tensor)).toEqual(pattern(tensorSize(tensor)));
  });

  test('every range of the written file is a slice of the whole', async () => {
    const bytes = bytesOf(name);
    const file = ggufFile('out.gguf', await readGguf(memoryFile('in.gguf', bytes)));
    for (let start = 0; start < bytes.byteLength; start += 37) {
      for (const length of [0, 1, 31, 64, 500]) {
        const range = { start, end: Math.min(start + length, bytes.byteLength) };
        const part = await collect({ name: '', dimensions: [], type: 'I8', read: file.read }, range);
        expect(part.equals(Buffer.from(bytes.subarray(range.start, range.end)))).toBe(true);
      }
    }
  });
});

test('a big-endian file says the same as its little-endian twin', async () => {
  const big = await readGguf(memoryFile('big.gguf', bytesOf('big-endian')));
  const twin = await readGguf(memoryFile('little.gguf', bytesOf('everything')));
  expect(big.bigEndian).toBe(true);
  expect([...big.metadata]).toEqual([...twin.metadata]);
  for (const tensor of big.tensors) {
    expect(await collect(tensor)).toEqual(pattern(tensorSize(tensor)));
    const middle = { start: 1, end: tensorSize(tensor) - 1 };
    expect(await collect(tensor, middle)).toEqual(pattern(tensorSize(tensor)).subarray(1, -1));
  }
});

test('version 2 is version 3 with another number', async () => {
  const bytes = bytesOf('everything');
  bytes[4] = 2;
  expect((await readGguf(memoryFile('v2.gguf', bytes))).version).toBe(2);
});

test('values have the types and numbers of the file', async () => {
  const { metadata } = await readGguf(memoryFile('in.gguf', bytesOf('everything')));
  expect(metadata.get('t.u64')).toEqual({ type: 'UINT64', value: 2n ** 64n - 1n });
  expect(metadata.get('t.i64')).toEqual({ type: 'INT64', value: -(2n ** 63n) });
  expect(metadata.get('t.f32')).toEqual({ type: 'FLOAT32', value: Math.fround(0.1) });
  expect(metadata.get('t.str')).toEqual({ type: 'STRING', value: 'grüß 🐋' });
  expect(metadata.get('a.str')).toEqual({ type: 'ARRAY', items: 'STRING', value: ['a', '', '中'] });
  expect(metadata.get('a.bool')).toEqual({ type: 'ARRAY', items: 'BOOL', value: [true, false, true] });
  expect(metadata.get('a.u64')).toEqual({ type: 'ARRAY', items: 'UINT64', value: [1n, 2n ** 63n] });
});

test('a tensor that gives other than its shape says is refused while it is read', async () => {
  const tensor = (size: number): GgufTensor => ({
    name: 'odd',
    dimensions: [16],
    type: 'F32',
    async *read() {
      yield new Uint8Array(size);
    },
  });
  for (const size of [60, 68]) {
    const content: GgufContent = { metadata: new Map(), tensors: [tensor(size)] };
    await expect(readWhole(ggufFile('out.gguf', content), 1e6)).rejects.toMatchObject({ code: 'SIZE_MISMATCH' });
  }
});

test('a header of many megabytes is laid out and read in windows', async () => {
  const words = Array.from({ length: 300_000 }, (_, index) => `word ${index} ${'é'.repeat(index % 40)}`);
  const scores = Float32Array.from(words, (_, index) => -index);
  const content: GgufContent = {
    metadata: new Map([
      ['tokenizer.ggml.tokens', { type: 'ARRAY', items: 'STRING', value: words }],
      ['tokenizer.ggml.scores', { type: 'ARRAY', items: 'FLOAT32', value: scores }],
      ['flags', { type: 'ARRAY', items: 'BOOL', value: words.map((word) => word.length % 2 === 0) }],
    ]),
    tensors: [],
  };
  const file = ggufFile('big.gguf', content);
  expect(file.size).toBeGreaterThan(16 * 1024 * 1024);
  expect((await readGguf(file)).metadata).toEqual(content.metadata);
});

test('half a surrogate pair is refused, a whole one and U+FFFD are text', async () => {
  const write = async (value: string): Promise<Uint8Array> =>
    readWhole(ggufFile('x.gguf', { metadata: new Map([['k', { type: 'STRING', value }]]), tensors: [] }), 1e6);
  await expect(write('a\ud83d')).rejects.toMatchObject({ code: 'GGUF_INVALID' });
  const back = await readGguf(memoryFile('x.gguf', await write('\u{1f40b}\ufffd\ufeff')));
  expect(back.metadata.get('k')).toEqual({ type: 'STRING', value: '\u{1f40b}\ufffd\ufeff' });
});

test("types in blocks that gguf-py's own tool turned to big endian are read back", async () => {
  const gguf = await readGguf(memoryFile('turned.gguf', bytesOf('turned')));
  expect(gguf.bigEndian).toBe(true);
  expect(gguf.tensors.map(({ type }) => type)).toEqual([
    'Q4_0',
    'Q8_0',
    'Q4_K',
    'Q6_K',
    'TQ2_0',
    'Q1_0',
    'MXFP4',
    'NVFP4',
  ]);
  for (const tensor of gguf.tensors) expect(await collect(tensor)).toEqual(pattern(tensorSize(tensor)));
});
