import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { EXIT_CODES, type ErrorCode } from '../../src/core/index.js';
import { readRange } from '../../src/files/index.js';
import {
  buildLlama,
  startTestHub,
  startTestRegistry,
  type RegistryFault,
  type TestHub,
  type TestRegistry,
} from '../../src/testing/index.js';
import { pipelineCommand } from './fake-terminal.js';

// What leads to the exit codes 6, 7, 8, 9 and 11 of docs/errors.md, on the command line and against servers that answer wrongly.

let cwd = '';
let hub: TestHub;
let registry: TestRegistry;
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'slipway-exits-'));
  const model = buildLlama({ layers: 1, hidden: 256, seed: 4 });
  hub = await startTestHub({
    repositories: {
      'acme/tiny': model,
      'acme/unknown': { files: { 'config.json': UNKNOWN, 'model.safetensors': FILES['json/model.safetensors'] ?? '' } },
      'acme/old': { files: { 'config.json': UNKNOWN }, renamedTo: 'other/new' },
    },
  });
  registry = await startTestRegistry();
  await mkdir(join(cwd, 'model'));
  for (const file of model) {
    await writeFile(join(cwd, 'model', file.path), await readRange(file, { start: 0, end: file.size }));
  }
  for (const [path, content] of Object.entries(FILES)) {
    await mkdir(join(cwd, path, '..'), { recursive: true });
    await writeFile(join(cwd, path), content);
  }
  await succeeds('convert ./model --outtype f16 -o f16.gguf');
  await succeeds('quantize f16.gguf Q4_0 -o q4.gguf');
  await succeeds(`push ./model ${registry.host}/team/m:v1 --format modelpack`);
  await succeeds(`push f16.gguf ${registry.host}/team/g:v1 --format docker`);
  await succeeds('key generate --output-key-prefix k');
});
afterAll(async () => {
  process.chdir(tmpdir());
  await registry.close();
  await hub.close();
  await rm(cwd, { recursive: true, force: true });
});

const UNKNOWN = JSON.stringify({ architectures: ['NoSuchForCausalLM'], model_type: 'none' });

/** What is wrong with a file is in its name. */
const FILES: Readonly<Record<string, string | Uint8Array>> = {
  'broken.gguf': 'GGUF\u0003\0\0\0 and nothing more',
  'hole/config.json': JSON.stringify({ architectures: ['LlamaForCausalLM'] }),
  'hole/model.safetensors': safetensors({ x: { dtype: 'F32', shape: [1], data_offsets: [4, 8] } }, 8),
  'json/config.json': '{"architectures": ["LlamaForCausalLM"',
  'json/model.safetensors': safetensors({ x: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } }, 4),
  'pointer/config.json': JSON.stringify({ architectures: ['LlamaForCausalLM'] }),
  'pointer/model.safetensors': `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 4\n`,
  'pickle/config.json': JSON.stringify({ architectures: ['LlamaForCausalLM'] }),
  'pickle/pytorch_model.bin': new Uint8Array([0x80, 2, 0x7d, 0x71, 0, 0x2e]),
  'unended/tokenizer_config.json': JSON.stringify({ chat_template: '{% for m in messages %}{{ m.content }}' }),
  'unended/config.json': JSON.stringify({ architectures: ['LlamaForCausalLM'] }),
  'unended/model.safetensors': safetensors({ x: { dtype: 'F32', shape: [1], data_offsets: [0, 4] } }, 4),

  'bare/README.md': '# nothing else',
  'some.imatrix': 'no matrix',
  'broken.onnx': new Uint8Array([0xff, 0xff, 0xff, 0xff, 0x0f]),
  'wrong.pub': '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n',
};

function safetensors(header: unknown, bytes: number): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const file = new Uint8Array(8 + json.length + bytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  return file;
}

async function run(line: string): Promise<{ code: number; stdout: string; stderr: string }> {
  const words = line.replaceAll('REG', registry.host).split(' ');
  const env = { ...hub.env, SLIPWAY_LLAMA_CPP: 'none', PIPELINE_HOME: join(cwd, 'home'), COSIGN_PASSWORD: 'secret' };
  return pipelineCommand(['-C', cwd, ...words, '--json', '--progress', 'none'], cwd, env);
}

async function succeeds(line: string): Promise<void> {
  const { code, stderr } = await run(line);
  expect([line, code, stderr]).toEqual([line, 0, expect.any(String)]);
}

async function endsWith(line: string, code: ErrorCode): Promise<void> {
  const outcome = await run(line);
  const told = outcome.stdout === '' ? undefined : (JSON.parse(outcome.stdout) as { error?: { code: string } });
  expect([line, told?.error?.code, outcome.code]).toEqual([line, code, EXIT_CODES[code]]);
  expect(outcome.stderr).toContain(`error[${code}]: `);
}

/** While every such request meets a fault. A server asks for no patience, so that retries follow each other at once. */
async function withFault(fault: RegistryFault, path: RegExp, work: () => Promise<void>): Promise<void> {
  registry.fail({ fault, times: 1000, path });
  try {
    await work();
  } finally {
    registry.clearFaults();
  }
}

const MANIFEST = /team\/[mg]\/manifests/;

