import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
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
    const server = spawn(peer('llama-server') ?? '', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let story = '';
    server.stderr.on('data', (chunk: Buffer) => (story += chunk.toString()));
    try {
      const at = `http://127.0.0.1:${port}`;
      await untilReady(`${at}${deployed.server?.health ?? ''}`, () => story);
      const answer = await fetch(`${at}/v1/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: model.name, prompt: 'The capital', max_tokens: 4, temperature: 0 }),
      });
      const body = (await answer.json()) as { choices: { text: string }[]; usage: { completion_tokens: number } };
      expect([answer.status, body.usage.completion_tokens]).toEqual([200, 4]);
    } finally {
      server.kill('SIGKILL');
    }
  });
});

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
