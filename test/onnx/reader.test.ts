import { describe, expect, test } from 'vitest';
import { memoryFile, type ModelFile } from '../../src/files/index.js';
import { externalFiles, readOnnx, type OnnxModel } from '../../src/onnx/index.js';
import { bytes, elsewhere, integer, message, model, node, tensor, value, varint } from './protobuf.js';

const read = (content: Uint8Array): Promise<OnnxModel> => readOnnx(memoryFile('m/model.onnx', content));
const raw = (length: number): Uint8Array => bytes(9, new Uint8Array(length));
const invalid = (got: RegExp) => ({ code: 'ONNX_INVALID', details: { got: expect.stringMatching(got) } });

describe('what an ONNX file says', () => {
  test('opsets, inputs, outputs, tensors by type, operators', async () => {
    const found = await read(
      model(
        value(11, 'tokens', 7, 'batch', 128),
        value(12, 'logits', 1, 'batch', ''),
        node('MatMul'),
        node('MatMul', 'ai.onnx'),
        message(5, tensor('w', [4, 8], raw(128))),
        message(5, bytes(1, Uint8Array.from([5])), integer(2, 22), bytes(8, 'q'), raw(3)),
      ),
    );
    expect(found).toMatchObject({
      irVersion: 8,
      producer: 'hand 1.0',
      graph: 'main',
      opsets: [
        { domain: '', version: 17 },
        { domain: 'com.acme', version: 1 },
      ],
      inputs: [{ name: 'tokens', type: 'int64', shape: ['batch', 128] }],
      outputs: [{ name: 'logits', type: 'float32', shape: ['batch', ''] }],
      nodes: 2,
      customDomains: [],
      initializers: 2,
      weights: 37,
      weightBytes: 131,
      external: [],
    });
    expect([...found.operators]).toEqual([['MatMul', 2]]);
    expect([...found.byType]).toEqual([
      ['float32', { tensors: 1, bytes: 128 }],
      ['int4', { tensors: 1, bytes: 3 }],
    ]);
    expect(Object.fromEntries(found.metadata)).toEqual({ author: 'ci' });
  });

  test('operators of other domains are named, unless the file defines them', async () => {
    const graph = model(node('Gelu', 'com.microsoft'), node('Norm', 'com.acme'), node('Tree', 'ai.onnx.ml'));
    expect((await read(graph)).customDomains).toEqual(['com.acme', 'com.microsoft']);
    const defined = Buffer.concat([graph, message(25, bytes(1, 'Norm'), bytes(10, 'com.acme'))]);
    expect((await read(defined)).customDomains).toEqual(['com.microsoft']);
  });

  test('tensors of attributes, of sparse tensors and of inner graphs count', async () => {
    const attribute = (field: number, content: Uint8Array): Uint8Array => message(field, content);
    const found = await read(
      model(
        node('Constant', '', attribute(5, tensor('a', [2], raw(8)))),
        node('If', '', attribute(6, Buffer.concat([node('Add'), message(5, tensor('b', [3], raw(12)))]))),
        message(15, message(1, tensor('c', [5], raw(20))), message(2, tensor('d', [7], raw(28)))),
      ),
    );
    expect(found).toMatchObject({ nodes: 3, initializers: 2, weights: 17, weightBytes: 68 });
  });

  test('weights are not read: a range for each end of what is skipped', async () => {
    const whole = memoryFile('m.onnx', model(message(5, tensor('w', [4_000_000], raw(16_000_000)))));
    let asked = 0;
    const counted: ModelFile = {
      ...whole,
      size: whole.size,
      read: (range, signal) => {
        asked += (range?.end ?? whole.size) - (range?.start ?? 0);
        return whole.read(range, signal);
      },
    };
    expect((await readOnnx(counted)).weightBytes).toBe(16_000_000);
    expect(asked).toBeLessThan(1_000_000);
  });

  test('two hundred thousand initializers', async () => {
    const initializer = message(5, tensor('w', [1], raw(4)));
    const found = await read(model(Buffer.concat(Array.from({ length: 200_000 }, () => initializer))));
    expect(found).toMatchObject({ initializers: 200_000, weights: 200_000 });
  });
});

