import { link, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  checkGate,
  evaluateOnnx,
  findOnnxRuntime,
  OnnxRuntime,
  parseGate,
  parseShape,
  stageOnnx,
  type InputFill,
  type OnnxMeasurement,
} from '../../src/evaluate/index.js';
import { localFile, memoryFile } from '../../src/files/index.js';
import { bytes, elsewhere, entry, integer, message, tensor, value, varint } from './protobuf.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-ort-'));
});
afterEach(async () => rm(folder, { recursive: true }));

const floats = (...values: readonly number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);
const model = (...graph: Uint8Array[]): Uint8Array =>
  Buffer.concat([integer(1, 8), message(7, bytes(2, 'main'), ...graph), message(8, bytes(1, ''), integer(2, 17))]);
const node = (operator: string, inputs: readonly string[], output: string, ...more: Uint8Array[]): Uint8Array =>
  message(1, ...inputs.map((name) => bytes(1, name)), bytes(2, output), bytes(4, operator), ...more);

/** y = x * w, with w in the file or elsewhere. */
const product = (weights: Uint8Array, operator = 'Mul'): Uint8Array =>
  model(value(11, 'x', 1, 'n', 4), value(12, 'y', 1, 'n', 4), node(operator, ['x', 'w'], 'y'), message(5, weights));
const inside = (...values: readonly number[]): Uint8Array => tensor('w', [4], bytes(9, floats(...values)));

async function run(
  candidate: Uint8Array,
  options: {
    base?: Uint8Array;
    shapes?: readonly string[];
    inputs?: ReadonlyMap<string, InputFill>;
    memory?: number;
  } = {},
): Promise<OnnxMeasurement> {
  const { base, shapes = ['n=2'], inputs, memory } = options;
  const stage = async (content: Uint8Array) => stageOnnx(memoryFile('model.onnx', content), [], folder);
  const runtime = await OnnxRuntime.open({
    env: process.env,
    temporary: folder,
    ...(memory !== undefined && { memory }),
  });
  try {
    return await evaluateOnnx(runtime, {
      candidate: await stage(candidate),
      base: base === undefined ? undefined : await stage(base),
      shapes: new Map(shapes.map(parseShape)),
      inputs,
    });
  } finally {
    await runtime.close();
    // Neither the process nor anything that was made for it is left.
    expect(await readdir(folder)).toEqual([]);
    expect(() => process.kill(runtime.pid ?? 0, 0)).toThrow();
  }
}

const metric = ({ metrics }: OnnxMeasurement, name: string): number | undefined =>
  metrics.find((one) => one.name === name)?.value;

describe('onnxruntime in a process of its own', () => {
  test('runs a model on the same random numbers each time, and compares two', async () => {
    expect(findOnnxRuntime().version).toMatch(/^1\.(3\d|[4-9]\d)/);
    const found = await run(product(inside(1, 2, 3, 4)));
    expect(found).toMatchObject({ outputs: [{ name: 'y', type: 'float32', shape: [2, 4], finite: true }] });
    expect(metric(found, 'smoke.passed')).toBe(1);
    expect(await run(product(inside(1, 2, 3, 4)))).toEqual(found);
    const ones = new Map([['x', { values: [1] }]]);
    const compared = await run(product(inside(1, 2, 3, 4)), { base: product(inside(1, 2, 3, 4.5)), inputs: ones });
    expect(metric(compared, 'onnx.maxError')).toBe(0.5);
    expect(metric(compared, 'onnx.meanError')).toBe(0.125);
    expect(metric(compared, 'onnx.cosine')).toBeCloseTo(0.9983, 4);
  });

  test('no size is guessed; one that fits nothing is told', async () => {
    await expect(run(product(inside(1, 2, 3, 4)), { shapes: [] })).rejects.toMatchObject({
      code: 'EVALUATION_FAILED',
      details: { got: 'no size for x[n, 4]', try: expect.arrayContaining(['--shape n=1']) as string[] },
    });
    await expect(run(product(inside(1, 2, 3, 4)), { shapes: ['n=1', 'm=2'] })).rejects.toMatchObject({
      details: { got: 'no input or dimension is called m' },
    });
    await expect(run(product(inside(1, 2, 3, 4)), { shapes: ['x=2x5'] })).rejects.toMatchObject({
      code: 'EVALUATION_FAILED',
    });
    expect(() => parseShape('x=')).not.toThrow();
    expect(() => parseShape('x=0')).toThrow(/no shape/);
  });

  test('numbers that are not finite fail a gate', async () => {
    const found = await run(product(inside(0, 0, 0, 0), 'Div'), { inputs: new Map([['x', { values: [0] }]]) });
    expect(checkGate(parseGate('smoke'), found.metrics)[0]?.passed).toBe(false);
    expect(checkGate(parseGate('onnx.maxError<1'), found.metrics)[0]).toMatchObject({ passed: false, value: null });
  });

  test('a model that takes too much memory ends alone', async () => {
    const huge = model(value(11, 's', 7, 1), value(12, 'y', 1, 'n'), node('ConstantOfShape', ['s'], 'y'));
    const inputs = new Map([['s', { values: [2 ** 31] }]]);
    await expect(run(huge, { shapes: [], inputs, memory: 1024 ** 3 })).rejects.toMatchObject({
      code: expect.stringMatching(/WORKER_DIED|MODEL_INVALID/) as string,
    });
  });

  test('a model that it refuses is told with its words', async () => {
    await expect(run(product(inside(1, 2, 3, 4), 'NoSuchOperator'))).rejects.toMatchObject({ code: 'MODEL_INVALID' });
  });
});

