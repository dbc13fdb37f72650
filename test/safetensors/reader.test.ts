import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { memoryFile, readWhole, type ModelFile } from '../../src/files/index.js';
import { parseHeader, readSafetensors, writeSafetensors, type TensorToWrite } from '../../src/safetensors/index.js';

const tensorsOfAFile = fc
  .uniqueArray(
    fc.record({
      name: fc.string({ minLength: 1, maxLength: 20 }).filter((name) => !/[\p{Cc}\p{Surrogate}]/u.test(name)),
      shape: fc.array(fc.nat({ max: 5 }), { maxLength: 4 }),
    }),
    { selector: ({ name }) => name, maxLength: 6 },
  )
  .map((list) =>
    list
      .filter(({ name }) => name !== '__metadata__')
      .map(({ name, shape }): TensorToWrite => ({
        name,
        dtype: 'F16',
        shape,
        data: new Uint8Array(2 * shape.reduce((product, dimension) => product * dimension, 1)).fill(7),
      })),
  );

async function bytesOf(file: ModelFile): Promise<Uint8Array> {
  return readWhole(file, 1e9);
}

describe('readSafetensors', () => {
  test('finds what was written', async () => {
    await fc.assert(
      fc.asyncProperty(tensorsOfAFile, async (tensors) => {
        const file = writeSafetensors('m.safetensors', tensors);
        const { tensors: found } = await readSafetensors(file);
        expect([...found.keys()]).toEqual(tensors.map(({ name }) => name));
        const bytes = await bytesOf(file);
        for (const { name, shape, data } of tensors) {
          const tensor = found.get(name)!;
          expect(tensor.shape).toEqual(shape);
          expect(bytes.subarray(tensor.start, tensor.end)).toEqual(data);
        }
      }),
    );
  });

  test('refuses a file that was cut or grew', async () => {
    await fc.assert(
      fc.asyncProperty(tensorsOfAFile, fc.nat(), async (tensors, seed) => {
        const bytes = await bytesOf(writeSafetensors('m.safetensors', tensors));
        const cut = bytes.slice(0, seed % bytes.byteLength);
        const grown = new Uint8Array([...bytes, seed % 256]);
        for (const wrong of [cut, grown]) {
          await expect(readSafetensors(memoryFile('m.safetensors', wrong))).rejects.toMatchObject({
            code: 'SAFETENSORS_INVALID',
          });
        }
      }),
    );
  });

  test('never fails in another way, whatever the header says', async () => {
    const text = fc.oneof(fc.json(), fc.string(), fc.stringMatching(/^[[\]{}",:0-9a-z]*$/));
    await fc.assert(
      fc.asyncProperty(text, async (json) => {
        const raw = Buffer.from(json);
        const bytes = new Uint8Array(8 + raw.byteLength);
        new DataView(bytes.buffer).setBigUint64(0, BigInt(raw.byteLength), true);
        bytes.set(raw, 8);
        const outcome = await readSafetensors(memoryFile('m.safetensors', bytes)).catch((error: unknown) => error);
        if (outcome instanceof Error) expect(outcome).toMatchObject({ code: 'SAFETENSORS_INVALID' });
      }),
    );
  });

  test('reads a header longer than the first window', async () => {
    const tensors = Array.from({ length: 3000 }, (_, index): TensorToWrite => ({
      name: `model.layers.${index}.weight`,
      dtype: 'U8',
      shape: [1],
      data: Uint8Array.of(index % 256),
    }));
    const { tensors: found } = await readSafetensors(writeSafetensors('m.safetensors', tensors));
    expect(found.size).toBe(3000);
  });

  test('asks for nothing before it knows that the header fits', async () => {
    const asked: number[] = [];
    const start = new Uint8Array(64 * 1024);
    new DataView(start.buffer).setBigUint64(0, 99_999_999n, true);
    const file: ModelFile = {
      path: 'm.safetensors',
      size: start.byteLength,
      async *read(range) {
        asked.push((range?.end ?? 0) - (range?.start ?? 0));
        yield start;
      },
    };
    await expect(readSafetensors(file)).rejects.toMatchObject({ code: 'SAFETENSORS_INVALID' });
    expect(asked).toEqual([start.byteLength]);
  });

  test.each([
    ['a pickle', [0x80, 0x02, 0x7d, 0x71]],
    ['a ZIP archive', [0x50, 0x4b, 0x03, 0x04]],
    ['gzip', [0x1f, 0x8b, 0x08, 0x00]],
  ])('says that %s is not safetensors', async (_, magic) => {
    const bytes = new Uint8Array(64);
    bytes.set(magic);
    await expect(readSafetensors(memoryFile('model.safetensors', bytes))).rejects.toMatchObject({
      code: 'PICKLE_REFUSED',
    });
  });

  test.each([
    ['a range that runs backwards', 'w', [4, 0], 'data_offsets that are no range'],
    ['a control character in a name', 'w\\u001b[2J', [0, 4], 'control characters'],
    ['a delete character in a name', 'w\\u007f', [0, 4], 'control characters'],
    ['a name that is empty', '', [0, 4], 'is empty'],
  ])('refuses %s', (_, name, offsets, why) => {
    const json = Buffer.from(`{"${name}":{"dtype":"F32","shape":[1],"data_offsets":${JSON.stringify(offsets)}}}`);
    const limits = { headerSize: 1000, tensors: 1, rank: 8, nameLength: 64 };
    expect(() => parseHeader('m', json, 8 + json.byteLength + 4, limits)).toThrow(why);
  });

  test('bounds the number of tensors', () => {
    const entry = '{"dtype":"U8","shape":[0],"data_offsets":[0,0]}';
    const json = Buffer.from(`{"a":${entry},"b":${entry}}`);
    const limits = { headerSize: 1000, tensors: 1, rank: 8, nameLength: 64 };
    expect(() => parseHeader('m', json, 8 + json.byteLength, limits)).toThrow(/more than 1 tensors/);
  });
});