describe('data in other files', () => {
  const stored = (location: string): Uint8Array => model(message(5, tensor('w', [4], elsewhere(location, 4096, 16))));
  const beside = (name: string, size: number): ModelFile => memoryFile(name, new Uint8Array(size));

  test('is found beside the model', async () => {
    const found = await read(stored('./model.onnx_data'));
    expect(found.external).toEqual([{ tensor: 'w', location: 'model.onnx_data', offset: 4096, length: 16 }]);
    const file = beside('m/model.onnx_data', 4112);
    expect(externalFiles('m/model.onnx', found, [file])).toEqual([file]);
  });

  test.each([
    ['missing', 'm/other', 4112],
    ['too short', 'm/model.onnx_data', 4111],
  ])('%s: an error', async (_, name, size) => {
    const found = await read(stored('model.onnx_data'));
    expect(() => externalFiles('m/model.onnx', found, [beside(name, size)])).toThrow(/is not whole/);
  });

  test.each(['../secret', 'a/../../secret', '/etc/passwd', 'C:\\secret', '\\\\host\\x', 'a\\..\\b', '', 'a\0b'])(
    'at %j: refused',
    async (location) => {
      await expect(read(stored(location))).rejects.toMatchObject({ code: 'PATH_UNSAFE' });
    },
  );

  test('of a tensor in an attribute or of a sparse one is refused as well', async () => {
    const secret = tensor('w', [4], elsewhere('../secret', 0, 16));
    await expect(read(model(node('Constant', '', message(5, secret))))).rejects.toMatchObject({ code: 'PATH_UNSAFE' });
    await expect(read(model(message(15, message(1, secret))))).rejects.toMatchObject({ code: 'PATH_UNSAFE' });
  });

  test('with a length that its shape does not have, or no number: refused', async () => {
    await expect(read(model(message(5, tensor('w', [4], elsewhere('d', 0, 17)))))).rejects.toMatchObject(
      invalid(/17 external bytes/),
    );
    await expect(read(model(message(5, tensor('w', [4], elsewhere('d', -1, 16)))))).rejects.toMatchObject(
      invalid(/offset -1/),
    );
  });
});

describe('files that lie', () => {
  const graph = (depth: number): Uint8Array =>
    depth === 0 ? node('Add') : node('If', '', message(6, graph(depth - 1)));

  test.each([
    ['nothing', new Uint8Array(), /0 graphs/],
    ['a text', Buffer.from('version https://git-lfs.github.com/spec/v1\n'), /./],
    ['two graphs', Buffer.concat([model(), message(7)]), /2 graphs/],
    ['cut within a message', model(node('Add')).subarray(0, 20), /are there/],
    ['a length beyond the file', Uint8Array.from([8, 8, 0x3a, ...varint(2n ** 62n)]), /are there/],
    [
      'a length of more than ten bytes',
      Uint8Array.from([8, 8, 0x3a, ...Array.from({ length: 11 }, () => 0xff)]),
      /ten/,
    ],
    ['a length below zero', Uint8Array.from([8, 8, 0x3a, ...varint(-1)]), /are there/],
    ['a number cut off', Uint8Array.from([8, 0x80]), /ends within a number/],
    ['groups', Uint8Array.from([0x3b, 0x3c]), /wire type 3/],
    ['field 0', Uint8Array.from([0, 1]), /field number 0/],
    ['a graph that is a number', Buffer.concat([integer(1, 8), integer(7, 1)]), /where a message/],
    ['an inner message longer than its outer', model(Uint8Array.from([0x2a, 3, 0x4a, 5, 0])), /are there/],
    ['graphs 40 deep', model(graph(40)), /more than 32 deep/],
    ['graphs 3000 deep', model(graph(3000)), /more than 32 deep/],
    ['a huge dimension', model(message(5, tensor('w', [2n ** 62n]))), /dimension of/],
    ['a dimension below zero', model(message(5, tensor('w', [-4]))), /dimension of -4/],
    ['a huge product', model(message(5, tensor('w', [2 ** 40, 2 ** 40]))), /elements/],
    [
      'a thousand dimensions',
      model(
        message(
          5,
          tensor(
            'w',
            Array.from({ length: 1000 }, () => 1),
          ),
        ),
      ),
      /dimensions/,
    ],
    ['an input of a thousand dimensions', model(value(11, 'x', 1, ...Array.from({ length: 1000 }, () => 1))), /dimens/],
    ['an input of a huge size', model(value(11, 'x', 1, 2 ** 52)), /dimension of/],
    ['fewer bytes than the shape', model(message(5, tensor('w', [4], raw(12)))), /12 bytes/],
  ])('%s', async (_, content, got) => {
    await expect(read(content)).rejects.toMatchObject(invalid(got));
  });

  test('every cut of a model is refused or read, never more', async () => {
    const whole = model(value(11, 'x', 1, 'n', 3), node('Add'), message(5, tensor('w', [4], raw(16))));
    for (let length = 0; length < whole.length; length += 1) {
      await read(whole.subarray(0, length)).catch((error: unknown) => {
        expect(error).toMatchObject({ code: 'ONNX_INVALID' });
      });
    }
  });
});