describe('6: the network, or a service', { timeout: 60_000 }, () => {
  test.each<[string, ErrorCode]>([
    ['inspect 127.0.0.1:1/x:v1', 'NET_UNREACHABLE'],
    ['inspect hf://acme/tiny --offline', 'OFFLINE'],
    ['pull REG/team/m:v1 ./x --offline', 'OFFLINE'],
  ])('%s', endsWith);

  test.each<[string, RegistryFault, ErrorCode]>([
    ['an overloaded registry', { kind: 'status', status: 503 }, 'OCI_UNAVAILABLE'],
    [
      'redirected to another protocol',
      { kind: 'status', status: 307, headers: { location: 'ftp://x/y' } },
      'NET_REDIRECT',
    ],
    [
      'redirected without end',
      { kind: 'status', status: 307, headers: { location: '/v2/team/m/manifests/v1' } },
      'NET_REDIRECT',
    ],
  ])('%s', async (_what, fault, code) =>
    withFault(fault, MANIFEST, async () => endsWith('inspect REG/team/m:v1', code)),
  );

  test('an upload that is sent nowhere', async () => {
    await withFault({ kind: 'status', status: 202 }, /blobs\/uploads/, async () =>
      endsWith('push q4.gguf REG/team/q:v1', 'OCI_PROTOCOL'),
    );
  });

  test('the Hub is down', async () => {
    hub.fail({ kind: 'status', status: 503, times: 5 });
    await endsWith('inspect hf://acme/tiny', 'HUB_UNAVAILABLE');
  });
});

describe('7: what was received is not what it should be', { timeout: 60_000 }, () => {
  test.each<[string, ErrorCode]>([
    ['inspect broken.gguf', 'GGUF_INVALID'],
    ['quantize broken.gguf Q4_0 -o x.gguf', 'GGUF_INVALID'],
    ['convert ./hole -o x.gguf', 'SAFETENSORS_INVALID'],
    ['convert ./json -o x.gguf', 'JSON_INVALID'],
    ['convert ./pointer -o x.gguf', 'LFS_POINTER'],
    ['quantize f16.gguf Q4_0 --imatrix some.imatrix -o x.gguf', 'IMATRIX_INVALID'],
    ['inspect broken.onnx', 'ONNX_INVALID'],
    ['verify REG/team/m:v1 --key wrong.pub', 'KEY_INVALID'],
  ])('%s', endsWith);

  test.each<[string, RegistryFault, RegExp, string, ErrorCode]>([
    ['a bit of a blob', { kind: 'corrupt' }, /blobs\/sha256/, 'pull REG/team/g:v1 ./x', 'DIGEST_MISMATCH'],
    ['a bit of a manifest', { kind: 'corrupt' }, MANIFEST, 'pull REG/team/g@DIGEST ./x', 'DIGEST_MISMATCH'],
    [
      'no manifest',
      { kind: 'status', status: 200, body: '<html>' },
      MANIFEST,
      'pull REG/team/g:v1 ./x',
      'MANIFEST_INVALID',
    ],
  ])('%s', async (_what, fault, path, line, code) => {
    const digest = registry.tags('team/g').get('v1') ?? '';
    await withFault(fault, path, async () => endsWith(line.replace('DIGEST', digest), code));
  });

  test('bytes of the Hub', async () => {
    hub.fail({ kind: 'corrupt', match: /^GET .*(model\.safetensors|[0-9a-f]{64})/, after: 5000, times: 100 });
    await endsWith('download hf://acme/tiny -o there', 'DIGEST_MISMATCH');
  });
});

test('8: whether to trust it cannot be told', { timeout: 60_000 }, async () => {
  await succeeds('sign REG/team/m:v1 --key k.key');
  await succeeds('verify REG/team/m:v1 --key k.pub');
  await withFault({ kind: 'status', status: 503 }, /referrers|sha256-/, async () => {
    const { code } = await run('verify REG/team/m:v1 --key k.pub');
    expect(code).toBe(EXIT_CODES.TRUST_UNDECIDED);
  });
});

describe('9: not supported', () => {
  test.each<[string, ErrorCode]>([
    ['convert hf://acme/unknown -o x.gguf', 'ARCH_UNSUPPORTED'],
    ['push ./model REG/team/m:v3 --format tarball', 'FORMAT_UNSUPPORTED'],
    ['quantize f16.gguf Q4_0 --engine llama.cpp -o x.gguf', 'KERNEL_UNAVAILABLE'],
  ])('%s', endsWith);
});

describe('11: refused', () => {
  test.each<[string, ErrorCode]>([
    ['convert ./pickle -o x.gguf', 'PICKLE_REFUSED'],
    ['push ./bare REG/team/bare:v1', 'NO_WEIGHTS'],
    ['push q4.gguf REG/team/m:v1 --no-overwrite', 'TAG_EXISTS'],
    ['key generate --output-key-prefix k', 'TARGET_EXISTS'],
    ['quantize q4.gguf Q4_K -o x.gguf', 'REQUANTIZE_REFUSED'],
    ['quantize f16.gguf IQ1_S -o x.gguf', 'IMATRIX_REQUIRED'],
    ['inspect hf://acme/old', 'HUB_RENAMED'],
    ['inspect http://registry.example/x', 'INSECURE_REFUSED'],
    ['login REG --username user', 'NEEDS_TERMINAL'],
    ['push ./unended REG/team/l:v1 --lint error', 'LINT_FAILED'],
  ])('%s', endsWith);
});

test('11: what is not signed by the key that is asked for', async () => {
  const { code, stdout } = await run('verify REG/team/g:v1 --key k.pub');
  expect([code, JSON.parse(stdout)]).toEqual([EXIT_CODES.TRUST_REFUSED, expect.objectContaining({ ok: false })]);
});

test(
  'without a library a gate on weights alone decides: what is not measured is no failure',
  { timeout: 60_000 },
  async () => {
    const line = 'evaluate q4.gguf --against f16.gguf --gate weight.relative<';
    const { code, stderr } = await run(`${line}90%`);
    expect([code, stderr]).toEqual([0, '']);
    await endsWith(`${line}0.0001%`, 'GATE_FAILED');
  },
);
