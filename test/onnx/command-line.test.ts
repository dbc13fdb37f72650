import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startTestHub, type TestHub } from '../../src/testing/index.js';
import { pipelineCommand } from '../cli/fake-terminal.js';
import { bytes, elsewhere, message, model, node, tensor, value } from './protobuf.js';

const REPOSITORY = 'acme/tiny-onnx';
const DATA = Uint8Array.from({ length: 32 }, (_, index) => index);
const stored = (location: string): Uint8Array =>
  model(
    value(11, 'x', 1, 'n', 4),
    value(12, 'y', 1, 'n', 4),
    node('Gelu', 'com.microsoft'),
    message(5, tensor('w', [4], elsewhere(location, 16, 16))),
  );
const FILES = {
  'README.md': '---\nlicense: mit\npipeline_tag: feature-extraction\n---\n# Tiny\n',
  'config.json': '{"model_type":"bert"}',
  'genai_config.json': '{"model":{"type":"bert"}}',
  'tokenizer.json': '{"version":"1.0"}',
  'onnx/model.onnx': stored('model.onnx_data'),
  'onnx/model.onnx_data': DATA,
  'onnx/model_int8.onnx': model(message(5, tensor('w', [4], bytes(9, DATA.subarray(0, 16))))),
};

let cwd = '';
let hub: TestHub;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'slipway-onnx-'));
  process.chdir(cwd);
  hub = await startTestHub({ repositories: { [REPOSITORY]: FILES } });
});
afterEach(async () => {
  process.chdir(tmpdir());
  await hub.close();
  await rm(cwd, { recursive: true });
});

const pipe = (...argv: readonly string[]) => pipelineCommand(argv, cwd, hub.env);

async function json(...argv: readonly string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await pipe(...argv, '--json');
  expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as Record<string, unknown>;
}

describe('pipeline inspect', () => {
  test('a file', async () => {
    await writeFile(join(cwd, 'model.onnx'), FILES['onnx/model.onnx']);
    await symlink('/etc/hostname', join(cwd, 'model.onnx_data'));
    expect(await json('inspect', 'model.onnx')).toMatchObject({
      kind: 'onnx',
      irVersion: 8,
      opsets: [
        { domain: '', version: 17 },
        { domain: 'com.acme', version: 1 },
      ],
      inputs: [{ name: 'x', type: 'float32', shape: ['n', 4] }],
      outputs: [{ name: 'y', type: 'float32', shape: ['n', 4] }],
      customDomains: ['com.microsoft'],
      initializers: { count: 1, weights: 4, bytes: 16, byType: [{ type: 'float32', tensors: 1, bytes: 16 }] },
      external: [{ tensor: 'w', location: 'model.onnx_data', offset: 16, length: 16 }],
      externalFiles: ['model.onnx_data'],
      externalProblems: [{ path: 'model.onnx_data', problem: 'a symbolic link' }],
    });
    const { stdout } = await pipe('inspect', 'model.onnx');
    expect(stdout).toMatch(/opsets ai.onnx 17, com.acme 1/);
    expect(stdout).toMatch(/problem +model.onnx_data is a symbolic link/);
  });

  test('a file on the Hub, of whose weights next to nothing is fetched', async () => {
    const weights = 24 * 1024 * 1024;
    const large = model(
      value(11, 'x', 1, 'n', 4),
      message(5, tensor('w', [weights / 4], bytes(9, new Uint8Array(weights)))),
      value(12, 'y', 1, 'n', 4),
    );
    hub.add('acme/large-onnx', { 'config.json': '{}', 'onnx/model.onnx': large });
    const from = hub.requests.length;
    expect(await json('inspect', 'hf://acme/large-onnx/onnx/model.onnx')).toMatchObject({
      kind: 'onnx',
      size: large.byteLength,
      inputs: [{ name: 'x' }],
      outputs: [{ name: 'y' }],
      initializers: { count: 1, bytes: weights },
    });
    const ranges = hub.requests
      .slice(from)
      .filter(({ url, method, host }) => method === 'GET' && host === 'storage' && url !== '')
      .map(({ range }) => /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? []);
    const sizes = ranges.map(([, first, last]) => Number(last) + 1 - Number(first));
    expect(sizes.length).toBeGreaterThan(0);
    // NaN when something was asked for without its end.
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(weights / 2);
  });

  test('a file that names data outside of its folder, and one that is no model', async () => {
    await writeFile(join(cwd, 'model.onnx'), stored('../../etc/passwd'));
    const outside = await pipe('inspect', 'model.onnx');
    expect(outside.stderr).toContain('PATH_UNSAFE');
    expect(outside.code).not.toBe(0);
    await writeFile(join(cwd, 'model.onnx'), 'nothing of the kind');
    expect(await pipe('inspect', 'model.onnx')).toMatchObject({ code: 7 });
  });
});

