import { assert, asyncProperty, constantFrom, integer, nat, record, uint8Array } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SlipwayError } from '../../src/core/index.js';
import { memoryFile, readWhole, type ModelFile } from '../../src/files/index.js';
import {
  ggufFile,
  readGguf,
  TENSOR_TYPES,
  tensorSize,
  type Gguf,
  type GgufContent,
  type GgufValue,
} from '../../src/gguf/index.js';

/** Writes what it is told, right or wrong. */
class RawFile {
  readonly #parts: Buffer[] = [];

  u32(value: number): this {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(value);
    return this.bytes(bytes);
  }
  u64(value: bigint | number): this {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64LE(BigInt.asUintN(64, BigInt(value)));
    return this.bytes(bytes);
  }
  bytes(bytes: Uint8Array): this {
    this.#parts.push(Buffer.from(bytes));
    return this;
  }
  text(value: string, length: bigint | number = Buffer.byteLength(value)): this {
    return this.u64(length).bytes(Buffer.from(value));
  }
  pad(alignment = 32): this {
    const length = Buffer.concat(this.#parts).byteLength;
    return this.bytes(Buffer.alloc((alignment - (length % alignment)) % alignment));
  }
  file(): ModelFile {
    return memoryFile('bad.gguf', new Uint8Array(Buffer.concat(this.#parts)));
  }
}

const header = (tensors: bigint | number, keys: bigint | number, version = 3): RawFile =>
  new RawFile().bytes(Buffer.from('GGUF')).u32(version).u64(tensors).u64(keys);

interface TensorLine {
  name?: string;
  nameLength?: bigint;
  rank?: number;
  dimensions?: (bigint | number)[];
  type?: number;
  offset?: bigint | number;
}
function line(
  file: RawFile,
  { name = 'w', nameLength, dimensions = [8], rank, type = 0, offset = 0 }: TensorLine,
): RawFile {
  file.text(name, nameLength ?? Buffer.byteLength(name)).u32(rank ?? dimensions.length);
  for (const dimension of dimensions) file.u64(dimension);
  return file.u32(type).u64(offset);
}
const oneTensor = (tensor: TensorLine, data = 32): ModelFile =>
  line(header(1, 0), tensor).pad().bytes(Buffer.alloc(data)).file();
const alignment = (type: number, value: number, tensors = 0): RawFile =>
  header(tensors, 1).text('general.alignment').u32(type).u32(value);
const max = 2n ** 64n - 1n;

// The kinds of llama.cpp's test-gguf, and some more.
const refused: Readonly<Record<string, () => ModelFile>> = {
  'empty file': () => new RawFile().file(),
  'bad magic': () => new RawFile().bytes(Buffer.from('FUGG')).u32(3).u64(0).u64(0).pad().file(),
  'version 0': () => header(0, 0, 0).pad().file(),
  'version 1': () => header(0, 0, 1).pad().file(),
  'version 4': () => header(0, 0, 4).pad().file(),
  'version 2, big endian': () => header(0, 0, 0x02000000).pad().file(),
  'tensor count -1': () => header(max, 0).pad().file(),
  'tensor count beyond the file': () => header(1000, 0).pad().file(),
  'key count -1': () => header(0, max).pad().file(),
  'key count beyond the file': () => header(0, 90_000).pad().file(),
  'key size -1': () => header(0, 1).text('k', max).u32(0).bytes(Buffer.of(1)).pad().file(),
  'key size beyond the file': () => header(0, 1).text('k', 60_000).u32(0).bytes(Buffer.of(1)).pad().file(),
  'empty key': () => header(0, 1).text('').u32(4).u32(1).pad().file(),
  'key that is not UTF-8': () => header(0, 1).u64(1).bytes(Buffer.of(0xff)).u32(4).u32(1).pad().file(),
  'key with a zero byte': () => header(0, 1).text('a\0b').u32(4).u32(1).pad().file(),
  'bad value type': () => header(0, 1).text('k').u32(13).u32(1).pad().file(),
  'duplicate key': () => header(0, 2).text('k').u32(4).u32(1).text('k').u32(4).u32(1).pad().file(),
  'string beyond the file': () =>
    header(0, 1)
      .text('k')
      .u32(8)
      .text('v', 2 ** 40)
      .pad()
      .file(),
  'string length -1': () => header(0, 1).text('k').u32(8).text('v', max).pad().file(),
  'nested array': () => header(0, 1).text('k').u32(9).u32(9).u64(1).u32(4).u64(0).pad().file(),
  'array of an unknown type': () => header(0, 1).text('k').u32(9).u32(99).u64(0).pad().file(),
  'array length 2^63': () =>
    header(0, 1)
      .text('k')
      .u32(9)
      .u32(0)
      .u64(2n ** 63n)
      .file(),
  'array length that wraps when multiplied': () =>
    header(0, 1)
      .text('k')
      .u32(9)
      .u32(12)
      .u64(2n ** 61n + 1n)
      .pad()
      .file(),
  'array of strings beyond the file': () => header(0, 1).text('k').u32(9).u32(8).u64(1_000_000).pad().file(),
  'array of booleans beyond the budget': () =>
    header(0, 1).text('k').u32(9).u32(7).u64(5_000_000).bytes(Buffer.alloc(5_000_000)).file(),
  'alignment 13': () => alignment(4, 13).pad(1).file(),
  'alignment 0': () => alignment(4, 0).pad().file(),
  'alignment 2^31': () =>
    alignment(4, 2 ** 31)
      .pad()
      .file(),
  'alignment of the wrong type': () => alignment(5, 32).pad().file(),
  'alignment 13 with a tensor': () =>
    line(alignment(4, 13, 1), {})
      .pad(13)
      .bytes(Buffer.alloc(64))
      .file(),
  'name of 64 bytes': () => oneTensor({ name: 'n'.repeat(64) }),
  'name length -1': () => oneTensor({ nameLength: max }),
  'name with a zero byte': () => oneTensor({ name: 'a\0' }),
  'five dimensions': () => oneTensor({ dimensions: [1, 1, 1, 1, 1] }),
  'no dimensions in BF16': () => oneTensor({ dimensions: [], type: 30 }),
  'rank -1': () => oneTensor({ rank: 0xffffffff }),
  'dimension -1': () => oneTensor({ dimensions: [max, max] }),
  'dimensions whose product is too big': () => oneTensor({ dimensions: [2n ** 33n, 2n ** 33n] }),
  'product of 2^64 that wraps to 0': () => oneTensor({ dimensions: [2n ** 32n, 2n ** 32n] }),
  'bytes that do not fit 64 bits': () => oneTensor({ dimensions: [2n ** 31n, 2n ** 31n], type: 27 }),
  'bytes of 2^64 - 16, which padding wraps': () => oneTensor({ dimensions: [4n, 1073741823n, 1073741825n] }),
  'two tensors whose sizes overflow': () =>
    line(line(header(2, 0), { dimensions: [0x7fffffffffffffc0n], type: 24 }), {
      name: 'x',
      dimensions: [0x7fffffffffffffc0n],
      type: 24,
      offset: 0x7fffffffffffffc0n,
    })
      .pad()
      .file(),
  'dimension 0 beside a huge one': () => oneTensor({ dimensions: [0n, 2n ** 60n] }),
  'tensor type 42 + 1': () => oneTensor({ type: 43 }),
  'removed tensor type': () => oneTensor({ type: 4 }),
  'tensor type -1': () => oneTensor({ type: 0xffffffff }),
  'rows that are no whole blocks': () => oneTensor({ type: 2, dimensions: [31] }),
  'offset -1': () => oneTensor({ offset: max }),
  'offset that is not the running sum': () => oneTensor({ offset: 32 }, 96),
  'duplicate tensor name': () =>
    line(line(header(2, 0), {}), { offset: 32 })
      .pad()
      .bytes(Buffer.alloc(64))
      .file(),
  'offsets for alignment 1 without the key': () =>
    line(line(header(2, 0), { dimensions: [3] }), { name: 'x', offset: 12 })
      .pad()
      .bytes(Buffer.alloc(64))
      .file(),
  'one byte of data too few': () => oneTensor({}, 31),
  'no data': () => line(header(1, 0), {}).file(),
  'ends in the tensor table': () => header(1, 0).text('w').u32(1).file(),
};

describe('refused without memory for what is claimed', () => {
  test.each(Object.entries(refused))('%s', async (_kind, make) => {
    const file = make();
    // The best of three: other work on the machine must not count.
    let memory = Infinity;
    for (let run = 0; run < 3; run++) {
      const before = process.memoryUsage().rss;
      await expect(readGguf(file)).rejects.toMatchObject({ code: 'GGUF_INVALID' });
      memory = Math.min(memory, process.memoryUsage().rss - before);
    }
    expect(memory).toBeLessThan(16 * 1024 * 1024);
  });
});

test('a tensor larger than the file is named, with both sizes', async () => {
  await expect(readGguf(oneTensor({ dimensions: [2 ** 40] }, 32))).rejects.toThrow(/tensor 'w' larger than the file/);
});

describe('accepted, as by ggml', () => {
  test('no keys and no tensors', async () => {
    const { metadata, tensors } = await readGguf(header(0, 0).pad().file());
    expect([metadata.size, tensors.length]).toEqual([0, 0]);
  });

  test('a dimension of 0', async () => {
    const [tensor] = (await readGguf(oneTensor({ dimensions: [8, 0] }, 0))).tensors;
    expect(tensor === undefined ? -1 : tensorSize(tensor)).toBe(0);
  });

  test('alignment 1, and the last padding missing', async () => {
    const file = line(line(alignment(4, 1, 2), { dimensions: [3] }), { name: 'x', dimensions: [1], offset: 12 });
    expect((await readGguf(file.bytes(Buffer.alloc(16)).file())).positions[1]).toBeGreaterThan(0);
    expect((await readGguf(oneTensor({ dimensions: [3] }, 12))).tensors.length).toBe(1);
  });

  test('text that is not UTF-8, kept as bytes', async () => {
    const file = header(0, 1).text('k').u32(8).u64(2).bytes(Buffer.of(0xc3, 0x28)).pad().file();
    const gguf = await readGguf(file);
    expect(gguf.metadata.get('k')).toEqual({ type: 'STRING', value: Uint8Array.of(0xc3, 0x28) });
    expect(await readWhole(ggufFile('out.gguf', gguf, { vocabularyOnly: true }), 1e6)).toEqual(
      (await readWhole(file, 1e6)).subarray(0, ggufFile('out.gguf', gguf, { vocabularyOnly: true }).size),
    );
  });
});

const valid: GgufContent = {
  metadata: new Map<string, GgufValue>([
    ['general.architecture', { type: 'STRING', value: 'test' }],
    ['a.list', { type: 'ARRAY', items: 'STRING', value: ['x', 'yy', ''] }],
    ['a.numbers', { type: 'ARRAY', items: 'UINT16', value: Uint16Array.of(1, 2, 3) }],
    ['a.long', { type: 'ARRAY', items: 'INT64', value: [-1n] }],
  ]),
  tensors: ['one', 'two', 'three'].map((name, index) => ({
    name,
    dimensions: [32, index + 1],
    type: 'Q8_0' as const,
    async *read(range = { start: 0, end: 34 * (index + 1) }) {
      yield new Uint8Array(range.end - range.start).fill(index + 1);
    },
  })),
};

async function describeGguf(gguf: Gguf): Promise<unknown> {
  const shapes = gguf.tensors.map(({ name, dimensions, type }) => ({ name, dimensions, type }));
  for (const tensor of gguf.tensors)
    for await (const chunk of tensor.read()) expect(chunk.byteLength).toBeGreaterThan(0);
  return { keys: [...gguf.metadata.keys()], shapes, end: gguf.end };
}

describe('properties', () => {
  test('a file with some bytes changed is refused or read, never anything else', async () => {
    const bytes = await readWhole(ggufFile('ok.gguf', valid), 1e6);
    const change = record({ at: nat(bytes.byteLength - 1), with: uint8Array({ minLength: 1, maxLength: 8 }) });
    await assert(
      asyncProperty(change, async ({ at, with: values }) => {
        const mutated = bytes.slice();
        mutated.set(values.subarray(0, mutated.byteLength - at), at);
        try {
          await describeGguf(await readGguf(memoryFile('mutated.gguf', mutated)));
        } catch (error) {
          expect(SlipwayError.is(error) && ['GGUF_INVALID', 'FORMAT_UNSUPPORTED'].includes(error.code)).toBe(true);
        }
      }),
      { numRuns: 1500 },
    );
  });

  test('a file cut anywhere in its header or data is refused', async () => {
    const bytes = await readWhole(ggufFile('ok.gguf', valid), 1e6);
    const { end } = await readGguf(memoryFile('ok.gguf', bytes));
    // The last tensor's 102 bytes are padded to 128.
    const lastByte = end - 26;
    for (let length = 0; length < lastByte; length++) {
      await expect(readGguf(memoryFile('cut.gguf', bytes.slice(0, length)))).rejects.toMatchObject({
        code: 'GGUF_INVALID',
      });
    }
    await expect(readGguf(memoryFile('cut.gguf', bytes.slice(0, lastByte)))).resolves.toBeDefined();
  });

  test('what is written is read back, and written the same again', async () => {
    const types = TENSOR_TYPES.map(({ type }) => type);
    const shape = record({
      type: constantFrom(...types),
      rows: integer({ min: 0, max: 3 }),
      blocks: integer({ min: 1, max: 2 }),
    });
    await assert(
      asyncProperty(shape, uint8Array({ maxLength: 40 }), async ({ type, rows, blocks }, text) => {
        const length = (TENSOR_TYPES.find((facts) => facts.type === type)?.blockLength ?? 1) * blocks;
        const info = { name: 't', dimensions: [length, rows], type };
        const content: GgufContent = {
          metadata: new Map<string, GgufValue>([['text', { type: 'STRING', value: text }]]),
          tensors: [
            {
              ...info,
              read: async function* ({ start, end } = { start: 0, end: tensorSize(info) }) {
                if (end > start) yield new Uint8Array(end - start).fill(7);
              },
            },
          ],
        };
        const first = await readWhole(ggufFile('a.gguf', content), 1e6);
        const gguf = await readGguf(memoryFile('a.gguf', first));
        expect(gguf.tensors[0]).toMatchObject(info);
        expect(await readWhole(ggufFile('a.gguf', gguf), 1e6)).toEqual(first);
      }),
      { numRuns: 200 },
    );
  });
});

describe('the writer refuses what ggml would not read', () => {
  const entry = (value: GgufValue): GgufContent => ({ metadata: new Map([['k', value]]), tensors: [] });
  test.each<[string, GgufContent]>([
    ['a number out of range', entry({ type: 'UINT8', value: 256 })],
    ['a negative unsigned number', entry({ type: 'UINT32', value: -1 })],
    ['a fraction as integer', entry({ type: 'INT32', value: 0.5 })],
    ['a 64-bit number out of range', entry({ type: 'INT64', value: 2n ** 63n })],
    ['an empty key', { metadata: new Map([['', { type: 'BOOL', value: true }]]), tensors: [] }],
    [
      'an alignment that is no power of two',
      { metadata: new Map([['general.alignment', { type: 'UINT32', value: 24 }]]), tensors: [] },
    ],
    ['a long name', { metadata: new Map(), tensors: [{ ...valid.tensors[0]!, name: 'é'.repeat(32) }] }],
    ['a name twice', { metadata: new Map(), tensors: [valid.tensors[0]!, valid.tensors[0]!] }],
    ['five dimensions', { metadata: new Map(), tensors: [{ ...valid.tensors[0]!, dimensions: [32, 1, 1, 1, 1] }] }],
  ])('%s', (_kind, content) => {
    expect(() => ggufFile('out.gguf', content)).toThrow(SlipwayError);
  });
});