describe('external data', () => {
  const stage = async (content: Uint8Array, data = join(folder, 'model', 'w.bin')) => {
    const at = join(folder, 'model');
    await mkdir(at, { recursive: true });
    await writeFile(join(at, 'model.onnx'), content);
    const files = [await localFile('model.onnx', join(at, 'model.onnx'))];
    const found = await localFile('w.bin', data).catch(() => undefined);
    const [file] = files;
    return stageOnnx(file!, found === undefined ? files : [...files, found], folder, { folder: at });
  };
  const outside = product(tensor('w', [4], elsewhere('w.bin', 0, 16)));
  const refused = async (content: Uint8Array) => {
    const code = await stage(content).then(
      () => 'staged',
      (error: unknown) => (error as { code: string }).code,
    );
    expect((await readdir(folder)).filter((name) => name.startsWith('slipway-'))).toEqual([]);
    return code;
  };

  test('is copied with the model, and read by the runtime', async () => {
    await mkdir(join(folder, 'model'));
    await writeFile(join(folder, 'model', 'w.bin'), floats(2, 2, 2, 2));
    const staged = await stage(outside);
    const runtime = await OnnxRuntime.open({ env: process.env, temporary: folder });
    try {
      const inputs = new Map([['x', { values: [3] }]]);
      const found = await evaluateOnnx(runtime, { candidate: staged, shapes: new Map([['n', [1]]]), inputs });
      expect(found.outputs).toMatchObject([{ min: 6, max: 6 }]);
    } finally {
      await runtime.close();
      await staged.release();
    }
    expect(await readdir(folder)).toEqual(['model']);
  });

  test('that is a symbolic or a hard link is refused', async () => {
    await mkdir(join(folder, 'model'));
    await writeFile(join(folder, 'secret'), floats(1, 2, 3, 4));
    await symlink(join(folder, 'secret'), join(folder, 'model', 'w.bin'));
    expect(await refused(outside)).toBe('PATH_UNSAFE');
    await rm(join(folder, 'model', 'w.bin'));
    await link(join(folder, 'secret'), join(folder, 'model', 'w.bin'));
    expect(await refused(outside)).toBe('PATH_UNSAFE');
  });

  test('that is missing or too short is told', async () => {
    expect(await refused(outside)).toBe('MODEL_INVALID');
    await writeFile(join(folder, 'model', 'w.bin'), floats(1));
    expect(await refused(outside)).toBe('MODEL_INVALID');
  });

  const attribute = (...parts: Uint8Array[]): Uint8Array => message(5, bytes(1, 'value'), ...parts);
  const sparse = (location: string): Uint8Array => message(1, tensor('v', [1], elsewhere(location, 0, 4)));
  test.each([
    ['traversal', product(tensor('w', [4], elsewhere('../secret', 0, 16))), 'PATH_UNSAFE'],
    ['hidden traversal', product(tensor('w', [4], elsewhere('a/../../secret', 0, 16))), 'PATH_UNSAFE'],
    ['an absolute path', product(tensor('w', [4], elsewhere('/etc/passwd', 0, 16))), 'PATH_UNSAFE'],
    ['a path with a backslash', product(tensor('w', [4], elsewhere(String.raw`..\secret`, 0, 16))), 'PATH_UNSAFE'],
    [
      'a negative offset',
      product(
        tensor('w', [4], message(13, entry('location', 'w.bin')), message(13, entry('offset', '-4')), integer(14, 1)),
      ),
      'ONNX_INVALID',
    ],
    [
      'traversal in an attribute',
      model(node('Constant', [], 'y', attribute(message(5, tensor('c', [4], elsewhere('../secret', 0, 16)))))),
      'PATH_UNSAFE',
    ],
    ['traversal in a sparse tensor', model(message(15, sparse('../secret'))), 'PATH_UNSAFE'],
    [
      'traversal in a sparse attribute',
      model(node('Constant', [], 'y', attribute(message(22, sparse('../secret'))))),
      'PATH_UNSAFE',
    ],
    [
      'an operator of a stranger',
      model(message(1, bytes(2, 'y'), bytes(4, 'Run'), bytes(7, 'evil.ops'))),
      'FORMAT_UNSUPPORTED',
    ],
    [
      'a huge shape',
      product(Buffer.concat([bytes(1, Uint8Array.from(varint(2n ** 60n))), integer(2, 1), bytes(8, 'w')])),
      'ONNX_INVALID',
    ],
    ['garbage', Buffer.from('this is no model at all'), 'ONNX_INVALID'],
  ])('%s is refused before the runtime sees it', async (_what, content, code) => {
    expect(await refused(content)).toBe(code);
  });
});