describe('from the Hub to a layout and back', () => {
  test.each(['modelpack', 'cnai', 'kitops', 'docker', 'modelcar', 'oras'])('%s holds every file', async (format) => {
    await json('download', `hf://${REPOSITORY}`, '-o', 'fetched');
    await json('push', './fetched', 'layout:./out:v1', '--format', format);
    await json('pull', 'layout:./out:v1', 'back');
    const files = await everyFile(join(cwd, 'back'));
    for (const [path, content] of Object.entries(FILES)) {
      const [, found] = files.find(([name]) => name.endsWith(path)) ?? [];
      expect(found?.equals(Buffer.from(content as string)), path).toBe(true);
    }
  });

  const named = {
    'model.onnx': model(
      message(5, tensor('w', [4], elsewhere('weights.bin', 16, 16))),
      message(5, tensor('v', [4], elsewhere('onnx__MatMul_17', 0, 16))),
    ),
    'weights.bin': DATA,
    onnx__MatMul_17: DATA.subarray(0, 16),
    'config.json': '{"model_type":"bert"}',
    'notes.bin': DATA,
  };

  test.each(['hf://acme/named', './named'])('data is weights, whatever the model calls it: %s', async (source) => {
    hub.add('acme/named', named);
    await mkdir(join(cwd, 'named'));
    for (const [path, content] of Object.entries(named)) await writeFile(join(cwd, 'named', path), content);
    await json('push', source, 'layout:./out:v1', '--format', 'modelpack');
    await json('pull', 'layout:./out:v1', 'back');
    const files = Object.fromEntries(await everyFile(join(cwd, 'back')));
    const names = Object.keys(files).map((path) => path.slice(cwd.length + '/back/'.length));
    expect(names.toSorted()).toEqual(['config.json', 'model.onnx', 'onnx__MatMul_17', 'weights.bin']);
    const { manifest } = (await json('inspect', 'layout:./out:v1')) as {
      manifest: { layers: { mediaType: string }[] };
    };
    const weights = manifest.layers.filter(({ mediaType }) => mediaType.includes('.weight.v1'));
    expect(weights).toHaveLength(3);
  });

  test('what is named as data and can run code is not taken', async () => {
    const pickle = Buffer.concat([Buffer.from('80047d71002e', 'hex'), Buffer.alloc(64)]);
    hub.add('acme/pickle', { ...named, 'weights.bin': pickle });
    const { code, stderr } = await pipe('push', 'hf://acme/pickle', 'layout:./out:v1');
    expect(code).not.toBe(0);
    expect(stderr).toMatch(/PICKLE_REFUSED|MODEL_INVALID/);
  });

  test('ollama cannot hold it, and says so', async () => {
    const { code, stderr } = await pipe('push', `hf://${REPOSITORY}`, 'layout:./out:v1', '--format', 'ollama');
    expect(code).not.toBe(0);
    expect(stderr).toContain('FORMAT_UNSUPPORTED');
  });

  test.each<[string, Record<string, Uint8Array>, string]>([
    ['lacks its data', { 'model.onnx': stored('model.onnx_data') }, 'MODEL_INVALID'],
    ['has too little of it', { 'model.onnx': stored('w.onnx_data'), 'w.onnx_data': DATA.subarray(1) }, 'MODEL_INVALID'],
    ['wants data from elsewhere', { 'model.onnx': stored('../other.onnx_data') }, 'PATH_UNSAFE'],
  ])('a model that %s is not published', async (_, files, error) => {
    hub.add('acme/broken', files);
    const { code, stderr } = await pipe('push', 'hf://acme/broken', 'layout:./out:v1', '--format', 'oras');
    expect(code).not.toBe(0);
    expect(stderr).toContain(error);
  });
});

async function everyFile(folder: string): Promise<[string, Buffer][]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((it) => it.isFile()).map((it) => join(it.parentPath, it.name));
  return Promise.all(paths.map(async (path): Promise<[string, Buffer]> => [path, await readFile(path)]));
}
