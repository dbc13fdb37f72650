import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createContext, pipeline } from '../../src/core/index.js';
import { convert, deploymentOf, download, pack, push, save } from '../../src/stages/index.js';
import { buildLlama } from '../../src/testing/index.js';
import { havePeer, peer } from '../registry/peers.js';
import { saveRepository } from '../support/save-repository.js';

// llama.cpp's own server, started with exactly the arguments that a deployment has, but for where the files lie and the port.

const present = havePeer('llama-server');

describe.skipIf(!present)('llama-server', () => {
  let cwd: string;
  beforeAll(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'slipway-server-'));
  });
  afterAll(async () => rm(cwd, { recursive: true, force: true }));

  test('starts with the arguments of a deployment, and answers', async () => {
    const context = createContext();
    await saveRepository(buildLlama({ layers: 2, hidden: 256, seed: 7 }), join(cwd, 'tiny'));
    await pipeline(
      download(join(cwd, 'tiny')),
      convert({ quantize: ['Q8_0'] }),
      pack({ formats: ['oras'] }),
      push(`layout:${join(cwd, 'out')}`),
    ).run(undefined, context);
    const { model, deployed } = await deploymentOf(
      `layout:${join(cwd, 'out')}:q8_0`,
      { target: 'init', pullFrom: 'registry.example.com/models/tiny', slots: 2, contextSize: 512, cacheTypeV: 'q8_0' },
      context,
    );
    const files = join(cwd, 'files');
    await pipeline(download(`layout:${join(cwd, 'out')}:q8_0`), save(files)).run(undefined, context);
    const port = await freePort();
    const args = (deployed.server?.args ?? []).map((arg) =>
      arg === '8080' ? String(port) : arg.replace('/mnt/models', files),
    );
    const answer = await answerOf(args, port, deployed.server?.health ?? '', model.name);
    expect([answer.status, answer.tokens]).toEqual([200, 4]);
  });

  test('loads an adapter that was converted for a model, which then answers otherwise', async () => {
    await saveRepository(buildLlama({ layers: 2, hidden: 256, seed: 7 }), join(cwd, 'base'));
    await mkdir(join(cwd, 'adapter'));
    const settings = { peft_type: 'LORA', r: 4, lora_alpha: 64, target_modules: ['q_proj', 'o_proj'] };
    await writeFile(join(cwd, 'adapter', 'adapter_config.json'), JSON.stringify(settings));
    await writeFile(join(cwd, 'adapter', 'adapter_model.safetensors'), adapterWeights(2, 256, 4));
    const context = createContext();
    await pipeline(download(join(cwd, 'base')), convert({ outtype: 'f16' }), save(join(cwd, 'b'))).run(
      undefined,
      context,
    );
    const base = join(cwd, 'base');
    await pipeline(download(join(cwd, 'adapter')), convert({ base, outtype: 'f16' }), save(join(cwd, 'a'))).run(
      undefined,
      context,
    );
    const ggufIn = async (folder: string): Promise<string> =>
      join(folder, (await readdir(folder)).find((name) => name.endsWith('.gguf')) ?? '');
    const plain = ['-m', await ggufIn(join(cwd, 'b')), '-c', '128', '--no-warmup', '--host', '127.0.0.1'];
    const texts: string[] = [];
    for (const adapter of [[], ['--lora', await ggufIn(join(cwd, 'a'))]]) {
      const port = await freePort();
      const answer = await answerOf([...plain, ...adapter, '--port', String(port)], port, '/health', 'base');
      expect([answer.status, answer.tokens]).toEqual([200, 4]);
      texts.push(answer.text);
    }
    expect(texts[0]).not.toBe(texts[1]);
  });
});

interface Answer {
  readonly status: number;
  readonly tokens: number;
  readonly text: string;
}

/** Starts the server, asks it once, and ends it. */
async function answerOf(args: readonly string[], port: number, health: string, model: string): Promise<Answer> {
  const server = spawn(peer('llama-server') ?? '', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let story = '';
  server.stderr.on('data', (chunk: Buffer) => (story += chunk.toString()));
  try {
    const at = `http://127.0.0.1:${port}`;
    await untilReady(`${at}${health}`, () => story);
    const answer = await fetch(`${at}/v1/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model, prompt: 'The capital', max_tokens: 4, temperature: 0 }),
    });
    const body = (await answer.json()) as { choices: { text: string }[]; usage: { completion_tokens: number } };
    return { status: answer.status, tokens: body.usage.completion_tokens, text: body.choices[0]?.text ?? '' };
  } finally {
    server.kill('SIGKILL');
  }
}

/** PEFT's two matrices of the query and the output of every layer, large enough to change what is said. */
function adapterWeights(layers: number, hidden: number, rank: number): Uint8Array {
  const header: Record<string, unknown> = {};
  const values: number[] = [];
  for (let layer = 0; layer < layers; layer += 1) {
    for (const part of ['q_proj', 'o_proj']) {
      for (const [name, shape] of [
        ['A', [rank, hidden]],
        ['B', [hidden, rank]],
      ] as const) {
        const start = values.length * 4;
        for (let index = 0; index < rank * hidden; index += 1) values.push(Math.sin(values.length * 12.9898) * 0.3);
        header[`base_model.model.model.layers.${layer}.self_attn.${part}.lora_${name}.weight`] = {
          dtype: 'F32',
          shape,
          data_offsets: [start, values.length * 4],
        };
      }
    }
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const data = new Uint8Array(Float32Array.from(values).buffer);
  const file = new Uint8Array(8 + json.length + data.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(json.length), true);
  file.set(json, 8);
  file.set(data, 8 + json.length);
  return file;
}

async function untilReady(address: string, story: () => string): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt += 1) {
    const status = await fetch(address).then(
      (response) => response.status,
      () => 0,
    );
    if (status === 200) return;
    await sleep(300);
  }
  throw new Error(`llama-server does not come up: ${story().slice(-800)}`);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  return port;
}
